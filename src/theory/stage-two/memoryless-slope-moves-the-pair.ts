/**
 * The horizons at which true gradients change sides: they raise the dominant pair where they would weaken a policy without memory.
 */
import type { Ring } from '../../linalg/ring.js';
import type { LoopOrderParameters } from '../loop/effective-characteristic-polynomial.js';
import { proportion } from '../odds.js';
import { averagedSetPoint, slopesAt } from '../stage-one/stage-one-set-point-scales-with-horizon.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'memoryless-slope-moves-the-pair',
  kind: 'empirical',
  title: 'true gradients raise the dominant pair where the loss without memory increases in σ_zm + q/(1 − σ_vu)',
  statement:
    'Stand in the box of stage 2 (−0.05 ≤ σ_zm ≤ −0.02, 0 < q ≤ 0.01), with −0.5 ≤ σ_vu ≤ 0.5, and take the first step down the gradient of the true loss of horizon T, in the metric of the Gram matrix. It raises the dominant pair where the loss without memory, L₀, increases in σ at σ_eff = σ_zm + q/(1 − σ_vu), and lowers it elsewhere: in 95 of 100 cases of T from 15 to 150. Over the box itself, with 0 ≤ σ_vu ≤ 0.1 and σ_zu = σ_vm, it does so in 97 of 100 cases of T from 6 to 300. There is no single horizon at which the pair turns: as L₀′ oscillates, so does the sign. Horizons up to 14 raise the pair (in 99 of 100), and those from 200 on lower it (in 97).',
  formula: 'raised ⇔ L₀′(σ_eff; T) > 0,  σ_eff = σ_zm + q/(1 − σ_vu)',
  latex: String.raw`\text{raised} \Leftrightarrow L_0'(\sigma_{\mathrm{eff}}; T) > 0 \newline \sigma_{\mathrm{eff}} = \sigma_{zm} + q/(1 - \sigma_{vu})`,
  assumptions:
    'double integrator, rank 1, η = 1, dt = 1; starts of independent components of equal variance; N of 20 to 300; ½ ≤ σ_zu/√q ≤ 2; Z, U and V trained',
  validity:
    'the sign of the first step, not of a run: clipped steps may be wider than the region of one sign (longer-horizons-lower-the-pair). Errors lie where L₀′ is near 0. With the gain of memory left out, σ_zm for σ_eff, the sign is right in three of four cases of T from 15 to 150, and so are the best constant horizon, 55, and the phase-averaged loss. At each σ that one turns at a single horizon, T|σ_eff| ≈ 2 + W_0(−2e^{−2}) = 1.5936, in the middle of the band in which the sign alternates',
  tolerance: 'each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most',
  source: { theory: '#stage-2', status: 'new' },
};

export const odds = {
  box: proportion(0.97, 0.92, 'over the box of stage 2 the pair moves so at horizons of 6 to 300', { share: 0.15 }),
  between: proportion(0.95, 0.85, 'horizons of 15 to 150 move the pair as the loss without memory says', {
    share: 0.4,
  }),
  short: proportion(0.99, 0.9, 'horizons up to 14 raise the pair', { share: 0.1 }),
  long: proportion(0.97, 0.9, 'horizons from 200 on lower the pair', { share: 0.1 }),
};

/** σ_eff: a memory that forgets fast adds its gain to the policy. */
export function effectivePolicy({ zm, q, vu }: LoopOrderParameters<number>): number {
  return zm + q / (1 - vu);
}

/**
 * χ(λ) of the memory that makes a σ_eff of σ_zm: what the loop without memory has at σ_eff, and a term that is small where λ is near 1.
 * @param point λ
 */
export function polynomialAtPolicy<T>(
  R: Ring<T>,
  point: T,
  effective: T,
  { zm, vu }: Pick<LoopOrderParameters<T>, 'zm' | 'vu'>,
): T {
  const shifted = R.sub(point, R.of(1));
  const without = R.mul(R.sub(point, vu), R.sub(R.mul(shifted, shifted), effective));
  return R.add(without, R.mul(R.sub(effective, zm), shifted));
}

/** Whether the loss without memory increases in σ. @param zm σ < 0 @param horizon T ≥ 3 */
export function increases(zm: number, horizon: number): boolean {
  const { averaged, reach, phase } = slopesAt(zm, 1, horizon);
  // Slopes are by ln|σ|, which falls as σ < 0 rises.
  return averaged + reach * Math.cos(phase) < 0;
}

/** The same for the phase-averaged loss, which is least at T|σ| ≈ 1.59. */
export function increasesOnAverage(zm: number, horizon: number): boolean {
  return zm > averagedSetPoint(horizon, 1);
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'χ(λ) by σ_eff',
    variables: ['l', 'e', 'zm', 'vu'],
    texts: ['(l-vu)*((l-1)^2-e)+(e-zm)*(l-1)'],
    values: (R, { l, e, zm, vu }) => [polynomialAtPolicy(R, l!, e!, { zm: zm!, vu: vu! })],
  },
];
