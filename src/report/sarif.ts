/**
 * Findings as SARIF 2.1.0. Every judged claim is a rule, every finding that does not hold a result. Refuted is an error, undecided a
 * note; accepted by the baseline is suppressed. A file that could not be read makes the run unsuccessful.
 */
import { explanation, type Finding, isAccepted, nameOf, type Refusal, slashed, standing } from './finding.js';

/** A file as the URI reference of SARIF: relative if the path is; of Windows a drive, or a server, begins an absolute one. */
function uriOf(file: string): string {
  // UTF-8 and back replaces halves of surrogate pairs, which no URI can hold.
  const path = slashed(Buffer.from(file).toString());
  const encoded = (levels: string): string => levels.split('/').map(encodeURIComponent).join('/');
  const [, drive, within] = /^([A-Za-z]:)(\/.*)$/s.exec(path) ?? [];
  if (within !== undefined) return `file:///${drive}${encoded(within)}`;
  if (path.startsWith('//')) return `file:${encoded(path)}`;
  return path.startsWith('/') ? `file://${encoded(path)}` : encoded(path);
}

function locationOf(run: string): object {
  return { physicalLocation: { artifactLocation: { uri: uriOf(run) }, region: { startLine: 1 } } };
}

function resultOf(finding: Finding, ruleIndex: number): object {
  const { id, run, status, baseline } = finding;
  const message = [`${nameOf(finding)}: ${status}`, ...explanation(finding)].join('\n');
  return {
    ruleId: id,
    ruleIndex,
    level: status === 'refuted' ? 'error' : 'note',
    message: { text: message },
    locations: [run === undefined ? { logicalLocations: [{ name: id, kind: 'declaration' }] } : locationOf(run)],
    partialFingerprints: { 'claimAndRun/v1': nameOf(finding) },
    ...(baseline !== undefined && { baselineState: baseline === status ? 'unchanged' : 'updated' }),
    ...(isAccepted(finding) && {
      suppressions: [{ kind: 'external', status: 'accepted', justification: standing(finding) }],
    }),
    properties: { status },
  };
}

/** The report's text. @param version of this package */
export function sarifReport(version: string, findings: readonly Finding[], refusals: readonly Refusal[] = []): string {
  const rules = [...new Map(findings.map(({ id, title }) => [id, title]))];
  const indices = new Map(rules.map(([id], index) => [id, index]));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'loopproof',
            semanticVersion: version,
            rules: rules.map(([id, title]) => ({
              id,
              shortDescription: { text: title },
              help: { text: `loopproof explain ${id}` },
            })),
          },
        },
        invocations: [
          {
            executionSuccessful: refusals.length === 0,
            toolExecutionNotifications: refusals.map(({ run, reason }) => ({
              level: 'error',
              message: { text: reason },
              locations: [locationOf(run)],
            })),
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: findings
          .filter(({ status }) => status !== 'holds')
          .map((finding) => resultOf(finding, indices.get(finding.id)!)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}
