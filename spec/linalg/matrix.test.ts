/**
 * Matrices, polynomials, the Jury test, eigenvalues and factors.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forAll } from '#spec/support/for-all.js';
import { eigenvalues, modulus, spectralRadius } from '#src/linalg/eigen.js';
import { semidefiniteFactor, triangularFactor } from '#src/linalg/factor.js';
import { isSchur, isSchurExactly } from '#src/linalg/jury.js';
import {
  absolute,
  add,
  blocks,
  frobenius,
  fromRows,
  identity,
  type Mat,
  map,
  matrix,
  multiply,
  scalarMatrix,
  scale,
  subtract,
  times,
  toRows,
  trace,
  transpose,
  zeros,
} from '#src/linalg/matrix.js';
import { characteristic, convolve, difference, evaluate } from '#src/linalg/polynomial.js';
import { Stream } from '#src/linalg/random.js';
import { integers, reals, sum } from '#src/linalg/ring.js';
import { eigenvalueBackwardError, gamma, semidefiniteFactorError } from '#src/linalg/tolerance.js';

const small = fc.integer({ min: -5, max: 5 });
const square = (n: number) => fc.array(fc.array(small, { minLength: n, maxLength: n }), { minLength: n, maxLength: n });
const size = fc.integer({ min: 1, max: 5 });
const big = (rows: readonly (readonly number[])[]): Mat<bigint> => map(fromRows(rows), BigInt);

describe('matrices', () => {
  it('refuse shapes that do not fit, naming them', () => {
    const [A, B] = [matrix(2, 3), matrix(2, 2)];
    expect(() => times(A, B)).toThrow('a 2×3 matrix does not fit a 2×2 one');
    expect(() => add(reals, A, B)).toThrow('sum');
    expect(() => add(reals, A, matrix(3, 3))).toThrow('a 2×3 matrix does not fit a 3×3 one');
    expect(() => subtract(reals, A, B)).toThrow('difference');
    expect(() => fromRows([[1, 2], [3]])).toThrow('row 1 has 1 entries');
    expect(() => blocks([[A, matrix(1, 1)]])).toThrow('rows');
    expect(() => blocks([[A], [B]])).toThrow('columns');
  });

  it('multiply from left to right, whatever the ring', () => {
    forAll(
      size.chain((n) => fc.tuple(square(n), square(n), square(n))),
      ([a, b, c]) => {
        const [A, B, C] = [big(a), big(b), big(c)];
        const left = multiply(integers, multiply(integers, A, B), C);
        const right = multiply(integers, A, multiply(integers, B, C));
        expect(toRows(left)).toEqual(toRows(right));
        expect(toRows(transpose(multiply(integers, A, B)))).toEqual(
          toRows(multiply(integers, transpose(B), transpose(A))),
        );
      },
    );
  });

  it('are put together from blocks, and from none', () => {
    const A = fromRows([[1, 2]]);
    const B = fromRows([[3]]);
    const C = fromRows([[4, 5, 6]]);
    expect(toRows(blocks([[A, B], [C]]))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    for (const none of [fromRows([]), blocks([]), blocks([[]])]) expect([none.rows, none.cols]).toEqual([0, 0]);
    // Bands of no rows are as wide as others.
    const flat = blocks([[matrix(0, 2), matrix(0, 1)]]);
    expect([flat.rows, flat.cols]).toEqual([0, 3]);
    expect(toRows(blocks([[matrix(0, 2), matrix(0, 1)], [C]]))).toEqual([[4, 5, 6]]);
    expect(() => blocks([[matrix(0, 2)], [C]])).toThrow('columns');
  });

  it('have units, and multiples of them', () => {
    const A = fromRows([
      [1, 2],
      [3, 4],
    ]);
    expect(toRows(times(A, identity(reals, 2)))).toEqual(toRows(A));
    expect(toRows(times(A, scalarMatrix(2, 3)))).toEqual(toRows(scale(reals, 3, A)));
    expect(toRows(scale(reals, 3, A))).toEqual([
      [3, 6],
      [9, 12],
    ]);
  });

  it('have norms', () => {
    const A = fromRows([
      [3, -4],
      [0, 0],
    ]);
    expect(frobenius(A)).toBe(5);
    expect(toRows(absolute(A))).toEqual([
      [3, 4],
      [0, 0],
    ]);
    expect(frobenius(zeros(reals, 2, 2))).toBe(0);
    expect(frobenius(fromRows([[1e300, 1e300]]))).toBeCloseTo(Math.SQRT2 * 1e300, -290);
    expect(trace(reals, identity(reals, 3))).toBe(3);
  });
});

describe('characteristic polynomials', () => {
  it('annihilate their matrix (Cayley–Hamilton)', () => {
    forAll(size.chain(square), (rows) => {
      const A = big(rows);
      const n = A.rows;
      let total = zeros(integers, n, n);
      let powerOfA = identity(integers, n);
      for (const coefficient of characteristic(integers, A)) {
        total = add(
          integers,
          total,
          map(powerOfA, (value) => value * coefficient),
        );
        powerOfA = multiply(integers, powerOfA, A);
      }
      expect(toRows(total)).toEqual(toRows(zeros(integers, n, n)));
    });
  });

  it('have the trace and the degree that they must', () => {
    forAll(size.chain(square), (rows) => {
      const A = big(rows);
      const coefficients = characteristic(integers, A);
      expect(coefficients).toHaveLength(A.rows + 1);
      expect(coefficients[A.rows]).toBe(1n);
      expect(coefficients[A.rows - 1]).toBe(-trace(integers, A));
    });
  });

  it('multiply and evaluate as polynomials do', () => {
    const list = fc.array(fc.bigInt({ min: -9n, max: 9n }), { minLength: 1, maxLength: 5 });
    forAll(list, list, fc.bigInt({ min: -9n, max: 9n }), (a, b, x) => {
      const at = (p: readonly bigint[]): bigint => evaluate(integers, p, x);
      expect(at(convolve(integers, a, b))).toBe(at(a) * at(b));
      expect(at(difference(integers, a, b))).toBe(at(a) - at(b));
    });
  });
});

describe('the Jury test', () => {
  // Roots in sixteenths; a polynomial with known roots decides whether the test is right.
  const real = fc.integer({ min: -20, max: 20 });
  const pair = fc.tuple(real, real);

  it('finds roots of known moduli inside the unit circle, and only there', () => {
    forAll(
      fc.array(real, { maxLength: 3 }),
      fc.array(pair, { maxLength: 2 }),
      fc.constantFrom(1n, -3n),
      (singles, pairs, leading) => {
        let p: bigint[] = [leading];
        for (const r of singles) p = convolve(integers, p, [BigInt(-r), 16n]);
        // 256·(λ − (a+bi)/16)(λ − (a−bi)/16).
        for (const [a, b] of pairs) p = convolve(integers, p, [BigInt(a * a + b * b), BigInt(-32 * a), 256n]);
        const inside = singles.every((r) => Math.abs(r) < 16) && pairs.every(([a, b]) => a * a + b * b < 256);
        expect(isSchur(integers, p)).toBe(inside);
        expect(isSchurExactly(p)).toBe(inside);
      },
    );
  });

  it('is undecided where the ring is', () => {
    const unknown = { ...reals, sign: () => undefined };
    expect(isSchur(unknown, [0.5, 1])).toBeUndefined();
  });
});

describe('eigenvalues', () => {
  it('refuse matrices that are not square or not finite', () => {
    expect(() => eigenvalues(matrix(2, 3))).toThrow('square');
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() =>
        eigenvalues(
          fromRows([
            [1, bad],
            [0, 1],
          ]),
        ),
      ).toThrow('entry (0, 1)');
  });

  it('return for matrices of any scale, where the library alone would not', () => {
    const entry = fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -300, max: 300 }));
    const entries = fc.array(entry, { minLength: 16, maxLength: 16 });
    forAll(entries, (list) => {
      const A = matrix(4, 4, (i, j) => list[4 * i + j]![0] * 10 ** list[4 * i + j]![1]);
      expect(eigenvalues(A).every(({ re, im }) => !Number.isNaN(re) && !Number.isNaN(im))).toBe(true);
    });
  });

  it('come in the canonical order', () => {
    const spectrum = eigenvalues(
      fromRows([
        [0, -2, 0, 0],
        [2, 0, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, -3],
      ]),
    );
    expect(spectrum.map(({ re, im }) => [Math.round(re), Math.round(im)])).toEqual([
      [-3, 0],
      [0, 2],
      [0, -2],
      [1, 0],
    ]);
    const opposite = fromRows([
      [-2, 0],
      [0, 2],
    ]);
    expect(eigenvalues(opposite).map(({ re }) => re)).toEqual([2, -2]);
    expect(spectralRadius(fromRows([[0.5]]))).toBe(0.5);
    expect(eigenvalues(matrix(0, 0))).toEqual([]);
    expect(spectralRadius(matrix(0, 0))).toBe(0);
  });

  it('sum to the trace, and their squares to that of the square', () => {
    forAll(size.chain(square), (rows) => {
      const A = fromRows(rows);
      const spectrum = eigenvalues(A);
      const norm = frobenius(A);
      const bound = 4 * A.rows * eigenvalueBackwardError(A.rows) * (1 + norm) ** 2;
      expect(
        Math.abs(
          sum(
            reals,
            spectrum.map(({ re }) => re),
          ) - trace(reals, A),
        ),
      ).toBeLessThanOrEqual(bound);
      const squares = sum(
        reals,
        spectrum.map(({ re, im }) => re * re - im * im),
      );
      expect(Math.abs(squares - trace(reals, times(A, A)))).toBeLessThanOrEqual(bound);
      expect(spectrum.every((z, k) => k === 0 || modulus(z) <= modulus(spectrum[k - 1]!))).toBe(true);
    });
  });
});

describe('factors', () => {
  const distance = (A: Mat<number>, B: Mat<number>): number => frobenius(subtract(reals, A, B));

  it('keep the Gram matrix, also of dependent columns', () => {
    forAll(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6 }), fc.integer(), (N, d, seed) => {
      const random = new Stream(seed);
      const Q = matrix(N, d, (i, j) =>
        j > 0 && seed % 2 ? Math.round(random.uniform(-1, 1)) : random.normal() + i * 0,
      );
      const F = triangularFactor(Q);
      expect([F.rows, F.cols]).toEqual([Math.min(N, d), d]);
      for (const [i, row] of toRows(F).entries()) expect(row.slice(0, i).every((entry) => entry === 0)).toBe(true);
      const [G, again] = [times(transpose(Q), Q), times(transpose(F), F)];
      // Householder QR is backward stable column by column (Higham §19.3), with a constant near 6.
      expect(distance(G, again)).toBeLessThanOrEqual(12 * d * gamma(8 * N * d) * frobenius(Q) ** 2);
    });
  });

  it('of semidefinite matrices multiply back, singular ones included', () => {
    forAll(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }), fc.integer(), (n, B, seed) => {
      const random = new Stream(seed);
      const size = 10 ** random.uniform(-50, 50);
      const batch = matrix(n, B, () => size * (seed % 2 ? Math.round(random.uniform(-2, 2)) : random.normal()));
      const S = times(batch, transpose(batch));
      const X = semidefiniteFactor(S);
      // Of no higher rank than there are starts.
      for (const row of toRows(X)) expect(row.slice(B).every((entry) => entry === 0)).toBe(true);
      const largest = Math.max(...Array.from({ length: n }, (_, i) => S.data[i * n + i]!));
      expect(distance(times(X, transpose(X)), S)).toBeLessThanOrEqual(n * semidefiniteFactorError(n) * largest);
    });
  });

  it('refuse matrices that are not finite', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
      for (const at of [0, 1, 3])
        expect(() => semidefiniteFactor(matrix(2, 2, (i, j) => (2 * i + j === at ? bad : 1)))).toThrow('not finite');
  });

  it('refuse matrices that are clearly not semidefinite', () => {
    expect(() =>
      semidefiniteFactor(
        fromRows([
          [1, 2],
          [2, 1],
        ]),
      ),
    ).toThrow('not positive semidefinite');
  });
});
