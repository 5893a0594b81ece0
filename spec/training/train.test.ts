/**
 * The training loop: schedule, optimisers, divergence, costs, starts, fast paths.
 */

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawnPlant } from '#spec/generators/drawn-plant.js';
import { diagonalOf, drawnWeights, weighing } from '#spec/support/cost.js';
import { forAll } from '#spec/support/for-all.js';
import { expectNormal } from '#spec/support/laws.js';
import { fullRankInitial, lowRankInitial } from '#src/agent/initial.js';
import { type LinearAgent, linearAgent } from '#src/agent/linear.js';
import { orderParameterMatrix, orderParametersOf, scalarOrderParameters } from '#src/agent/order-parameters.js';
import { at, fromRows, type Mat, matrix, times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { adjointRoundings, gamma } from '#src/linalg/tolerance.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChain } from '#src/plant/integrator.js';
import { plant as plantFrom } from '#src/plant/plant.js';
import { costOf, deployedCost, PROTOCOLS, type Protocol, plantOf } from '#src/problem/protocol.js';
import type { OptimizerSpec } from '#src/problem/schema.js';
import { drawBatch, momentFactor, momentSource, momentsOf, startVariance } from '#src/problem/start.js';
import { divergedAt, orderParametersAt, rowOf, spectraOf, spectrumOf } from '#src/training/curve.js';
import { clipFactor, updateRule } from '#src/training/descent.js';
import { effectiveEngine } from '#src/training/effective.js';
import type { Engine } from '#src/training/engine.js';
import { fullEngine } from '#src/training/full.js';
import { gramEngine } from '#src/training/gram.js';
import { closesOnGram, explicitLearner, fullLearner, gramLearner } from '#src/training/learner.js';
import { lossOf } from '#src/training/loss.js';
import { PROBLEMS } from '#src/training/problems.js';
import { doubleIntegratorLoss, generalReducedLoss, reducedLoss } from '#src/training/reduced.js';
import { train } from '#src/training/train.js';

type OptimizerOptions = Partial<Extract<OptimizerSpec, { kind: 'adamw' }>>;

const protocol: Protocol = {
  ...PROTOCOLS['artifact-lowrank'],
  start: { kind: 'population', variance: 4 / 3 },
  agent: { kind: 'linear-low-rank', N: 20, rank: 1, leak: 1 },
  horizon: 20,
  epochs: 12,
};
const agent = lowRankInitial({ N: 20, c: 1, p: 1, r: 1 }, 1, new Stream(4));
const moments = momentSource(protocol.start, 2, 1, new Stream(1));

describe('the schedule', () => {
  it('records the parameters before each update, or after it', () => {
    const before = train(fullLearner(protocol, agent), protocol, moments);
    const after = train(fullLearner(protocol, agent), { ...protocol, rows: 'after-update' }, moments);
    // Row e after the update is row e + 1 before it: starts are the same every epoch.
    for (let e = 0; e + 1 < protocol.epochs; e++) {
      expect(after.loss[e]).toBe(before.loss[e + 1]);
      expect(rowOf(after.overlaps, 12, e)).toEqual(rowOf(before.overlaps, 12, e + 1));
    }
  });

  it('evaluates without updating until the first update', () => {
    const curve = train(gramLearner(protocol, agent), { ...protocol, firstUpdate: 3 }, moments);
    expect(new Set(curve.loss.slice(0, 4)).size).toBe(1);
    expect(curve.loss[4]).not.toBe(curve.loss[3]);
  });

  it('draws a fresh batch every epoch, the same for the same seed', () => {
    const source = (seed: number) => momentSource({ kind: 'normal', sd: 2 }, 2, 3, new Stream(seed));
    expect(source(1)(0).data).not.toEqual(source(1)(1).data);
    expect(source(1)(5).data).toEqual(source(1)(5).data);
    expect(source(1)(0).data).not.toEqual(source(2)(0).data);
  });

  it('keeps fixed starts', () => {
    const start = {
      kind: 'fixed',
      x0: [
        [1, 2],
        [3, 4],
      ],
    } as const;
    const source = momentSource(start, 2, 2, new Stream(1));
    expect(source(0)).toBe(source(9));
    expect(Array.from(source(0).data)).toEqual([2.5, 5.5, 5.5, 12.5]);
    expect(drawBatch({ kind: 'population', variance: 1 }, 2, 1, new Stream(1))).toBeUndefined();
    expect(startVariance(start)).toBeUndefined();
    expect(startVariance({ kind: 'uniform', low: -1, high: 2 })).toBeUndefined();
    expect(startVariance({ kind: 'normal', sd: 3 })).toBe(9);
    expect(startVariance({ kind: 'population', variance: 2 })).toBe(2);
  });
});

describe('a row', () => {
  it('holds the lower triangle of the moments that it was evaluated on', () => {
    const states: Protocol = { ...protocol, plant: { kind: 'integrator', order: 3, dt: 0.5 }, epochs: 3 };
    const source = momentSource({ kind: 'normal', sd: 2 }, 3, 5, new Stream(1));
    const curve = train(gramLearner(states, agent), states, source);
    for (let e = 0; e < 3; e++) {
      const triangle = [0, 1, 2].flatMap((i) => Array.from({ length: i + 1 }, (_, j) => at(source(e), i, j)));
      expect([...rowOf(curve.moments, 3, e)]).toEqual(triangle);
    }
  });

  it('is evaluated on moments rounded as the precision says', () => {
    // Of rank one but for the rounding of single precision, which leaves a negative pivot.
    const rounded = matrix(2, 2, (i, j) => (i + j === 2 ? 1 - 2 ** -25 : 1));
    const one = { ...protocol, epochs: 1 };
    expect(() => train(gramLearner(one, agent), one, () => rounded)).toThrow('not positive semidefinite');
    const single = train(gramLearner(one, agent), { ...one, precision: 'f32' }, () => rounded);
    expect(Number.isFinite(single.loss[0])).toBe(true);
  });
});

describe('divergence', () => {
  it('of the loss or of the gradient ends a run with its epoch', () => {
    for (const lost of [
      { loss: Number.POSITIVE_INFINITY, gradNorm: 1 },
      { loss: 1, gradNorm: Number.NaN },
    ]) {
      const seen: number[] = [];
      let epochs = 0;
      const learner = { evaluate: () => (epochs++ < 2 ? { loss: 1, gradNorm: 1 } : lost), descend: () => {} };
      train(learner, protocol, () => matrix(1, 1), { afterEpoch: (epoch) => seen.push(epoch) });
      expect(seen).toEqual([0, 1, 2]);
      const curve = { loss: Float64Array.of(1, lost.loss, 1), gradNorm: Float64Array.of(1, lost.gradNorm, 1) };
      expect(divergedAt(curve)).toBe(1);
      expect(divergedAt({ loss: curve.loss.slice(1), gradNorm: curve.gradNorm.slice(1) })).toBe(0);
    }
  });

  it('ends the run, is recorded, and leaves later rows empty', () => {
    const wild: Protocol = { ...protocol, horizon: 200, optimizer: { kind: 'sgd', lr: 1, clip: null } };
    for (const engine of [fullLearner(wild, agent), gramLearner(wild, agent)]) {
      const curve = train(engine, wild, moments);
      const epoch = divergedAt(curve)!;
      expect(epoch).toBeGreaterThan(0);
      expect(Number.isFinite(curve.loss[epoch - 1])).toBe(true);
      expect(curve.loss.slice(epoch + 1).every(Number.isNaN)).toBe(true);
      expect(spectraOf(curve, integratorChain(2, 1), 1)[11]).toBeUndefined();
    }
    expect(divergedAt(train(gramLearner(protocol, agent), protocol, moments))).toBeUndefined();
  });
});

describe('optimisers', () => {
  it('clip by the global norm, guarded as PyTorch does', () => {
    expect(clipFactor(0.5, 1)).toBe(1);
    expect(clipFactor(4, 1)).toBe(1 / (4 + 1e-6));
    expect(clipFactor(4, null)).toBe(1);
    expect(clipFactor(Number.NaN, 1)).toBeNaN();
  });

  /** One parameter θ with gradient g(θ) = θ. */
  function toy(): { engine: Engine; value: () => number } {
    const values = Float64Array.of(1);
    const gradient = Float64Array.of(1);
    const engine = {
      evaluate: () => {
        gradient[0] = values[0]!;
        return { loss: values[0]! ** 2 / 2, gradNorm: Math.abs(values[0]!) };
      },
      descend: (step: number) => {
        values[0]! -= step * gradient[0]!;
      },
      parameters: [{ values, gradient }],
    } as unknown as Engine;
    return { engine, value: () => values[0]! };
  }

  it('momentum adds the velocity, Adam moves by the learning rate at first', () => {
    const heavy = toy();
    const update = updateRule(heavy.engine, { kind: 'sgd', lr: 0.1, momentum: 0.5, clip: null });
    heavy.engine.evaluate(matrix(0, 0));
    update(1, 0);
    expect(heavy.value()).toBeCloseTo(0.9, 15);
    heavy.engine.evaluate(matrix(0, 0));
    update(1, 1);
    // velocity 0.5·1 + 0.9.
    expect(heavy.value()).toBeCloseTo(0.9 - 0.1 * 1.4, 15);

    const adaptive = toy();
    const adam = updateRule(adaptive.engine, { kind: 'adam', lr: 0.1, clip: null });
    adaptive.engine.evaluate(matrix(0, 0));
    adam(1, 0);
    expect(adaptive.value()).toBeCloseTo(0.9, 7);
    adaptive.engine.evaluate(matrix(0, 0));
    adam(1, 1);
    const mean = (0.1 * 0.9 + 0.09) / (1 - 0.9 ** 2);
    const square = (0.001 * 0.999 + 0.001 * 0.81) / (1 - 0.999 ** 2);
    expect(adaptive.value()).toBeCloseTo(0.9 - (0.1 * mean) / Math.sqrt(square), 6);
  });

  /** θ after updates along given gradients, two entries of one parameter and one of another, each clipped by a factor. */
  function updated(
    spec: OptimizerSpec,
    gradients: readonly (readonly number[])[],
    clip: number,
    from: readonly number[] = [0, 0, 0],
  ): number[] {
    const parameters = [from.slice(0, 2), from.slice(2)].map((values) => ({
      values: Float64Array.from(values),
      gradient: new Float64Array(values.length),
    }));
    const update = updateRule({ descend: () => {}, parameters }, spec);
    for (const [a, b, c] of gradients) {
      parameters[0]!.gradient.set([a!, b!]);
      parameters[1]!.gradient.set([c!]);
      update(clip, 0);
    }
    return parameters.flatMap(({ values }) => [...values]);
  }
  const gradients = Array.from({ length: 7 }, (_, t) => [1 + t, -0.5 * t ** 2, Math.sin(t)]);
  const lr = 0.1;

  it('with momentum go along the sum of all gradients, each as often as it echoes', () => {
    const moved = updated({ kind: 'sgd', lr, momentum: 0.6, clip: 1 }, gradients, 0.25);
    moved.forEach((value, k) => {
      const echoes = (t: number): number => (1 - 0.6 ** (gradients.length - t)) / (1 - 0.6);
      const expected = gradients.reduce((sum, g, t) => sum - lr * 0.25 * g[k]! * echoes(t), 0);
      expect(value).toBeCloseTo(expected, 12);
    });
  });

  it('by Adam go along weighted means of gradients, over the root of those of their squares', () => {
    for (const { beta1, beta2, eps } of [
      { beta1: 0.9, beta2: 0.999, eps: 1e-8 },
      { beta1: 0.5, beta2: 0.8, eps: 0.1 },
    ]) {
      const named = beta1 === 0.9 ? {} : { beta1, beta2, eps };
      const moved = updated({ kind: 'adam', lr, clip: 1, ...named }, gradients, 0.25);
      const mean = (values: readonly number[], beta: number): number => {
        const weights = values.map((_, s) => beta ** (values.length - 1 - s));
        const total = weights.reduce((a, b) => a + b, 0);
        return values.reduce((sum, value, s) => sum + (weights[s]! / total) * value, 0);
      };
      moved.forEach((value, k) => {
        const seen = gradients.map((g) => 0.25 * g[k]!);
        const expected = seen.reduce((sum, _, t) => {
          const past = seen.slice(0, t + 1);
          const square = mean(
            past.map((g) => g * g),
            beta2,
          );
          return sum - (lr * mean(past, beta1)) / (Math.sqrt(square) + eps);
        }, 0);
        expect(value).toBeCloseTo(expected, 12);
      });
    }
  });

  const start = [2, -3, 0.5];
  const ADAMW = [
    {},
    { weightDecay: 0.3 },
    { beta1: 0.5, beta2: 0.8, eps: 0.1, weightDecay: 0.07 },
    { beta1: 0.5, weightDecay: 0 },
  ] as const;

  it.each(ADAMW)('by AdamW with %j follow Algorithm 2 of Loshchilov & Hutter, whose λ is lr·λ here', (named) => {
    const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0.01 } = named as OptimizerOptions;
    const moved = updated({ kind: 'adamw', lr, clip: 1, ...named }, gradients, 0.25, start);
    moved.forEach((value, k) => {
      let [theta, m, v] = [start[k]!, 0, 0];
      gradients.forEach((all, step) => {
        const [g, t] = [0.25 * all[k]!, step + 1];
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g ** 2;
        const [meanHat, squareHat] = [m / (1 - beta1 ** t), v / (1 - beta2 ** t)];
        theta -= (lr * meanHat) / (Math.sqrt(squareHat) + eps) + lr * weightDecay * theta;
      });
      expect(value).toBeCloseTo(theta, 12);
    });
  });

  it('by AdamW without decay are those by Adam, to the bit', () => {
    const named = { lr, clip: 1, beta1: 0.7, eps: 1e-3 };
    const byAdam = updated({ kind: 'adam', ...named }, gradients, 0.25, start);
    expect(updated({ kind: 'adamw', ...named, weightDecay: 0 }, gradients, 0.25, start)).toEqual(byAdam);
    expect(updated({ kind: 'adamw', ...named }, gradients, 0.25, start)).not.toEqual(byAdam);
    for (const precision of ['f32', 'f64'] as const) {
      const text = {
        ...PROTOCOLS.text,
        agent: { kind: 'gru', N: 5 },
        horizon: 6,
        batch: 4,
        epochs: 5,
        precision,
      } as const;
      const weights = (optimizer: OptimizerSpec) => {
        const engine = PROBLEMS.batches.learner(text, PROBLEMS.batches.draw(text, new Stream(1)));
        train(engine, { ...text, optimizer }, PROBLEMS.batches.source(text, new Stream(2)));
        return engine.rnn();
      };
      expect(weights({ kind: 'adamw', ...named, weightDecay: 0 })).toEqual(weights({ kind: 'adam', ...named }));
    }
  });

  const PYTHON = '/usr/bin/python3';
  const find = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)';
  const hasTorch = spawnSync(PYTHON, ['-c', find]).status === 0;
  if (!hasTorch) it.skip('by AdamW are not compared with PyTorch: no torch (apt-get install python3-torch)');
  it.skipIf(!hasTorch)('by AdamW are those of PyTorch', () => {
    const script = `import json, sys, torch
start, gradients, jobs = json.load(sys.stdin)
def moved(named):
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    given = {"betas": (named.get("beta1", 0.9), named.get("beta2", 0.999))}
    given |= {theirs: named[ours] for ours, theirs in [("eps", "eps"), ("weightDecay", "weight_decay")] if ours in named}
    optimizer = torch.optim.AdamW([theta], lr=${lr}, **given)
    for gradient in gradients:
        theta.grad = 0.25 * torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
    return theta.tolist()
print(json.dumps([moved(named) for named in jobs]))`;
    const input = JSON.stringify([start, gradients, ADAMW]);
    const { stdout, stderr } = spawnSync(PYTHON, ['-W', 'ignore', '-c', script], { input, encoding: 'utf8' });
    expect(stderr).toBe('');
    const theirs: number[][] = JSON.parse(stdout);
    expect(theirs).toHaveLength(ADAMW.length);
    ADAMW.forEach((named, job) => {
      updated({ kind: 'adamw', lr, clip: 1, ...named }, gradients, 0.25, start).forEach((value, k) => {
        expect(value).toBeCloseTo(theirs[job]![k]!, 12);
      });
    });
  });

  it.each([
    { kind: 'sgd', lr: 0.01, clip: 1, momentum: 0.9 },
    { kind: 'adamw', lr: 0.01, clip: 1 },
  ] as const)('that need weights are refused where there are none: $kind', (optimizer) => {
    expect(() => train(gramLearner(protocol, agent), { ...protocol, optimizer }, moments)).toThrow('Gram');
    expect(closesOnGram({ ...protocol, optimizer })).toBe(false);
    expect(closesOnGram(protocol)).toBe(true);
  });
});

