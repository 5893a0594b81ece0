/**
 * The sequential test of a proportion: its false-alarm rate is computed exactly, measured, and below what is promised.
 */
import { describe, expect, it } from 'vitest';
import { confidenceSequence, decideProportion, evidenceOf } from '#src/claims/proportion.js';
import { Stream } from '#src/linalg/random.js';
import type { Proportion } from '#src/theory/odds.js';

const proportion: Proportion = { name: 'settles', atLeast: 0.9, refutedBelow: 0.75 };
const BUDGET = 120;

/**
 * Exact probability that the evidence falls to `low`, before it rises to `high`, within `budget` trials that succeed with
 * probability p: the distribution over the number of successes, step by step, among paths that have decided nothing yet.
 */
function probabilityOfFalling(test: Proportion, p: number, budget: number, low: number, high: number): number {
  const [up, down] = [evidenceOf(test, true), evidenceOf(test, false)];
  let open = new Map([[0, 1]]);
  let refuted = 0;
  for (let n = 1; n <= budget; n++) {
    const next = new Map<number, number>();
    for (const [successes, mass] of open)
      for (const [step, share] of [
        [1, p],
        [0, 1 - p],
      ] as const) {
        const count = successes + step;
        const evidence = count * up + (n - count) * down;
        if (evidence <= low) refuted += mass * share;
        else if (evidence < high) next.set(count, (next.get(count) ?? 0) + mass * share);
      }
    open = next;
  }
  return refuted;
}

function draw(random: Stream, p: number): boolean[] {
  return Array.from({ length: BUDGET }, () => random.uniform(0, 1) < p);
}

/** Half width of a binomial interval that holds with probability above 1 − 10⁻⁸: six standard deviations, by Chernoff. */
const interval = (rate: number, draws: number): number => 6 * Math.sqrt((rate * (1 - rate)) / draws) + 12 / draws;

describe('a sequential test of a proportion', () => {
  it.each([0.1, 0.01])('refutes a true claim with the computed probability, below α = %d', (alpha) => {
    const exact = probabilityOfFalling(proportion, proportion.atLeast, BUDGET, Math.log(alpha), -Math.log(alpha));
    expect(exact).toBeLessThanOrEqual(alpha);
    expect(exact).toBeGreaterThan(alpha / 4);
    const random = new Stream(11);
    const draws = 20_000;
    let alarms = 0;
    for (let k = 0; k < draws; k++)
      if (decideProportion(proportion, draw(random, proportion.atLeast), alpha).status === 'refuted') alarms++;
    expect(Math.abs(alarms / draws - exact)).toBeLessThan(interval(exact, draws));
  });

  it.each([0.1, 0.01])('holds for a false claim with probability below α = %d', (alpha) => {
    const random = new Stream(12);
    const draws = 20_000;
    let wrong = 0;
    for (let k = 0; k < draws; k++)
      if (decideProportion(proportion, draw(random, proportion.refutedBelow), alpha).status === 'holds') wrong++;
    expect(wrong / draws).toBeLessThanOrEqual(alpha + interval(alpha, draws));
    expect(wrong).toBeGreaterThan(0);
  });

  it('holds and is refuted as its p-value and its evidence say', () => {
    const steps = [true, false, false, false, false, true];
    let [evidence, least] = [0, 0];
    for (const success of steps) {
      evidence += evidenceOf(proportion, success);
      least = Math.min(least, evidence);
    }
    // No decision on the way: the lowest evidence counts, not the last.
    expect(decideProportion(proportion, steps, 2 ** -20).p).toBe(Math.exp(least));
    expect(least).toBeLessThan(evidence);
    expect(decideProportion(proportion, [true, true], 2 ** -20).p).toBe(1);
  });

  it('stops early for a claim that is clearly true, and stays open where a budget is too small', () => {
    const yes = Array.from({ length: 500 }, () => true);
    const result = decideProportion(proportion, yes, 2 ** -20);
    expect(result).toMatchObject({ status: 'holds', trials: 500, successes: 500 });
    expect(result.decidedAfter).toBe(Math.ceil((20 * Math.log(2)) / evidenceOf(proportion, true)));
    expect(decideProportion(proportion, yes.slice(0, 10), 2 ** -20).status).toBe('undecided');
    expect(
      decideProportion(
        proportion,
        yes.map(() => false),
        2 ** -20,
      ).status,
    ).toBe('refuted');
  });
});

