/**
 * What stage 1 is predicted from, beside the claims: the start against weights and gradients, descents with a closed form, the
 * regime in words, zig-zags.
 */

import { describe, expect, it } from 'vitest';
import { lowRankInitial } from '#src/agent/initial.js';
import { orderParameterMatrix, orderParametersOf, scalarOrderParameters } from '#src/agent/order-parameters.js';
import { at, scalarMatrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { isStable } from '#src/loop/stability.js';
import { integratorChain } from '#src/plant/integrator.js';
import { costOf, PROTOCOLS, type Protocol } from '#src/problem/protocol.js';
import { stableInterval } from '#src/theory/loop/stability-region-is-exact.js';
import { stageOneEigenvalues } from '#src/theory/stage-one/stage-one-eigenvalues.js';
import {
  descendAlone,
  directionOf,
  epochAlone,
  firstMinimum,
  hopWidth,
  pathAlone,
  regime,
  type StageOneStart,
  stageOneRegime,
  stageOneStart,
} from '#src/theory/stage-one/stage-one-lasts-as-predicted.js';
import { settlingLevel } from '#src/theory/stage-one/stage-one-settles-at-minimum.js';
import { departureCosine, factorsOf } from '#src/theory/stage-one/three-integrators-punish-either-sign.js';
import { zigZag } from '#src/theory/stage-two/clipped-steps-hop-along-input-weights.js';
import { fullLearner } from '#src/training/learner.js';
import { generalReducedLoss } from '#src/training/reduced.js';

const protocol: Protocol = { ...PROTOCOLS['artifact-lowrank'], epochs: 40 };

/** A start at a slope of one's own. */
const startAt = (zm: number, slope: (zm: number) => number, inputNorm = 2): StageOneStart => ({
  zm,
  slope,
  inputNorm,
  gradNorm: Math.abs(slope(zm)) * inputNorm,
  alignment: 1,
});

describe('the start of stage 1', () => {
  it.each([1, 2])('is that of the weights, rank %d', (r) => {
    const agent = lowRankInitial({ N: 20, c: 1, p: 1, r }, 1, new Stream(3));
    const start = stageOneStart(protocol, agent);
    const M = Array.from({ length: 20 }, (_, i) => at(agent.M, i, 0));
    const along = (Z: readonly number[]): number => Z.reduce((sum, z, i) => sum + z * M[i]!, 0);
    const norm = Math.hypot(...M);
    expect(start.zm).toBeCloseTo(along(M.map((_, i) => at(agent.Z, 0, i))), 12);
    expect(start.inputNorm / norm).toBeCloseTo(1, 12);
    const starts = scalarMatrix(2, Math.sqrt(4 / 3));
    const engine = fullLearner(protocol, agent);
    const { gradNorm } = engine.evaluate(starts);
    expect(start.gradNorm / gradNorm).toBeCloseTo(1, 12);
    const gradient = engine.gradientOf('Z');
    const share = along(M.map((_, i) => at(gradient, 0, i))) / (gradNorm * norm);
    expect(start.alignment / share).toBeCloseTo(1, 10);
    // The loss as σ_zm alone moves, by central differences.
    const K = Float64Array.from(orderParameterMatrix(orderParametersOf(reals, agent)).data as number[]);
    const problem = { plant: integratorChain(2, 1), leak: 1, cost: costOf(protocol, 2, 1), horizon: 50, rank: r };
    const loss = (zm: number): number =>
      generalReducedLoss(problem)(
        K.map((value, k) => (k === 0 ? zm : value)),
        starts,
        new Float64Array(K.length),
      );
    const h = 1e-6;
    expect(start.slope(start.zm) / ((loss(start.zm + h) - loss(start.zm - h)) / (2 * h))).toBeCloseTo(1, 5);
    // Asking for a slope elsewhere leaves the start where it is.
    const [zm, slope] = [start.zm, start.slope(start.zm)];
    expect(start.slope(zm / 2)).not.toBe(slope);
    expect([start.zm, start.slope(start.zm)]).toEqual([zm, slope]);
  });

  it('needs starts of one variance', () => {
    const agent = lowRankInitial({ N: 20, c: 1, p: 1, r: 1 }, 1, new Stream(3));
    const start = { kind: 'fixed', x0: [[1], [1]] } as const;
    expect(() => stageOneStart({ ...protocol, start }, agent)).toThrow('one known variance');
  });
});

describe('descent alone', () => {
  const lr = 0.01;
  const steps = (clip: number | null, epochs = 400) => ({ optimizer: { kind: 'sgd', lr, clip } as const, epochs });

  it('hops by lr·c·‖M‖ where it is clipped, either way, until the slope turns', () => {
    for (const direction of [-1, 1] as const) {
      const start = startAt(0, (zm) => -direction * 5 * (zm * direction < 0.371 ? 1 : -1), 3);
      const hop = hopWidth(lr, 0.5, 3);
      expect(hop).toBeCloseTo(0.015, 15);
      expect(directionOf(start)).toBe(direction);
      // 24 hops stop short of .371, the 25th is beyond, the next turns back.
      const path = [...pathAlone(start, steps(0.5, 30))];
      expect(path).toHaveLength(31);
      for (const [k, zm] of path.slice(0, 26).entries()) expect(zm).toBeCloseTo(direction * k * hop, 5);
      const turn = descendAlone(start, steps(0.5))!;
      expect(turn).toMatchObject({ epoch: 25, direction });
      expect(turn.zm).toBeCloseTo(direction * 25 * hop, 5);
      expect(descendAlone(start, steps(0.5, 24))).toBeUndefined();
      // Half a hop before the far end of the zig-zag: its middle.
      expect(settlingLevel(turn, hop)).toBeCloseTo(direction * 24.5 * hop, 5);
    }
  });

  it('relaxes geometrically where it is not', () => {
    // σ' − g = (1 − lr·k·‖M‖²)(σ − g).
    const [goal, k, norm] = [-0.3, 4, 2];
    const start = startAt(0.2, (zm) => k * (zm - goal), norm);
    const keep = 1 - lr * k * norm ** 2;
    for (const [t, zm] of [...pathAlone(start, steps(null, 20))].entries())
      expect(zm).toBeCloseTo(goal + 0.5 * keep ** t, 12);
    for (const share of [0.25, 0.9]) {
      const epoch = Math.ceil(Math.log(1 - share) / Math.log(keep));
      expect(epochAlone(start, steps(null), goal, share)).toBe(epoch);
      expect(epochAlone(start, steps(null, epoch), goal, share)).toBe(epoch);
      expect(epochAlone(start, steps(null, epoch - 1), goal, share)).toBeUndefined();
    }
    // The whole way is gone where it begins.
    expect(epochAlone(start, steps(null), goal, 0)).toBe(0);
    // At rest it does not go on with its first update.
    expect(
      descendAlone(
        startAt(goal, (zm) => k * (zm - goal)),
        steps(null),
      ),
    ).toMatchObject({ epoch: 0, zm: goal });
  });

  it('finds the first minimum on the way, to an eighth of a hop', () => {
    for (const direction of [-1, 1] as const)
      for (const minimum of [0.043, 0.31, 0.5]) {
        // Minima at ±minimum and further away.
        const start = startAt(0, (zm) => -direction * Math.sin((Math.PI * (direction * zm - minimum)) / -1.7));
        const found = firstMinimum(start, 0.08, 20)!;
        expect(direction * found - minimum).toBeGreaterThanOrEqual(0);
        expect(direction * found - minimum).toBeLessThan(0.01 * (1 + 1e-9));
        expect(firstMinimum(start, 0.08, Math.floor(minimum / 0.08))).toBeUndefined();
      }
    // The last place looked at is the last hop.
    expect(
      firstMinimum(
        startAt(0, (zm) => (zm > -0.25 ? 1 : -1)),
        0.125,
        2,
      ),
    ).toBe(-0.25);
    expect(
      firstMinimum(
        startAt(0, (zm) => (zm > -0.251 ? 1 : -1)),
        0.125,
        2,
      ),
    ).toBeUndefined();
  });
});

describe('the regime of stage 1', () => {
  const inside: StageOneStart = { ...startAt(-0.01, () => 1), gradNorm: 30, alignment: 0.995 };
  const { optimizer, plant, agent, trained, ...rest } = protocol;
  const whole = { optimizer, plant, agent, trained, ...rest };

  it('says what it needs', () => {
    expect(regime.doubts({ ...whole, ...inside })).toEqual([]);
    expect(regime.doubts({ ...whole, ...inside, alignment: -0.99 })).toEqual([]);
    const doubts = (start: Partial<StageOneStart>, changed: Partial<Protocol>): string[] =>
      regime.doubts({ ...inside, ...start, ...whole, ...changed } as Protocol & StageOneStart);
    const noChain = ['needs a double integrator'];
    expect(doubts({}, { plant: { kind: 'integrator', order: 3, dt: 1 } })).toEqual(noChain);
    expect(doubts({}, { plant: { kind: 'cursor', dt: 1, axes: 1 } })).toEqual(noChain);
    const many = ['needs an agent of rank 1 or 2 without leak'];
    for (const other of [
      { kind: 'linear-low-rank', N: 10, rank: 0, leak: 1 },
      { kind: 'linear-low-rank', N: 10, rank: 3, leak: 1 },
      { kind: 'linear-low-rank', N: 10, rank: 1, leak: 0.5 },
      { kind: 'effective', rank: 1, leak: 1 },
    ] as const)
      expect(doubts({}, { agent: other })).toEqual(many);
    expect(doubts({}, { agent: { kind: 'linear-low-rank', N: 10, rank: 2, leak: 1 } })).toEqual([]);
    const fixed = ['needs Z trained and M fixed'];
    expect(doubts({}, { trained: ['U', 'V'] })).toEqual(fixed);
    expect(doubts({}, { trained: ['m', 'z', 'U', 'V'] })).toEqual(fixed);
    expect(doubts({}, { optimizer: { kind: 'sgd', lr: 0.01, clip: null } })).toEqual(['needs clipped gradients']);
    const small = ['needs a first gradient that is clipped, found one of norm 1.00'];
    expect(doubts({ gradNorm: 1 }, {})).toEqual(small);
    expect(doubts({ gradNorm: Number.NaN }, {})).toEqual(['needs a finite first gradient']);
    expect(doubts({ gradNorm: Number.POSITIVE_INFINITY, alignment: Number.NaN }, {})).toEqual([
      'needs a finite first gradient',
    ]);
    expect(doubts({ alignment: -0.5 }, {})).toEqual([
      'needs a first gradient whose share along M is at least 0.99, found 0.500',
    ]);
    const [order, dt] = [2, 0.25];
    expect(doubts({}, { plant: { kind: 'integrator', order, dt }, horizon: 79 })).toEqual([
      'needs T dt of at least 20, found 19.75',
    ]);
    expect(doubts({}, { plant: { kind: 'integrator', order, dt }, horizon: 80 })).toEqual([]);
  });

  it('is left only where the gradient turns away from M', () => {
    expect(stageOneRegime(inside, whole)).toBe('inside');
    expect(stageOneRegime({ ...inside, alignment: 0.95 }, whole)).toBe('between');
    expect(stageOneRegime({ ...inside, alignment: -0.9 }, whole)).toBe('between');
    expect(stageOneRegime({ ...inside, alignment: -0.85 }, whole)).toBe('outside');
    expect(stageOneRegime({ ...inside, alignment: 0.85, gradNorm: Number.POSITIVE_INFINITY }, whole)).toBe('between');
  });
});

describe('a zig-zag', () => {
  /** OrderParameters of rank 1 whose first entry follows a path. */
  const rows = (path: readonly number[]): Float64Array => Float64Array.from(path.flatMap((zm) => [zm, 7, -7, zm ** 2]));

  it('turns with every step, or never', () => {
    const path = [5, 5, 5, 0, 1, 0, 1, 0, 1, 9];
    expect(zigZag(rows(path), 10, 3, 9)).toEqual({ alternation: 1, width: 1, median: 1 });
    expect(zigZag(rows([0, 1, 2, 3, 4, 5]), 6, 0, 6)).toEqual({ alternation: 0, width: 1, median: 1 });
    // What precedes the stretch, and what follows it, does not count.
    expect(zigZag(rows([0, 1, 0, 0, 1, 0, 1, 2, 3]), 9, 2, 7)).toEqual({ alternation: 2 / 3, width: 2 / 3, median: 1 });
    // Rest is no turn.
    expect(zigZag(rows([0, 1, 1, 1, 1, 1]), 6, 0, 6)).toEqual({ alternation: 0, width: 0.25, median: 0 });
  });

  it('has the mean and the median of its steps’ sizes', () => {
    // Steps 1, −3, 10, 2, −4 and one more to turn against: sizes 1, 2, 3, 4, 10.
    const { alternation, width, median } = zigZag(rows([0, 1, -2, 8, 10, 6, 5]), 7, 0, 7);
    expect(alternation).toBe(3 / 5);
    expect(width).toBe(4);
    expect(median).toBe(3);
  });
});

describe('eigenvalues without memory', () => {
  it('leave 1 as a pair, or one on either side', () => {
    const [a, b] = stageOneEigenvalues(-0.25, 0.5);
    expect([a, b]).toEqual([
      { re: 1, im: 0.25 },
      { re: 1, im: -0.25 },
    ]);
    const [up, down] = stageOneEigenvalues(0.25, 0.5);
    expect([up, down]).toEqual([
      { re: 1.25, im: 0 },
      { re: 0.75, im: 0 },
    ]);
  });
});

describe('two and three integrators', () => {
  it('have eigenvalues that are read off factors of μ^k ± s^k', () => {
    for (const k of [2, 3] as const)
      for (const positive of [true, false])
        for (const s of [0.3, 1, 2.5])
          for (const mu of [-1.5, 0.4, 2]) {
            const factors = factorsOf(reals, k, s, positive);
            expect(factors.map((factor) => factor.length - 1).reduce((a, b) => a + b)).toBe(k);
            const value = factors.reduce((all, factor) => all * factor.reduceRight((sum, c) => sum * mu + c, 0), 1);
            expect(value).toBeCloseTo(mu ** k + (positive ? -1 : 1) * s ** k, 12);
          }
  });

  it('leave 1 at the angle of a kth root of σ_zm’s sign', () => {
    for (const k of [1, 2, 3, 4, 7]) {
      expect(departureCosine(k, true)).toBe(1);
      expect(departureCosine(k, false)).toBeCloseTo(Math.cos(Math.PI / k), 15);
    }
    expect([1, 2, 3].map((k) => departureCosine(k, false))).toEqual([-1, 0, 0.5]);
  });
});

describe('the stable interval of σ_zm', () => {
  it('is where the loop is stable, at a given product of the roots', () => {
    const plant = integratorChain(2, 1);
    const stable = (zm: number, s: number, vu: number): boolean =>
      isStable(plant, 1, scalarOrderParameters(zm, 1, s - vu + vu * zm, vu));
    for (const [s, vu] of [
      [0.3, 0],
      [0.5, -0.4],
      [0.9, 0.6],
      [-0.2, -0.6],
      // Where the other end decides.
      [-0.7, -1.5],
    ] as const) {
      const [low, high] = stableInterval(s, vu);
      expect(low).toBeLessThan(high);
      const near = (high - low) / 1000;
      expect([low - near, low + near, high - near, high + near].map((zm) => stable(zm, s, vu))).toEqual([
        false,
        true,
        true,
        false,
      ]);
    }
  });
});
