/**
 * Dominant eigenvalues against all eigenvalues, on matrices of every kind; and the certificate by its definition.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forAllWith } from '#spec/support/for-all.js';
import { DOMINANT_DISTANCE, dominantEigenvalues, encloses } from '#src/linalg/dominant.js';
import { type Complex, eigenvalues, modulus } from '#src/linalg/eigen.js';
import { type Matrix, matrix, times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { eigenvalueBackwardError } from '#src/linalg/tolerance.js';

const distance = (a: Complex, b: Complex): number => Math.hypot(a.re - b.re, a.im - b.im);
const nearest = (value: Complex, among: readonly Complex[]): number =>
  Math.min(...among.map((other) => distance(value, other)));

/** A matrix of blocks [[re, im], [−im, re]] or [re] along the diagonal, seen in another orthonormal basis. */
function withEigenvalues(values: readonly Complex[], random: Stream): Matrix {
  const n = values.reduce((size, { im }) => size + (im === 0 ? 1 : 2), 0);
  const D = matrix(n, n);
  let at = 0;
  for (const { re, im } of values) {
    D.data[at * n + at] = re;
    if (im !== 0) {
      D.data[at * n + at + 1] = im;
      D.data[(at + 1) * n + at] = -im;
      D.data[(at + 1) * n + at + 1] = re;
    }
    at += im === 0 ? 1 : 2;
  }
  // A reflection I − 2vvᵀ, v of unit length.
  const v = matrix(n, 1, () => random.normal());
  const square = v.data.reduce((total, value) => total + value * value, 0);
  const Q = matrix(n, n, (i, j) => (i === j ? 1 : 0) - (2 * v.data[i]! * v.data[j]!) / square);
  return times(Q, D, transpose(Q)) as Matrix;
}

const real = (re: number): Complex => ({ re, im: 0 });
const bulk = (count: number, radius: number, random: Stream): Complex[] =>
  Array.from({ length: count }, () => real(random.uniform(-radius, radius)));

/** What is promised: all that is as large as the last is near one of those returned, and those are eigenvalues. */
function expectPromised(A: Matrix, count: number, seed: number, least = count) {
  const found = dominantEigenvalues(A, { count, least }, new Stream(seed));
  const all = eigenvalues(A);
  const radius = DOMINANT_DISTANCE * modulus(all[0]!);
  const last = modulus(found.eigenvalues.at(-1)!);
  expect(found.eigenvalues.length).toBeGreaterThanOrEqual(least);
  for (const value of all.filter((each) => modulus(each) > last + radius))
    expect(nearest(value, found.eigenvalues)).toBeLessThanOrEqual(radius);
  for (const value of found.eigenvalues) expect(nearest(value, all)).toBeLessThanOrEqual(radius);
  const [first] = found.eigenvalues;
  expect(Math.abs(modulus(first!) - modulus(all[0]!))).toBeLessThanOrEqual(radius);
  return found;
}