describe('costs', () => {
  it('weigh as the protocols say', () => {
    const base = { horizon: 5, batch: 4 };
    const state = (kind: 'mean' | 'text' | 'sum-mean' | 'position') =>
      diagonalOf(costOf({ ...base, loss: { state: kind, beta: 0 } }, 2, 1).Q);
    expect(state('mean')).toEqual([0.1, 0.1]);
    expect(state('text')).toEqual([0.2, 0.2]);
    expect(state('sum-mean')).toEqual([0.5, 0.5]);
    expect(state('position')).toEqual([0.2, 0]);
    const control = (kind?: 'sum-time' | 'sum-all' | 'mean' | 'sum-batch') =>
      costOf({ ...base, loss: { state: 'mean', beta: 3, ...(kind && { control: kind }) } }, 2, 2).R.data[0];
    expect(control()).toBe(3);
    expect(control('sum-time')).toBe(3);
    expect(control('sum-all')).toBe(12);
    expect(control('mean')).toBeCloseTo(0.3, 15);
    expect(control('sum-batch')).toBeCloseTo(2.4, 15);
  });

  it('of deployed agents are the states’, summed where training sums over time', () => {
    const deployed = { plant: { kind: 'integrator', order: 3, dt: 1 }, batch: 4 } as const;
    for (const state of ['mean', 'text', 'sum-mean', 'position'] as const) {
      const loss = { state, beta: 3 };
      const { Q, R } = deployedCost({ ...deployed, loss }, 7);
      expect(diagonalOf(R)).toEqual([0]);
      const expected = diagonalOf(costOf({ loss, horizon: 7, batch: 4 }, 3, 1).Q);
      expect(diagonalOf(Q)).toEqual(state === 'sum-mean' ? [1, 1, 1] : expected);
    }
  });

  it('and variances of starts are those of their laws', () => {
    expect(startVariance({ kind: 'uniform', low: -2, high: 2 })).toBe(4 / 3);
    expect(startVariance({ kind: 'uniform', low: 2, high: 2 })).toBeUndefined();
    expect(drawBatch({ kind: 'fixed', x0: [] }, 2, 3, new Stream(1))!.cols).toBe(0);
    const drawn = drawBatch({ kind: 'normal', sd: 3 }, 1, 4000, new Stream(1))!;
    expectNormal(Array.from(drawn.data), 9);
  });
});

