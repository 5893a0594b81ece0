/**
 * Findings as Markdown, for the summary of a CI job.
 */
import { summarise } from '../claims/verdict.js';
import { explanation, type Finding, isAccepted, type Refusal } from './finding.js';

/** Text on one line without markup: punctuation stands as character references. */
function literal(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[!-+./:-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const WORDS = { holds: '✅ holds', refuted: '❌ refuted', undecided: '❔ undecided' } as const;

/** Counts, then a table that begins with what does not hold. @param command `check`, `verify` or `prove` */
export function markdownReport(
  command: string,
  findings: readonly Finding[],
  refusals: readonly Refusal[] = [],
): string {
  const { holds, refuted, undecided } = summarise(findings);
  const accepted = findings.filter(isAccepted).length;
  const counts = [`${holds} hold`, `${refuted} refuted`, `${undecided} undecided`];
  const order = { refuted: 0, undecided: 1, holds: 2 };
  const rows = [...findings]
    .sort((a, b) => order[a.status] - order[b.status])
    .map((finding) => {
      const { id, run, status, note, title } = finding;
      const remarks = status === 'holds' ? [note ?? title] : explanation(finding);
      const word = isAccepted(finding) ? `${WORDS[status]}, accepted` : WORDS[status];
      return `| ${[word, literal(id), literal(run ?? ''), remarks.map(literal).join('<br>')].join(' | ')} |`;
    });
  const refused = refusals.map(({ run, reason }) => `| ⛔ not read | | ${literal(run)} | ${literal(reason)} |`);
  return [
    `## loopproof ${command}`,
    '',
    `${counts.join(', ')}${accepted > 0 ? ` (${accepted} accepted by the baseline)` : ''}`,
    '',
    '| | claim | run | |',
    '|---|---|---|---|',
    ...refused,
    ...rows,
    '',
  ].join('\n');
}
