/**
 * `loopproof check`: judges recorded runs against the theory, as far as their evidence goes.
 */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { isDynamicPattern } from 'tinyglobby';
import { z } from 'zod';
import type { AnyClaim } from '../claims/claim.js';
import { LoopproofError } from '../error.js';
import { courseLine } from '../report/course.js';
import { unseenLine } from '../report/diagnosis.js';
import type { Refusal } from '../report/finding.js';
import { jsonReport, type ReportedVerdict } from '../report/json.js';
import { terminalReport } from '../report/terminal.js';
import { printable } from '../report/width.js';
import { type Columns, TABLE_CURVES } from '../runs/format/csv.js';
import { type ReadOptions, readRun } from '../runs/format/read.js';
import type { RecordedRun } from '../runs/format/schema.js';
import { predictedLosses, type RunStages, stagesOf } from '../runs/stages.js';
import { onThreads } from '../training/crew.js';
import { version } from '../version.js';
import { inShell } from '../words.js';
import { describeError, usage } from './errors.js';
import { expositionOf } from './explain.js';
import { filesOf } from './files.js';
import type { Followed } from './follow.js';
import { type Checked, judgeFile } from './judge-file.js';
import { commandLedger } from './ledger.js';
import { DURATION, defineCommand, FILE, POSITIVE, suiteOptions, type Type, workers } from './options.js';
import { print } from './output.js';
import { progressOn, showStep } from './progress.js';
import { provenance } from './provenance.js';
import { htmlOption, reportOptions, reportsOf } from './reports.js';

/** What a file holds for a claim that reads a format of its own. @throws LoopproofError if it cannot be read */
function contentsFor({ cases, statement }: AnyClaim, file: string): unknown {
  if (cases.kind !== 'files' || !cases.read) return undefined;
  try {
    return cases.read(file);
  } catch (error) {
    throw new LoopproofError('unreadable', {
      where: file,
      received: error instanceof Error ? error.message : String(error),
      expected: `a file that ${statement.id} reads`,
      hint: 'check the file, or the read function of the claim',
    });
  }
}