describe('the double integrator’s fast path', () => {
  it('equals the general path within rounding, for any step, leak, cost and horizon', () => {
    const number = fc.double({ min: -1, max: 1, noNaN: true });
    forAll(
      fc.array(number, { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 1, max: 24 }),
      fc.constantFrom(1, 0.5, 0.1),
      fc.constantFrom(1, 0.5, 0.1),
      fc.constantFrom(0, 0.5),
      fc.array(number, { minLength: 6, maxLength: 6 }),
      (k, horizon, dt, leak, control, starts) => {
        const plant = integratorChain(2, dt);
        const cost = weighing([0.25, 0.5], control);
        const problem = { plant, leak, cost, horizon, rank: 1 };
        const X = matrix(2, 3, (i, j) => starts[3 * i + j]!);
        const run = (lossOf: ReturnType<typeof generalReducedLoss>, K: readonly number[], S: typeof X) => {
          const E = new Float64Array(4);
          return [lossOf(Float64Array.from(K), S, E), ...E];
        };
        const fast = run(doubleIntegratorLoss(problem), k, X);
        const general = run(generalReducedLoss(problem), k, X);
        const size = run(
          generalReducedLoss(problem),
          k.map(Math.abs),
          matrix(2, 3, (i, j) => Math.abs(at(X, i, j))),
        );
        const rounding = 2 * gamma(adjointRoundings({ n: 2, N: 2, c: 1, p: 1, r: 1 }, horizon, 3));
        fast.forEach((value, index) => {
          expect(Math.abs(value - general[index]!)).toBeLessThanOrEqual(rounding * size[index]!);
        });
      },
    );
  });

  it('is taken only where it is right: a loss is the general one, whatever number of the problem is another', () => {
    const { A, B, C } = integratorChain(2, 1);
    const changed = (M: Mat<number>, k: number): Mat<number> =>
      matrix(M.rows, M.cols, (i, j) => at(M, i, j) + (i * M.cols + j === k ? 0.5 : 0));
    const plants = [
      ...[0, 1, 2, 3].map((k) => plantFrom(changed(A, k), B, C)),
      ...[0, 1].flatMap((k) => [plantFrom(A, changed(B, k), C), plantFrom(A, B, changed(C, k))]),
      plantFrom(
        A,
        matrix(2, 2, (i, j) => (i === 1 ? 1 + j : 0)),
        C,
      ),
      plantFrom(
        A,
        B,
        matrix(2, 2, (i, j) => (i === j ? 1 : 0)),
      ),
      integratorChain(3, 1),
      // Its first four entries, and its first of B and first two of C, are those of a double integrator.
      plantFrom(
        fromRows([
          [1, 0.5, 0],
          [1, 0.3, 0.2],
          [0.1, 0.2, 0.4],
        ]),
        fromRows([[0], [1], [1]]),
        fromRows([[1, 0, 0]]),
      ),
    ];
    const loops = [
      ...plants.map((plant) => ({ plant, leak: 1, rank: 1 })),
      { plant: integratorChain(2, 1), leak: 0.5, rank: 1 },
      { plant: integratorChain(2, 1), leak: 1, rank: 2 },
    ];
    const random = new Stream(8);
    for (const { plant, leak, rank } of loops) {
      const [n, p, c] = [plant.A.rows, plant.B.cols, plant.C.rows];
      const cost = weighing(
        Array.from({ length: n }, (_, i) => 0.25 + i),
        0.5,
        p,
      );
      const problem = { plant, leak, cost, horizon: 6, rank };
      const K = Float64Array.from({ length: (p + rank) * (c + rank) }, () => random.normal());
      const starts = matrix(n, 2, () => random.normal());
      const [E, F] = [new Float64Array(K.length), new Float64Array(K.length)];
      const general = generalReducedLoss(problem)(K, starts, F);
      expect(reducedLoss(problem)(K, starts, E) / general).toBeCloseTo(1, 10);
      E.forEach((value, k) => {
        expect(value / F[k]!).toBeCloseTo(1, 8);
      });
    }
  });

  it('refuses other problems', () => {
    const cost = weighing([1, 1, 1], 0);
    const problem = { plant: integratorChain(3, 1), leak: 1, cost, horizon: 5, rank: 1 };
    expect(() => doubleIntegratorLoss(problem)).toThrow('double integrator');
  });
});

