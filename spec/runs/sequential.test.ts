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

const BATCH = 10;
const EPOCHS = 30;
const RUNS = 10_000;
const LEVELS = [0.5, 0.1, 0.05, 0.01] as const;

/** Half width of a binomial interval that holds with probability above 1 − 10⁻⁸: six standard deviations, by Chernoff. */
const interval = (rate: number): number => 6 * Math.sqrt((rate * (1 - rate)) / RUNS) + 12 / RUNS;

/** A record under the null. */
function* record(kind: 'uniform' | 'normal', random: Stream): Generator<SequentialRow> {
  const mean = meanLoss(Q, v);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    let value = 0;
    for (let b = 0; b < BATCH; b++) value += trial(kind, random) / BATCH;
    yield { epoch, value, Q, slack: 0, suspected: [0.9 * mean, 1.05 * mean, 1.2 * mean] };
  }
}

const pValues = (kind: 'uniform' | 'normal', p: (rows: Iterable<SequentialRow>) => number): number[] => {
  const random = new Stream(4);
  return Array.from({ length: RUNS }, () => p(record(kind, random)));
};
const rates = (values: readonly number[]): number[] =>
  LEVELS.map((level) => values.filter((value) => value <= level).length / values.length);

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

  it('have p-values above uniform under the null, and reach every level', () => {
    const found = rates(pValues(kind, (rows) => sequentialTest(rows, { kind, variance: v }, BATCH, 0.01).p));
    for (const [k, level] of LEVELS.entries()) {
      expect(found[k]!, `P(p ≤ ${level})`).toBeLessThanOrEqual(level + interval(level));
      // Ville's bound is no empty one: chance comes that far.
      expect(found[k]!, `P(p ≤ ${level})`).toBeGreaterThan(0);
    }
  });

  it.each([
    ['starts a tenth narrower than they are', (Q: Float64Array) => Q, 0.81],
    ['a generating function of half the loss', (Q: Float64Array) => Q.map((q) => q / 2), 1],
  ] as const)('would have p-values below uniform with %s', (_, change, width) => {
    const faulty = function* (rows: Iterable<SequentialRow>): Generator<SequentialRow> {
      for (const row of rows) yield { ...row, Q: change(row.Q) };
    };
    const law = { kind, variance: v * width };
    const found = rates(pValues(kind, (rows) => sequentialTest(faulty(rows), law, BATCH, 0.01).p));
    expect(found.some((rate, k) => rate > LEVELS[k]! + interval(LEVELS[k]!))).toBe(true);
  });
});

describe('normal starts', () => {
  it('have no generating function beyond its pole', () => {
    expect(normalGenerating(Q, v)(10)).toBe(Number.POSITIVE_INFINITY);
  });
});
