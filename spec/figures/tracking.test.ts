/**
 * The shipped summary of the long tracking run, held against what can be computed anew in seconds, and what is drawn of it.
 */

import { expect, it } from 'vitest';
import { shippedSummary } from '#src/figures/figure-6/tracking.js';
import { levels } from '#src/figures/figure-6/tracking-loss.js';
import {
  closedRun,
  DIGITS,
  keptEpochs,
  LONG_RUN,
  studentRun,
  summariseTracking,
  type TrackingSummary,
} from '#src/figures/figure-6/tracking-summary.js';
import { gamma } from '#src/linalg/tolerance.js';
import { balancedPhases } from '#src/plant/reference.js';
import type { TrackingProtocol } from '#src/problem/protocol.js';
import { ratesTimes } from '#src/problem/schema.js';
import { harmonicLossAt, LEVELS } from '#src/stages/acquisition.js';
import { taskOf } from '#src/training/problems.js';
import { referencesOf } from '#src/training/tracking.js';

const shipped = shippedSummary();

/** Epochs that are computed anew; the summary keeps each of them. */
const FIRST = 6;

/** What a number that was rounded to `DIGITS` digits may differ from itself by, relatively. */
const ROUNDED = 10 ** (1 - DIGITS) / 2;

/** The largest relative difference of the first epochs' losses from those of a fresh run. */
function difference(protocol: TrackingProtocol, seed: number, epochs: number): number {
  const { curve } = closedRun({ ...protocol, epochs }, seed);
  const pairs = Array.from({ length: epochs }, (_, epoch) => [
    [curve.loss[epoch]!, shipped.loss[epoch]!],
    ...shipped.frequencies.map(({ loss }, f) => [harmonicLossAt(curve, f, epoch), loss[epoch]!]),
  ]).flat();
  return Math.max(...pairs.map(([fresh, kept]) => Math.abs(fresh! / kept! - 1)));
}

it('the shipped run is that of its protocol and seed, as far as it is repeated', () => {
  expect(shipped.protocol).toEqual(LONG_RUN);
  expect(shipped.epochs.slice(0, FIRST)).toEqual(Array.from({ length: FIRST }, (_, epoch) => epoch));
  expect(difference(shipped.protocol, shipped.seed, FIRST)).toBeLessThanOrEqual(ROUNDED);
});

it('runs of another seed, rate or horizon are told apart from it', () => {
  const { protocol, seed } = shipped;
  const faster = { ...protocol.optimizer, lr: ratesTimes(protocol.optimizer, 1 + 2 ** -10) };
  expect(difference(protocol, seed + 1, 1)).toBeGreaterThan(ROUNDED);
  // The first update is that of epoch 1.
  expect(difference({ ...protocol, optimizer: faster }, seed, 3)).toBeGreaterThan(ROUNDED);
  expect(difference({ ...protocol, horizon: protocol.horizon + 1 }, seed, 1)).toBeGreaterThan(ROUNDED);
});

it('the student begins with the agent’s initial weights', () => {
  const short = { ...shipped.protocol, epochs: 1 };
  const { initial } = closedRun(short, shipped.seed);
  // Whoever the teacher is.
  const { deployed } = studentRun(short, shipped.seed, initial, initial);
  expect(deployed).toEqual([shipped.student.deployed[0]]);
});

it('rows are of the same epochs, all the first ones and the last among them', () => {
  expect(shipped.epochs).toEqual(keptEpochs(shipped.protocol.epochs));
  expect(shipped.epochs.at(-1)).toBe(shipped.protocol.epochs - 1);
  const columns = [
    shipped.loss,
    shipped.student.loss,
    shipped.student.deployed,
    ...shipped.frequencies.map(({ loss }) => loss),
  ];
  for (const column of columns) expect(column).toHaveLength(shipped.epochs.length);
});

it('acquisitions are where the kept losses fall, low frequencies first', () => {
  const times = shipped.frequencies.map(({ acquired }) => acquired!.epoch);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  for (const { acquired, loss, held } of shipped.frequencies) {
    const before = shipped.epochs.filter((epoch) => epoch < acquired!.epoch);
    expect(loss.slice(0, before.length).every((value) => value >= LEVELS.acquired)).toBe(true);
    expect(Math.min(...loss.slice(before.length, before.length + 2))).toBeLessThan(LEVELS.acquired);
    expect(held!.modes.epoch).toBe(acquired!.done);
  }
  const { from, second } = shipped.around!;
  const step = shipped.frequencies[1]!.acquired!;
  expect(from + second.findIndex((loss) => loss < LEVELS.acquired)).toBe(step.epoch);
});

it('the uppermost stair is what it costs to stay at rest', () => {
  const { protocol } = shipped;
  const task = taskOf(protocol);
  const { data, cols } = referencesOf(task, balancedPhases(protocol.tracking.harmonics.length, protocol.batch));
  const square = data.reduce((total, value) => total + value * value, 0) / (task.steps * cols);
  const stairs = levels(shipped);
  expect(stairs).toHaveLength(protocol.tracking.harmonics.length);
  expect(Math.abs(stairs[0]! / (task.weight * square) - 1)).toBeLessThanOrEqual(gamma(2 * data.length));
  for (const [k, stair] of stairs.slice(1).entries()) expect(stair).toBeLessThan(stairs[k]!);
});

it('a run too short to acquire anything is summarised without acquisitions', () => {
  const small: TrackingProtocol = {
    ...LONG_RUN,
    agent: { ...LONG_RUN.agent, N: 5 },
    horizon: 20,
    batch: 9,
    epochs: 3,
  };
  const seen: [string, number][] = [];
  const summary: TrackingSummary = summariseTracking(small, 7, (what, epoch) => seen.push([what, epoch]));
  expect(seen).toEqual([0, 1, 2].map((e) => ['closed loop', e]).concat([0, 1, 2].map((e) => ['open loop', e])));
  expect(summary.frequencies.map(({ acquired, held }) => [acquired, held])).toEqual(Array(4).fill([null, null]));
  expect(summary.around).toBeNull();
  expect(summary.path.map(({ reference, position }) => [reference.length, position.length])).toEqual([
    [20, 20],
    [20, 20],
  ]);
  expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
});
