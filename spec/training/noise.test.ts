/**
 * Noise in closed loop: what is drawn, what it leaves as it is, and the expected loss of linear agents, which has a recursion of its own.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lowRankInitial } from '#src/agent/initial.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { orderParametersOf } from '#src/agent/order-parameters.js';
import { type Mat, scalarMatrix, subtract, times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { costOf, type Protocol, plantOf } from '#src/problem/protocol.js';
import type { PlantSpec } from '#src/problem/schema.js';
import { batchFactor } from '#src/problem/start.js';
import { readRun } from '#src/runs/format/read.js';
import { runText } from '#src/runs/format/record.js';
import { encoded } from '#src/runs/format/write.js';
import { weightsOver } from '#src/theory/loop/no-policy-beats-riccati.js';
import {
  expectedLoss,
  momentsWithNoise,
  noiseEntry,
  noiseMoments,
  noiseVariances,
} from '#src/theory/loop/noise-keeps-to-the-span.js';
import { fullLearner } from '#src/training/learner.js';
import { PROBLEMS } from '#src/training/problems.js';
import { train } from '#src/training/train.js';

const BASE: Protocol = {
  mode: 'closed-loop',
  plant: { kind: 'integrator', order: 2, dt: 0.5 },
  agent: { kind: 'linear-low-rank', N: 6, rank: 1, leak: 0.7 },
  horizon: 10,
  start: { kind: 'normal', sd: 0.3 },
  batch: 5,
  loss: { state: 'mean', beta: 0.1 },
  optimizer: { kind: 'sgd', lr: 0.01, clip: 1 },
  trained: ['m', 'z', 'U', 'V'],
  epochs: 6,
  noise: { process: 0.4, observation: 1 },
};

describe('training with noise', () => {
  const trained = (protocol: Protocol, seed = 3) => {
    const kind = protocol.noise ? 'trials' : 'moments';
    const random = new Stream(seed);
    const initial = PROBLEMS[kind].draw(protocol, random.child('weights'));
    return train(
      PROBLEMS[kind].learner(protocol, initial),
      protocol,
      PROBLEMS[kind].source(protocol, random.child('starts')),
    );
  };
  const { noise: _, ...quiet } = BASE;

  it('is the same again, and another with another seed', () => {
    expect(trained(BASE)).toEqual(trained(BASE));
    expect(trained(BASE, 4).loss).not.toEqual(trained(BASE).loss);
  });

  it('draws the starts that it draws without, and records their moments', () => {
    const [noisy, still] = [trained(BASE), trained(quiet)];
    expect(noisy.moments).toEqual(still.moments);
    expect(noisy.loss[0]).not.toBe(still.loss[0]);
  });

  it.each(['run.json', 'run.npz'])('is what %s says again, a curve as it was', (name) => {
    const initial = PROBLEMS.trials.draw(BASE, new Stream(3).child('weights'));
    const provenance = { producer: 'test', version: '0', seed: 3 };
    const text = runText({ protocol: BASE, initial, curve: trained(BASE), provenance });
    const file = join(mkdtempSync(join(tmpdir(), 'loopproof-noise-')), name);
    writeFileSync(file, encoded(text, file));
    const { protocol, curves } = readRun(file);
    expect(protocol.noise).toEqual(BASE.noise);
    expect(curves.loss).toEqual([...trained(BASE).loss]);
  });

  it('adds nothing where all deviations are 0', () => {
    const none = { ...BASE, noise: { process: 0, observation: 0 } };
    const [a, b] = [none, quiet].map((protocol) => PROBLEMS.trials.source(protocol, new Stream(1))(0));
    expect(a).toEqual(b);
  });
});

type Moments = readonly Mat<number>[];
type Fault = (moments: Moments, added: Mat<number>, Peff: Mat<number>) => Moments;

/** The expected loss (src/theory/loop/noise-keeps-to-the-span.ts). @param fault what is wrong with the moments, from what a step adds */
function expected(
  { horizon, loss, batch, start, plant: spec, noise = {} }: Protocol,
  agent: LinearAgent,
  fault: Fault = (moments) => moments,
): number {
  const plant = plantOf(spec);
  const n = plant.A.rows;
  const cost = costOf({ loss, horizon, batch }, n, plant.B.cols);
  const overlaps = orderParametersOf(reals, agent);
  const Peff = effectiveMatrix(reals, plant, agent.leak, overlaps);
  const { process = 0, observation = 0 } = noise;
  const variances = noiseVariances(reals, process, observation, 'dt' in spec ? spec.dt : 1);
  const added = noiseMoments(reals, noiseEntry(reals, plant, agent.leak, agent.U.cols), n, variances);
  const { sd } = start as { sd: number };
  const moments = momentsWithNoise(reals, Peff, added, scalarMatrix(n, sd ** 2), horizon);
  return expectedLoss(reals, weightsOver(reals, cost), cost.discount, overlaps, fault(moments, added, Peff));
}

