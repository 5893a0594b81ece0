/**
 * What the gate is shown: records that are right, and the same ones with a flaw each, in every format that is read.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rateAt } from '#src/problem/schema.js';
import { archiveOfTree } from '#src/runs/format/npz.js';
import { parseRun } from '#src/runs/format/read.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { numbersAsJson } from '#src/words.js';

/** A flawed record. */
interface Flawed {
  readonly file: string;
  /** The fixture that it was. */
  readonly of: string;
  readonly flaw: (run: RecordedRun) => void;
  /** The fault that is to be named for it, where one is. */
  readonly fault?: string;
  /** Whether all rows of the fixture matter. */
  readonly whole?: true;
}

/** The same flaw may come in several formats, which are read by different code. */
export const FLAWED: readonly Flawed[] = [
  {
    file: 'horizon.json',
    of: 'pytorch-lowrank-seed0',
    flaw({ protocol }) {
      protocol.horizon++;
    },
    whole: true,
    fault: 'horizon',
  },
  {
    file: 'wide.json',
    of: 'pytorch-lowrank-seed0',
    flaw({ protocol }) {
      protocol.start = { kind: 'uniform', low: -2.1, high: 2.1 };
    },
    fault: 'start',
  },
  {
    file: 'narrow.json',
    of: 'pytorch-lowrank-seed0',
    flaw({ protocol }) {
      protocol.start = { kind: 'uniform', low: -1.9, high: 1.9 };
    },
    fault: 'start',
  },
  { file: 'lr.json', of: 'parity-lowrank', flaw: fasterThanDeclared, fault: 'lr' },
  {
    file: 'increments.json',
    of: 'parity-lowrank',
    flaw(run) {
      delete run.weights;
      fasterThanDeclared(run);
    },
    fault: 'lr',
  },
  {
    file: 'penalty.json',
    of: 'parity-lowrank-penalty',
    flaw({ protocol }) {
      (protocol.loss as { beta: number }).beta *= 1.01;
    },
  },
  { file: 'last-loss.json', of: 'parity-lowrank', flaw: lastLoss(1.01) },
  { file: 'last-loss.npz', of: 'parity-lowrank', flaw: lastLoss(1.01) },
  {
    file: 'last-loss-without-weights.json',
    of: 'parity-lowrank',
    flaw(run) {
      delete run.weights;
      lastLoss(1.01)(run);
    },
  },
  { file: 'last-loss.csv', of: 'pytorch-lowrank-seed0', flaw: lastLoss(1000) },
  {
    file: 'no-number.json',
    of: 'parity-lowrank',
    flaw({ curves }) {
      curves.gradNorm![30] = Number.NaN;
    },
  },
  {
    file: 'no-loss.json',
    of: 'parity-lowrank',
    flaw(run) {
      delete run.weights;
      delete run.curves.gradNorm;
      run.curves.loss[30] = Number.NaN;
    },
  },
  {
    file: 'final-weights.json',
    of: 'parity-lowrank',
    flaw({ weights }) {
      weights!.final!.z![0]![3]! += 1e-9;
    },
    whole: true,
  },
  {
    // The loop is chaotic long before.
    file: 'late-norm.json',
    of: 'parity-lowrank-chaotic',
    flaw({ curves }) {
      curves.gradNorm![190]! *= 1.01;
    },
    whole: true,
  },
  { file: 'gradient.json', of: 'parity-tanh', flaw: lastGradient(1.01) },
  { file: 'uphill.json', of: 'parity-tanh', flaw: lastGradient(-1) },
  { file: 'gated.json', of: 'parity-gru', flaw: lastGradient(1.01) },
  { file: 'snapshot-loss.json', of: 'pytorch-tanh-adam', flaw: lastLoss(1.01), whole: true },
  {
    file: 'snapshot-final.json',
    of: 'pytorch-relu-momentum',
    flaw({ weights }) {
      weights!.final!.Who![0]![0]! += 1e-3;
    },
    whole: true,
  },
  {
    file: 'rounded-lr.json',
    of: 'parity-lowrank',
    flaw(run) {
      fasterThanDeclared(run);
      printed(run);
    },
    fault: 'lr',
  },
  {
    file: 'rounded-norm.json',
    of: 'parity-lowrank',
    flaw(run) {
      run.curves.gradNorm![2]! *= 1.03;
      printed(run);
    },
  },
  {
    file: 'strided-lr.json',
    of: 'parity-lowrank',
    flaw(run) {
      fasterThanDeclared(run);
      everyThird(run);
    },
    fault: 'lr',
  },
  {
    file: 'misplaced.json',
    of: 'parity-lowrank',
    flaw(run) {
      everyThird(run);
      const { epochs } = run.curves as { epochs: number[] };
      [epochs[4], epochs[5]] = [epochs[5]!, epochs[4]!];
    },
  },
];

