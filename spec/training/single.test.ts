/**
 * Training in single precision beside double: within what shadow runs spread that are perturbed, at the rounding of single
 * precision, in every epoch (tolerance.ts).
 */

import { expect, it } from 'vitest';
import type { Numbers } from '#src/kernel/numbers.js';
import { Stream } from '#src/linalg/random.js';
import { SHADOWS, shadowNoise, unitRoundoff } from '#src/linalg/tolerance.js';
import { PROTOCOLS, type RnnProtocol } from '#src/problem/protocol.js';
import type { Curve } from '#src/training/curve.js';
import { PROBLEMS } from '#src/training/problems.js';
import type { RnnEngine } from '#src/training/rnn.js';
import { train } from '#src/training/train.js';

const protocol: RnnProtocol = {
  ...PROTOCOLS.text,
  agent: { kind: 'tanh', N: 32, leak: 1 },
  batch: 24,
  horizon: 30,
  epochs: 60,
  rows: 'before-update',
};
const initial = PROBLEMS.batches.draw(protocol, new Stream(1));
const starts = PROBLEMS.batches.source(protocol, new Stream(2));

/** Adds noise to the weights, relative to the size of each tensor's entries. */
function perturb({ parameters }: RnnEngine['kernel'], random: Stream, relative: number): void {
  for (const { values } of parameters) {
    const size = Math.sqrt((values as Float64Array).reduce((sum, value) => sum + value * value, 0) / values.length);
    for (let k = 0; k < values.length; k++) values[k]! += relative * size * random.normal();
  }
}

/** A run, whose weights are disturbed before every epoch. */
function run(precision: 'f32' | 'f64', disturb: (weights: Numbers[], engine: RnnEngine) => void = () => {}): Curve {
  const engine = PROBLEMS.batches.learner({ ...protocol, precision }, initial) as RnnEngine;
  const weights = engine.kernel.parameters.map(({ values }) => values);
  const disturbed = {
    ...engine,
    evaluate(batch: Parameters<RnnEngine['evaluate']>[0]) {
      disturb(weights, engine);
      return engine.evaluate(batch);
    },
  };
  return train(disturbed, { ...protocol, precision }, starts);
}

/** Epochs that must be decided at least: learning is chaotic before the loop is stable, and soon so in single precision. */
const DECIDED = 8;

const relative = (a: number, b: number): number => Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));

it('in closed loop, stays within the spread of shadow runs, and a wrong clip norm does not', () => {
  const reference = run('f64');
  // Per weight and epoch: a sum over units each step, forward and back; the batch's sum is taken in between.
  const noise = shadowNoise(protocol.agent.N + 2 * protocol.horizon + 16, unitRoundoff('f32'));
  const shadows = Array.from({ length: SHADOWS.run.count }, (_, k) => {
    const random = new Stream(3).child(`shadow ${k}`);
    return run('f64', (_weights, { kernel }) => perturb(kernel, random, noise));
  });
  /** The largest difference from the reference in units of its tolerance, over the epochs that are decided; and how many are. */
  const excess = (curve: Curve): { readonly worst: number; readonly decided: number } => {
    let [worst, decided, spread] = [0, 0, noise];
    for (let e = 0; e < protocol.epochs; e++)
      for (const channel of ['loss', 'gradNorm'] as const) {
        const to = (other: Curve): number => relative(other[channel][e]!, reference[channel][e]!);
        spread = Math.max(spread, ...shadows.map(to));
        if (SHADOWS.run.multiple * spread > SHADOWS.ceiling) continue;
        decided++;
        worst = Math.max(worst, to(curve) / (SHADOWS.run.multiple * spread));
      }
    return { worst, decided };
  };
  const single = run('f32');
  expect(single.loss).not.toEqual(reference.loss);
  const { worst, decided } = excess(single);
  expect(worst).toBeLessThanOrEqual(1);
  expect(decided).toBeGreaterThanOrEqual(2 * DECIDED);
  const mutant = train(
    PROBLEMS.batches.learner({ ...protocol, precision: 'f32' }, initial),
    { ...protocol, optimizer: { kind: 'sgd', lr: 0.01, clip: 1 + 2 ** -7 } },
    starts,
  );
  expect(excess(mutant).worst).toBeGreaterThan(1);
});