describe('the reduced loss', () => {
  it('is the loss of the loop by its definition, with several observations and controls', () => {
    const random = new Stream(6);
    const plant = drawnPlant(random);
    const wide = lowRankInitial({ N: 7, c: 2, p: 2, r: 2 }, 0.6, random);
    const cost = { Q: drawnWeights(3, random), R: drawnWeights(2, random), discount: 0.75 };
    const starts = matrix(3, 3, () => random.normal());
    const K = Float64Array.from(orderParameterMatrix(orderParametersOf(reals, wide)).data as number[]);
    const E = new Float64Array(K.length);
    const reduced = generalReducedLoss({ plant, leak: 0.6, cost, horizon: 7, rank: 2 });
    const loss = reduced(K, starts, E);
    expect(loss / lossOf(reals, cost, rollout(reals, plant, wide, starts, 7))).toBeCloseTo(1, 12);
    // Along the gradient it rises by the gradient's square: central differences err at second order.
    const square = E.reduce((sum, value) => sum + value * value, 0);
    const at = (h: number): number =>
      reduced(
        K.map((value, k) => value + h * E[k]!),
        starts,
        new Float64Array(K.length),
      );
    const h = 1e-5 / Math.sqrt(square);
    const [gradient, slope] = [E.slice(), (at(h) - at(-h)) / (2 * h)];
    expect(gradient.every(Number.isFinite)).toBe(true);
    expect(slope / square).toBeCloseTo(1, 7);
    for (let k = 0; k < K.length; k++) {
      const moved = (d: number): number =>
        reduced(
          K.map((value, l) => (l === k ? value + d : value)),
          starts,
          E,
        );
      expect((moved(1e-5) - moved(-1e-5)) / 2e-5 / gradient[k]!).toBeCloseTo(1, 5);
    }
  });
});

