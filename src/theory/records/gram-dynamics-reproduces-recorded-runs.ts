/**
 * Runs that other programs recorded are what the reduced dynamics predicts from their initial weights.
 */
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'gram-dynamics-reproduces-recorded-runs',
  kind: 'identity',
  title: 'recorded runs are reproduced from their initial weights',
  statement:
    'From the initial weights and the moments of the starts, the Gram dynamics and the full engine give every recorded loss, gradient norm, order parameter and final weight of a run that another program recorded. Where a state is recorded, they take it up and go on from there.',
  formula: 'F′ = F R(FᵀF, Σ₀);  loss, ‖∇L‖, K as functions of FᵀF',
  latex: String.raw`F' = F R(F^\top F, \Sigma_0) \newline \text{loss}, {\lVert\nabla L\rVert}, K\text{ as functions of }F^\top F`,
  assumptions:
    'closed loop, linear agent, initial weights (or a first Gram matrix) and moments (or fixed starts) recorded',
  validity: 'where states are recorded, every epoch; without them until the run becomes chaotic at its precision',
  tolerance:
    'a multiple of the spread of shadow runs perturbed at the declared precision in every epoch (tolerance.ts)',
  source: { theory: '#records', status: 'new' },
};
