/**
 * What is read off tracking runs: on made-up curves, and on the recorded PyTorch run, whose staircase is the paper's.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixture } from '#spec/support/recorded.js';
import { matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { gamma } from '#src/linalg/tolerance.js';
import { supportOf } from '#src/problem/kinds.js';
import { PROTOCOLS, type TrackingProtocol } from '#src/problem/protocol.js';
import {
  acquisitions,
  continuousModes,
  harmonicLossAt,
  highestFrequency,
  highestLoss,
} from '#src/stages/acquisition.js';
import { PROBLEMS, taskOf } from '#src/training/problems.js';
import { deployedTracking } from '#src/training/tracking-open-loop.js';

const curveOf = (rows: readonly (readonly number[])[]) => ({
  epochs: rows.length,
  harmonics: rows[0]!.length,
  harmonicLoss: Float64Array.from(rows.flat()),
});

describe('acquisition', () => {
  it('is the first epoch below the level, its fall the one around it', () => {
    const curve = curveOf([[2.6], [2.1], [1.9], [1.4], [1.2], [1.5], [0.9], [2.2], [0.5]]);
    expect(acquisitions(curve)).toEqual([{ begun: 1, epoch: 4, done: 6 }]);
    expect(highestLoss(curve, 0, 4, 6)).toBe(1.5);
    expect(highestLoss(curve, 0, 7, 99)).toBe(2.2);
  });

  it('is missing where the level is not reached, and need not be done', () => {
    const rows = [
      [1.9, 2.6],
      [1.1, 2.5],
      [1.2, Number.NaN],
    ];
    expect(acquisitions(curveOf(rows))).toEqual([{ begun: 0, epoch: 1, done: undefined }, undefined]);
  });
});

describe('modes in continuous time', () => {
  it('of a recurrence that turns h by ω·dt per step are ±i·sin(ω·dt)/dt, less (1 − cos(ω·dt))/dt', () => {
    const [omega, dt, leak] = [2, 0.1, 0.25];
    // (1 − η) + η·W = rotation.
    const [c, s] = [Math.cos(omega * dt), Math.sin(omega * dt)];
    const W = matrix(2, 2, (i, j) => ((i === j ? c : i < j ? -s : s) - (i === j ? 1 - leak : 0)) / leak);
    const modes = continuousModes(W, leak, dt);
    // A few roundings, of quantities up to 1/dt.
    expect(Math.abs(highestFrequency(modes) - s / dt)).toBeLessThanOrEqual(gamma(64) / dt);
    for (const { re } of modes) expect(Math.abs(re - (c - 1) / dt)).toBeLessThanOrEqual(gamma(64) / dt);
  });

  it('that do not oscillate have frequency 0', () => {
    expect(
      highestFrequency(
        continuousModes(
          matrix(2, 2, (i) => i),
          1,
          1,
        ),
      ),
    ).toBe(0);
  });
});

describe('the recorded PyTorch run', () => {
  const run = fixture('pytorch-tracking').read();
  const support = supportOf('tracking', run.protocol);
  // Curves that the run format does not have: readers pass over them.
  const { probes, recurrence } = JSON.parse(readFileSync('fixtures/pytorch-tracking.json', 'utf8')).curves as {
    readonly probes: { readonly epochs: readonly number[]; readonly loss: readonly (readonly number[])[] };
    readonly recurrence: readonly {
      readonly epoch: number;
      readonly eigenvalues: readonly (readonly [number, number])[];
    }[];
  };
  const curve = curveOf(probes.loss);
  const steps = acquisitions(curve).map((acquisition) => acquisition!);
  const epochOf = (row: number): number => probes.epochs[row]!;

  it('is of the paper’s task', () => {
    expect(support).toMatchObject({ protocol: { ...PROTOCOLS.tracking, epochs: 5001 } });
  });

  it('acquires one frequency after the other, each but the first in a step', () => {
    expect(steps.map(({ epoch }) => epochOf(epoch))).toEqual([310, 840, 2540, 4090]);
    steps.slice(1).forEach(({ begun, epoch, done }, k) => {
      expect(epochOf(done!) - epochOf(begun)).toBeLessThan(epochOf(epoch) / 4);
      // A plateau before it.
      const since = steps[k]!.done!;
      const total = (row: number): number => probes.loss[row]!.reduce((a, b) => a + b);
      const [slow, fast] = [total(since) - total(begun), total(begun) - total(done!)];
      expect(slow / (begun - since)).toBeLessThan(fast / (2 * (done! - begun)));
    });
  });

  it('raises the losses of frequencies that it follows already, at each step', () => {
    for (const [k, { begun, done }] of steps.entries())
      if (k > 0) {
        const raised = highestLoss(curve, 0, begun, done! + 1) / harmonicLossAt(curve, 0, begun);
        expect(raised).toBeGreaterThan(1.02);
      }
  });

  it('comes to oscillate at the frequency acquired last', () => {
    const highest = (epoch: number): number =>
      Math.max(...recurrence.find((row) => row.epoch === epoch)!.eigenvalues.map(([, im]) => im));
    const away = (epoch: number, frequency: number): number => Math.abs(highest(epoch) / (2 * Math.PI * frequency) - 1);
    // η/dt = 1: imaginary parts are frequencies.
    expect(away(700, 0.1)).toBeLessThan(0.1);
    expect(away(1200, 0.2)).toBeLessThan(0.1);
    expect(away(2600, 0.3)).toBeLessThan(0.1);
    expect(away(4500, 0.4)).toBeLessThan(0.1);
    expect(away(230, 0.1)).toBeGreaterThan(0.5);
  });

  it('starts at a loss like those of our own initial weights: two-sided rank test at 2 %', () => {
    const protocol: TrackingProtocol = {
      ...PROTOCOLS.tracking,
      batch: 12,
      tracking: { ...PROTOCOLS.tracking.tracking, phases: 'balanced' },
    };
    const random = new Stream(17);
    const phases = PROBLEMS.tracking.source(protocol, random)(0);
    const like = PROBLEMS.tracking.draw(protocol, random);
    const lossOf = deployedTracking(taskOf(protocol), phases, like);
    const losses = Array.from({ length: 199 }, (_, k) =>
      lossOf(PROBLEMS.tracking.draw(protocol, random.child(`weights ${k}`))),
    );
    // The recorded run's, and that of the paper's published one.
    for (const theirs of [run.curves.loss[0]!, 5.62895203]) {
      const below = losses.filter((loss) => loss < theirs).length;
      expect(Math.min(below, 199 - below)).toBeGreaterThanOrEqual(2);
    }
  });
});
