/**
 * Stage 1 in small steps of time: its instability is the delay between what is seen and what is done.
 */
import { build, type Mat } from '../../linalg/matrix.js';
import type { Polynomial } from '../../linalg/polynomial.js';
import { product, type Ring } from '../../linalg/ring.js';
import { integratorChainOver } from '../../plant/integrator.js';
import { type Plant, plant } from '../../plant/plant.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'small-steps-slow-stage-one',
  kind: 'universal',
  title: 'the instability of stage 1 is a delay, and vanishes with the step of time',
  statement:
    'Without memory a double integrator whose position is seen d steps late has an unstable pair at σ_zm < 0. With w² = dt² |σ_zm|, ln ρ is at most (d+1) w²/2 and lower by at most (d+1)(2d+1)(2d+3) w⁴/12. So ln ρ per unit of time is (d+1) dt |σ_zm|/2 to leading order: the loop itself delays by one step. As dt → 0 it vanishes if the number of steps d is fixed. If the delay D = d dt is, it tends to D |σ_zm|/2 less at most D³ σ_zm²/3.',
  formula: '(d+1) w²/2 − (d+1)(2d+1)(2d+3) w⁴/12 ≤ ln ρ ≤ (d+1) w²/2,  w² = dt² |σ_zm|',
  latex: String.raw`(d+1) w^2/2 - (d+1)(2d+1)(2d+3) w^4/12 \le \ln \rho \le (d+1) w^2/2 \newline w^2 = \mathit{dt}^2\,|\sigma_{zm}|`,
  assumptions: 'double integrator, no memory, η = 1, σ_zm < 0, position seen d steps late',
  validity:
    'w² ≤ 4 d^d/(d+2)^(d+2), where the series in w² converges: 1, 4/27, 1/16 for d = 0, 1, 2. Its terms alternate, and fall, so that partial sums are bounds. The two terms are proved for every d, the bounds argued, and tried up to d = 5',
  tolerance: 'none: whether all eigenvalues lie inside a circle is decided in rationals, on either side of each bound',
  source: { theory: '#stage-1', status: 'new' },
};

/** The double integrator whose position is seen d steps late: state (position, velocity, the d last positions). */
export function lateDoubleIntegrator<T>(R: Ring<T>, dt: T, d: number): Plant<T> {
  const { A, B } = integratorChainOver(R, 2, dt);
  const part = (M: Mat<T>, i: number, j: number): T => M.data[i * M.cols + j]!;
  const [zero, one] = [R.of(0), R.of(1)];
  // The first of the last positions is the position itself.
  const before = (i: number): number => (i === 2 ? 0 : i - 1);
  return plant(
    build(d + 2, d + 2, (i, j) => (i < 2 ? (j < 2 ? part(A, i, j) : zero) : j === before(i) ? one : zero)),
    build(d + 2, 1, (i) => (i < 2 ? part(B, i, 0) : zero)),
    build(1, d + 2, (_, j) => (j === before(d + 2) ? one : zero)),
  );
}

/** λ^d·(λ − 1)² − gain, gain = dt²·σ_zm: the polynomial of the loop without memory, constant term first. */
export function latePolynomial<T>(R: Ring<T>, d: number, gain: T): Polynomial<T> {
  const whole = [...Array<number>(d).fill(0), 1, -2, 1].map((value) => R.of(value));
  return whole.map((value, k) => (k === 0 ? R.sub(value, gain) : value));
}

/** The first two terms of 12·ln ρ as a series in w², less their signs: 6(d+1)·w² and (d+1)(2d+1)(2d+3)·w⁴. */
export function growthTerms<T>(R: Ring<T>, d: T, w2: T): readonly [first: T, second: T] {
  const [one, twice] = [R.add(d, R.of(1)), R.add(d, d)];
  const second = product(R, [one, R.add(twice, R.of(1)), R.add(twice, R.of(3)), w2, w2]);
  return [product(R, [R.of(6), one, w2]), second];
}

/** The largest w² for which the series converges: 4·d^d/(d+2)^(d+2). */
export function convergesUpTo(d: number): number {
  return (4 * d ** d) / (d + 2) ** (d + 2);
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'the terms of 12 ln ρ, and the polynomial for d = 1',
    variables: ['d', 'w', 'dt', 'zm'],
    texts: ['6*(d+1)*w', '(d+1)*(2*d+1)*(2*d+3)*w^2', '-dt^2*zm', '1', '-2', '1'],
    values: (R, { d, w, dt, zm }) => [...growthTerms(R, d!, w!), ...latePolynomial(R, 1, product(R, [dt!, dt!, zm!]))],
  },
];
