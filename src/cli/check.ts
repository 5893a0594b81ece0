/**
 * `loopproof check`: recorded runs judged against the theory, as far as their evidence goes.
 */
import { judge } from '../claims/judge.js';
import { exitCode } from '../claims/verdict.js';
import { jsonReport, type ReportedVerdict } from '../report/json.js';
import { terminalReport } from '../report/terminal.js';
import { palette, version, writeTo } from './output.js';
import { progressOn } from './progress.js';
import { recorded, runClaims } from './suite.js';

/** The verdicts on one file: of every claim that its evidence decides, or, if none is decided, of all. */
export function checkRun(file: string): ReportedVerdict[] {
  const run = recorded(file);
  // Read once, and before anything is judged: a file that cannot be read is an error, not a refutation.
  const record = run.read();
  const verdicts = runClaims.map((claim): ReportedVerdict => {
    const cases = { kind: 'listed' as const, list: [{ name: file, read: () => record }] };
    const verdict = judge({ ...claim, cases }, { seed: 0 });
    return { ...verdict, run: file, ...(verdict.replay !== undefined && { replay: `loopproof check ${file}` }) };
  });
  const decided = verdicts.filter(({ status }) => status !== 'undecided');
  return decided.length > 0 ? decided : verdicts;
}

export function check(files: readonly string[], { json }: { readonly json?: string }): void {
  const progress = progressOn(process.stderr);
  const verdicts = files.flatMap((file, k) => {
    progress.show(`checking ${k + 1} of ${files.length}: ${file}`);
    return checkRun(file);
  });
  progress.clear();
  if (json !== undefined) writeTo(json, jsonReport({ tool: 'loopproof', version: version() }, verdicts));
  if (json !== '-') process.stdout.write(terminalReport(verdicts, palette()));
  process.exitCode = exitCode(verdicts);
}
