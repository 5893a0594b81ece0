/**
 * Findings as JUnit XML. Refuted is a failure. Undecided and accepted by the baseline is skipped, never passed. A file that could not
 * be read is an error.
 */
import { explanation, type Finding, isAccepted, type Refusal, slashed } from './finding.js';

/** Characters that XML 1.0 cannot hold even escaped: control characters and halves of surrogate pairs. */
const NO_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Text for an attribute or an element. A character that XML cannot hold becomes its code point, such as U+0007. */
function escaped(text: string): string {
  return text
    .replace(NO_XML, (character) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`)
    .replace(/[&<>"\t\n\r]/g, (character) => ENTITIES[character]!);
}

/**
 * Which class a test is of, and its file. Viewers such as Jenkins take what stands before the last dot for the name of a package: the
 * class of a file has none.
 */
function ofClass(run: string | undefined): string {
  if (run === undefined) return 'classname="loopproof"';
  return `classname="${escaped(slashed(run).replaceAll('.', '_'))}" file="${escaped(slashed(run))}"`;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

function testCase(finding: Finding): string {
  const { id, run, status, ms, note } = finding;
  const open = `    <testcase ${ofClass(run)} name="${escaped(id)}" time="${seconds(ms)}"`;
  if (status === 'holds')
    return note === undefined ? `${open}/>` : `${open}><system-out>${escaped(note)}</system-out></testcase>`;
  const lines = explanation(finding);
  const body =
    status === 'refuted' && !isAccepted(finding)
      ? `<failure type="refuted" message="${escaped(lines[0] ?? status)}">${escaped(lines.join('\n'))}</failure>`
      : `<skipped message="${escaped([status, ...lines].join(': '))}"/>`;
  return `${open}>${body}</testcase>`;
}

/** The report's text. @param command `check`, `verify` or `prove` */
export function junitReport(command: string, findings: readonly Finding[], refusals: readonly Refusal[] = []): string {
  const failures = findings.filter((finding) => finding.status === 'refuted' && !isAccepted(finding)).length;
  const skipped = findings.filter(({ status }) => status !== 'holds').length - failures;
  const time = seconds(findings.reduce((sum, { ms }) => sum + ms, 0));
  const tests = findings.length + refusals.length;
  const counts = `tests="${tests}" failures="${failures}" errors="${refusals.length}" skipped="${skipped}" time="${time}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="loopproof" ${counts}>`,
    `  <testsuite name="loopproof ${escaped(command)}" ${counts}>`,
    ...findings.map(testCase),
    ...refusals.map(
      ({ run, reason }) =>
        `    <testcase ${ofClass(run)} name="can be read" time="0"><error type="refused" message="${escaped(reason)}"/></testcase>`,
    ),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
