/**
 * The sequential test: its generating functions bound what they must, and it crosses where its p-value says so.
 */
import { describe, expect, it } from 'vitest';
import { BATCH, Q, record, trial, v } from '#spec/runs/support/null.js';
import { Stream } from '#src/linalg/random.js';
import {
  normalGenerating,
  type SequentialRow,
  sequentialTest,
  uniformGenerating,
} from '#src/runs/judges/sequential.js';
import { meanLoss, varianceOfLoss } from '#src/theory/records/recorded-losses-follow-overlaps.js';

describe.each(['uniform', 'normal'] as const)('%s starts', (kind) => {
  it('have the stated mean and variance, within five standard errors', () => {
    const random = new Stream(1);
    const count = 200_000;
    const values = Array.from({ length: count }, () => trial(kind, random));
    const mean = values.reduce((a, b) => a + b, 0) / count;
    const squares = values.map((value) => (value - mean) ** 2);
    const variance = squares.reduce((a, b) => a + b, 0) / count;
    const fourth = squares.reduce((a, b) => a + b * b, 0) / count;
    expect(Math.abs(mean - meanLoss(Q, v))).toBeLessThan(5 * Math.sqrt(variance / count));
    expect(Math.abs(variance - varianceOfLoss(Q, v, kind))).toBeLessThan(5 * Math.sqrt(fourth / count));
  });

  it('have the generating function, or one above it', () => {
    const random = new Stream(2);
    const count = 100_000;
    const mean = meanLoss(Q, v);
    const spread = Math.sqrt(varianceOfLoss(Q, v, kind));
    const generating = (kind === 'uniform' ? uniformGenerating : normalGenerating)(Q, v);
    for (const bet of [-0.4, -0.1, 0.1, 0.15]) {
      const lambda = bet / spread;
      const values = Array.from({ length: count }, () => Math.exp(lambda * (trial(kind, random) - mean)));
      const average = values.reduce((a, b) => a + b, 0) / count;
      const error = Math.sqrt(values.reduce((a, b) => a + (b - average) ** 2, 0)) / count;
      const bound = Math.exp(generating(lambda));
      expect(average).toBeLessThan(bound + 5 * error);
      // Not much above either: half of the normal exponent at most.
      expect(generating(lambda)).toBeLessThan(bet * bet);
      if (kind === 'normal') expect(average).toBeGreaterThan(bound - 5 * error);
    }
  });

  it.each([0.1, 0.01])('cross at α = %d where the p-value says so', (alpha) => {
    const random = new Stream(3);
    for (let run = 0; run < 200; run++) {
      const { crossing, p } = sequentialTest(record(kind, random), { kind, variance: v }, BATCH, alpha);
      expect(crossing !== undefined).toBe(p <= alpha);
    }
  });
});

describe('generating functions', () => {
  /** A positive semidefinite n × n matrix, row by row. */
  function semidefinite(n: number, random: Stream): Float64Array {
    const B = Float64Array.from({ length: n * n }, () => random.normal());
    return Float64Array.from({ length: n * n }, (_, k) => {
      let total = 0;
      for (let l = 0; l < n; l++) total += B[Math.floor(k / n) * n + l]! * B[(k % n) * n + l]!;
      return total;
    });
  }
  const quadratic = (M: Float64Array, x: readonly number[]): number =>
    x.reduce((sum, a, i) => sum + x.reduce((inner, b, j) => inner + a * M[i * x.length + j]! * b, 0), 0);

  it('of uniform starts are Bennett’s bound between 0 and the largest corner', () => {
    const random = new Stream(8);
    for (const n of [1, 2, 3, 4, 11]) {
      const M = semidefinite(n, random);
      const signs = Array.from({ length: 2 ** Math.min(n, 4) }, (_, k) =>
        Array.from({ length: n }, (_sign, i) => Math.sqrt(3 * v) * ((k >> i) & 1 ? 1 : -1)),
      );
      // Of many states all entries at once bound the corners.
      const corner =
        n <= 4
          ? Math.max(...signs.map((x) => quadratic(M, x)))
          : 3 * v * M.reduce((sum, entry) => sum + Math.abs(entry), 0);
      const [mean, spread] = [meanLoss(M, v), varianceOfLoss(M, v, 'uniform')];
      const generating = uniformGenerating(M, v);
      for (const [sign, range] of [
        [1, corner - mean],
        [-1, mean],
      ] as const) {
        for (const x of [0.1, 1, 5]) {
          const bound = (spread / range ** 2) * (Math.exp(x) - 1 - x);
          // Rounding of eˣ, of which 1 + x is taken, and of the corner.
          expect(Math.abs(generating((sign * x) / range) / bound - 1)).toBeLessThan(1e-12);
        }
        // Of small bets, half their square times the variance.
        for (const x of [2 ** -30, 2 ** -24])
          expect(
            Math.abs(generating((sign * x) / range) / ((spread / range ** 2) * (x ** 2 / 2)) - 1 - x / 3),
          ).toBeLessThan(2 ** -26);
      }
      expect(generating(0)).toBe(0);
    }
    expect(uniformGenerating(new Float64Array(4), v)(3)).toBe(0);
  });

  it('of normal starts are exact up to their pole, and infinite from there on', () => {
    const random = new Stream(9);
    for (let k = 0; k < 5; k++) {
      const M = semidefinite(2, random);
      const [a, b, d] = [M[0]!, M[1]!, M[3]!];
      const largest = (a + d) / 2 + Math.hypot((a - d) / 2, b);
      const pole = 1 / (2 * v * largest);
      const generating = normalGenerating(M, v);
      for (const share of [-3, -0.1, 0.1, 0.9]) {
        const t = 2 * share * pole * v;
        // −½ log det(1 − 2λvQ) − λv·tr Q.
        const exact = -0.5 * Math.log((1 - t * a) * (1 - t * d) - (t * b) ** 2) - (t * (a + d)) / 2;
        expect(Math.abs(generating(share * pole) - exact)).toBeLessThan(1e-12 * (1 + Math.abs(t) * (a + d)));
      }
      expect(generating(pole * (1 - 1e-9))).toBeGreaterThan(9);
      expect(generating(pole * (1 - 1e-9))).toBeLessThan(Number.POSITIVE_INFINITY);
      expect(generating(pole * (1 + 1e-9))).toBe(Number.POSITIVE_INFINITY);
    }
  });
});

