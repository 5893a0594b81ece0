/**
 * `loopproof check`: recorded runs judged against the theory, as far as their evidence goes.
 */
import { existsSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { judge } from '../claims/judge.js';
import { LoopproofError } from '../error.js';
import type { Refusal } from '../report/finding.js';
import { htmlReport } from '../report/html.js';
import { jsonReport, type ReportedVerdict } from '../report/json.js';
import { terminalReport } from '../report/terminal.js';
import { printable } from '../report/width.js';
import { diagnose, type Judge, notTestable } from '../runs/diagnosis/diagnosis.js';
import { type ReadOptions, readRun } from '../runs/format/read.js';
import type { RecordedRun } from '../runs/format/schema.js';
import { version } from '../version.js';
import { expositionOf } from './explain.js';
import { describeError, spoken } from './output.js';
import { progressOn } from './progress.js';
import { provenance } from './provenance.js';
import { type ReportOptions, reportsOf } from './reports.js';
import { type AnyClaim, runClaims } from './suite.js';

/** What judging one run came to. */
export interface Checked {
  /** Verdicts of the claims that the file's evidence decides, or, if it decides none, of all. */
  readonly verdicts: readonly ReportedVerdict[];
  /** Undecided verdicts of claims that this evidence does not reach, where others were decided. */
  readonly notJudged: readonly ReportedVerdict[];
  /** Known departures that a record which holds may suffer from nevertheless: this evidence does not show them. */
  readonly notTestable: readonly string[];
}

/** What the claims about runs judge by. */
const JUDGES: Readonly<Record<string, Judge>> = {
  'gram-dynamics-reproduces-recorded-runs': 'replay',
  'recorded-increments-follow-gradients': 'increments',
  'recorded-losses-follow-overlaps': 'losses',
};

/** How a run is judged. */
export interface JudgeOptions {
  /** Claims about runs; those of the ledger by default. */
  readonly claims?: readonly AnyClaim[];
  /** Multiple of the usual work; what is beyond it is not judged. */
  readonly effort?: number | undefined;
}

/**
 * Judges one run, as far as its evidence goes.
 * @param name of its file, for reports
 */
export function judgeRun(run: RecordedRun, name: string, { claims = runClaims, effort }: JudgeOptions = {}): Checked {
  const verdicts = claims.map((claim): ReportedVerdict => {
    const cases = { kind: 'listed' as const, list: [{ name, read: () => run, effort }] };
    // What repeats it is the caller's to say.
    const { worst, ...judged } = withoutReplay(judge({ ...claim, cases }, { seed: 0 }));
    const verdict = { ...judged, run: name, ...(worst && { worst: withoutReplay(worst) }) };
    // A record is refuted by measurements only; a check that fails on it has decided nothing.
    if (verdict.status !== 'refuted' || verdict.worst) return verdict;
    return { ...verdict, status: 'undecided', reason: `the check failed: ${verdict.reason}` };
  });
  const diagnosed = withDiagnosis(verdicts, run);
  const decided = diagnosed.filter(({ status }) => status !== 'undecided');
  if (decided.length === 0) return { verdicts: diagnosed, notJudged: [], notTestable: [] };
  const held = decided.every(({ status }) => status === 'holds');
  const judges = new Set(decided.flatMap(({ id }) => JUDGES[id] ?? []));
  return {
    verdicts: decided,
    notJudged: diagnosed.filter(({ status }) => status === 'undecided'),
    // Of a refuted record the diagnosis says it.
    notTestable: held && judges.size > 0 ? notTestable(run, judges) : [],
  };
}

function withoutReplay<T extends { readonly replay?: string }>({ replay: _, ...rest }: T): Omit<T, 'replay'> {
  return rest;
}

/** Adds what is wrong with a refuted record to its first refutation. */
function withDiagnosis(verdicts: readonly ReportedVerdict[], run: RecordedRun): readonly ReportedVerdict[] {
  const first = verdicts.findIndex(({ status }) => status === 'refuted');
  const increments = verdicts.some(({ id, status }) => JUDGES[id] === 'increments' && status === 'refuted');
  const diagnosis = first < 0 ? undefined : diagnose(run, increments);
  return verdicts.map((verdict, k) => (k === first && diagnosis ? { ...verdict, diagnosis } : verdict));
}

/** Options of `check`. */
export interface CheckOptions extends ReadOptions, ReportOptions {
  readonly effort?: number;
}

/** A name as a shell takes it for one: quoted where it holds what a shell would act upon. */
function inShell(name: string): string {
  return /^[\w./:@%+=,-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

/** The flags that stand for options of reading and judging. */
function flagsOf({ config, columns, effort }: CheckOptions): string {
  const named = Object.entries(columns ?? {}).map(([curve, column]) => `${curve}=${column}`);
  return [
    ...(config === undefined ? [] : [` --config ${inShell(config)}`]),
    ...(effort === undefined ? [] : [` --effort ${effort}`]),
    ...(named.length === 0 ? [] : [` --columns "${named.join(',')}"`]),
  ].join('');
}

/** The files that names and patterns stand for, each once. What names no file stands for itself, to be refused. */
function filesOf(names: readonly string[]): string[] {
  const files = names.flatMap((name) => {
    const found = existsSync(name) ? [] : globSync(name, { expandDirectories: false }).sort();
    return found.length > 0 ? found : [name];
  });
  return [...new Set(files)];
}

/** @param names of run files, or patterns such as runs/*.json */
export function check(names: readonly string[], options: CheckOptions): void {
  const { baseline, publish } = reportsOf('check', options);
  const files = filesOf(names);
  const progress = progressOn(process.stderr);
  const refusals: Refusal[] = [];
  const checked = files.flatMap((file, k): (Checked & { readonly run: string; readonly record: RecordedRun })[] => {
    progress.show(({ elapsed }) => [`checking ${k + 1} of ${files.length}: ${file} · ${spoken(elapsed)}`]);
    try {
      // Read once, and before anything is judged: a file that cannot be read is an error, not a refutation.
      const record = readRun(file, options);
      return [{ ...judgeRun(record, file, options), run: file, record }];
    } catch (error) {
      // The other files' verdicts are not lost over one that cannot be read.
      if (!(error instanceof LoopproofError)) throw error;
      progress.clear();
      process.stderr.write(describeError(error));
      refusals.push({ run: file, reason: error.message });
      return [];
    }
  });
  progress.clear();
  // What the baseline has decided is not passed over in silence when the evidence for it is gone.
  const lost = (verdict: ReportedVerdict): boolean => (baseline?.statusOf(verdict) ?? 'undecided') !== 'undecided';
  const again = flagsOf(options);
  const findings = checked
    .flatMap(({ verdicts, notJudged }) => [...verdicts, ...notJudged.filter(lost)])
    .map((one) =>
      one.status === 'refuted' ? { ...one, replay: `loopproof check ${inShell(one.run!)}${again}` } : one,
    );
  const notJudged = checked
    .flatMap((one) => one.notJudged.filter((verdict) => !lost(verdict)))
    .map(({ id, run, reason = '' }) => ({ id, run, reason }));
  const untestable = checked
    .filter((one) => one.notTestable.length > 0)
    .map(({ run, notTestable: departures }) => ({ run, departures }));
  process.exitCode = publish({
    findings,
    refusals,
    json: (verdicts) =>
      jsonReport({ tool: 'loopproof', version: version() }, verdicts, { notJudged, notTestable: untestable }),
    text: (verdicts, colours) =>
      // Where every file was refused there is nothing to count.
      [
        ...(verdicts.length > 0 ? [terminalReport(verdicts, colours)] : []),
        ...notJudged.map(
          ({ id, run, reason }) => `${colours.dim(printable(`not judged: ${id} on ${run}: ${reason}`))}\n`,
        ),
        ...untestable.map(
          ({ run, departures }) => `${colours.dim(printable(`not testable on ${run}: ${departures.join(', ')}`))}\n`,
        ),
      ].join(''),
    html: (verdicts) =>
      htmlReport({
        command: 'check',
        provenance: provenance(),
        verdicts,
        expositions: [...new Set(verdicts.map(({ id }) => id))].map((id) => expositionOf(id)),
        runs: checked.map(({ run, record, notTestable: departures }) => ({
          name: run,
          record,
          notJudged: notJudged.filter((one) => one.run === run),
          notTestable: departures,
        })),
        refusals,
      }),
  });
}
