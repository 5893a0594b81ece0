/**
 * The sequential test: its generating functions bound what they must, and it crosses where its p-value says so.
 */
import { describe, expect, it } from 'vitest';
import { BATCH, Q, record, trial, v } from '#spec/runs/null.js';
import { Stream } from '#src/linalg/random.js';
import { normalGenerating, sequentialTest, uniformGenerating } from '#src/runs/sequential.js';
import { meanLoss, varianceOfLoss } from '#src/theory/recorded-losses-follow-overlaps.js';

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

describe('normal starts', () => {
  it('have no generating function beyond its pole', () => {
    expect(normalGenerating(Q, v)(10)).toBe(Number.POSITIVE_INFINITY);
  });
});
