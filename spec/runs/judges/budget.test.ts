/**
 * Budgets of work: what an epoch costs grows as what is computed does, and parts of a budget add up to it.
 */

import { describe, expect, it } from 'vitest';
import { DECLARED } from '#spec/runs/support/faulty.js';
import { LIMITS } from '#src/limits.js';
import { PROTOCOLS, type Protocol } from '#src/problem/protocol.js';
import type { RunProtocol } from '#src/problem/schema.js';
import { affordableEpochs, affordsGradient, Budget, workOf } from '#src/runs/judges/budget.js';

const work = (agent: object, rollout: 'units' | 'overlaps', change: object = {}): number =>
  workOf({ ...DECLARED, agent, ...change } as Protocol, rollout);
const lowRank = (N: number, rank: number) => ({ kind: 'linear-low-rank', N, rank, leak: 1 });
const full = (N: number) => ({ kind: 'linear', N, leak: 1 });

describe('the work of an epoch', () => {
  it('is in proportion to the horizon', () => {
    for (const agent of [lowRank(20, 2), full(20), { kind: 'effective', rank: 2, leak: 1 }])
      expect(work(agent, 'units', { horizon: 30 })).toBe(3 * work(agent, 'units', { horizon: 10 }));
  });

  it('is that of all products of each step, for each basis start, and little more', () => {
    // Two states, one input and one output; products with the plant and with what is of N units, or of the order parameters.
    const products = (ofUnits: number, reduced: number): number => 2 * 10 * (ofUnits + reduced);
    for (const [agent, ofUnits, columns] of [
      [lowRank(1000, 1), 1000 * 4, 4],
      [lowRank(1000, 3), 1000 * 8, 8],
      [full(1000), 1000 * 1000, 2],
    ] as const) {
      const least = products(ofUnits, columns ** 2);
      expect(work(agent, 'units')).toBeGreaterThanOrEqual(least);
      expect(work(agent, 'units')).toBeLessThan(1.1 * least);
    }
  });

  it('through the reduced loop does not depend on the number of units', () => {
    expect(work(lowRank(20, 2), 'overlaps')).toBe(work(lowRank(2000, 2), 'overlaps'));
    expect(work({ kind: 'effective', rank: 2, leak: 1 }, 'units')).toBe(work(lowRank(2000, 2), 'overlaps'));
    // (2 + 2 + 2·16)² beside (2 + 2)².
    expect(work(lowRank(20, 16), 'overlaps') / work(lowRank(20, 0), 'overlaps')).toBeGreaterThan(10);
    // A step costs something, however few the products.
    expect(work(lowRank(1, 0), 'overlaps')).toBeGreaterThan(2 * 10 * 2 * 16);
  });

  it('bounds how many epochs are judged', () => {
    const perEpoch = workOf(DECLARED, 'units');
    expect(affordableEpochs(1e9, DECLARED, 'units')).toBe(Math.floor(LIMITS.work / perEpoch));
    expect(affordableEpochs(1e9, DECLARED, 'units', 0.5)).toBe(Math.floor(LIMITS.work / 2 / perEpoch));
    expect(affordableEpochs(3, DECLARED, 'units')).toBe(3);
    const published = PROTOCOLS['artifact-lowrank'];
    expect(affordableEpochs(1e6, published, 'units')).toBeGreaterThan(1000);
    expect(affordableEpochs(1e6, { ...published, horizon: LIMITS.horizon }, 'units')).toBeLessThan(2);
  });
});

describe('the gradient of one epoch', () => {
  /** The most trials that it is taken of. */
  function mostTrials(agent: object, change: object = {}): number {
    let [least, most] = [0, 2 ** 40];
    while (most - least > 1) {
      const batch = Math.floor((least + most) / 2);
      if (affordsGradient({ ...DECLARED, agent, batch, ...change } as unknown as RunProtocol)) least = batch;
      else most = batch;
    }
    return least;
  }

  it('costs products of every trial and step: N² of an RNN, thrice as many of gates, where N is large', () => {
    const rnn = mostTrials({ kind: 'tanh', N: 1000 });
    expect(rnn).toBeGreaterThan(1);
    for (const [agent, change, times] of [
      [{ kind: 'tanh', N: 2000 }, {}, 4],
      [{ kind: 'gru', N: 1000 }, {}, 3],
      [{ kind: 'tanh', N: 1000 }, { horizon: 40 }, 4],
    ] as const)
      expect((times * mostTrials(agent, change)) / rnn).toBeCloseTo(1, 1);
    expect(mostTrials({ kind: 'effective', rank: 1, leak: 1 })).toBe(mostTrials({ kind: 'tanh', N: 1 }));
  });

  it('costs something at every step, however few the trials, and may cost more by request', () => {
    const one = { ...DECLARED, agent: { kind: 'tanh', N: 1 }, batch: 1 } as unknown as RunProtocol;
    expect(affordsGradient({ ...one, horizon: LIMITS.horizon / 4 })).toBe(true);
    expect(affordsGradient({ ...one, horizon: LIMITS.horizon / 4 }, 0.5)).toBe(true);
    expect(affordsGradient({ ...one, horizon: LIMITS.horizon / 4 }, 0.4)).toBe(false);
    const large = { ...one, agent: { kind: 'tanh', N: 100 }, batch: 2 * mostTrials({ kind: 'tanh', N: 100 }) };
    expect(affordsGradient(large as RunProtocol)).toBe(false);
    expect(affordsGradient(large as RunProtocol, 3)).toBe(true);
  });
});

describe('a budget', () => {
  it('is spent once, to the last product', () => {
    const budget = new Budget();
    expect(budget.left).toBe(LIMITS.products);
    expect(budget.spend(LIMITS.products - 1)).toBe(true);
    expect(budget.left).toBe(1);
    expect(budget.spend(1)).toBe(true);
    expect(budget.spend(1)).toBe(false);
    expect(budget.left).toBe(0);
    expect(budget.spend(0)).toBe(false);
    expect(new Budget(3).left).toBe(3 * LIMITS.products);
  });

  it('has parts of equal shares, which leave to others what they do not use', () => {
    const budget = new Budget();
    const third = budget.part(3);
    expect(third.spend(LIMITS.products / 3)).toBe(true);
    expect(third.spend(1)).toBe(false);
    // What was refused was not taken.
    expect(budget.left).toBeCloseTo((2 * LIMITS.products) / 3, 0);
    const half = budget.part(2);
    expect(half.spend(10)).toBe(true);
    expect(budget.part(1).spend(budget.left)).toBe(true);
    expect(half.spend(1)).toBe(false);
  });
});
