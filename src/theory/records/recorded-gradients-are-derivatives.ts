/**
 * Gradients that other programs recorded are the derivatives of the loss at their weights.
 */
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'recorded-gradients-are-derivatives',
  kind: 'identity',
  title: 'recorded gradients are the derivatives of the loss at the recorded weights',
  statement:
    'The gradients that a program recorded at its initial weights, before clipping, are those of back-propagation through the loop on the same batch, with h₀ and u₀ held at 0, for every trained tensor.',
  formula: 'g_θ = ∂L/∂θ at θ₀',
  latex: String.raw`g_\theta = \partial L/\partial\theta\text{ at }\theta_0`,
  assumptions:
    'initial weights recorded. The starts are known: for linear agents their moments; for others a fixed batch or, in open loop, fixed inputs and the teacher',
  validity: 'where rounding at the declared precision leaves the gradient determined to three digits',
  tolerance: 'a multiple of how far the gradient moves when the weights are perturbed at rounding level (tolerance.ts)',
  source: { theory: '#records', status: 'new' },
};
