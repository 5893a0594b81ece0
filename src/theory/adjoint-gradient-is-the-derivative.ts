/**
 * Back-propagation through the loop computes the derivative of the loss (training/full.ts, training/reduced.ts).
 */
import type { Statement } from './_statement.js';

export const statement: Statement = {
  id: 'adjoint-gradient-is-the-derivative',
  kind: 'identity',
  title: 'the adjoint gradient is the derivative of the loss',
  statement:
    'For every direction D in the space of weights, the gradients of the full engine satisfy Σ ⟨∂L/∂θ, D⟩ = dL(θ + εD)/dε, the right side by dual numbers through the loop’s definition; likewise ∂L/∂K of the reduced loss.',
  formula: 'Σ ⟨∂L/∂θ, D⟩ = d/dε L(θ + ε D) at ε = 0',
  assumptions: 'linear agent of any shape, rank, leak, with or without a full-rank part; quadratic loss',
  validity: 'everywhere',
  tolerance: 'γ(roundings) times the same gradient of absolute data: any order of evaluation obeys it (tolerance.ts)',
  source: 'theory.md §1; dual numbers: Griewank and Walther §3.1',
};
