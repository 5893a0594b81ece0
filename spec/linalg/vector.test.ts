/**
 * The unrolled loops against plain sums, for every length around the unrolling and every offset.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forAll } from '#spec/support/for-all.js';
import { Stream } from '#src/linalg/random.js';
import { gamma } from '#src/linalg/tolerance.js';
import { affine, axpy, combine, dot, products, transposeInto } from '#src/linalg/vector.js';

const length = fc.integer({ min: 0, max: 19 });
const offset = fc.integer({ min: 0, max: 3 });
const numbers = (random: Stream, count: number): Float64Array =>
  Float64Array.from({ length: count }, () => random.normal());

/** Entries must agree within rounding of sums of `terms` products of normal numbers. */
function close(actual: Float64Array, expected: Float64Array, terms: number): void {
  actual.forEach((value, k) => {
    expect(Math.abs(value - expected[k]!)).toBeLessThanOrEqual(gamma(4 * terms + 8) * 64 * (terms + 1));
  });
}

describe('inner loops', () => {
  it('dot and axpy', () => {
    forAll(length, offset, offset, fc.integer(), (n, ao, bo, seed) => {
      const random = new Stream(seed);
      const [a, b] = [numbers(random, n + 4), numbers(random, n + 4)];
      let expected = 0;
      for (let i = 0; i < n; i++) expected += a[ao + i]! * b[bo + i]!;
      close(Float64Array.of(dot(a, ao, b, bo, n)), Float64Array.of(expected), n);
      const after = b.map((value, k) => (k >= bo && k < bo + n ? value + 3 * a[ao + k - bo]! : value));
      axpy(3, a, ao, b, bo, n);
      close(b, after, 1);
    });
  });

  it('products, affine and combine over stacks of any number of vectors', () => {
    forAll(length, fc.integer({ min: 0, max: 19 }), offset, fc.integer(), (n, count, shift, seed) => {
      const random = new Stream(seed);
      const V = numbers(random, n * count);
      const b = numbers(random, n + shift);
      const c = numbers(random, 2 * count + shift);
      const expectedProducts = Float64Array.from({ length: count + shift }, (_, q) =>
        q < shift ? 7 : 2 * dot(V, (q - shift) * n, b, shift, n),
      );
      const out = new Float64Array(count + shift).fill(7);
      products(2, V, count, b, shift, n, out, shift);
      close(out, expectedProducts, n);
      // What lies around the entries that are asked for stays as it was.
      const beside = (inside: Float64Array): Float64Array =>
        Float64Array.from({ length: n + shift + 2 }, (_, k) => (k < shift || k >= shift + n ? 9 : inside[k - shift]!));

      for (const keep of [0, 0.5]) {
        const expected = Float64Array.from({ length: n }, (_, i) => {
          let value = keep * b[shift + i]!;
          for (let q = 0; q < count; q++) value += c[shift + q]! * V[q * n + i]!;
          return value;
        });
        const result = new Float64Array(n + shift + 2).fill(9);
        affine(keep, b, shift, c, shift, V, count, n, result, shift);
        close(result, beside(expected), count);
      }

      const expected = Float64Array.from({ length: n }, (_, i) => {
        let value = 9;
        for (let q = 0; q < count; q++) value += c[shift + 2 * q]! * V[q * n + i]!;
        return value;
      });
      const sum = new Float64Array(n + shift + 2).fill(9);
      combine(c, shift, 2, V, 0, count, n, sum, shift);
      close(sum, beside(expected), count);
    });
  });

  it('transposeInto', () => {
    forAll(length, length, offset, offset, (rows, cols, ao, oo) => {
      const a = Float64Array.from({ length: ao + rows * cols }, (_, k) => k + 1);
      const out = new Float64Array(oo + rows * cols + 2).fill(-1);
      transposeInto(a, ao, rows, cols, out, oo);
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < cols; j++) expect(out[oo + j * rows + i]).toBe(a[ao + i * cols + j]);
      expect(out.filter((value) => value === -1)).toHaveLength(oo + 2);
    });
  });
});