/** Records without a flaw, in all formats. */
export const RIGHT = [
  'fixtures/pytorch-lowrank-seed0.json',
  'fixtures/parity-lowrank.json',
  'fixtures/parity-lowrank-penalty.json',
  'fixtures/parity-momentum.json',
  'fixtures/parity-effective.json',
  'fixtures/parity-tanh.json',
  'fixtures/parity-tanh-open.json',
  'fixtures/parity-gru.json',
  'fixtures/pytorch-tanh-adam.json',
  'fixtures/pytorch-tracking-adam.json',
  'right.csv',
  'right.npz',
  'rounded.json',
  'strided.json',
] as const;

/** What a table lacks. */
export const CONFIGURATION = 'configuration.json';

/** A record that decides nothing, and a file that is none. */
export const [SILENT, UNREADABLE] = ['silent.json', 'unreadable.json'];

/** Baselines in which lr.json held, or was refuted. */
export const [HELD, REFUTED] = ['held.json', 'refuted.json'];

/** Claims more of the learning rate than the program had. */
function fasterThanDeclared({ protocol }: RecordedRun): void {
  protocol.optimizer.lr = 1.1 * rateAt(protocol.optimizer, 0);
}

/** Prints curves and weights to five digits. */
function printed(run: RecordedRun): void {
  const rounded = JSON.parse(JSON.stringify({ curves: run.curves, weights: run.weights }), (_, value) =>
    typeof value === 'number' ? Number(value.toPrecision(5)) : value,
  );
  Object.assign(run, rounded);
}

/** Leaves every third row, the last of them first. */
function everyThird(run: RecordedRun): void {
  const thirds = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.filter((_, epoch) => epoch % 3 === 0).reverse()
      : Object.fromEntries(Object.entries(value as object).map(([name, column]) => [name, thirds(column)]));
  const rows = run.curves.loss.length;
  const epochs = Array.from({ length: rows }, (_, epoch) => epoch);
  Object.assign(run, { curves: thirds({ ...run.curves, epochs }) });
}

function lastLoss(factor: number) {
  return ({ curves: { loss } }: RecordedRun): void => {
    loss[loss.length - 1]! *= factor;
  };
}

/** Another last entry of the recurrent weights' gradient. */
function lastGradient(factor: number) {
  return ({ gradients }: RecordedRun): void => {
    const row = gradients!.Whh![0]!.at(-1)!;
    row[row.length - 1]! *= factor;
  };
}

/** Rows enough for every flaw; judging more would take longer. */
const ROWS = { unseen: 250, known: 60 } as const;

/** The first rows of a record. */
function shortened({ curves, ...rest }: RecordedRun, rows: number): RecordedRun {
  const { loss, gradNorm, overlaps } = curves;
  const first = <T>(list: readonly T[]): T[] => list.slice(0, rows);
  return {
    ...rest,
    curves: {
      loss: first(loss),
      ...(gradNorm && { gradNorm: first(gradNorm) }),
      ...(overlaps && {
        overlaps: { zm: first(overlaps.zm), zu: first(overlaps.zu), vm: first(overlaps.vm), vu: first(overlaps.vu) },
      }),
    },
  };
}

/** A record in the format of a file's name. */
function encoded({ curves, ...rest }: RecordedRun, file: string): string | Buffer {
  if (file.endsWith('.npz')) return archiveOfTree({ ...rest, curves });
  if (file.endsWith('.json')) return JSON.stringify({ ...rest, curves }, numbersAsJson);
  const { loss, gradNorm, overlaps } = curves;
  const columns = { loss, gradNorm, ...overlaps };
  const rows = loss.map((_, epoch) => Object.values(columns).map((column) => column![epoch]));
  return [Object.keys(columns), ...rows].map((row) => row.join(',')).join('\n');
}

/** Writes all records but the fixtures. @param folder that has them */
export function writeRecords(folder: string): void {
  const fixture = (name: string): RecordedRun =>
    parseRun(readFileSync(join(folder, `fixtures/${name}.json`), 'utf8'), name);
  const write = (file: string, run: RecordedRun): void => writeFileSync(join(folder, file), encoded(run, file));
  for (const { file, of, flaw, whole } of FLAWED) {
    const run = whole ? fixture(of) : shortened(fixture(of), of.startsWith('pytorch') ? ROWS.unseen : ROWS.known);
    flaw(run);
    write(file, run);
  }
  const [unseen, known] = [shortened(fixture('pytorch-lowrank-seed0'), ROWS.unseen), fixture('parity-lowrank')];
  write('right.csv', unseen);
  write('right.npz', known);
  for (const [file, change] of [
    ['rounded.json', printed],
    ['strided.json', everyThird],
  ] as const) {
    const run = shortened(fixture('parity-lowrank'), ROWS.known);
    change(run);
    write(file, run);
  }
  const { curves, ...configuration } = unseen;
  const text = (name: string, value: object): void => writeFileSync(join(folder, name), JSON.stringify(value));
  text(CONFIGURATION, configuration);
  const { loss } = curves;
  text(SILENT, { ...configuration, curves: { loss } });
  text(UNREADABLE, { format: 'loop-run/0' });
  const verdict = { id: 'gram-dynamics-reproduces-recorded-runs', run: 'lr.json' };
  text(HELD, { tool: 'loopproof', claims: [{ ...verdict, status: 'holds' }] });
  text(REFUTED, { tool: 'loopproof', claims: [{ ...verdict, status: 'refuted' }] });
}