/** Trials to a p-value: the product's, or a faulty one's. */
type PValue = (trials: readonly boolean[]) => number;
/** No decision before the budget ends, so that its whole path counts. */
const NEVER = 2 ** -900;
const pValue: PValue = (trials) => decideProportion(proportion, trials, NEVER).p;

/** The least distance of two values that the evidence can take: a·rise + b·fall, a and b up to the budget. */
function leastGap(): number {
  const [rise, fall] = [evidenceOf(proportion, true), evidenceOf(proportion, false)];
  let gap = Number.POSITIVE_INFINITY;
  for (let a = -BUDGET; a <= BUDGET; a++)
    for (let b = -BUDGET; b <= BUDGET; b++) if (a !== 0 || b !== 0) gap = Math.min(gap, Math.abs(a * rise + b * fall));
  return gap;
}

/**
 * The exact law of the p-value at the claimed proportion, by a recursion over counts that knows nothing of a path's lowest
 * evidence: P(p < x) and P(p ≤ x).
 */
function lawOfP(): (x: number) => readonly [below: number, upTo: number] {
  const side = leastGap() / 4;
  const known = new Map<number, readonly [number, number]>();
  const lowest = (level: number): number =>
    level >= 0 ? 1 : probabilityOfFalling(proportion, proportion.atLeast, BUDGET, level, Number.POSITIVE_INFINITY);
  return (x) => {
    const level = Math.log(x);
    const law = known.get(x) ?? [lowest(level - side), lowest(level + side)];
    known.set(x, law);
    return law;
  };
}

const DRAWS = 20_000;

