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
import { add, at, blocks, identity, type Mat, map, matrix, times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { costOf, noiseOf, type Protocol, plantOf } from '#src/problem/protocol.js';
import type { PlantSpec } from '#src/problem/schema.js';
import { batchFactor } from '#src/problem/start.js';
import { readRun } from '#src/runs/format/read.js';
import { runText } from '#src/runs/format/record.js';
import { encoded } from '#src/runs/format/write.js';
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

/** The expected loss: second moments of (x, a, b), h = M·a + U·b, step by step. */
function expectedLoss(
  protocol: Protocol,
  agent: LinearAgent,
  { beforeScore = true, from = 0 }: { readonly beforeScore?: boolean; readonly from?: number } = {},
): number {
  const { horizon, loss, batch, start } = protocol;
  const { leak } = agent;
  const plant = plantOf(protocol.plant);
  const [n, c, r] = [plant.A.rows, plant.C.rows, agent.U.cols];
  const cost = costOf({ loss, horizon, batch }, n, plant.B.cols);
  const overlaps = orderParametersOf(reals, agent);
  const P = effectiveMatrix(reals, plant, leak, overlaps);
  const G = blocks<number>([
    [identity(reals, n), matrix(n, c)],
    [map(plant.C, (entry) => leak * entry), map(identity(reals, c), (entry) => leak * entry)],
    [matrix(r, n), matrix(r, c)],
  ]);
  const { state, observation } = noiseOf(protocol);
  const covariance = matrix(n + c, n + c, (i, j) => (i !== j ? 0 : i < n ? state ** 2 : observation ** 2));
  const entering = times(G, covariance, transpose(G));
  const readout = blocks<number>([[matrix(plant.B.cols, n), overlaps.zm, overlaps.zu]]);
  const { sd } = start as { sd: number };
  let X: Mat<number> = matrix(n + c + r, n + c + r, (i, j) => (i === j && i < n ? sd ** 2 : 0));
  let total = 0;
  for (let t = 0; t < horizon; t++) {
    const scored = t > 0 && !beforeScore ? times(P, X, transpose(P)) : X;
    for (let i = 0; i < n; i++) total += at(cost.Q, i, i) * at(scored, i, i);
    const controls = times(readout, X, transpose(readout));
    for (let k = 0; k < controls.rows; k++) total += at(cost.R, k, k) * at(controls, k, k);
    const next = times(P, X, transpose(P));
    X = t >= from ? add(reals, next, entering) : next;
  }
  return total;
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
    expect(off(expectedLoss(protocol, agent))).toBeLessThanOrEqual(MOST);
  });

  it.each([
    ['no noise', { noise: {} }, {}],
    ['no noise in the plant', { noise: { observation: 1 } }, {}],
    ['no noise on observations', { noise: { process: 0.4 } }, {}],
    [
      'a tenth more variance of the noise in the plant',
      { noise: { process: 0.4 * Math.sqrt(1.1), observation: 1 } },
      {},
    ],
    ['noise that does not grow with the root of the step', { noise: { process: 0.8, observation: 1 } }, {}],
    ['noise that enters after the state is scored', {}, { beforeScore: false }],
    ['noise from the second step on', {}, { from: 1 }],
  ])('is not that of %s', (_name, change, how) => {
    expect(off(expectedLoss({ ...protocol, ...change }, agent, how))).toBeGreaterThan(MOST);
  });
});