describe('evidence', () => {
  const law = { kind: 'uniform', variance: v } as const;
  const mean = meanLoss(Q, v);
  const spread = varianceOfLoss(Q, v, 'uniform');
  const rowsOf = (values: readonly number[], suspected: readonly number[], slack = 0): SequentialRow[] =>
    values.map((value, k) => ({ epoch: 10 * k, value, Q, slack, suspected }));
  /** What one bet gains in an epoch: at most half a spread, in the direction of what is suspected. */
  const gain = (value: number, suspect: number, slack = 0): number => {
    const cap = 0.5 / Math.sqrt(spread);
    const bet = Math.max(-cap, Math.min(cap, (suspect - mean) / spread));
    return BATCH * (bet * (value - mean) - Math.abs(bet) * slack - uniformGenerating(Q, v)(bet));
  };
  const test = (rows: readonly SequentialRow[], alpha = 0.01) => sequentialTest(rows, law, BATCH, alpha);

  it('is the mean of what all bets have won, at its highest', () => {
    const values = [6, 5, 0.4, 7].map((factor) => factor * mean);
    const suspected = [0.9, 1.05, 4].map((factor) => factor * mean);
    const logs = values.map((_, last) => {
      const wealths = suspected.map((suspect) =>
        values.slice(0, last + 1).reduce((sum, value) => sum + gain(value, suspect, 0.01), 0),
      );
      return Math.log(wealths.reduce((sum, log) => sum + Math.exp(log), 0) / wealths.length);
    });
    const found = test(rowsOf(values, suspected, 0.01));
    expect(found.evidence).toBeCloseTo(Math.max(0, ...logs), 10);
    expect(found.evidence).toBeGreaterThan(0);
    expect(found.p).toBe(Math.exp(-found.evidence));
    expect(found.epochs).toBe(4);
    // Large wealths do not overflow, nor do small ones vanish.
    const far = test(rowsOf([50 * mean, 500 * mean], [2 * mean, 0.5 * mean]));
    const won = gain(50 * mean, 2 * mean) + gain(500 * mean, 2 * mean) - Math.log(2);
    expect(far.evidence / won).toBeCloseTo(1, 10);
    expect(far.p).toBe(0);
  });

  it('of normal starts is won by their own generating function', () => {
    const bet = 0.3 / Math.sqrt(varianceOfLoss(Q, v, 'normal'));
    const suspect = mean + bet * varianceOfLoss(Q, v, 'normal');
    const won = BATCH * (bet * (6 * mean - mean) - normalGenerating(Q, v)(bet));
    const { evidence } = sequentialTest(rowsOf([6 * mean], [suspect]), { kind: 'normal', variance: v }, BATCH, 0.01);
    expect(won).toBeGreaterThan(0);
    expect(evidence).toBeCloseTo(won, 9);
  });

  it('is never below nothing', () => {
    const found = test(rowsOf([0.1 * mean], [1.5 * mean]));
    expect([found.evidence, found.p, found.crossing]).toEqual([0, 1, undefined]);
    expect(Object.keys(found)).not.toContain('crossing');
  });

  it('crosses in the first epoch that reaches the level, and not after it', () => {
    const suspected = [3 * mean];
    const each = gain(5 * mean, suspected[0]!);
    expect(each).toBeGreaterThan(0);
    const rows = rowsOf(Array(6).fill(5 * mean), suspected);
    for (const epochs of [1, 3, 5]) {
      expect(test(rows, Math.exp(-(epochs - 0.5) * each)).crossing).toBe(10 * (epochs - 1));
      expect(test(rows.slice(0, epochs - 1), Math.exp(-(epochs - 0.5) * each)).crossing).toBeUndefined();
    }
  });

  it('comes from no epoch whose loss does not depend on its starts, or overflows', () => {
    const plain = rowsOf([1.2 * mean, 1.2 * mean], [1.1 * mean]);
    const [first, second] = plain;
    const silent = { ...first!, Q: new Float64Array(4) };
    const lost = { ...first!, Q: Float64Array.of(1e200, 0, 0, 1e200) };
    expect(test([silent, first!, lost, second!])).toEqual(test(plain));
    expect(test([silent, lost]).epochs).toBe(0);
  });

  it('names the fault whose mean is nearest, in units of its own spread', () => {
    const suspected = [0.5, 0.9, 1.1, 2].map((factor) => factor * mean);
    suspected.forEach((suspect, k) => {
      expect(test(rowsOf([0.99 * suspect, 1.01 * suspect], suspected)).likeliest).toBe(k);
    });
  });
});

describe('normal starts', () => {
  it('have no generating function beyond its pole', () => {
    expect(normalGenerating(Q, v)(10)).toBe(Number.POSITIVE_INFINITY);
  });
});