/** What is scored lacks the noise of the last step. */
const late = (moments: Moments, added: Mat<number>): Moments =>
  moments.map((X, t) => (t === 0 ? X : subtract(reals, X, added)));

/** The first step adds nothing. */
function fromTheSecondStep(moments: Moments, added: Mat<number>, Peff: Mat<number>): Moments {
  let first = added;
  return moments.map((X, t) => {
    if (t === 0) return X;
    const without = subtract(reals, X, first);
    first = times(Peff, first, transpose(Peff));
    return without;
  });
}

const PLANTS: readonly (readonly [string, PlantSpec, number])[] = [
  ['a double integrator', { kind: 'integrator', order: 2, dt: 0.5 }, 1],
  ['three integrators', { kind: 'integrator', order: 3, dt: 0.25 }, 2],
  ['a cursor on two axes', { kind: 'cursor', axes: 2, dt: 0.25 }, 2],
];

describe.each(PLANTS)('the mean loss of many trials with noise: %s', (_, plant, rank) => {
  // Standard errors that the mean may be off by: by more with a probability of 6e-7.
  const MOST = 5;
  const [BATCHES, BATCH] = [400, 100];
  const protocol: Protocol = {
    ...BASE,
    plant,
    batch: BATCH,
    agent: { kind: 'linear-low-rank', N: 6, rank, leak: 0.7 },
  };
  const { B, C } = plantOf(plant);
  const agent = lowRankInitial({ N: 6, c: C.rows, p: B.cols, r: rank }, 0.7, new Stream(2), 1.5);
  const engine = fullLearner(protocol, agent);
  const source = PROBLEMS.trials.source(protocol, new Stream(7));
  const losses = Array.from({ length: BATCHES }, (__, k) => engine.evaluate(batchFactor(source(k))).loss);
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / BATCHES;
  const variance = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / (BATCHES - 1);
  const off = (predicted: number): number => Math.abs(mean - predicted) / Math.sqrt(variance / BATCHES);

  it('is the expected loss of its order parameters', () => {
    expect(off(expected(protocol, agent))).toBeLessThanOrEqual(MOST);
  });

  it.each<readonly [name: string, change: Partial<Protocol>, fault: Fault | undefined]>([
    ['no noise', { noise: {} }, undefined],
    ['no noise in the plant', { noise: { observation: 1 } }, undefined],
    ['no noise on observations', { noise: { process: 0.4 } }, undefined],
    [
      'a tenth more variance of the noise in the plant',
      { noise: { process: 0.4 * Math.sqrt(1.1), observation: 1 } },
      undefined,
    ],
    ['noise that does not grow with the root of the step', { noise: { process: 0.8, observation: 1 } }, undefined],
    ['noise that enters after the state is scored', {}, late],
    ['noise from the second step on', {}, fromTheSecondStep],
  ])('is not that of %s', (_name, change, fault) => {
    expect(off(expected({ ...protocol, ...change }, agent, fault))).toBeGreaterThan(MOST);
  });
});
