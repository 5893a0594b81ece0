/**
 * Open-loop tasks as the protocols define them, and what their students cost when deployed.
 */

import { describe, expect, it } from 'vitest';
import { lowRankInitial } from '#src/agent/initial.js';
import type { LinearAgent } from '#src/agent/linear.js';
import {
  orderParameterMatrix,
  scalarOrderParameters,
  orderParametersOf as weightOverlaps,
} from '#src/agent/order-parameters.js';
import { impulseResponse as responseOf } from '#src/agent/response.js';
import { at, fromRows, matrix, scalarMatrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { integratorChain } from '#src/plant/integrator.js';
import { costOf, PROTOCOLS, plantOf } from '#src/problem/protocol.js';
import { momentFactor } from '#src/problem/start.js';
import { impulseMismatch, impulseResponse } from '#src/theory/open-loop/open-loop-loss-is-impulse-mismatch.js';
import { deployedLosses } from '#src/training/deployed.js';
import { gramDescent } from '#src/training/gram.js';
import { gramLearner } from '#src/training/learner.js';
import { openLoopLoss, openLoopTask, sampledMoments, sequenceLoss, whiteMoments } from '#src/training/open-loop.js';
import { openLoopEngine } from '#src/training/open-loop-full.js';
import { train } from '#src/training/train.js';

const student = { zm: 0.2, zu: -0.5, vm: 0.3, vu: 0.4 };
const teacher = { zm: -0.9, zu: 1, vm: 1.1, vu: -0.4 };
const orderParametersOf = ({ zm, zu, vm, vu }: typeof student) => scalarOrderParameters(zm, zu, vm, vu);

/** A student and a teacher of two inputs and three outputs. */
const pairOf = (random: Stream): readonly [LinearAgent, LinearAgent] => {
  const agent = (r: number) => lowRankInitial({ N: 6, c: 2, p: 3, r }, 0.5, random);
  return [agent(2), agent(1)];
};

describe('open-loop tasks', () => {
  it.each([
    // The low-rank protocol: variance 1 + dt², mean over T − 1 steps. The tanh protocols: variance 1, Σ_k (T − k)(…)².
    ['low-rank', 0.5, 20, (1 + 0.5 ** 2) / 19, 20],
    ['tanh', 0.5, 20, 1, 22],
  ] as const)('%s: weights and variance of the protocol', (protocol, dt, horizon, scale, reach) => {
    const task = openLoopTask(protocol, integratorChain(2, dt), horizon);
    const g = responseOf(reals, 1, orderParametersOf(teacher), task.steps);
    const K = Float64Array.from(orderParameterMatrix(orderParametersOf(student)).data as number[]);
    const loss = openLoopLoss(task, g, 1, 1)(K, momentFactor(task.covariance), new Float64Array(4));
    const [a, b] = [student, teacher].map((overlaps) => impulseResponse(reals, overlaps, horizon));
    expect(loss).toBeCloseTo(scale * impulseMismatch(reals, a!, b!, reach), 12);
  });

  it('learn from sampled inputs by the Gram matrix as through N units', () => {
    const task = openLoopTask('low-rank', integratorChain(2, 1), 12);
    const [learner, model] = [1, 2].map((seed) => lowRankInitial({ N: 9, c: 1, p: 1, r: 2 }, 0.5, new Stream(seed)));
    const source = sampledMoments(task.steps, momentFactor(task.covariance), 30, new Stream(4));
    const schedule = { optimizer: { kind: 'sgd' as const, lr: 0.05, clip: 1 }, epochs: 25 };
    const response = responseOf(reals, 0.5, weightOverlaps(reals, model!), task.steps);
    const full = train(openLoopEngine(task, learner!, model!, ['Z', 'U', 'V']), schedule, source);
    const reduced = sequenceLoss(task, response, 0.5, 2);
    const gram = train(gramDescent(learner!, ['Z', 'U', 'V'], reduced), schedule, source);
    // Not chaotic: rounding of 25 steps stays far below.
    gram.loss.forEach((loss, epoch) => {
      expect(Math.abs(loss / full.loss[epoch]! - 1)).toBeLessThan(10 ** -11);
    });
  });

  it('compare what agents of several inputs and outputs do, step by step', () => {
    const random = new Stream(3);
    const [learner, model] = pairOf(random);
    const task = { steps: 5, weight: 0.5 };
    const inputs = matrix(10, 4, () => random.normal());
    /** u_1 … of an agent that is given inputs, by its definition; an entry per step, output and trial. */
    const acts = ({ leak, M, Z, U, V }: LinearAgent): number[] =>
      [0, 1, 2, 3].flatMap((b) => {
        let h = Array<number>(6).fill(0);
        return [0, 1, 2, 3, 4].flatMap((t) => {
          const s = Array.from({ length: U.cols }, (_, k) => h.reduce((sum, z, i) => sum + at(V, i, k) * z, 0));
          h = h.map((z, i) => {
            const seen = at(M, i, 0) * at(inputs, 2 * t, b) + at(M, i, 1) * at(inputs, 2 * t + 1, b);
            return (1 - leak) * z + leak * s.reduce((sum, v, k) => sum + at(U, i, k) * v, seen);
          });
          return [0, 1, 2].map((k) => h.reduce((sum, z, i) => sum + at(Z, k, i) * z, 0));
        });
      });
    const loss = (student: LinearAgent): number => {
      const [ours, theirs] = [acts(student), acts(model)];
      return 0.5 * ours.reduce((sum, u, k) => sum + (u - theirs[k]!) ** 2, 0);
    };
    const engine = openLoopEngine(task, learner, model, ['M', 'Z', 'U', 'V']);
    expect(engine.evaluate(inputs).loss / loss(learner)).toBeCloseTo(1, 12);
    const response = responseOf(reals, 0.5, weightOverlaps(reals, model), 5);
    const reduced = gramDescent(learner, ['M', 'Z', 'U', 'V'], sequenceLoss(task, response, 0.5, 2));
    expect(reduced.evaluate(inputs).loss / loss(learner)).toBeCloseTo(1, 12);
    // One step along the gradient lowers both by lr·‖g‖² to first order; differences err at second order.
    for (const descending of [engine, reduced]) {
      const { gradNorm } = descending.evaluate(inputs);
      const h = 1e-5 / gradNorm;
      descending.descend(h);
      const lower = descending.evaluate(inputs).loss;
      descending.descend(0);
      const again = openLoopEngine(task, learner, model, ['M', 'Z', 'U', 'V']);
      again.evaluate(inputs);
      again.descend(-h);
      expect((again.evaluate(inputs).loss - lower) / (2 * h) / gradNorm ** 2).toBeCloseTo(1, 6);
    }
  });

  it('have on white inputs the expected loss of their sequences, several inputs at once', () => {
    const random = new Stream(3);
    const [learner, model] = pairOf(random);
    const task = { steps: 5, weight: 0.5, covariance: matrix(2, 2, (i, j) => (i === j ? 2 : 1)) };
    const response = responseOf(reals, 0.5, weightOverlaps(reals, model), 5);
    const K = Float64Array.from(orderParameterMatrix(weightOverlaps(reals, learner)).data as number[]);
    const [E, F] = [new Float64Array(K.length), new Float64Array(K.length)];
    const expected = openLoopLoss(task, response, 0.5, 2)(K, momentFactor(task.covariance), E);
    const sequences = sequenceLoss(task, response, 0.5, 2)(K, momentFactor(whiteMoments(task)), F);
    expect(expected / sequences).toBeCloseTo(1, 12);
    E.forEach((value, k) => {
      expect(value / F[k]!).toBeCloseTo(1, 9);
    });
  });

  it('need a control to compare', () => {
    expect(() => openLoopTask('low-rank', integratorChain(2, 1), 1)).toThrow('two steps or more, not 1');
    const shortest = openLoopTask('low-rank', integratorChain(2, 1), 2);
    expect(shortest).toMatchObject({ steps: 0, weight: 1 });
    const K = Float64Array.of(1, 2, 3, 4);
    expect(openLoopLoss(shortest, [], 1, 1)(K, momentFactor(shortest.covariance), new Float64Array(4))).toBe(0);
  });

  it('draw inputs whose components are correlated as the factor says, with its signs', () => {
    const factor = fromRows([
      [1, 0],
      [0.5, -2],
    ]);
    const [drawn, random] = [sampledMoments(1, factor, 1, new Stream(1))(0), new Stream(1).child('batch 0')];
    const white = [random.normal(), random.normal()];
    const y = [white[0]!, 0.5 * white[0]! - 2 * white[1]!];
    y.forEach((a, i) => {
      y.forEach((b, j) => {
        expect(at(drawn, i, j)).toBeCloseTo(a * b, 12);
      });
    });
  });

  it('have students and teachers that fit', () => {
    const random = new Stream(1);
    const [, mute] = [1, 2].map((p) => lowRankInitial({ N: 4, c: 1, p, r: 1 }, 1, random));
    expect(() =>
      openLoopEngine({ steps: 4, weight: 1 }, lowRankInitial({ N: 4, c: 1, p: 1, r: 1 }, 1, random), mute!, []),
    ).toThrow('the teacher 1 inputs and 2 outputs');
    const [one, two] = [1, 2].map((c) => lowRankInitial({ N: 4, c, p: 1, r: 1 }, 1, random));
    expect(() => openLoopEngine({ steps: 4, weight: 1 }, one!, two!, [])).toThrow('the teacher 2 inputs');
  });

  it('draw inputs of the given covariance, afresh every epoch and replayably', () => {
    const task = { steps: 3, weight: 1, covariance: matrix(2, 2, (i, j) => (i === j ? 2 : 1)) };
    const source = sampledMoments(3, momentFactor(task.covariance), 20_000, new Stream(1));
    const [drawn, expected] = [source(0), whiteMoments(task)];
    // Standard errors are at most √(8/20000) = 0.02: six of them.
    for (let k = 0; k < 36; k++) expect(Math.abs(drawn.data[k]! - expected.data[k]!)).toBeLessThan(0.12);
    expect(source(0)).toEqual(drawn);
    expect(source(1)).not.toEqual(drawn);
  });
});

describe('deployed losses', () => {
  it('of closed-loop training are its losses', () => {
    const protocol = { ...PROTOCOLS['artifact-lowrank'], epochs: 30 };
    const plant = plantOf(protocol.plant);
    const agent = lowRankInitial({ N: 20, c: 1, p: 1, r: 1 }, 1, new Stream(3));
    const moments = scalarMatrix(2, 4 / 3);
    const curve = train(gramLearner(protocol, agent), protocol, () => moments);
    const problem = { plant, leak: 1, cost: costOf(protocol, 2, 1), horizon: protocol.horizon, rank: 1 };
    const deployed = deployedLosses(curve, problem, momentFactor(moments));
    deployed.forEach((loss, epoch) => {
      expect(Math.abs(loss / curve.loss[epoch]! - 1)).toBeLessThan(10 ** -12);
    });
  });
});
