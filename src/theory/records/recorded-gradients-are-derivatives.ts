/**
 * Gradients that other programs recorded are the derivatives of the loss at their weights.
 */
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'recorded-gradients-are-derivatives',
  kind: 'identity',
  title: 'recorded gradients are the derivatives of the loss at the recorded weights',
  statement:
    'Before clipping, the gradient of every trained tensor that a program recorded at its initial weights is that of back-propagation through the loop, h₀ and u₀ held at 0, on the same batch.',
  formula: 'g_θ = ∂L/∂θ at θ₀',
  assumptions:
    'initial weights recorded; starts known: moments for linear agents, a fixed batch, or fixed inputs and the teacher in open loop, for others',
  validity: 'where rounding at the declared precision leaves the gradient determined to three digits',
  tolerance: 'a multiple of what the gradient moves by when the weights are perturbed at rounding level (tolerance.ts)',
  source: 'theory.md §1, §8',
};

/** The formulas as text. */
export const formulas: readonly Formula[] = [];
