/**
 * The recorded runs in fixtures/, as cases. Claims about runs are judged on these by `verify`, on a user's by `check`.
 */

import { fileURLToPath } from 'node:url';
import { ratesTimes } from '#src/problem/schema.js';
import type { FileCase } from '#src/runs/claim.js';
import { readRun } from '#src/runs/format/read.js';
import type { RecordedRun } from '#src/runs/format/schema.js';

/** A fault of records: the record, amended. */
type Amend = (run: RecordedRun) => RecordedRun;

const FIXTURES = [
  'pytorch-lowrank-seed0',
  'pytorch-lowrank-seed1',
  'pytorch-lowrank-seed2',
  'parity-lowrank',
  'parity-lowrank-penalty',
  'parity-lowrank-chaotic',
  'parity-momentum',
  'parity-effective',
  'parity-tanh',
  'parity-tanh-open',
  'parity-gru',
  'pytorch-tracking',
  'pytorch-tanh-adam',
  'pytorch-relu-momentum',
  'pytorch-gru',
  'pytorch-tanh-open',
  'pytorch-tracking-adam',
  'pytorch-tanh-schedule',
  'pytorch-tanh-biases',
  'pytorch-lstm',
] as const;

/** The recorded run of a file. */
export function recorded(file: string, name = file): FileCase {
  return { name, read: () => readRun(file) };
}

/** A fixture by its name. */
export function fixture(name: (typeof FIXTURES)[number]): FileCase {
  // Compiled to dist/spec; fixtures/ lies beside dist.
  return recorded(fileURLToPath(new URL(`../../../fixtures/${name}.json`, import.meta.url)), name);
}

/** Fixtures whose batches were drawn afresh and not recorded. */
export const unknownBatches: readonly FileCase[] = FIXTURES.slice(0, 3).map(fixture);

/** Fixtures of linear agents with initial weights and starts. */
export const fullEvidence: readonly FileCase[] = FIXTURES.slice(3, 8).map(fixture);

/** Fixtures with gradients at their initial weights. */
export const withGradients: readonly FileCase[] = FIXTURES.slice(8, 11).map(fixture);

/** Fixtures with starts and snapshots. */
export const withSnapshots: readonly FileCase[] = FIXTURES.slice(12).map(fixture);

/** The record of another protocol than the one that was run. */
export function misdeclared(change: (protocol: RecordedRun['protocol']) => Partial<RecordedRun['protocol']>): Amend {
  return (run) => ({ ...run, protocol: { ...run.protocol, ...change(run.protocol) } });
}

/** Records that declare other updates, for claims that follow learning. */
export const misdeclaredLearning: Readonly<Record<string, Amend>> = {
  'learning rate off by one part in a million': misdeclared(({ optimizer }) => ({
    optimizer: { ...optimizer, lr: ratesTimes(optimizer, 1 + 2 ** -20) },
  })),
  'clip norm twice as large': misdeclared(({ optimizer }) => ({
    optimizer: { ...optimizer, clip: optimizer.clip === null ? null : 2 * optimizer.clip },
  })),
  'M trained': misdeclared(({ trained }) => ({ trained: trained.length === 0 ? [] : ['m', ...trained] })),
};
