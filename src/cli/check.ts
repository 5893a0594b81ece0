/**
 * `loopproof check`: judges recorded runs against the theory, as far as their evidence goes.
 */
import { existsSync } from 'node:fs';
import { sep } from 'node:path';
import { globSync, isDynamicPattern } from 'tinyglobby';
import { z } from 'zod';
import { judge } from '../claims/judge.js';
import { LoopproofError } from '../error.js';
import { faultNames } from '../report/diagnosis.js';
import type { Refusal } from '../report/finding.js';
import { htmlReport } from '../report/html.js';
import { jsonReport, type ReportedVerdict } from '../report/json.js';
import { terminalReport } from '../report/terminal.js';
import { printable } from '../report/width.js';
import { diagnose, type Judge, notTestable } from '../runs/diagnosis/diagnosis.js';
import type { FaultId } from '../runs/faults.js';
import { type Columns, TABLE_CURVES } from '../runs/format/csv.js';
import { type ReadOptions, readRun } from '../runs/format/read.js';
import type { RecordedRun } from '../runs/format/schema.js';
import { recordOf } from '../runs/record.js';
import { remarksOn } from '../runs/rounding.js';
import { version } from '../version.js';
import { inShell } from '../words.js';
import { describeError } from './errors.js';
import { expositionOf } from './explain.js';
import { defineCommand, FILE, POSITIVE, type Type } from './options.js';
import { progressOn, showStep } from './progress.js';
import { provenance } from './provenance.js';
import { htmlOption, reportOptions, reportsOf } from './reports.js';
import { type AnyClaim, runClaims } from './suite.js';

/** The verdicts on one run. */
export interface Checked {
  /** Verdicts of the claims that the evidence decides, or leaves open; of all claims if it bears on none. */
  readonly verdicts: readonly ReportedVerdict[];
  /** Verdicts of the claims that lack evidence, where it bears on others. */
  readonly notJudged: readonly ReportedVerdict[];
  /** Known faults that a run which holds may still have, because its evidence cannot show them. */
  readonly notTestable: readonly FaultId[];
  /** What is odd about its rows, and how finely they were recorded. */
  readonly remarks: readonly string[];
}

/** How the claims about runs judge. */
const JUDGES: Readonly<Record<string, Judge>> = {
  'gram-dynamics-reproduces-recorded-runs': 'replay',
  'recorded-increments-follow-gradients': 'increments',
  'recorded-losses-follow-overlaps': 'losses',
};

/** How a run is judged. */
export interface CheckOptions {
  /** Claims about runs; those of the ledger by default. */
  readonly claims?: readonly AnyClaim[];
  /** Limit of the work, as a multiple of the usual. Beyond it there is no verdict. */
  readonly effort?: number | undefined;
}

/**
 * Judges one run, as far as its evidence goes.
 * @param name of its file, for reports
 */
export function judgeRun(run: RecordedRun, name: string, { claims = runClaims, effort }: CheckOptions = {}): Checked {
  const verdicts = claims.map((claim): ReportedVerdict => {
    const cases = { kind: 'listed' as const, list: [{ name, read: () => run, effort }] };
    // The caller knows the command that repeats it.
    const { worst, ...rest } = withoutReplay(judge({ ...claim, cases }, { seed: 0 }));
    const verdict = { ...rest, run: name, ...(worst && { worst: withoutReplay(worst) }) };
    // Only measurements refute a run. A check that fails decides nothing of it.
    if (verdict.status !== 'refuted' || verdict.worst) return verdict;
    throw new LoopproofError('failed', {
      where: `${name}: ${claim.statement.id}`,
      received: `the check failed: ${verdict.reason}`,
      expected: 'a verdict',
      hint: 'report this file, or leave out the curve that it names',
    });
  });
  const diagnosed = withDiagnosis(verdicts, run);
  const record = recordOf(run);
  const remarks = remarksOn(run, 'digits' in record ? record.digits : {});
  const told = diagnosed.filter(({ status, open }) => status !== 'undecided' || open);
  if (told.length === 0) return { verdicts: diagnosed, notJudged: [], notTestable: [], remarks };
  const held = told.every(({ status }) => status === 'holds');
  const judges = new Set(told.flatMap(({ id }) => JUDGES[id] ?? []));
  return {
    verdicts: told,
    notJudged: diagnosed.filter((verdict) => !told.includes(verdict)),
    // A refuted run has them in its diagnosis.
    notTestable: held && judges.size > 0 ? notTestable(run, judges) : [],
    remarks,
  };
}

