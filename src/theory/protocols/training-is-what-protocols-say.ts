/**
 * What a protocol says is what is trained: draws, rollouts, losses, gradients and updates.
 */
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'training-is-what-protocols-say',
  kind: 'identity',
  title: 'training draws, rolls out, scores and updates as the protocol says',
  statement:
    'Every engine trains as the plainest program does: it draws weights, starts, noise, inputs and phases from the same streams, rolls out every trial, carries all derivatives forward, and sums the past for momentum and Adam. Losses, gradient norms, clip factors, weights and order parameters of all epochs agree within rounding. So does one epoch of averaged learning with the mean of two clipped steps, half a hop apart.',
  formula:
    'g = κ ∇L, κ = min(1, c/(‖∇L‖ + 10⁻⁶));  v_t = Σ_k μ^{t−k} g_k;  m_t = (1 − β₁) Σ_k β₁^{t−k} g_k / (1 − β₁^t)',
  latex: String.raw`g = \kappa \nabla L, \kappa = \min(1, c/({\lVert\nabla L\rVert} + 10^{-6})) \newline v_t = \sum_k \mu^{t-k} g_k \newline m_t = (1 - \beta_1) \sum_k \beta_1^{t-k} g_k / (1 - \beta_1^t)`,
  assumptions:
    'linear, tanh, relu and gated agents of up to 3 units, horizons of up to 6, batches of up to 3, three epochs; closed loop, open loop, tracking, averaged',
  validity: 'every protocol of run files but effective agents, which other statements are about; tried, not proved',
  tolerance:
    'conditioning, measured by four runs of the plain program whose weights and data differ by 2^-26, scaled to rounding, times the multiple of shadow runs',
  source: { theory: '#protocols-and-losses', status: 'new' },
};