/** The options of reading and judging, as flags. */
function flagsOf({ config, columns, effort }: ReadOptions & { readonly effort?: number | undefined }): string {
  const named = Object.entries(columns ?? {}).map(([curve, column]) => `${curve}=${column}`);
  return [
    ...(config === undefined ? [] : [` --config ${inShell(config)}`]),
    ...(effort === undefined ? [] : [` --effort ${effort}`]),
    ...(named.length === 0 ? [] : [` --columns ${inShell(named.join(','))}`]),
  ].join('');
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
  description: `Judges recorded training runs (loop-run/1: JSON, NPZ, CSV, or the folder of a stream) against the theory, and files by the claims of suites.

Evidence: the protocol, the losses, and either the order parameters of every epoch, or the initial weights and the starts (fixed, or the moments of each epoch’s starts).
Gradient norms, Gram matrices and gradients decide more. An undecided verdict names what to record.`,
  argument: {
    name: 'runs',
    many: true,
    required: true,
    about: 'run files or patterns (default: those of loopproof.config.json)',
  },
  options: {
    follow: {
      callOnly: true,
      about: 'judge one stream while it trains, window by window; end at the first refuted one',
    },
    idle: {
      type: DURATION,
      default: 600,
      shown: '10m',
      needs: 'follow',
      callOnly: true,
      about: 'with --follow: end after so long without news',
    },
    config: { type: FILE, about: 'a run file without curves: the protocol for tables and other bare curves' },
    columns: { type: COLUMNS, about: 'names of a table’s columns, curve=NAME,…' },
    effort: { type: POSITIVE, about: 'most work for one run, as a multiple of the usual; beyond it, no verdict' },
    workers,
    ...suiteOptions,
    ...reportOptions,
    ...htmlOption,
  },
  examples: [
    'check run.json',
    'check runs/*.npz --json verdicts.json',
    'check runs/*.npz --baseline verdicts.json --junit junit.xml',
    'check log.csv --config config.json --columns loss=train_loss',
    'check long.npz --effort 20',
    'check run.json --suite my-claims.mjs',
    'check --follow run.d --html report.html   (while Recorder(protocol, stream="run.d") records)',
  ],
  configurable: true,
  async run(options, names) {
    const { baseline, publish, talks } = reportsOf('check', options);
    const ledger = await commandLedger(options, { claims: 'about files', derivations: options.html !== undefined });
    const claims = ledger.fileClaims;
    if (claims.length === 0)
      throw usage(
        'check',
        'suites without a claim about files',
        'claims made by defineFileClaim',
        'leave out --only-suite',
      );
    // Where every claim reads a format of its own, a file need not be a run.
    const readsRuns = claims.some(({ cases }) => cases.kind === 'files' && !cases.read);
    const files = filesOf(names);
    if (options.follow && (files.length !== 1 || !readsRuns))
      throw usage('check --follow', `${files.length} runs`, 'one stream', 'follow each in a process of its own');
    const progress = progressOn(process.stderr);
    const refusals: Refusal[] = [];
    const checked: (Checked & { run: string; record: RecordedRun | undefined; course: RunStages | undefined })[] = [];
    const judgeAll = async (): Promise<Followed['signal']> => {
      let signal: Followed['signal'];
      for (const [k, file] of files.entries()) {
        showStep(progress, `checking ${k + 1} of ${files.length}: ${file}`);
        try {
          // Read before anything is judged: a file that cannot be read is an error, not a refutation.
          let record = readsRuns && !options.follow ? readNamed(file, options) : undefined;
          if (options.follow) {
            const tell = (line: string): void => void (talks ? print(line) : process.stderr.write(line));
            const { follow } = await import('./follow.js');
            ({ run: record, signal } = await follow(file, { ...options, tell, progress }));
          }
          const contents = new Map(claims.map((claim) => [claim, contentsFor(claim, file)]));
          const subject = { name: file, run: record, contents: (claim: AnyClaim) => contents.get(claim) };
          checked.push({
            ...judgeFile(claims, subject, options.effort),
            run: file,
            record,
            course: record && stagesOf(record),
          });
        } catch (error) {
          // The verdicts on the other files are kept.
          if (!(error instanceof LoopproofError)) throw error;
          progress.clear();
          process.stderr.write(describeError(error));
          refusals.push({ run: file, reason: error.message });
        }
      }
      return signal;
    };
    const signal = await onThreads(judgeAll, options.workers);
    progress.clear();
    // A verdict that the baseline decided is reported even if its evidence is gone.
    const lost = (verdict: ReportedVerdict): boolean => (baseline?.statusOf(verdict) ?? 'undecided') !== 'undecided';
    const again = flagsOf(options);
    const findings = checked
      .flatMap(({ verdicts, notJudged }) => [...verdicts, ...notJudged.filter(lost)])
      .map((one) =>
        one.status === 'refuted'
          ? { ...one, replay: `loopproof check ${inShell(one.run!)}${again}${ledger.flagsOf(one.id)}` }
          : one,
      );
    const notJudged = checked
      .flatMap((one) => one.notJudged.filter((verdict) => !lost(verdict)))
      .map(({ id, run, reason = '' }) => ({ id, run, reason }));
    const remarks = checked.flatMap((one) => one.remarks.map((remark) => ({ run: one.run, remark })));
    const untestable = checked
      .filter((one) => one.notTestable.length > 0)
      .map(({ run, notTestable: faults }) => ({ run, faults }));
    const courses = checked.flatMap(({ run, course }) => (course ? [{ run, ...course }] : []));
    process.exitCode = await publish({
      findings,
      refusals,
      json: (verdicts) =>
        jsonReport({ tool: 'loopproof', version: version() }, verdicts, {
          notJudged,
          notTestable: untestable,
          remarks,
          courses,
        }),
      text: (verdicts, colours) =>
        // If every file was refused there is nothing to count.
        [
          ...(verdicts.length > 0 ? [terminalReport(verdicts, colours)] : []),
          ...courses.flatMap(({ run, ...course }) => {
            const line = courseLine(course);
            return line === undefined ? [] : [`${printable(`course of ${run}: ${line}`)}\n`];
          }),
          ...remarks.map(({ run, remark }) => `${printable(`note on ${run}: ${remark}`)}\n`),
          ...notJudged.map(
            ({ id, run, reason }) => `${colours.dim(printable(`not judged: ${id} on ${run}: ${reason}`))}\n`,
          ),
          ...untestable.map(
            ({ run, faults }) => `${colours.dim(printable(`not excluded on ${run}: ${unseenLine(faults)}`))}\n`,
          ),
        ].join(''),
      html: async (verdicts) =>
        (await import('../report/html.js')).htmlReport({
          command: 'check',
          provenance: provenance(),
          verdicts,
          expositions: [...new Set(verdicts.map(({ id }) => id))].map((id) => expositionOf(ledger, id)),
          runs: checked.flatMap(({ run, record, remarks, course, notTestable: faults }) =>
            record
              ? {
                  name: run,
                  record,
                  notJudged: notJudged.filter((one) => one.run === run),
                  notTestable: faults,
                  remarks,
                  course,
                  predicted: predictedLosses(record),
                }
              : [],
          ),
          refusals,
        }),
    });
    if (signal) process.exitCode = 128 + constants.signals[signal];
  },
});
