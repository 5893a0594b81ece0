/**
 * The false-alarm rate of the sequential test is what it says: its p-values are above uniform, and would not be of other laws.
 */
import { describe, expect, it } from 'vitest';
import { BATCH, record, v } from '#spec/runs/support/null.js';
import { Stream } from '#src/linalg/random.js';
import { type SequentialRow, sequentialTest } from '#src/runs/judges/sequential.js';

const RUNS = 10_000;
const LEVELS = [0.5, 0.1, 0.05, 0.01] as const;

/** Half width of a binomial interval that holds with probability above 1 − 10⁻⁸: six standard deviations, by Chernoff. */
const interval = (rate: number): number => 6 * Math.sqrt((rate * (1 - rate)) / RUNS) + 12 / RUNS;

const pValues = (kind: 'uniform' | 'normal', p: (rows: Iterable<SequentialRow>) => number): number[] => {
  const random = new Stream(4);
  return Array.from({ length: RUNS }, () => p(record(kind, random)));
};
const rates = (values: readonly number[]): number[] =>
  LEVELS.map((level) => values.filter((value) => value <= level).length / values.length);

describe.each(['uniform', 'normal'] as const)('%s starts', (kind) => {
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
