/**
 * Where descent of the surrogate loss takes the dominant pair: up the imaginary axis for small weights of the long horizon, down
 * for large ones.
 */
import { reals } from '../../linalg/ring.js';
import { clipFactor } from '../../training/descent.js';
import type { LoopOrderParameters } from '../loop/effective-characteristic-polynomial.js';
import { proportion } from '../odds.js';
import type { Statement } from '../statement.js';
import { type GainGradient, longGradient, shortGradient } from './short-and-long-horizons-conflict.js';
import { squaredSplitGradient } from './surrogate-weight-moves-the-pair.js';
import { memorySlope } from './third-eigenvalue-follows-memory.js';

export const statement: Statement = {
  id: 'surrogate-descent-moves-the-pair',
  kind: 'empirical',
  title: 'hundreds of surrogate steps raise the pair for small weights of the long horizon and lower it for large ones',
  statement:
    'From a start in stage 2 (−0.05 ≤ σ_zm ≤ −0.02, 0 < q ≤ 0.01, 0 ≤ σ_vu ≤ 0.1) take 200 to 300 clipped steps down α (λ₁λ₂)^m + (1−α) L_short. Let α* be the weight at which the first step leaves the pair at rest. For every α from 0 to α* the complex pair ends higher than it began. From a twentieth of the way from α* to 1 on for m = 10, and from a third for m = 20, it ends lower or on the real axis. Each holds in 97 of 100 cases. The weight that returns the pair to where it began lies between. In as many cases the end at α = 0, α* and 1 is the lower the larger α is.',
  formula:
    'K ← K − lr κ ∇_K [α (λ₁λ₂)^m + (1−α) L_short],  K = (σ_zm, σ_zu, σ_vm, σ_vu), lr = 0.001, κ = min(1, 1/‖∇‖);  α* = ṙ_short/(ṙ_short − ṙ_long), ṙ = −∂_zm(2 Im λ)² ∂_zm L − ∂_vu(2 Im λ)² ∂_vu L − (σ_zu² + σ_vm²) ∂_q(2 Im λ)² ∂_q L',
  latex: String.raw`K \leftarrow K - \mathit{lr}\,\kappa \nabla_K [\alpha (\lambda_1\lambda_2)^m + (1-\alpha) L_{\mathrm{short}}] \newline K = (\sigma_{zm}, \sigma_{zu}, \sigma_{vm}, \sigma_{vu}), \mathit{lr} = 0.001, \kappa = \min(1, 1/{\lVert\nabla\rVert}) \newline \alpha^* = \dot r_{\mathrm{short}}/(\dot r_{\mathrm{short}} - \dot r_{\mathrm{long}}), \dot r = -\partial_{zm}(2 \operatorname{Im} \lambda)^2 \partial_{zm} L - \partial_{vu}(2 \operatorname{Im} \lambda)^2 \partial_{vu} L - (\sigma_{zu}^2 + \sigma_{vm}^2) \partial_q(2 \operatorname{Im} \lambda)^2 \partial_q L`,
  assumptions:
    'double integrator, rank 1, η = 1, dt = 1; memory shared evenly at the start, σ_zu = σ_vm = √q; λ₁λ₂ at Newton’s λ₃',
  validity:
    'α* balances the first step only. As σ_zm falls the balance rises, faster for larger m, and nothing is claimed between. Gradient flow in σ_zm, σ_vu, q has another balance, far below (surrogate-weight-moves-the-pair), since q moves by its whole gradient there',
  tolerance:
    'each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most; the pair is computed by eigenvalues',
  source: { paper: 'Fig. 4d', theory: '#stage-2', status: 'new' },
};

export const odds = {
  up: proportion(0.97, 0.9, 'weights up to the balance end with the pair higher'),
  down: proportion(0.97, 0.9, 'weights from some way above the balance on end with it lower'),
  holds: proportion(0.97, 0.9, 'the weight that ends where it began lies between'),
  falls: proportion(0.97, 0.9, 'the end is the lower the larger the weight'),
};

/** Four order parameters. */
export interface SurrogateStart {
  readonly zm: number;
  readonly zu: number;
  readonly vm: number;
  readonly vu: number;
}

/**
 * The weight α with which the first step leaves the pair where it is, to first order: of the rates of (2 Im λ)² along descent of
 * either loss in the four order parameters, where q = σ_zu σ_vm moves by σ_zu² + σ_vm² times its gradient.
 * @param exponent m, at least 1
 */
export function surrogateBalance({ zm, zu, vm, vu }: SurrogateStart, exponent: number): number {
  const gains = { zm, vu, q: zu * vm };
  const p = 1 / memorySlope(reals, gains);
  const change = squaredSplitGradient(reals, gains, p);
  const rate = (g: GainGradient<number>): number =>
    -(change.zm * g.zm + change.vu * g.vu + change.q * g.q * (zu * zu + vm * vm));
  const [short, long] = [rate(shortGradient(reals, gains)), rate(longGradient(reals, gains, p, exponent))];
  return short / (short - long);
}

/** As the paper's notebooks descend. */
const RATE = 0.001;
const CLIP = 1;

/**
 * σ_zm, σ_vu and q after a number of clipped steps down the surrogate.
 * @param weight α, of (λ₁λ₂)^m @param exponent m, at least 1
 */
export function descendSurrogate(
  start: SurrogateStart,
  weight: number,
  exponent: number,
  steps: number,
): LoopOrderParameters<number> {
  let { zm, zu, vm, vu } = start;
  for (let step = 0; step < steps; step++) {
    const gains = { zm, vu, q: zu * vm };
    const short = shortGradient(reals, gains);
    const long = longGradient(reals, gains, 1 / memorySlope(reals, gains), exponent);
    const along = (name: 'zm' | 'vu' | 'q'): number => weight * long[name] + (1 - weight) * short[name];
    const [dzm, dvu, dq] = [along('zm'), along('vu'), along('q')];
    const [dzu, dvm] = [dq * vm, dq * zu];
    const rate = RATE * clipFactor(Math.hypot(dzm, dzu, dvm, dvu), CLIP);
    zm -= rate * dzm;
    zu -= rate * dzu;
    vm -= rate * dvm;
    vu -= rate * dvu;
  }
  return { zm, vu, q: zu * vm };
}
