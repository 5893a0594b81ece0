/**
 * Where stage 3 ends, and how fast: for rank 1 the best agent is made of golden ratios.
 */
import { eigenvalues } from '../../linalg/eigen.js';
import type { Field } from '../../linalg/field.js';
import { build, type Mat, matrix, multiply, transpose } from '../../linalg/matrix.js';
import { divide, type Rational, rationals, toDouble } from '../../linalg/rational.js';
import { type Ring, reals } from '../../linalg/ring.js';
import { proportion } from '../odds.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'refinement-ends-golden',
  kind: 'empirical',
  title: 'rank-1 agents end at σ_zm = −φ, q = 2φ, σ_vu = −2/φ, at a rate that the Hessian there gives',
  statement:
    'For the double integrator, in the long run, the total loss of a rank-1 agent has a critical point at σ_zm = −φ, q = 2φ, σ_vu = −2/φ. The loss there is 6 + 7φ times v/2T, and its Hessian is positive definite. The excess over this loss falls by exp(−2·lr·μ) per epoch, μ the least eigenvalue of J·H: H the Hessian, J the metric that the Gram matrix gives the three numbers. Once the excess is below 0.3 %, the rate over the next 1000 epochs is within 2 % of what the Gram matrix predicts, in 95 of 100 runs.',
  formula: 'L → (v/2T)(6 + 7φ),  excess(e) ∝ (1 − lr·μ)^(2e),  μ = (v/2T) · least eigenvalue of J H',
  latex: String.raw`L \to \tfrac{v}{2T}(6 + 7\varphi) \newline \mathit{excess}(e) \propto (1 - \mathit{lr}\,\mu)^{2e} \newline \mu = \tfrac{v}{2T}\cdot\text{least eigenvalue of }J H`,
  assumptions:
    'double integrator, rank 1, η = 1, dt = 1, no penalty; population of starts of variance v per component; gradients below the clip norm',
  validity:
    'horizons of 20 and more: the tail beyond T falls like φ^(−4T). That the critical point is the least loss of rank 1 is not proved: no trained agent and no descent from random starts ended below it',
  tolerance: 'critical point, loss and Hessian: exact, in numbers a + b·φ; the proportion is decided sequentially',
  source: { theory: '#stage-3', status: 'new' },
};

export const odds = {
  rate: proportion(0.95, 0.85, 'the excess falls at a rate within 2 % of the predicted one'),
};

/** a + b·φ, φ² = φ + 1, with rational a and b. */
export interface Golden {
  readonly a: Rational;
  readonly b: Rational;
}

const { of, add, sub, mul } = rationals;

/** The number a + b·φ. */
export function golden(a: number, b: number, denominator = 1): Golden {
  return { a: divide(of(a), of(denominator)), b: divide(of(b), of(denominator)) };
}

/** Numbers a + b·φ; the inverse is (a + b − b·φ)/(a² + ab − b²). */
export const goldenField: Field<Golden> = {
  of: (value) => golden(value, 0),
  add: (x, y) => ({ a: add(x.a, y.a), b: add(x.b, y.b) }),
  sub: (x, y) => ({ a: sub(x.a, y.a), b: sub(x.b, y.b) }),
  mul: (x, y) => {
    const both = mul(x.b, y.b);
    return { a: add(mul(x.a, y.a), both), b: add(add(mul(x.a, y.b), mul(x.b, y.a)), both) };
  },
  divide: (x, y) => {
    const norm = sub(add(mul(y.a, y.a), mul(y.a, y.b)), mul(y.b, y.b));
    const product = goldenField.mul(x, { a: add(y.a, y.b), b: sub(of(0), y.b) });
    return { a: divide(product.a, norm), b: divide(product.b, norm) };
  },
  isZeroPivot: ({ a, b }) => a.numerator === 0n && b.numerator === 0n,
};

/** (σ_zm, q, σ_vu) of the best agent of rank 1: −φ, 2φ, −2/φ = 2 − 2φ. */
export const END: readonly Golden[] = [golden(0, -1), golden(0, 2), golden(2, -2)];

/** Its loss, in units of v/2T. */
export const LEAST: Golden = golden(6, 7);

/** Second derivatives of the loss there by (σ_zm, q, σ_vu), in units of v/2T. */
export const HESSIAN: readonly (readonly Golden[])[] = [
  [golden(3294, 5322, 25), golden(1488, 2404, 25), golden(1996, 3228, 25)],
  [golden(1488, 2404, 25), golden(726, 1178, 25), golden(1072, 1736, 25)],
  [golden(1996, 3228, 25), golden(1072, 1736, 25), golden(1824, 2952, 25)],
];

const PHI = (1 + Math.sqrt(5)) / 2;

/** The nearest double, but for the rounding of φ. */
export function goldenToDouble({ a, b }: Golden): number {
  return toDouble(a) + toDouble(b) * PHI;
}

/**
 * The metric J that descent on Z, U and V has in (σ_zm, q, σ_vu): their change per epoch is −lr·J times the gradient.
 * @param gram lower triangle of the Gram matrix of m, z, u, v
 */
export function goldenMetric<T>(R: Ring<T>, gram: readonly T[]): Mat<T> {
  const none = R.of(0);
  const [mm = none, , zz = none, mu = none, zu = none, uu = none, vm = none, zv = none, , vv = none] = gram;
  const of = (rows: readonly (readonly T[])[]): Mat<T> => build(rows.length, 4, (i, j) => rows[i]![j]!);
  // Of (σ_zm, σ_zu, σ_vm, σ_vu).
  const plain = of([
    [mm, mu, none, none],
    [mu, R.add(uu, zz), none, zv],
    [none, none, mm, mu],
    [none, zv, mu, R.add(uu, vv)],
  ]);
  // dq = σ_vm dσ_zu + σ_zu dσ_vm.
  const onto = of([
    [R.of(1), none, none, none],
    [none, vm, zu, none],
    [none, none, none, R.of(1)],
  ]);
  return multiply(R, onto, plain, transpose(onto));
}

/** The rate at which the excess falls, per epoch. @param variance of a component of x₀ */
export function convergenceRate(gram: ArrayLike<number>, lr: number, variance: number, horizon: number): number {
  const H = matrix(3, 3, (i, j) => goldenToDouble(HESSIAN[i]![j]!));
  const slowest = Math.min(
    ...eigenvalues(multiply(reals, goldenMetric(reals, Array.from(gram)), H)).map(({ re }) => re),
  );
  return -2 * Math.log1p((-lr * variance * slowest) / (2 * horizon));
}

/** The least loss of a problem of that variance and horizon, but for the tail beyond the horizon. */
export function goldenLoss(variance: number, horizon: number): number {
  return (variance * goldenToDouble(LEAST)) / (2 * horizon);
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'the metric of (σ_zm, q, σ_vu), row by row above the diagonal',
    variables: ['mm', 'zz', 'mu', 'zu', 'uu', 'vm', 'zv', 'vv'],
    texts: ['mm', 'mu*vm', '0', 'vm^2*(uu+zz)+zu^2*mm', 'vm*zv+zu*mu', 'uu+vv'],
    values: (R, { mm, zz, mu, zu, uu, vm, zv, vv }) => {
      const { data } = goldenMetric(R, [mm!, R.of(0), zz!, mu!, zu!, uu!, vm!, zv!, R.of(0), vv!]);
      return [0, 1, 2, 4, 5, 8].map((k) => data[k]!);
    },
  },
];