function withoutReplay<T extends { readonly replay?: string }>({ replay: _, ...rest }: T): Omit<T, 'replay'> {
  return rest;
}

/** Adds the diagnosis of a refuted run to its first refutation. */
function withDiagnosis(verdicts: readonly ReportedVerdict[], run: RecordedRun): readonly ReportedVerdict[] {
  const first = verdicts.findIndex(({ status }) => status === 'refuted');
  const increments = verdicts.some(({ id, status }) => JUDGES[id] === 'increments' && status === 'refuted');
  const diagnosis = first < 0 ? undefined : diagnose(run, increments);
  return verdicts.map((verdict, k) => (k === first && diagnosis ? { ...verdict, diagnosis } : verdict));
}

/** The options of reading and judging, as flags. */
function flagsOf({ config, columns, effort }: ReadOptions & Pick<CheckOptions, 'effort'>): string {
  const named = Object.entries(columns ?? {}).map(([curve, column]) => `${curve}=${column}`);
  return [
    ...(config === undefined ? [] : [` --config ${inShell(config)}`]),
    ...(effort === undefined ? [] : [` --effort ${effort}`]),
    ...(named.length === 0 ? [] : [` --columns ${inShell(named.join(','))}`]),
  ].join('');
}

/**
 * The files of names and patterns, each once. A name without a file is kept, to be refused later. Folders that exist are named, not
 * patterns, whatever characters they have.
 */
function filesOf(names: readonly string[]): string[] {
  const files = names.flatMap((name) => {
    if (existsSync(name)) return [name];
    const levels = (sep === '\\' ? name.replaceAll(sep, '/') : name).split('/');
    let folder = levels.length - 1;
    while (folder > 0 && !existsSync(levels.slice(0, folder).join('/') || '/')) folder--;
    const cwd = levels.slice(0, folder).join('/');
    const found = globSync(levels.slice(folder).join('/'), {
      cwd: folder > 0 ? cwd || '/' : '.',
      expandDirectories: false,
    }).sort();
    return found.length > 0 ? found.map((file) => (folder > 0 ? `${cwd}/${file}` : file)) : [name];
  });
  return [...new Set(files)];
}

/** A run from a file; a pattern that matches no file is refused as one. */
function readNamed(file: string, options: ReadOptions): RecordedRun {
  if (existsSync(file) || !isDynamicPattern(file)) return readRun(file, options);
  throw new LoopproofError('unreadable', {
    where: file,
    received: 'a pattern that matches no file',
    expected: 'run files',
    hint: 'list the files with ls, and name them or another pattern',
  });
}

const CURVE = TABLE_CURVES.join('|');

/** Pairs such as loss=train_loss,zm=a. A comma parts them only where another curve follows: columns may have commas in their names. */
function pairsOf(text: string): object {
  const pairs: [string, string][] = [];
  for (const part of text.split(new RegExp(`,(?=(?:${CURVE})=)`))) {
    const [, curve, column] = /^([^=]*)=?(.*)$/s.exec(part) as unknown as [string, string, string];
    const last = pairs.at(-1);
    // A curve that was named is part of a column's name.
    if (last && pairs.some(([named]) => named === curve)) last[1] += `,${part}`;
    else pairs.push([curve, column]);
  }
  return Object.fromEntries(pairs);
}