describe('engines', () => {
  const cost = costOf(protocol, 2, 1);
  const plant = integratorChain(2, 1);

  it('refuse what does not fit', () => {
    expect(() =>
      fullEngine(plant, lowRankInitial({ N: 3, c: 2, p: 1, r: 1 }, 1, new Stream(1)), cost, 5, ['Z']),
    ).toThrow('the agent has 2 inputs');
    expect(() =>
      fullEngine(plant, lowRankInitial({ N: 3, c: 1, p: 2, r: 1 }, 1, new Stream(1)), cost, 5, ['Z']),
    ).toThrow('the agent has 1 inputs and 2 outputs');
    expect(() => fullEngine(plant, agent, cost, 5, ['W'])).toThrow('no full-rank part');
    const dense = fullRankInitial({ N: 3, c: 1, p: 1 }, 1, new Stream(1));
    expect(() => gramEngine(plant, dense, cost, 5, ['Z'])).toThrow('full-rank part');
    expect(() => linearAgent({ ...agent, U: matrix(4, 1) })).toThrow('U must be 20×1');
    expect(() => linearAgent({ ...agent, W: matrix(4, 1) })).toThrow('W must be 20×20');
    expect(linearAgent(dense)).toBe(dense);
    expect(() => integratorChain(0, 1)).toThrow('order');
    expect(() => integratorChain(2, 0)).toThrow('dt');
    expect(() => plantFrom(matrix(2, 1), matrix(2, 1), matrix(1, 2))).toThrow('A must be square');
    expect(() => plantFrom(matrix(2, 2), matrix(1, 1), matrix(1, 2))).toThrow('B must have 2 rows');
    expect(() => plantFrom(matrix(2, 2), matrix(2, 1), matrix(1, 1))).toThrow('C must have 2 columns');
    expect(() => plantOf({ kind: 'linear', A: [[1, 2]], B: [[1]], C: [[1]] })).toThrow('A must be square');
    expect(() =>
      PROBLEMS.moments.draw({ ...protocol, agent: { kind: 'effective', rank: 1, leak: 1 } }, new Stream(1)),
    ).toThrow('initial overlaps');
    expect(
      'agent' in PROBLEMS.moments.draw({ ...protocol, agent: { kind: 'linear', N: 4, leak: 1 } }, new Stream(1)),
    ).toBe(true);
  });

  it('of a full-rank part hold it, and its gradient, in their shapes', () => {
    const dense = fullRankInitial({ N: 3, c: 1, p: 1 }, 1, new Stream(1));
    const engine = fullEngine(plant, dense, cost, 5, ['W']);
    engine.evaluate(momentFactor(moments(0)));
    expect(Array.from(engine.agent().W!.data)).toEqual(Array.from(dense.W!.data));
    expect([engine.gradientOf('W').rows, engine.gradientOf('W').cols]).toEqual([3, 3]);
    expect('W' in fullEngine(plant, agent, cost, 5, ['Z']).agent()).toBe(false);
    expect(closesOnGram({ ...protocol, agent: { kind: 'linear', N: 3, leak: 1 } })).toBe(false);
    expect(closesOnGram({ ...protocol, optimizer: { kind: 'adam', lr: 0.1, clip: null } })).toBe(false);
  });

  it('of given agents hold what was drawn, of the sizes that the protocol names', () => {
    const linear: Protocol = {
      ...protocol,
      plant: { kind: 'cursor', dt: 0.25, axes: 2 },
      agent: { kind: 'linear', N: 4, leak: 1 },
    };
    const initial = PROBLEMS.moments.draw(linear, new Stream(1)) as { readonly agent: LinearAgent };
    const sizes = ({ M, Z, W }: LinearAgent) => [M.rows, M.cols, Z.rows, Z.cols, W?.rows, W?.cols];
    expect(sizes(initial.agent)).toEqual([4, plantOf(linear.plant).C.rows, plantOf(linear.plant).B.cols, 4, 4, 4]);
    const { current } = explicitLearner(linear, initial);
    expect((current() as { readonly agent: LinearAgent }).agent.W!.data).toEqual(initial.agent.W!.data);
    const low = PROBLEMS.moments.draw(protocol, new Stream(1)) as { readonly agent: LinearAgent };
    expect([low.agent.U.rows, low.agent.U.cols, low.agent.leak]).toEqual([20, 1, 1]);
    const overlaps = scalarOrderParameters(0.1, 0.2, 0.3, 0.4);
    const effective: Protocol = { ...protocol, agent: { kind: 'effective', rank: 1, leak: 1 } };
    expect(explicitLearner(effective, { overlaps }).current()).toEqual({ overlaps });
    const { gram } = train(explicitLearner(effective, { overlaps }).engine, effective, moments);
    expect(gram).toHaveLength(0);
  });

  it('of order parameters descend by any rule, and are perturbed by as much as they are told', () => {
    const overlaps = scalarOrderParameters(0.1, 0.2, 0.3, 0.4);
    const engine = effectiveEngine(plant, 1, overlaps, cost, 20);
    const other = effectiveEngine(plant, 1, overlaps, cost, 20);
    const starts = momentFactor(moments(0));
    const K = (of: Engine): Float64Array => {
      const row = new Float64Array(4);
      of.observe(row, new Float64Array(0));
      return row;
    };
    for (const each of [engine, other]) each.evaluate(starts);
    updateRule(engine, { kind: 'sgd', lr: 0.5, momentum: 0.5, clip: null })(0.25, 0);
    other.descend(0.125);
    expect(K(engine)).toEqual(K(other));
    const before = K(engine);
    const random = new Stream(1);
    const drawn = [0, 1, 2, 3].map(() => random.normal());
    engine.perturb(new Stream(1), 0.25);
    K(engine).forEach((value, k) => {
      expect(value / before[k]!).toBeCloseTo(1 + 0.25 * drawn[k]!, 14);
    });
  });

  it('of some order parameters leave the others alone', () => {
    const engine = effectiveEngine(plant, 1, scalarOrderParameters(0.1, 0.2, 0.3, 0.4), cost, 20, ['zm', 'vu']);
    const { gradNorm } = engine.evaluate(momentFactor(moments(0)));
    const { gradient } = engine.parameters![0]!;
    expect([...gradient].map((entry) => entry !== 0)).toEqual([true, false, false, true]);
    expect(gradNorm).toBeCloseTo(Math.hypot(gradient[0]!, gradient[3]!), 12);
  });

  it('stay where perturbations of size zero leave them, and move with others', () => {
    const overlaps = scalarOrderParameters(0.1, 0.2, 0.3, 0.4);
    const engines: Engine[] = [
      fullLearner(protocol, agent),
      gramLearner(protocol, agent),
      effectiveEngine(plant, 1, overlaps, cost, 20),
    ];
    for (const engine of engines) {
      const starts = momentFactor(moments(0));
      const { loss } = engine.evaluate(starts);
      engine.perturb(new Stream(1), 0);
      expect(engine.evaluate(starts).loss).toBe(loss);
      engine.perturb(new Stream(1), 2 ** -40);
      const moved = Math.abs(engine.evaluate(starts).loss - loss) / loss;
      expect(moved).toBeGreaterThan(0);
      expect(moved).toBeLessThan(2 ** -20);
    }
  });

  it('record overlaps and spectra that agree with the weights', () => {
    const engine = fullLearner(protocol, agent);
    const curve = train(engine, protocol, moments);
    const [first] = [orderParametersAt(curve, 0)];
    expect(first.zm.data[0]).toBeCloseTo(times(agent.Z, agent.M).data[0]!, 15);
    expect(first.vu.data[0]).toBeCloseTo(times(transpose(agent.V), agent.U).data[0]!, 15);
    const spectrum = spectraOf(curve, plant, 1)[0]!;
    expect(spectrum.radius).toBe(Math.hypot(spectrum.eigenvalues[0]!.re, spectrum.eigenvalues[0]!.im));
    expect(spectrumOf(plant, 1, scalarOrderParameters(-1 / 3, 8 / 27, 1, 0))).toMatchObject({ stable: true });
    expect(
      momentsOf(
        fromRows([
          [1, -1],
          [2, 2],
        ]),
      ).data,
    ).toEqual(Float64Array.of(1, 0, 0, 4));
  });
});