describe('the p-value of a proportion', () => {
  const levels = [0.5, 0.2, 0.1, 0.05, 0.01, 0.002];

  /** How often a p-value is at most each level, at the claimed proportion. */
  function rates(p: PValue): number[] {
    const random = new Stream(13);
    const values = Array.from({ length: DRAWS }, () => p(draw(random, proportion.atLeast)));
    return levels.map((level) => values.filter((value) => value <= level).length / DRAWS);
  }
  const superuniform = (found: readonly number[]): boolean =>
    found.every((rate, k) => rate <= levels[k]! + interval(levels[k]!, DRAWS));
  /**
   * Not vacuous either. Where p falls to a level its likelihood ratio is at most (1 − 0.75)/(1 − 0.9) beyond, the step of one failure; so
   * P(p ≤ level) is at least level/2.5 times the probability of getting there where the claim is false.
   */
  const least = levels.map((level) => {
    const power = probabilityOfFalling(
      proportion,
      proportion.refutedBelow,
      BUDGET,
      Math.log(level),
      Number.POSITIVE_INFINITY,
    );
    return (level * power) / Math.exp(-evidenceOf(proportion, false));
  });
  const tells = (found: readonly number[]): boolean =>
    found.every((rate, k) => rate + interval(least[k]!, DRAWS) >= least[k]!);

  it('is above uniform at every level, by no more than its steps and the budget explain', () => {
    const found = rates(pValue);
    expect(superuniform(found)).toBe(true);
    expect(tells(found)).toBe(true);
  });

  it.each<[string, PValue]>([
    [
      'the step of a failure doubled',
      (trials) => pValue(trials.flatMap((success) => (success ? [true] : [false, false]))),
    ],
    ['the step of a stricter claim', (trials) => decideProportion({ ...proportion, atLeast: 0.95 }, trials, NEVER).p],
    ['the step of success left out', (trials) => pValue(trials.filter((success) => !success))],
  ])('would not be with %s', (_, faulty) => {
    expect(superuniform(rates(faulty))).toBe(false);
  });

  it.each<[string, PValue]>([
    ['the step of a laxer claim', (trials) => decideProportion({ ...proportion, atLeast: 0.8 }, trials, NEVER).p],
    ['half of the trials', (trials) => pValue(trials.slice(0, 1))],
  ])('would tell nothing with %s', (_, faulty) => {
    expect(tells(rates(faulty))).toBe(false);
  });

  const law = lawOfP();

  /** √n times the Kolmogorov–Smirnov distance from uniform, of p-values made exact by their law, ties broken at random. */
  function distanceFromUniform(p: PValue, draws: number): number {
    const random = new Stream(14);
    const exact = Array.from({ length: draws }, () => {
      const [below, upTo] = law(p(draw(random, proportion.atLeast)));
      return random.uniform(below, upTo);
    }).sort((a, b) => a - b);
    const distance = exact.reduce(
      (most, u, k) => Math.max(most, Math.abs(u - k / draws), Math.abs(u - (k + 1) / draws)),
      0,
    );
    return Math.sqrt(draws) * distance;
  }
  /** P(√n·D > x) < 2·exp(−2x²) (Massart 1990): 10⁻⁸ at 3.1. */
  const KOLMOGOROV = 3.1;

  it('has the law that is computed: made exact by it, it is uniform', () => {
    expect(distanceFromUniform(pValue, 10_000)).toBeLessThan(KOLMOGOROV);
  });

  it.each<[string, PValue]>([
    [
      'the step of a claim a hundredth stricter',
      (trials) => decideProportion({ ...proportion, atLeast: 0.91 }, trials, NEVER).p,
    ],
    [
      'a hundredth of the failures overlooked',
      (trials) => pValue(trials.map((success, k) => success || k % 100 === 0)),
    ],
    [
      'the last evidence for the lowest',
      (trials) => Math.min(1, Math.exp(trials.reduce((sum, success) => sum + evidenceOf(proportion, success), 0))),
    ],
  ])('would not be uniform with %s', (_, faulty) => {
    expect(distanceFromUniform(faulty, 10_000)).toBeGreaterThan(KOLMOGOROV);
  });
});

describe('a confidence sequence', () => {
  const misses = (rate: number, sequence: number): boolean => {
    const random = new Stream(1).child(`sequence ${sequence}`);
    let successes = 0;
    for (let trials = 1; trials <= 300; trials++) {
      if (random.uniform() < rate) successes++;
      const [low, high] = confidenceSequence(successes, trials);
      if (rate < low || rate > high) return true;
    }
    return false;
  };

  it.each([0.05, 0.5, 0.9])('misses a rate of %f at any of 300 looks in at most one of twenty sequences', (rate) => {
    const missed = Array.from({ length: 200 }, (_, k) => misses(rate, k)).filter(Boolean).length;
    // 25 of 200 or more at 5 % each: 2e-5.
    expect(missed).toBeLessThan(25);
    expect(missed).toBeGreaterThan(0);
  });

  it('ends where the averaged likelihood is twenty times that of the rate', () => {
    // s successes of s: 1/(s + 1) against low^s.
    for (const trials of [1, 10, 400]) {
      expect(confidenceSequence(trials, trials)).toEqual([
        expect.closeTo((0.05 / (trials + 1)) ** (1 / trials), 12),
        1,
      ]);
      expect(confidenceSequence(0, trials)).toEqual([0, expect.closeTo(1 - (0.05 / (trials + 1)) ** (1 / trials), 12)]);
    }
    expect(confidenceSequence(0, 0)).toEqual([0, 1]);
    const [low, high] = confidenceSequence(60, 100);
    expect(low).toBeGreaterThan(0.4);
    expect(high).toBeLessThan(0.8);
  });
});