/** Columns of a table by the curves that they hold. */
const COLUMNS: Type<Columns> = {
  name: 'list',
  schema: z.partialRecord(z.enum(TABLE_CURVES), z.string().min(1)) as z.ZodType<Columns>,
  read: pairsOf,
  expected: `pairs such as loss=NAME, of ${TABLE_CURVES.join(', ')}`,
};

export default defineCommand({
  description: `Judges recorded training runs (loop-run/1: JSON, NPZ or CSV) against the theory.

Evidence: the protocol, the losses, and either the order parameters of every epoch, or the initial weights and the starts (fixed, or the moments of each epoch’s starts).
Gradient norms, Gram matrices and gradients decide more. An undecided verdict names what to record.`,
  argument: {
    name: 'runs',
    many: true,
    required: true,
    about: 'run files or patterns (default: those of loopproof.config.json)',
  },
  options: {
    config: { type: FILE, about: 'a run file without curves: the protocol for tables and other bare curves' },
    columns: { type: COLUMNS, about: 'names of a table’s columns, curve=NAME,…' },
    effort: { type: POSITIVE, about: 'most work for one run, as a multiple of the usual; beyond it, no verdict' },
    ...reportOptions,
    ...htmlOption,
  },
  examples: [
    'check run.json',
    'check runs/*.npz --json verdicts.json',
    'check runs/*.npz --baseline verdicts.json --junit junit.xml',
    'check log.csv --config config.json --columns loss=train_loss',
    'check long.npz --effort 20',
  ],
  configurable: true,
  run(options, names) {
    const { baseline, publish } = reportsOf('check', options);
    const files = filesOf(names);
    const progress = progressOn(process.stderr);
    const refusals: Refusal[] = [];
    const checked = files.flatMap((file, k): (Checked & { readonly run: string; readonly record: RecordedRun })[] => {
      showStep(progress, `checking ${k + 1} of ${files.length}: ${file}`);
      try {
        // Read before anything is judged: a file that cannot be read is an error, not a refutation.
        const record = readNamed(file, options);
        return [{ ...judgeRun(record, file, options), run: file, record }];
      } catch (error) {
        // The verdicts on the other files are kept.
        if (!(error instanceof LoopproofError)) throw error;
        progress.clear();
        process.stderr.write(describeError(error));
        refusals.push({ run: file, reason: error.message });
        return [];
      }
    });
    progress.clear();
    // A verdict that the baseline decided is reported even if its evidence is gone.
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
    const remarks = checked.flatMap((one) => one.remarks.map((remark) => ({ run: one.run, remark })));
    const untestable = checked
      .filter((one) => one.notTestable.length > 0)
      .map(({ run, notTestable: faults }) => ({ run, faults }));
    process.exitCode = publish({
      findings,
      refusals,
      json: (verdicts) =>
        jsonReport({ tool: 'loopproof', version: version() }, verdicts, {
          notJudged,
          notTestable: untestable,
          remarks,
        }),
      text: (verdicts, colours) =>
        // If every file was refused there is nothing to count.
        [
          ...(verdicts.length > 0 ? [terminalReport(verdicts, colours)] : []),
          ...remarks.map(({ run, remark }) => `${printable(`note on ${run}: ${remark}`)}\n`),
          ...notJudged.map(
            ({ id, run, reason }) => `${colours.dim(printable(`not judged: ${id} on ${run}: ${reason}`))}\n`,
          ),
          ...untestable.map(
            ({ run, faults }) => `${colours.dim(printable(`cannot test on ${run}: ${faultNames(faults)}`))}\n`,
          ),
        ].join(''),
      html: (verdicts) =>
        htmlReport({
          command: 'check',
          provenance: provenance(),
          verdicts,
          expositions: [...new Set(verdicts.map(({ id }) => id))].map((id) => expositionOf(id)),
          runs: checked.map(({ run, record, remarks, notTestable: faults }) => ({
            name: run,
            record,
            notJudged: notJudged.filter((one) => one.run === run),
            notTestable: faults,
            remarks,
          })),
          refusals,
        }),
    });
  },
});
