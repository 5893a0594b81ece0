/**
 * `loopproof check`: recorded runs judged against the theory, as far as their evidence goes.
 */
import { judge } from '../claims/judge.js';
import { exitCode } from '../claims/verdict.js';
import { LoopproofError } from '../error.js';
import { jsonReport, type ReportedVerdict } from '../report/json.js';
import { terminalReport } from '../report/terminal.js';
import { version } from '../version.js';
import { describeError, palette, writeTo } from './output.js';
import { progressOn } from './progress.js';
import { recorded, runClaims } from './suite.js';

/** What judging one file came to. */
export interface Checked {
  /** Verdicts of the claims that the file's evidence decides, or, if it decides none, of all. */
  readonly verdicts: readonly ReportedVerdict[];
  /** Claims that this evidence does not reach, where others were decided. */
  readonly notJudged: readonly { readonly id: string; readonly run: string; readonly reason: string }[];
}

/** Judges one file. @throws LoopproofError if it cannot be read or is not a valid run */
export function checkRun(file: string): Checked {
  const run = recorded(file);
  // Read once, and before anything is judged: a file that cannot be read is an error, not a refutation.
  const record = run.read();
  const verdicts = runClaims.map((claim): ReportedVerdict => {
    const cases = { kind: 'listed' as const, list: [{ name: file, read: () => record }] };
    const verdict = { ...judge({ ...claim, cases }, { seed: 0 }), run: file };
    if (verdict.status !== 'refuted') return verdict;
    // A record is refuted by measurements only; a check that fails on it has decided nothing.
    const { replay: _, ...rest } = verdict;
    if (!verdict.worst) return { ...rest, status: 'undecided', reason: `the check failed: ${verdict.reason}` };
    return { ...rest, replay: `loopproof check ${file}` };
  });
  const decided = verdicts.filter(({ status }) => status !== 'undecided');
  if (decided.length === 0) return { verdicts, notJudged: [] };
  const open = verdicts.filter(({ status }) => status === 'undecided');
  return { verdicts: decided, notJudged: open.map(({ id, reason = '' }) => ({ id, run: file, reason })) };
}

export function check(files: readonly string[], { json }: { readonly json?: string }): void {
  const progress = progressOn(process.stderr);
  let refusals = 0;
  const checked = files.flatMap((file, k): Checked[] => {
    progress.show(`checking ${k + 1} of ${files.length}: ${file}`);
    try {
      return [checkRun(file)];
    } catch (error) {
      // The other files' verdicts are not lost over one that cannot be read.
      if (!(error instanceof LoopproofError)) throw error;
      progress.clear();
      process.stderr.write(describeError(error));
      refusals++;
      return [];
    }
  });
  progress.clear();
  const verdicts = checked.flatMap((one) => one.verdicts);
  const notJudged = checked.flatMap((one) => one.notJudged);
  if (json !== undefined) writeTo(json, jsonReport({ tool: 'loopproof', version: version() }, verdicts, { notJudged }));
  if (json !== '-' && verdicts.length > 0) {
    const colours = palette();
    process.stdout.write(terminalReport(verdicts, colours));
    for (const { id, run, reason } of notJudged)
      process.stdout.write(`${colours.dim(`not judged: ${id} on ${run}: ${reason}`)}\n`);
  }
  process.exitCode = refusals > 0 ? 2 : exitCode(verdicts);
}
