/**
 * Tolerances whose derivation is about chance: what they bound is measured where it is common enough to be measured.
 */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '#src/limits.js';
import { Stream } from '#src/linalg/random.js';
import {
  binomialShortfall,
  determinantPerturbation,
  FALSE_ALARM_PER_CASE,
  FALSE_ALARM_PER_FILE,
  FALSE_ALARM_PER_VERIFY,
  largestNormalMoment,
  largestNumber,
  normalQuadraticTail,
  SHADOWS,
  type ShadowPlan,
  shadowComparisonFalseAlarm,
  shadowFalseAlarm,
  unitRoundoff,
} from '#src/linalg/tolerance.js';

describe('precisions', () => {
  it.each([
    ['f32', Math.fround],
    ['f64', (x: number) => x],
  ] as const)(
    '%s lose a unit roundoff beside 1, and keep what is larger; none is beyond the largest',
    (precision, round) => {
      const unit = unitRoundoff(precision);
      expect(round(1 + unit)).toBe(1);
      expect(round(1 + 2 * unit)).toBeGreaterThan(1);
      const largest = largestNumber(precision);
      expect(round(largest)).toBe(largest);
      expect(round(largest * (1 + 2 * unit))).toBe(Number.POSITIVE_INFINITY);
    },
  );
});

describe('too few successes', () => {
  it('have at most the probability of their bound, which exceeds it by the width of the distribution only', () => {
    for (const trials of [1, 5, 40, 60, 200])
      for (const share of [0.1, 0.3, 0.5, 0.9]) {
        let [term, tail] = [(1 - share) ** trials, 0];
        for (let k = 0; k < share * trials; k++) {
          tail += term;
          const bound = binomialShortfall(k, trials, share);
          // Rounding of some hundred factors and terms.
          expect(tail).toBeLessThanOrEqual(bound * (1 + 1e-12));
          // The tail is at least its last term, which is the bound over √(8k(1 − k/n)) at least (Ash 1965, Lemma 4.7.1).
          expect(bound).toBeLessThanOrEqual(tail * Math.max(1, Math.sqrt(8 * k * (1 - k / trials))) * (1 + 1e-12));
          term *= ((trials - k) / (k + 1)) * (share / (1 - share));
        }
        for (const enough of [Math.ceil(share * trials), trials])
          expect(binomialShortfall(enough, trials, share)).toBe(1);
      }
    expect(binomialShortfall(0, 0, 0.5)).toBe(1);
  });
});

describe('means of normal squares', () => {
  /** P(χ² > x) of an even number of degrees of freedom: the first half of a Poisson distribution of mean x/2. */
  function chiSquareTail(x: number, degrees: number): number {
    let [term, sum] = [Math.exp(-x / 2), 0];
    for (let j = 0; j < degrees / 2; j++) {
      sum += term;
      term *= x / 2 / (j + 1);
    }
    return sum;
  }

  it.each([2, 10, 100, 1000])('of %d trials are farther off as seldom as derived, and not far less', (trials) => {
    // One square a trial: ‖Q‖_F = 1, and the sum is χ² of as many degrees as trials.
    const far = normalQuadraticTail(1, trials);
    expect(chiSquareTail(trials * (1 + far), trials)).toBeLessThanOrEqual(FALSE_ALARM_PER_CASE / 2);
    expect(chiSquareTail(trials * (1 + 0.7 * far), trials)).toBeGreaterThan(FALSE_ALARM_PER_CASE / 2);
    expect(normalQuadraticTail(3, trials)).toBeCloseTo(3 * far, 12);
  });
});

describe('determinants', () => {
  it('are perturbed as far as derived where all singular values are moved alike', () => {
    // det((s + e)·I) − det(s·I) lies between n·e·sⁿ⁻¹ and n·e·(s + e)ⁿ⁻¹.
    for (const n of [1, 2, 5])
      for (const size of [0.1, 1, 7])
        for (const error of [1e-3 * size, size]) {
          const bound = determinantPerturbation(n, size, error);
          // Rounding of a few powers.
          expect((size + error) ** n - size ** n).toBeLessThanOrEqual(bound * (1 + 1e-12));
          expect(bound).toBeLessThanOrEqual(n * error * size ** (n - 1) * (1 + error / size) ** n);
        }
  });
});

describe('the largest of normals', () => {
  it.each([2, 4, 8])('has its moment of order %d below the bound, and not far below', (power) => {
    const random = new Stream(5);
    const [count, draws] = [64, 4000];
    let mean = 0;
    for (let k = 0; k < draws; k++) {
      let most = 0;
      for (let i = 0; i < count; i++) most = Math.max(most, Math.abs(random.normal()));
      mean += most ** power / draws;
    }
    expect(mean).toBeLessThan(largestNormalMoment(power, count));
    expect(mean).toBeGreaterThan(largestNormalMoment(power, count) / 4);
  });

  it('is one normal where there is one', () => {
    // E Z² = 1 and E Z⁴ = 3, against the bounds 2·1! and 2²·2!.
    expect(largestNormalMoment(2, 1)).toBe(2);
    expect(largestNormalMoment(4, 1)).toBe(8);
  });
});

