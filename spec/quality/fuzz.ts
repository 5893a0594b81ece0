/**
 * `npm run fuzz`: nearly valid run files, each judged as `loopproof check` does: it must come to a verdict or be refused,
 * within limits of time and memory, and never fail otherwise.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { BASES, configurationOf, FILES, type RunFile } from '#spec/generators/run-file.js';
import { exitCode } from '#src/claims/verdict.js';
import { judgeRun } from '#src/cli/judge-run.js';
import { LoopproofError } from '#src/error.js';
import { readRun } from '#src/runs/format/read.js';
import type { RecordedRun } from '#src/runs/format/schema.js';

/** What one file may take, where a process does nothing else. */
export interface Allowance {
  /** Seconds of processor time. */
  readonly seconds: number;
  /** Resident memory of the whole process, in kB as `process.resourceUsage` has it. */
  readonly memory: number;
}

/** Repeating windows may take ten seconds, their shadows as much again, and a diagnosis, too (limits.ts). */
const ALLOWANCE: Allowance = { seconds: 30, memory: 2 ** 20 };

const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** What became of all files. */
export interface FuzzReport {
  /** Files by exit code and, of those that were refused, the error's code. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly slowest: { readonly seconds: number; readonly elapsed: number };
  readonly peakMemory: number;
  /** Files judged by a process of their own too. */
  readonly spawned: number;
  /** The smallest file that failed: how, and where it lies. */
  readonly failure?: string;
}

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  /** Which files: of one kind, or of all. */
  readonly files?: keyof typeof FILES | 'all';
  /** How many files, spread evenly, are also given to a process of their own. */
  readonly spawned: number;
  /** None for a process that does other things too, whose times and memory say nothing of a file's. */
  readonly allowance?: Allowance;
}

const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** How one file ends: its exit code, and of a refusal the error's code. @throws anything that is no refusal */
function judged(
  file: string,
  options: { readonly config?: string },
): { readonly outcome: string; readonly run?: RecordedRun } {
  try {
    const run = readRun(file, options);
    const { verdicts, notJudged } = judgeRun(run, file);
    const failed = [...verdicts, ...notJudged].find(({ reason }) => reason?.startsWith('the check failed'));
    if (failed) throw new Error(`${failed.id}: ${failed.reason}`);
    return { outcome: String(exitCode(verdicts)), run };
  } catch (error) {
    if (error instanceof LoopproofError) return { outcome: `2 ${error.code}` };
    throw error;
  }
}

/** What was read in place of the numbers that a file was written from, if anything. */
function misread({ curves }: RecordedRun, origin: NonNullable<RunFile['origin']>, whole: boolean): string | undefined {
  const read: Readonly<Record<string, unknown>> = { ...curves, ...curves.overlaps };
  for (const [name, written] of Object.entries(origin)) {
    const list = (read[name] ?? []) as readonly number[];
    const expected = written.map(Number);
    const strange = whole
      ? list.findIndex((value, e) => !Object.is(value, expected[e]))
      : list.findIndex((value) => !expected.includes(value));
    if (strange >= 0) return `${name}[${strange}]: ${list[strange]}`;
    if (whole && list.length !== expected.length) return `${name}: ${list.length} entries`;
  }
  return undefined;
}

/** Writes and judges files. */
export function fuzz({ runs, seed, spawned, allowance, files = 'all' }: FuzzOptions): FuzzReport {
  const folder = mkdtempSync(join(tmpdir(), 'loopproof-fuzz-'));
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify(configurationOf(BASES[0]!)));
  const outcomes: Record<string, number> = {};
  const slowest = { seconds: 0, elapsed: 0 };
  let [done, alone] = [0, 0];
  const every = spawned > 0 ? Math.max(1, Math.floor(runs / spawned)) : Number.POSITIVE_INFINITY;

  const one = ({ name, bytes, configured, origin, whole = false }: RunFile): void => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    const [busy, began] = [processorSeconds(), performance.now()];
    const { outcome, run } = judged(file, configured ? { config } : {});
    const [seconds, elapsed] = [processorSeconds() - busy, (performance.now() - began) / 1000];
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (seconds > slowest.seconds) Object.assign(slowest, { seconds, elapsed });
    if (whole && !run) throw new Error(`${outcome} for a file that is whole`);
    // A file that is read otherwise than it was written must not hold.
    const strange = run && origin && (whole || outcome === '0') ? misread(run, origin, whole) : undefined;
    if (strange !== undefined) throw new Error(`${outcome} though ${strange}`);
    const { maxRSS } = process.resourceUsage();
    if (allowance && seconds > allowance.seconds) throw new Error(`${seconds} s`);
    if (allowance && maxRSS > allowance.memory) throw new Error(`${maxRSS} kB`);
    if (done++ % every !== 0 || alone >= spawned) return;
    alone++;
    const args = [CLI, 'check', file, ...(configured ? ['--config', config] : [])];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
    if (String(status) !== outcome[0] || stderr.includes('internal error'))
      throw new Error(`alone exit code ${status}, in process ${outcome}: ${stderr}`);
  };
  const some = files === 'all' ? fc.oneof(...Object.values(FILES)) : FILES[files];
  const result = fc.check(fc.property(some, one), { numRuns: runs, seed });
  const { failed, counterexample, errorInstance, seed: used, counterexamplePath } = result;
  if (failed && counterexample) writeFileSync(join(folder, counterexample[0].name), counterexample[0].bytes);
  else rmSync(folder, { recursive: true });
  return {
    outcomes,
    slowest,
    peakMemory: process.resourceUsage().maxRSS,
    spawned: alone,
    ...(failed && {
      failure: `${folder}/${counterexample?.[0].name} (seed ${used}, path ${counterexamplePath}): ${errorInstance instanceof Error ? errorInstance.stack : errorInstance}`,
    }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      spawned: { type: 'string', default: '500' },
      files: { type: 'string', default: 'all' },
    },
  });
  const report = fuzz({
    runs: Number(values.runs),
    seed: Number(values.seed),
    spawned: Number(values.spawned),
    files: values.files as keyof typeof FILES | 'all',
    allowance: ALLOWANCE,
  });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  process.exitCode = report.failure === undefined ? 0 : 1;
}
