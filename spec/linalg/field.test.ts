/**
 * Linear equations over fields: solutions put into their equations, of singular matrices and of any scale.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forAll } from '#spec/support/for-all.js';
import { rationalField, realField, solveSemidefinite } from '#src/linalg/field.js';
import {
  add,
  at,
  fromRows,
  identity,
  map,
  matrix,
  multiply,
  scalarMatrix,
  times,
  toRows,
  transpose,
} from '#src/linalg/matrix.js';
import { eliminationBackwardError, UNIT_ROUNDOFF } from '#src/linalg/tolerance.js';

const entry = fc.integer({ min: -4, max: 4 });
const rowsOf = (rows: number, cols: number) =>
  fc.array(fc.array(entry, { minLength: cols, maxLength: cols }), { minLength: rows, maxLength: rows });
/** S = B·Bᵀ, of any rank, and a right side in its range. */
const problem = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }))
  .chain(([n, rank, columns]) => fc.tuple(rowsOf(n, rank), rowsOf(n, columns)))
  .map(([b, y]) => {
    const B = fromRows(b);
    const S = times(B, transpose(B));
    return { S, M: times(S, fromRows(y)) };
  });

describe('solveSemidefinite', () => {
  it('solves exactly over rationals, singular matrices included', () => {
    forAll(problem, ({ S, M }) => {
      const [exact, right] = [map(S, rationalField.of), map(M, rationalField.of)];
      const X = solveSemidefinite(rationalField, exact, right);
      expect(toRows(multiply(rationalField, exact, X))).toEqual(toRows(right));
    });
  });

  it('solves over doubles within its backward error, whatever the scale', () => {
    forAll(problem, fc.integer({ min: -60, max: 60 }), ({ S: semidefinite, M }, exponent) => {
      const n = semidefinite.rows;
      const S = times(scalarMatrix(n, 10 ** exponent), add(realField, semidefinite, identity(realField, n)));
      const X = solveSemidefinite(realField, S, M);
      const left = times(S, X);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < M.cols; j++) {
          let bound = 0;
          for (let k = 0; k < n; k++) bound += Math.sqrt(at(S, i, i) * at(S, k, k)) * Math.abs(at(X, k, j));
          // That of the solution, and the rounding of multiplying back.
          expect(Math.abs(at(left, i, j) - at(M, i, j))).toBeLessThanOrEqual(
            (eliminationBackwardError(n) + 2 * n * UNIT_ROUNDOFF) * bound,
          );
        }
    });
  });

  it('leaves rows at zero that nothing determines', () => {
    const S = fromRows([
      [0, 0, 0],
      [0, 0.1, 0.3],
      [0, 0.3, 0.9],
    ]);
    const M = times(
      S,
      matrix(3, 1, () => 1),
    );
    const X = solveSemidefinite(realField, S, M);
    // Row 2 is thrice row 1 up to rounding, which must not be divided by.
    expect([at(X, 0, 0), at(X, 2, 0)]).toEqual([0, 0]);
    expect(at(X, 1, 0)).toBeCloseTo(4, 12);
  });
});
