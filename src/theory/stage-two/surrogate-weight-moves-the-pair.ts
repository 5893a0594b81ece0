/**
 * Which way the surrogate loss moves the dominant pair: up the imaginary axis for short horizons, down for long ones.
 */
import { product, type Ring, sum } from '../../linalg/ring.js';
import type { LoopOrderParameters } from '../loop/effective-characteristic-polynomial.js';
import type { Formula, Statement } from '../statement.js';
import { type GainGradient, longGradient, shortGradient } from './short-and-long-horizons-conflict.js';
import { productOfPair } from './third-eigenvalue-follows-memory.js';

export const statement: Statement = {
  id: 'surrogate-weight-moves-the-pair',
  kind: 'universal',
  title: 'over stage 2 the surrogate of short horizons raises the dominant pair and that of long ones lowers it',
  statement:
    'At Newton’s λ₃ the dominant pair has (2 Im λ)² = 4λ₁λ₂ − (2 − q/D)². Along descent of α (λ₁λ₂)^m + (1−α) L_short its rate of change is affine in α. It is positive for α = 0 and negative for α = 1, for every m, everywhere in −0.05 ≤ σ_zm ≤ −0.02, 0 < q ≤ 0.01, 0 ≤ σ_vu ≤ 0.1. So exactly one weight α* leaves the pair at rest.',
  formula: 'd(2 Im λ)²/dt = −∇(2 Im λ)² · [α ∇(λ₁λ₂)^m + (1−α) ∇L_short];  α* = ṙ_short/(ṙ_short − ṙ_long)',
  latex: String.raw`d(2 \operatorname{Im} \lambda)^2/dt = -\nabla(2 \operatorname{Im} \lambda)^2 \cdot [\alpha \nabla(\lambda_1\lambda_2)^m + (1-\alpha) \nabla L_{\mathrm{short}}] \newline \alpha^* = \dot r_{\mathrm{short}}/(\dot r_{\mathrm{short}} - \dot r_{\mathrm{long}})`,
  assumptions: 'double integrator, rank 1, η = 1, dt = 1; gradient flow in σ_zm, σ_vu, q; λ₁, λ₂ a complex pair',
  validity:
    'the stated box, and the surrogate in σ_zm, σ_vu, q: true losses in the metric of the Gram matrix raise the pair at short horizons too, but change sides at horizons of their own, about the paper’s 50 (memoryless-slope-moves-the-pair). At larger |σ_zm| the long-horizon loss still falls, but the pair may turn real and the sign is lost',
  tolerance: 'none: signs of rational numbers; eigenvalues after small steps check the pair itself, to first order',
  source: { paper: 'Fig. 4d', theory: '#stage-2', status: 'new' },
};

/** 2 − q/D = λ₁ + λ₂ at Newton's λ₃. @param p 1/D */
function sumOfPair<T>(R: Ring<T>, q: T, p: T): T {
  return R.sub(R.of(2), R.mul(q, p));
}

/** (2 Im λ)² of the dominant pair at Newton's λ₃: minus (λ₁ − λ₂)², negative where the pair is real. @param p 1/D */
export function squaredSplit<T>(R: Ring<T>, gains: LoopOrderParameters<T>, p: T): T {
  const root = R.add(gains.vu, R.mul(gains.q, p));
  const total = sumOfPair(R, gains.q, p);
  return R.sub(R.mul(R.of(4), productOfPair(R, gains, root)), R.mul(total, total));
}

/** ∇(2 Im λ)². @param p 1/D */
export function squaredSplitGradient<T>(R: Ring<T>, gains: LoopOrderParameters<T>, p: T): GainGradient<T> {
  const { vu, q } = gains;
  const pair = longGradient(R, gains, p, 1);
  const twice = R.mul(R.of(2), sumOfPair(R, q, p));
  const squared = product(R, [q, p, p]);
  // −(λ₁ + λ₂)² changes by 2(λ₁ + λ₂) times the change of qp: qp², −2(σ_vu − 1)qp², p along σ_zm, σ_vu, q.
  const along = (four: T, change: T): T => R.add(R.mul(R.of(4), four), R.mul(twice, change));
  return {
    zm: along(pair.zm, squared),
    vu: along(pair.vu, product(R, [R.of(-2), R.sub(vu, R.of(1)), squared])),
    q: along(pair.q, p),
  };
}

/** d(2 Im λ)²/dt along descent of a loss with the given gradient. @param p 1/D */
export function rateAlong<T>(R: Ring<T>, gains: LoopOrderParameters<T>, p: T, gradient: GainGradient<T>): T {
  const change = squaredSplitGradient(R, gains, p);
  const terms = (['zm', 'vu', 'q'] as const).map((name) => R.mul(change[name], gradient[name]));
  return R.sub(R.of(0), sum(R, terms));
}

/** Rates at α = 0 and α = 1. @param p 1/D @param m exponent, at least 1 */
export function rates<T>(
  R: Ring<T>,
  gains: LoopOrderParameters<T>,
  p: T,
  m: number,
): { readonly short: T; readonly long: T } {
  return {
    short: rateAlong(R, gains, p, shortGradient(R, gains)),
    long: rateAlong(R, gains, p, longGradient(R, gains, p, m)),
  };
}

/** The region of stage 2 that the statement is about. */
export const STAGE_TWO = { zm: [-0.05, -0.02], q: [0, 0.01], vu: [0, 0.1] } as const;

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: '(2 Im λ)² at Newton’s λ₃',
    variables: ['zm', 'vu', 'q', 'p'],
    texts: ['4*(2*vu-zm+1-(vu+2)*(vu+q*p)+(vu+q*p)^2)-(2-q*p)^2'],
    values: (R, { zm, vu, q, p }) => [squaredSplit(R, { zm: zm!, vu: vu!, q: q! }, p!)],
  },
];
