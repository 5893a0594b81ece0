/**
 * The characteristic polynomial of the effective matrix for chains of integrators.
 */
import { convolve, difference, evaluate } from '../../linalg/polynomial.js';
import { negate, power, type Ring } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'effective-characteristic-polynomial',
  kind: 'identity',
  title: 'det(λI − P_eff) of a chain of integrators, in closed form',
  statement:
    'For k integrators with step dt, rank 1 and no leak, det(λI − P_eff) = λ χ(λ). The polynomial χ depends on the order parameters through σ_zm, σ_vu and the memory gain q = σ_vm σ_zu only.',
  formula: 'χ(λ) = (λ − σ_vu) ((λ − 1)^k − dt^k σ_zm) − dt^k q',
  latex: String.raw`\chi(\lambda) = (\lambda - \sigma_{vu}) ((\lambda - 1)^k - \mathit{dt}^k \sigma_{zm}) - \mathit{dt}^k q`,
  assumptions: 'chain of k integrators, rank 1, one observation, one control, η = 1',
  validity: 'every k ≥ 1 and dt',
  tolerance:
    'none: both sides are computed exactly, in rationals; the double-precision formula is within its running error bound',
  source: { theory: '#stability', status: 'paper' },
};

/** What χ depends on. */
export interface LoopOrderParameters<T = number> {
  readonly zm: T;
  readonly vu: T;
  /** Memory gain q = σ_vm·σ_zu. */
  readonly q: T;
}

/**
 * χ(λ), k + 2 coefficients, constant term first; det(λI − P_eff) = λ·χ(λ).
 * @param k integrators @param dt time step
 */
export function characteristicPolynomial<T>(R: Ring<T>, k: number, dt: T, { zm, vu, q }: LoopOrderParameters<T>): T[] {
  const gain = power(R, dt, k);
  let chain = [R.of(1)];
  for (let i = 0; i < k; i++) chain = convolve(R, chain, [R.of(-1), R.of(1)]);
  const direct = difference(R, chain, [R.mul(gain, zm)]);
  return difference(R, convolve(R, [negate(R, vu), R.of(1)], direct), [R.mul(gain, q)]);
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'χ(λ) for two integrators',
    variables: ['l', 'dt', 'zm', 'vu', 'q'],
    texts: ['(l-vu)*((l-1)^2-dt^2*zm)-dt^2*q'],
    values: (R, { l, dt, zm, vu, q }) => [
      evaluate(R, characteristicPolynomial(R, 2, dt!, { zm: zm!, vu: vu!, q: q! }), l!),
    ],
  },
];
