/**
 * The plane of effective gains u = k₁x₁ + k₂x₂: its triangle of stability, and the loss whose poles are the triangle's edges.
 */
import { build, type Mat } from '../../linalg/matrix.js';
import { power, product, type Ring, sum } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'loss-of-gains-has-triangle-poles',
  kind: 'identity',
  title: 'state feedback is stable in a triangle, and its total loss has poles on the edges only',
  statement:
    'Under the feedback u = k₁x₁ + k₂x₂ the closed loop M = [[1,1],[k₁,1+k₂]] is stable exactly for k₁ < 0, k₂ < k₁ and 4 + 2k₂ − k₁ > 0. The total moments X = Σ_t M^t (M^t)ᵀ solve X = I + M X Mᵀ. Their entries are polynomials divided by the product of the three margins.',
  formula: 'margins −k₁, k₁ − k₂, 4 + 2k₂ − k₁;  X = N(k₁,k₂) / [(−k₁)(k₁ − k₂)(4 + 2k₂ − k₁)]',
  latex: String.raw`\text{margins }-k_1, k_1 - k_2, 4 + 2k_2 - k_1 \newline X = N(k_1,k_2) / [(-k_1)(k_1 - k_2)(4 + 2k_2 - k_1)]`,
  assumptions: 'double integrator with full state feedback, dt = 1',
  validity: 'the algebraic solution everywhere off the edges; the sum inside the triangle',
  tolerance: 'none: Lyapunov’s equation is checked exactly, in rationals',
  source: { paper: 'Fig. 2b', theory: '#stability', status: 'paper' },
};

/** The closed loop under state feedback, 2 × 2. */
export function gainMatrix<T>(R: Ring<T>, k1: T, k2: T): Mat<T> {
  const one = R.of(1);
  return { rows: 2, cols: 2, data: [one, one, k1, R.add(one, k2)] };
}

/** Positive inside the triangle of stability: 1 − tr + det, 1 − det and 1 + tr + det of the closed loop. */
export function gainMargins<T>(R: Ring<T>, k1: T, k2: T): [T, T, T] {
  return [R.sub(R.of(0), k1), R.sub(k1, k2), R.sub(R.add(R.of(4), R.add(k2, k2)), k1)];
}

/** A polynomial in k₁ and k₂ from its terms: coefficient and exponents. */
function polynomial<T>(R: Ring<T>, k1: T, k2: T, terms: readonly (readonly [number, number, number])[]): T {
  return sum(
    R,
    terms.map(([coefficient, i, j]) => product(R, [R.of(coefficient), power(R, k1, i), power(R, k2, j)])),
  );
}

/** The product of the margins times X, 2 × 2: polynomials in the gains. */
export function totalMomentsNumerator<T>(R: Ring<T>, k1: T, k2: T): Mat<T> {
  // Found by solving Lyapunov's equation; that it does solve it is proved and tried.
  const position = polynomial(R, k1, k2, [
    [-1, 1, 2],
    [-2, 1, 1],
    [-3, 1, 0],
    [1, 0, 3],
    [2, 0, 2],
    [1, 0, 1],
    [2, 0, 0],
  ]);
  const mixed = polynomial(R, k1, k2, [
    [1, 2, 1],
    [1, 2, 0],
    [-1, 1, 2],
    [-2, 1, 1],
    [1, 1, 0],
  ]);
  const velocity = polynomial(R, k1, k2, [
    [-1, 3, 0],
    [1, 2, 1],
    [2, 2, 0],
    [-2, 1, 0],
  ]);
  const entries = [position, mixed, mixed, velocity];
  return build(2, 2, (i, j) => entries[2 * i + j]!);
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'margins and numerators',
    variables: ['k1', 'k2'],
    texts: [
      '-k1',
      'k1-k2',
      '4+2*k2-k1',
      '-k1*k2^2-2*k1*k2-3*k1+k2^3+2*k2^2+k2+2',
      'k1^2*k2+k1^2-k1*k2^2-2*k1*k2+k1',
      '-k1^3+k1^2*k2+2*k1^2-2*k1',
    ],
    values: (R, { k1, k2 }) => {
      const N = totalMomentsNumerator(R, k1!, k2!);
      return [...gainMargins(R, k1!, k2!), N.data[0]!, N.data[1]!, N.data[3]!];
    },
  },
];