const EPOCHS = 60;
const ENTRIES = 4;

/**
 * How often two engines are set apart in the model of the derivation: errors in `ENTRIES` directions that grow at a rate of their
 * own, two disturbances an epoch for the difference of the engines and one for each shadow. One run of tolerances counts once.
 */
function alarmRate({ count, multiple }: ShadowPlan, fastest: number, runs: number): number {
  const random = new Stream(6);
  let alarms = 0;
  for (let run = 0; run < runs; run++) {
    const rates = Float64Array.from({ length: ENTRIES }, (_, i) => 1 + ((fastest - 1) * i) / (ENTRIES - 1));
    const walk = (size: number): Float64Array[] => {
      let x = new Float64Array(ENTRIES);
      return Array.from({ length: EPOCHS }, () => {
        x = x.map((value, i) => rates[i]! * value + size * random.normal());
        return x;
      });
    };
    const difference = walk(Math.SQRT2);
    const shadows = Array.from({ length: count }, () => walk(1));
    const largest = (x: Float64Array): number => x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    let spread = 0;
    const apart = difference.some((x, e) => {
      spread = shadows.reduce((most, shadow) => Math.max(most, largest(shadow[e]!)), spread);
      return largest(x) > multiple * spread;
    });
    if (apart) alarms++;
  }
  return alarms / runs;
}

/** The standard deviation of a walk after `EPOCHS` disturbances of size 1. */
const grownTo = (rate: number): number =>
  Math.sqrt(Array.from({ length: EPOCHS }, (_, e) => rate ** (2 * e)).reduce((a, b) => a + b));

describe('shadow runs', () => {
  it.each([
    [{ count: 2, multiple: 16 }, 1],
    [{ count: 2, multiple: 32 }, 1.1],
    [{ count: 4, multiple: 12 }, 1],
  ] as const)('set equal engines apart no oftener than derived: %o, errors growing by %d', (plan, fastest) => {
    const bound = shadowFalseAlarm(plan, { numbers: ENTRIES * EPOCHS, channels: 1, growth: grownTo(fastest) });
    const measured = alarmRate(plan, fastest, 6000);
    expect(bound).toBeLessThan(1);
    expect(measured).toBeLessThanOrEqual(bound);
    // With a multiple of 1 they are set apart all the time: the model is one in which they can be.
    expect(alarmRate({ ...plan, multiple: 1 }, fastest, 500)).toBeGreaterThan(0.1);
  });

  it.each([
    [{ count: 2, multiple: 8 }, 1],
    [{ count: 2, multiple: 16 }, 6],
    [{ count: 4, multiple: 6 }, 3],
  ] as const)('of one epoch set equal numbers apart no oftener than derived: %o, %d entries', (plan, entries) => {
    const random = new Stream(9);
    let alarms = 0;
    const trials = 20_000;
    for (let trial = 0; trial < trials; trial++) {
      const largest = (deviation: number): number =>
        Math.max(...Array.from({ length: entries }, () => Math.abs(deviation * random.normal())));
      // Two programs round, where a shadow rounds once.
      const difference = largest(Math.SQRT2);
      const spread = Math.max(...Array.from({ length: plan.count }, () => largest(1)));
      if (difference > plan.multiple * spread) alarms++;
    }
    const bound = shadowComparisonFalseAlarm(plan, entries);
    expect(bound).toBeLessThan(1);
    expect(alarms / trials).toBeLessThanOrEqual(bound);
  });

  it.each([1, 4, 10, 55, 2 ** 10])('of all numbers of a file, %d at a time, are within its rate', (entries) => {
    const comparisons = (2 * LIMITS.numbers) / entries;
    expect(comparisons * shadowComparisonFalseAlarm(SHADOWS.run, entries)).toBeLessThan(FALSE_ALARM_PER_FILE / 100);
  });

  it('would do so too often with a smaller multiple, or fewer of them', () => {
    // A thousand comparisons in double precision, and two for each recorded file.
    expect(1000 * SHADOWS.cases.falseAlarm).toBeLessThan(FALSE_ALARM_PER_VERIFY / 10);
    expect(2 * SHADOWS.run.falseAlarm).toBeLessThan(FALSE_ALARM_PER_FILE / 10);
    const everything = { numbers: 2 ** 16, channels: 5, growth: 2 ** 53 };
    expect(shadowFalseAlarm(SHADOWS.cases, everything)).toBe(SHADOWS.cases.falseAlarm);
    expect(1000 * shadowFalseAlarm({ count: 4, multiple: 2 ** 10 }, everything)).toBeGreaterThan(
      FALSE_ALARM_PER_VERIFY,
    );
    expect(1000 * shadowFalseAlarm({ count: 2, multiple: 2 ** 12 }, everything)).toBeGreaterThan(
      FALSE_ALARM_PER_VERIFY,
    );
  });
});
