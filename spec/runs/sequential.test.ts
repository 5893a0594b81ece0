/**
 * The sequential test: its generating functions bound what they must, and its false-alarm rate is what it says.
 */
import { describe, expect, it } from 'vitest';
import { Stream } from '#src/linalg/random.js';
import { normalGenerating, type SequentialRow, sequentialTest, uniformGenerating } from '#src/runs/sequential.js';
import { meanLoss, varianceOfLoss } from '#src/theory/recorded-losses-follow-overlaps.js';

const v = 4 / 3;
const Q = Float64Array.of(2, 0.7, 0.7, 0.5);

function trial(kind: 'uniform' | 'normal', random: Stream): number {
  const draw = (): number => (kind === 'uniform' ? random.uniform(-2, 2) : Math.sqrt(v) * random.normal());
  const [a, b] = [draw(), draw()];
  return Q[0]! * a * a + 2 * Q[1]! * a * b + Q[3]! * b * b;
}

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

  it.each([0.1, 0.01])('cross by chance at most as often as α = %d allows', (alpha) => {
    const random = new Stream(3);
    const runs = 1500;
    const batch = 10;
    let crossings = 0;
    for (let run = 0; run < runs; run++) {
      function* rows(): Generator<SequentialRow> {
        for (let epoch = 0; epoch < 60; epoch++) {
          let value = 0;
          for (let b = 0; b < batch; b++) value += trial(kind, random) / batch;
          const mean = meanLoss(Q, v);
          yield { epoch, value, Q, slack: 0, suspected: [0.9 * mean, 1.05 * mean, 1.2 * mean] };
        }
      }
      const { crossing } = sequentialTest(rows(), { kind, variance: v }, batch, alpha);
      if (crossing !== undefined) crossings++;
    }
    // Three standard errors above α itself: Ville's bound leaves more room than that.
    expect(crossings / runs).toBeLessThanOrEqual(alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / runs));
    if (alpha === 0.1) expect(crossings).toBeGreaterThan(0);
  });
});

describe('normal starts', () => {
  it('have no generating function beyond its pole', () => {
    expect(normalGenerating(Q, v)(10)).toBe(Number.POSITIVE_INFINITY);
  });
});