describe('dominant eigenvalues', () => {
  it('of loops, a few beside a bulk, without all of them', () => {
    let [standing, certified] = [0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Stream(seed);
      const A = matrix(102, 102, () => 0.01 * random.normal());
      // Of low rank beside noise, as trained recurrences are, and not normal.
      for (let k = 0; k < 3; k++) {
        const [u, v] = [k, k + 3].map((row) =>
          Float64Array.from({ length: 102 }, () => random.normal() / 10 + (row % 3)),
        );
        const strength =
          random.uniform(-1, 1) / Math.sqrt(u!.reduce((t, x) => t + x * x, 0) * v!.reduce((t, x) => t + x * x, 0));
        for (let i = 0; i < 102; i++) for (let j = 0; j < 102; j++) A.data[i * 102 + j]! += strength * u![i]! * v![j]!;
      }
      const spectrum = eigenvalues(A);
      const found = expectPromised(A, 3, seed, 1);
      if (modulus(spectrum[0]!) <= 0.25) continue;
      standing++;
      certified += Number(found.method === 'arnoldi');
    }
    // What stands out twofold is certified, nearly always.
    expect(standing).toBeGreaterThan(5);
    expect(certified).toBeGreaterThanOrEqual(0.8 * standing);
  });

  it('whatever the matrix', () => {
    const kinds: ((random: Stream) => Matrix)[] = [
      (random) => matrix(60, 60, () => random.normal()),
      (random) => matrix(48, 48, (i, j) => (j >= i ? random.normal() : 0)),
      // A bulk that reaches almost as far as the first.
      (random) => withEigenvalues([real(0.9), ...bulk(59, 0.88, random)], random),
      (random) => withEigenvalues([real(-0.9), real(0.9), ...bulk(50, 0.1, random)], random),
      // Clusters.
      (random) => withEigenvalues([real(0.9), real(0.9 + 1e-9), real(0.9 - 1e-5), ...bulk(50, 0.2, random)], random),
      // Rotations: all as large as one another.
      (random) =>
        withEigenvalues(
          Array.from({ length: 30 }, () => random.uniform(0, Math.PI)).map((angle) => ({
            re: Math.cos(angle),
            im: Math.sin(angle),
          })),
          random,
        ),
      (random) => withEigenvalues([{ re: 0.3, im: 0.9 }, { re: 0.2, im: 0.5 }, ...bulk(60, 0.1, random)], random),
      // Eigenvalues with many eigenvectors, and few of another kind.
      (random) => withEigenvalues([...Array<Complex>(40).fill(real(0.5)), real(1), ...bulk(9, 0.1, random)], random),
      () => matrix(50, 50, (i, j) => (i === j ? 2 : 0)),
      () => matrix(50, 50),
      (random) => matrix(50, 50, () => 1e200 * random.normal()),
      (random) => matrix(50, 50, () => 1e-200 * random.normal()),
    ];
    kinds.forEach((make, k) => {
      for (let seed = 1; seed <= 3; seed++)
        expectPromised(make(new Stream(100 * k + seed)), 3, seed, seed === 1 ? 1 : 3);
    });
  });

  it('of a defective matrix as far as rounding allows', () => {
    // A Jordan block of three: a perturbation of size e moves its eigenvalue by up to e^(1/3).
    const A = matrix(60, 60, (i, j) =>
      i < 3 && j < 3 ? (i === j ? 0.9 : j === i + 1 ? 1 : 0) : i === j ? 0.1 * Math.sin(i) : 0,
    );
    for (let seed = 1; seed <= 5; seed++) {
      const { eigenvalues: found } = dominantEigenvalues(A, { count: 3 }, new Stream(seed));
      expect(distance(found[0]!, real(0.9))).toBeLessThanOrEqual(2 * (8 * eigenvalueBackwardError(60)) ** (1 / 3));
    }
  });

  it('though the start hardly has a share in the first', () => {
    class Aimed extends Stream {
      readonly share: number;
      #count = 0;
      constructor(share: number) {
        super(3);
        this.share = share;
      }
      override normal(): number {
        return this.#count++ === 0 ? this.share : super.normal();
      }
    }
    const A = matrix(80, 80, (i, j) => (i === j ? ([0.9, 0.8, -0.7][i] ?? 0.1 * Math.cos(i)) : 0));
    for (const share of [1e-3, 1e-6, 1e-9, 1e-12]) {
      const { eigenvalues: found } = dominantEigenvalues(A, { count: 2, least: 1 }, new Aimed(share));
      expect(distance(found[0]!, real(0.9))).toBeLessThanOrEqual(DOMINANT_DISTANCE);
    }
  });

  it('are eigenvalues whatever the start, by their residuals alone', () => {
    // A start so short that its certificate says nothing.
    class Short extends Stream {
      override normal(): number {
        return 1e-60 * super.normal();
      }
    }
    const random = new Stream(7);
    for (const A of [
      matrix(60, 60, () => random.normal()),
      withEigenvalues([real(1), ...bulk(80, 0.9, random)], random),
    ])
      for (const value of dominantEigenvalues(A, { count: 3 }, new Short(1)).eigenvalues)
        expect(nearest(value, eigenvalues(A))).toBeLessThanOrEqual(DOMINANT_DISTANCE * modulus(value));
  });

  it('refuse what is no matrix', () => {
    expect(() => dominantEigenvalues(matrix(50, 40), { count: 1 }, new Stream(1))).toThrow('square');
    expect(() =>
      dominantEigenvalues(
        matrix(50, 50, () => Number.NaN),
        { count: 1 },
        new Stream(1),
      ),
    ).toThrow('finite');
  });
});

describe('the certificate', () => {
  it('is that |p| exceeds the bound at every point as large as the last found and near none', () => {
    const part = fc.double({ min: -1, max: 1, noNaN: true });
    const point = fc.record({ re: part, im: part });
    let given = 0;
    forAllWith(
      { seed: 5, numRuns: 4000 },
      fc.array(point, { minLength: 3, maxLength: 8 }),
      fc.array(point, { minLength: 40, maxLength: 40 }),
      fc.integer({ min: 1, max: 3 }),
      fc.double({ min: 14, max: 40, noNaN: true }),
      (roots, points, found, slack) => {
        const ritz = roots
          .map(({ re, im }, k) => (k < found ? { re: re / 2 + (re < 0 ? -0.5 : 0.5), im } : { re: re / 4, im: im / 4 }))
          .toSorted((a, b) => modulus(b) - modulus(a));
        const bound = -slack;
        if (!encloses(ritz, found, bound)) return;
        given++;
        const near = DOMINANT_DISTANCE * modulus(ritz[0]!);
        const last = modulus(ritz[found - 1]!);
        // The critical points are those at the edge of a disc around one that was found, besides any others.
        const edges = ritz.slice(0, found).flatMap(({ re, im }) =>
          points.map((direction) => {
            const length = (near * (1 + 1e-6)) / (modulus(direction) || 1);
            return { re: re + length * direction.re, im: im + length * direction.im };
          }),
        );
        for (const mu of [...points.map(({ re, im }) => ({ re: 2 * re, im: 2 * im })), ...edges]) {
          if (modulus(mu) < last || ritz.slice(0, found).some((value) => distance(mu, value) < near)) continue;
          expect(ritz.reduce((total, value) => total + Math.log(distance(mu, value)), 0)).toBeGreaterThan(bound);
        }
      },
    );
    expect(given).toBeGreaterThan(500);
  });
});
