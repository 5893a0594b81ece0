/**
 * Findings as annotations of GitHub Actions. Refuted is an error, undecided a warning, accepted by the baseline a notice. A file that
 * could not be read is an error.
 */
import { explanation, type Finding, isAccepted, nameOf, type Refusal, slashed } from './finding.js';

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** One line for each finding that does not hold and each refused file. */
export function githubAnnotations(findings: readonly Finding[], refusals: readonly Refusal[] = []): string {
  const line = (level: string, run: string | undefined, title: string, message: string): string => {
    const file = run === undefined ? '' : `file=${property(slashed(run))},`;
    return `::${level} ${file}title=${property(`loopproof: ${title}`)}::${data(message)}\n`;
  };
  return [
    ...findings
      .filter(({ status }) => status !== 'holds')
      .map((finding) => {
        const { id, run, status } = finding;
        const level = isAccepted(finding) ? 'notice' : status === 'refuted' ? 'error' : 'warning';
        return line(level, run, id, [`${nameOf(finding)}: ${status}`, ...explanation(finding)].join('\n'));
      }),
    ...refusals.map(({ run, reason }) => line('error', run, 'not read', reason)),
  ].join('');
}
