/**
 * The surrogate of stage 2: a short-horizon loss from P_eff³ and a long-horizon one from the dominant pair, and their
 * gradients.
 */
import { power, product, type Ring, sum } from '../../linalg/ring.js';
import type { LoopOrderParameters } from '../loop/effective-characteristic-polynomial.js';
import type { Formula, Statement } from '../statement.js';
import { productOfPair } from './third-eigenvalue-follows-memory.js';

export const statement: Statement = {
  id: 'short-and-long-horizons-conflict',
  kind: 'identity',
  title: 'the surrogate losses of short and long horizons, and their gradients',
  statement:
    'The plant block of P_eff³ has the sum of squares L_short = (σ_zm+1)² + (σ_zm+3)² + (q+2σ_zm)² + (q+3σ_zm+1)², which does not depend on σ_vu. The long-horizon loss is (λ₁λ₂)^m, λ₁λ₂ = c + bλ₃ + λ₃² at λ₃ = σ_vu + q/D. Their gradients follow from ∂λ₃/∂σ_zm = q/D², ∂λ₃/∂q = 1/D and ∂λ₃/∂σ_vu = 1 − 2(σ_vu−1) q/D².',
  formula: 'L_short = (σ+1)² + (σ+3)² + (q+2σ)² + (q+3σ+1)²;  L_long = (c + bλ₃ + λ₃²)^m',
  latex: String.raw`L_{\mathrm{short}} = (\sigma+1)^2 + (\sigma+3)^2 + (q+2\sigma)^2 + (q+3\sigma+1)^2 \newline L_{\mathrm{long}} = (c + b\lambda_3 + \lambda_3^2)^m`,
  assumptions: 'double integrator, rank 1, η = 1, dt = 1, D ≠ 0',
  validity: 'L_short exactly; L_long as far as Newton’s λ₃ is the root',
  tolerance: 'none: gradients are compared with dual numbers exactly, in rationals',
  source: { paper: 'Fig. 4d', theory: '#stage-2', status: 'paper' },
};

/** The sum of squares of the plant block of P_eff³. */
export function shortLoss<T>(R: Ring<T>, { zm, q }: Pick<LoopOrderParameters<T>, 'zm' | 'q'>): T {
  return sum(
    R,
    shortTerms(R, zm, q).map((term) => R.mul(term, term)),
  );
}

function shortTerms<T>(R: Ring<T>, zm: T, q: T): [T, T, T, T] {
  const times = (k: number): T => R.mul(R.of(k), zm);
  return [R.add(zm, R.of(1)), R.add(zm, R.of(3)), R.add(q, times(2)), R.add(R.add(q, times(3)), R.of(1))];
}

/** A gradient with respect to σ_zm, σ_vu and q. */
export type GainGradient<T> = Readonly<Record<'zm' | 'vu' | 'q', T>>;

/** ∇L_short. */
export function shortGradient<T>(R: Ring<T>, { zm, q }: Pick<LoopOrderParameters<T>, 'zm' | 'q'>): GainGradient<T> {
  const [a, b, c, d] = shortTerms(R, zm, q);
  const twice = (terms: readonly T[]): T => R.mul(R.of(2), sum(R, terms));
  return { zm: twice([a, b, c, c, d, d, d]), vu: R.of(0), q: twice([c, d]) };
}

/** (λ₁λ₂)^m at Newton's λ₃. @param p 1/D @param m exponent, at least 1 */
export function longLoss<T>(R: Ring<T>, gains: LoopOrderParameters<T>, p: T, m: number): T {
  return power(R, productOfPair(R, gains, R.add(gains.vu, R.mul(gains.q, p))), m);
}

/** ∇(λ₁λ₂)^m by the chain rule. @param p 1/D @param m exponent, at least 1 */
export function longGradient<T>(R: Ring<T>, gains: LoopOrderParameters<T>, p: T, m: number): GainGradient<T> {
  const { vu, q } = gains;
  const root = R.add(vu, R.mul(q, p));
  const pair = productOfPair(R, gains, root);
  const outer = R.mul(R.of(m), power(R, pair, m - 1));
  // ∂(λ₁λ₂)/∂λ₃ = b + 2λ₃; c and b change as well.
  const slope = R.add(R.sub(R.of(-2), vu), R.add(root, root));
  const squared = product(R, [q, p, p]);
  const w = R.sub(vu, R.of(1));
  const along = (direct: T, through: T): T => R.mul(outer, R.add(direct, R.mul(slope, through)));
  return {
    zm: along(R.of(-1), squared),
    vu: along(R.sub(R.of(2), root), R.sub(R.of(1), product(R, [R.of(2), w, squared]))),
    q: along(R.of(0), p),
  };
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'L_short, its gradient, and L_long for m = 2',
    variables: ['zm', 'vu', 'q', 'p'],
    texts: [
      '(zm+1)^2+(zm+3)^2+(q+2*zm)^2+(q+3*zm+1)^2',
      '2*(zm+1)+2*(zm+3)+4*(q+2*zm)+6*(q+3*zm+1)',
      '0',
      '2*(q+2*zm)+2*(q+3*zm+1)',
      '(2*vu-zm+1-(vu+2)*(vu+q*p)+(vu+q*p)^2)^2',
    ],
    values: (R, { zm, vu, q, p }) => {
      const gains = { zm: zm!, vu: vu!, q: q! };
      const gradient = shortGradient(R, gains);
      return [shortLoss(R, gains), gradient.zm, gradient.vu, gradient.q, longLoss(R, gains, p!, 2)];
    },
  },
];
