/**
 * `loopproof check`: recorded runs judged against the theory, as far as their evidence goes.
 */
import { judge } from '../claims/judge.js';
import { exitCode } from '../claims/verdict.js';
import { LoopproofError } from '../error.js';
import { jsonReport, type ReportedVerdict } from '../report/json.js';
import { terminalReport } from '../report/terminal.js';
import { type ReadOptions, readRun } from '../runs/read.js';
import { describeError, palette, version, writeTo } from './output.js';
import { progressOn } from './progress.js';
import { runClaims } from './suite.js';

/** What judging one file came to. */
export interface Checked {
  /** Verdicts of the claims that the file's evidence decides, or, if it decides none, of all. */
  readonly verdicts: readonly ReportedVerdict[];
  /** Claims that this evidence does not reach, where others were decided. */
  readonly notJudged: readonly { readonly id: string; readonly run: string; readonly reason: string }[];
}

/** How a run is read and judged. */
export interface JudgeRunOptions extends ReadOptions {
  /** Multiple of the usual work; what is beyond it is not judged. */
  readonly effort?: number;
}

/** The flags that stand for options. */
function flagsOf({ config, columns, effort }: JudgeRunOptions): string {
  const named = Object.entries(columns ?? {}).map(([curve, column]) => `${curve}=${column}`);
  return [
    ...(config === undefined ? [] : [` --config ${config}`]),
    ...(effort === undefined ? [] : [` --effort ${effort}`]),
    ...(named.length === 0 ? [] : [` --columns "${named.join(',')}"`]),
  ].join('');
}

/** Judges one file. @throws LoopproofError if it cannot be read or is not a valid run */
export function checkRun(file: string, options: JudgeRunOptions = {}): Checked {
  // Read once, and before anything is judged: a file that cannot be read is an error, not a refutation.
  const record = readRun(file, options);
  const verdicts = runClaims.map((claim): ReportedVerdict => {
    const cases = { kind: 'listed' as const, list: [{ name: file, read: () => record, effort: options.effort }] };
    const verdict = { ...judge({ ...claim, cases }, { seed: 0 }), run: file };
    if (verdict.status !== 'refuted') return verdict;
    // A record is refuted by measurements only; a check that fails on it has decided nothing.
    const { replay: _, ...rest } = verdict;
    if (!verdict.worst) return { ...rest, status: 'undecided', reason: `the check failed: ${verdict.reason}` };
    return { ...rest, replay: `loopproof check ${file}${flagsOf(options)}` };
  });
  const decided = verdicts.filter(({ status }) => status !== 'undecided');
  if (decided.length === 0) return { verdicts, notJudged: [] };
  const open = verdicts.filter(({ status }) => status === 'undecided');
  return { verdicts: decided, notJudged: open.map(({ id, reason = '' }) => ({ id, run: file, reason })) };
}

export interface CheckOptions extends JudgeRunOptions {
  readonly json?: string;
}

export function check(files: readonly string[], { json, ...options }: CheckOptions): void {
  const progress = progressOn(process.stderr);
  let refusals = 0;
  const checked = files.flatMap((file, k): Checked[] => {
    progress.show(`checking ${k + 1} of ${files.length}: ${file}`);
    try {
      return [checkRun(file, options)];
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
