/**
 * Arnoldi's method against the eigenvalues of the whole matrix, and on spectra that are known.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dominantEigenvalues } from '#src/linalg/arnoldi.js';
import { eigenvalues } from '#src/linalg/eigen.js';
import { type Mat, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';

/** Largest change by the last dimensions, and what that may leave of the error. */
const TOLERANCE = 1e-11;
const ERROR = 1e-8;

function dominant(A: Mat<number>, count: number, tolerance = TOLERANCE) {
  let products = 0;
  const values = dominantEigenvalues(
    (x, y) => {
      products++;
      for (let i = 0; i < A.rows; i++) {
        y[i] = 0;
        for (let j = 0; j < A.cols; j++) y[i]! += A.data[i * A.cols + j]! * x[j]!;
      }
    },
    A.rows,
    count,
    new Stream(1),
    tolerance,
  );
  return { values, products };
}

/** A loop's spectrum: a few large eigenvalues over a bulk of small ones. */
function withBulk(n: number, bulk: number, seed: number): Mat<number> {
  const random = new Stream(seed);
  const [u, v] = [0, 1].map(() => matrix(n, 3, () => random.normal() / Math.sqrt(n)));
  return matrix(n, n, (i, j) => {
    let value = (bulk * random.normal()) / Math.sqrt(n);
    for (let k = 0; k < 3; k++) value += 2 * u!.data[i * 3 + k]! * v!.data[j * 3 + k]!;
    if (i < 2 && j < 2) value += [1, 1, -0.1, 1][2 * i + j]!;
    return value;
  });
}

describe('dominant eigenvalues', () => {
  it('are those of the whole matrix, after a few products where the rest is small', () => {
    for (let seed = 0; seed < 20; seed++) {
      const A = withBulk(60, 0.1, seed);
      const { values, products } = dominant(A, 2);
      expect(products).toBeLessThanOrEqual(40);
      expect(values.length).toBeGreaterThan(2);
      for (const [k, { re, im }] of eigenvalues(A).slice(0, 2).entries()) {
        expect(Math.abs(values[k]!.re - re)).toBeLessThan(ERROR);
        expect(Math.abs(values[k]!.im - im)).toBeLessThan(ERROR);
      }
    }
  });

  it('are exact at the full size, whatever the matrix', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer(), (n, seed) => {
        const random = new Stream(seed);
        const A = matrix(n, n, () => random.normal());
        const expected = eigenvalues(A);
        const { values } = dominant(A, n);
        // Moduli: near ties may come in another order.
        const moduli = (list: readonly { re: number; im: number }[]): number[] =>
          list.map(({ re, im }) => Math.hypot(re, im));
        for (const [k, value] of moduli(values).entries())
          expect(Math.abs(value - moduli(expected)[k]!)).toBeLessThan(1e-6);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('end where the Krylov space does, and complete pairs', () => {
    // A pair among many real eigenvalues near it: the second of the pair must have settled with the first.
    const rotation = matrix(40, 40, (i, j) =>
      i < 2 && j < 2 ? [0, 2, -2, 0][2 * i + j]! : i === j ? 1.9 - i / 40 : 0,
    );
    const [first, second] = dominant(rotation, 1).values;
    expect(first!.im).toBeCloseTo(2, 8);
    expect(second!.im).toBeCloseTo(-2, 8);
    const identity = matrix(50, 50, (i, j) => (i === j ? 1 : 0));
    expect(dominant(identity, 1)).toEqual({ values: [{ re: 1, im: 0 }], products: 1 });
    expect(dominant(matrix(50, 50), 2).values).toEqual([{ re: 0, im: 0 }]);
  });

  it('are refused where products are not finite', () => {
    expect(() =>
      dominant(
        matrix(3, 3, () => Number.NaN),
        1,
      ),
    ).toThrow(/finite/);
  });
});
