/**
 * The training loop: schedule, optimisers, divergence, costs, starts, fast paths.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agent as agentOf } from '#src/agent/agent.js';
import { fullRankInitial, lowRankInitial } from '#src/agent/initial.js';
import { scalarOverlaps } from '#src/agent/overlaps.js';
import { at, fromRows, matrix, times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { adjointRoundings, gamma } from '#src/linalg/tolerance.js';
import { integratorChain } from '#src/plant/integrator.js';
import { plant as plantFrom } from '#src/plant/plant.js';
import { divergedAt, overlapsAt, rowOf, spectraOf, spectrumOf } from '#src/training/curve.js';
import { clipFactor, updateRule } from '#src/training/descent.js';
import { doubleIntegratorLoss } from '#src/training/double-integrator.js';
import { effectiveEngine } from '#src/training/effective.js';
import type { Engine } from '#src/training/engine.js';
import { fullEngine } from '#src/training/full.js';
import { gramEngine } from '#src/training/gram.js';
import { closesOnGram, drawInitial, fullLearner, gramLearner } from '#src/training/learner.js';
import { costOf, PROTOCOLS, type Protocol, plantOf, startVariance } from '#src/training/protocol.js';
import { generalReducedLoss } from '#src/training/reduced.js';
import { drawBatch, momentFactor, momentSource, momentsOf } from '#src/training/start.js';
import { train } from '#src/training/train.js';

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

describe('divergence', () => {
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
    update(1);
    expect(heavy.value()).toBeCloseTo(0.9, 15);
    heavy.engine.evaluate(matrix(0, 0));
    update(1);
    // velocity 0.5·1 + 0.9.
    expect(heavy.value()).toBeCloseTo(0.9 - 0.1 * 1.4, 15);

    const adaptive = toy();
    const adam = updateRule(adaptive.engine, { kind: 'adam', lr: 0.1, clip: null });
    adaptive.engine.evaluate(matrix(0, 0));
    adam(1);
    expect(adaptive.value()).toBeCloseTo(0.9, 7);
    adaptive.engine.evaluate(matrix(0, 0));
    adam(1);
    const mean = (0.1 * 0.9 + 0.09) / (1 - 0.9 ** 2);
    const square = (0.001 * 0.999 + 0.001 * 0.81) / (1 - 0.999 ** 2);
    expect(adaptive.value()).toBeCloseTo(0.9 - (0.1 * mean) / Math.sqrt(square), 6);
  });

  it('that need weights are refused where there are none', () => {
    const momentum = { kind: 'sgd', lr: 0.01, clip: 1, momentum: 0.9 } as const;
    expect(() => train(gramLearner(protocol, agent), { ...protocol, optimizer: momentum }, moments)).toThrow('Gram');
    expect(closesOnGram({ ...protocol, optimizer: momentum })).toBe(false);
    expect(closesOnGram(protocol)).toBe(true);
  });
});

describe('costs', () => {
  it('weigh as the protocols say', () => {
    const base = { horizon: 5, batch: 4 };
    const state = (kind: 'mean' | 'text' | 'sum-mean' | 'position') => [
      ...costOf({ ...base, loss: { state: kind, beta: 0 } }, 2, 1).state,
    ];
    expect(state('mean')).toEqual([0.1, 0.1]);
    expect(state('text')).toEqual([0.2, 0.2]);
    expect(state('sum-mean')).toEqual([0.5, 0.5]);
    expect(state('position')).toEqual([0.2, 0]);
    const control = (kind?: 'sum-time' | 'sum-all' | 'mean' | 'sum-batch') =>
      costOf({ ...base, loss: { state: 'mean', beta: 3, ...(kind && { control: kind }) } }, 2, 2).control;
    expect(control()).toBe(3);
    expect(control('sum-time')).toBe(3);
    expect(control('sum-all')).toBe(12);
    expect(control('mean')).toBeCloseTo(0.3, 15);
    expect(control('sum-batch')).toBeCloseTo(2.4, 15);
  });
});

describe('the double integrator’s fast path', () => {
  it('equals the general path within rounding, for any step, cost and horizon', () => {
    const number = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 24 }),
        fc.constantFrom(1, 0.5, 0.1),
        fc.constantFrom(0, 0.5),
        fc.array(number, { minLength: 6, maxLength: 6 }),
        (k, horizon, dt, control, starts) => {
          const plant = integratorChain(2, dt);
          const cost = { state: Float64Array.of(0.25, 0.5), control };
          const problem = { plant, leak: 1, cost, horizon, rank: 1 };
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
      ),
    );
  });

  it('refuses other problems', () => {
    const cost = { state: Float64Array.of(1, 1, 1), control: 0 };
    const problem = { plant: integratorChain(3, 1), leak: 1, cost, horizon: 5, rank: 1 };
    expect(() => doubleIntegratorLoss(problem)).toThrow('double integrator');
  });
});

describe('engines', () => {
  const cost = costOf(protocol, 2, 1);
  const plant = integratorChain(2, 1);

  it('refuse what does not fit', () => {
    expect(() =>
      fullEngine(plant, lowRankInitial({ N: 3, c: 2, p: 1, r: 1 }, 1, new Stream(1)), cost, 5, ['Z']),
    ).toThrow('the agent has 2 inputs');
    expect(() => fullEngine(plant, agent, cost, 5, ['W'])).toThrow('no full-rank part');
    const dense = fullRankInitial({ N: 3, c: 1, p: 1 }, 1, new Stream(1));
    expect(() => gramEngine(plant, dense, cost, 5, ['Z'])).toThrow('full-rank part');
    expect(() => agentOf({ ...agent, U: matrix(4, 1) })).toThrow('U must be 20×1');
    expect(() => agentOf({ ...agent, W: matrix(4, 1) })).toThrow('W must be 20×20');
    expect(agentOf(dense)).toBe(dense);
    expect(() => integratorChain(0, 1)).toThrow('order');
    expect(() => integratorChain(2, 0)).toThrow('dt');
    expect(() => plantFrom(matrix(2, 1), matrix(2, 1), matrix(1, 2))).toThrow('A must be square');
    expect(() => plantFrom(matrix(2, 2), matrix(1, 1), matrix(1, 2))).toThrow('B must have 2 rows');
    expect(() => plantFrom(matrix(2, 2), matrix(2, 1), matrix(1, 1))).toThrow('C must have 2 columns');
    expect(() => plantOf({ kind: 'linear', A: [[1, 2]], B: [[1]], C: [[1]] })).toThrow('A must be square');
    expect(() => drawInitial({ ...protocol, agent: { kind: 'effective', rank: 1, leak: 1 } }, new Stream(1))).toThrow(
      'initial overlaps',
    );
    expect('agent' in drawInitial({ ...protocol, agent: { kind: 'linear', N: 4, leak: 1 } }, new Stream(1))).toBe(true);
  });

  it('stay where perturbations of size zero leave them, and move with others', () => {
    const overlaps = scalarOverlaps(0.1, 0.2, 0.3, 0.4);
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
    const [first] = [overlapsAt(curve, 0)];
    expect(first.zm.data[0]).toBeCloseTo(times(agent.Z, agent.M).data[0]!, 15);
    expect(first.vu.data[0]).toBeCloseTo(times(transpose(agent.V), agent.U).data[0]!, 15);
    const spectrum = spectraOf(curve, plant, 1)[0]!;
    expect(spectrum.radius).toBe(Math.hypot(spectrum.eigenvalues[0]!.re, spectrum.eigenvalues[0]!.im));
    expect(spectrumOf(plant, 1, scalarOverlaps(-1 / 3, 8 / 27, 1, 0))).toMatchObject({ stable: true });
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
