/**
 * The sequential test of a proportion: its false-alarm rate is computed exactly, measured, and below what is promised.
 */
import { describe, expect, it } from 'vitest';
import { decideProportion, evidenceOf, type Proportion } from '#src/claims/proportion.js';
import { Stream } from '#src/linalg/random.js';

const proportion: Proportion = { name: 'settles', atLeast: 0.9, refutedBelow: 0.75 };
const BUDGET = 120;

/**
 * Exact probability that the evidence falls to −threshold within `budget` trials that succeed with probability p: the
 * distribution over the number of successes, step by step, among paths that have decided nothing yet.
 */
function probabilityOfRefuting(test: Proportion, p: number, threshold: number, budget: number): number {
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
        if (evidence <= -threshold) refuted += mass * share;
        else if (evidence < threshold) next.set(count, (next.get(count) ?? 0) + mass * share);
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
    const exact = probabilityOfRefuting(proportion, proportion.atLeast, -Math.log(alpha), BUDGET);
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

  it('gives uniform p-values to a true claim', () => {
    // The p-value of a sequence: the probability, at the claimed proportion, that the evidence falls as low somewhere,
    // ties broken at random. As a function of the lowest evidence it is computed once per attained value.
    const random = new Stream(13);
    const [up, down] = [evidenceOf(proportion, true), evidenceOf(proportion, false)];
    const tails = new Map<number, number>();
    const tail = (threshold: number): number => {
      const key = Number(threshold.toPrecision(9));
      let value = tails.get(key);
      if (value === undefined) {
        // Never "holds": the lowest evidence over the whole budget is asked for.
        value = lowestAtMost(-key + 1e-7, up, down);
        tails.set(key, value);
      }
      return value;
    };
    const lowestAtMost = (level: number, rise: number, fall: number): number => {
      let open = new Float64Array(BUDGET + 1);
      open[0] = 1;
      let hit = 0;
      for (let n = 1; n <= BUDGET; n++) {
        const next = new Float64Array(BUDGET + 1);
        for (let s = 0; s < n; s++) {
          const mass = open[s]!;
          if (mass === 0) continue;
          for (const [count, share] of [
            [s + 1, proportion.atLeast],
            [s, 1 - proportion.atLeast],
          ] as const) {
            if (count * rise + (n - count) * fall <= level) hit += mass * share;
            else next[count]! += mass * share;
          }
        }
        open = next;
      }
      return hit;
    };
    const draws = 10_000;
    const pValues = Array.from({ length: draws }, () => {
      let [evidence, lowest] = [0, 0];
      for (const success of draw(random, proportion.atLeast)) {
        evidence += success ? up : down;
        lowest = Math.min(lowest, evidence);
      }
      if (lowest === 0) return random.uniform(tail(-Math.max(down, -up) * 1e-6), 1);
      const above = tail(-lowest);
      const below = tail(-lowest + 1e-5);
      return random.uniform(below, above);
    }).sort((a, b) => a - b);
    // Kolmogorov–Smirnov: P(√n·D > x) < 2·exp(−2x²), 10⁻⁸ at x = 3.1.
    const distance = pValues.reduce(
      (most, p, k) => Math.max(most, Math.abs(p - k / draws), Math.abs(p - (k + 1) / draws)),
      0,
    );
    expect(Math.sqrt(draws) * distance).toBeLessThan(3.1);
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
