/**
 * Numbers that were recorded to few digits: the grid is found, and no number is further from what was rounded than it says.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECLARED, recordWith } from '#spec/runs/support/faulty.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { orderParametersOf } from '#src/agent/order-parameters.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { initialFrom } from '#src/problem/agents.js';
import { digitsIn } from '#src/runs/format/digits.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { type RunRecord, recordOf } from '#src/runs/record.js';

/** Numbers over so many orders of magnitude. */
const drawn = (seed: number, orders: number): number[] => {
  const random = new Stream(seed).child('numbers');
  return Array.from({ length: 40 }, () => random.normal() * 10 ** random.uniform(-orders, orders));
};

const half = (value: number): number => {
  if (value === 0) return 0;
  // float16 of Node's own: 11 bits, fewer below 2⁻¹⁴.
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), -14);
  const step = 2 ** (exponent - 10);
  return Math.round(value / step) * step;
};

const ROUNDINGS: readonly (readonly [string, (value: number) => number, RegExp])[] = [
  ['%.4g', (value) => Number(value.toPrecision(4)), /^4 significant digits$/],
  ['%.6g', (value) => Number(value.toPrecision(6)), /^6 significant digits$/],
  ['%.9g', (value) => Number(value.toPrecision(9)), /^9 significant digits$/],
  ['%.4f', (value) => Number(value.toFixed(4)), /^4 decimals$|^\d+ significant digits$/],
  ['%.2f', (value) => Number(value.toFixed(2)), /^2 decimals$|^\d+ significant digits$/],
  ['float16', half, /^float16$/],
  ['float32', Math.fround, /^single precision$/],
];

describe.each(ROUNDINGS)('%s', (_, round, name) => {
  it('is recognised, whatever the sizes of the numbers, and bounds what it changed', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.constantFrom(0.3, 1, 3), (seed, orders) => {
        const numbers = drawn(seed, orders).filter((value) => round(value) !== 0 && Math.abs(value) < 6e4);
        const digits = digitsIn(numbers.map(round))!;
        expect(digits.name).toMatch(name);
        for (const value of numbers)
          expect(Math.abs(round(value) - value)).toBeLessThanOrEqual(digits.half(round(value)) * (1 + 1e-6) + 2 ** -25);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('allows no more than twice what it may change', () => {
    const numbers = drawn(3, 1).filter((value) => round(value) !== 0);
    const digits = digitsIn(numbers.map(round))!;
    const largest = Math.max(...numbers.map((value) => Math.abs(round(value) - value)));
    const allowed = Math.max(...numbers.map((value) => digits.half(round(value))));
    expect(allowed).toBeLessThanOrEqual(4 * largest);
  });
});

describe('decimals', () => {
  it('show beside numbers too large to have any, as those of a run that diverges', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 12, max: 30 }),
        (seed, decimals, far) => {
          const round = (value: number): number => Number(value.toFixed(decimals));
          const near = drawn(seed, 0.5);
          const diverged = drawn(seed + 1, 1).map((value) => value * 10 ** far);
          const digits = digitsIn([...near, ...diverged].map(round))!;
          expect(digits.name).toBe(`${decimals} decimals`);
          for (const value of near)
            expect(Math.abs(round(value) - value)).toBeLessThanOrEqual(digits.half(round(value)) * (1 + 1e-6));
          expect(digitsIn([...near, ...diverged])).toBeUndefined();
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });
});

describe('numbers that were not rounded', () => {
  it.each([
    ['doubles', drawn(5, 1)],
    ['a single one', [0.25]],
    ['two that end early by chance', [0.123456789012345, 3.21098765432109]],
    ['the same again and again', [0.5, 0.5, -0.5, 0.5]],
    ['zeros and ones', [0, 1, -1, 0]],
    ['none', []],
    ['one double among round ones', [0.1, 0.25, 3.5, 1 / 3]],
    ['lost ones', [Number.NaN, Number.POSITIVE_INFINITY]],
  ])('%s lie on no grid', (_, numbers) => {
    expect(digitsIn(numbers)).toBeUndefined();
  });
});

describe('initial weights', () => {
  const { curves, weights, ...rest } = recordWith('lr', 1, { ...DECLARED, precision: 'f32' });
  const printed = (value: unknown, decimals: number): unknown =>
    JSON.parse(JSON.stringify(value), (_, each) => (typeof each === 'number' ? Number(each.toFixed(decimals)) : each));
  const digitsOf = (change: object) =>
    (recordOf({ ...rest, curves, weights, ...change } as RecordedRun) as RunRecord).digits;

  it('were rounded, unless the first order parameters follow from them to the last digit', () => {
    const rounded = printed(weights, 3) as NonNullable<typeof weights>;
    expect(digitsOf({ weights: rounded }).weights!.name).toBe('3 decimals');
    const { agent } = initialFrom(rounded.initial!, DECLARED) as { agent: LinearAgent };
    const { zm, zu, vm, vu } = orderParametersOf(reals, agent);
    const first = Object.fromEntries(
      Object.entries({ zm, zu, vm, vu }).map(([name, matrix]) => [
        name,
        curves.overlaps![name as 'zm'].map((old, e) => (e === 0 ? matrix.data[0] : old)),
      ]),
    );
    expect(digitsOf({ weights: rounded, curves: { ...curves, overlaps: first } }).weights).toBeUndefined();
    // Order parameters that were printed themselves agree with anything that is near.
    const both = { weights: rounded, curves: { ...curves, overlaps: printed(first, 5) } };
    expect(digitsOf(both).weights!.name).toBe('3 decimals');
  });
});
