/**
 * Stage 3: once the loop is stable, descent on the order parameters themselves is nearly what learning does.
 */
import { proportion } from '../odds.js';
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'refinement-follows-order-parameters',
  kind: 'empirical',
  title: 'from stabilisation on, descent on the four order parameters gives learning’s loss and spectrum',
  statement:
    'From the epoch of stabilisation on, descend on the order parameters as if each were a weight, with unit metric. For penalties β of 0, 0.5, 2 and 5, the loss ends within a tenth of learning’s and stays within a factor 2.5 on the way; the spectral radius ends within 0.1; and the largest real eigenvalue, λ₃, grows by more than 0.01 in learning. Each holds in 95 of 100 configurations. No agent ends below the least loss from observations, which lies above that with full information. With a penalty learning ends within a tenth of that least loss, in 95.',
  formula: 'K′ = K − lr κ ∂L/∂K instead of Q′ = Q R',
  latex: String.raw`K' = K - \mathit{lr}\,\kappa \partial L/\partial K\text{ instead of }Q' = Q R`,
  assumptions:
    'double integrator, rank 1, η = 1, dt = 1; population of starts; 500 epochs from stabilisation, the first 20 left out on the way',
  validity:
    'before stabilisation it fails: the metric of the Gram matrix turns the steep direction. From the start, the epoch of stabilisation is missed by a factor 1.5 in every second configuration (tried as well)',
  tolerance:
    'each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most; the bound of the loss: rounding',
  source: { paper: 'Fig. 5d', theory: '#stage-3', status: 'paper' },
};

export const odds = {
  ends: proportion(0.95, 0.85, 'the loss ends within a tenth of learning’s'),
  way: proportion(0.95, 0.85, 'the loss stays within a factor 2.5 on the way'),
  radius: proportion(0.95, 0.85, 'the spectral radius ends within 0.1'),
  grows: proportion(0.95, 0.85, 'λ₃ grows by more than 0.01'),
  least: proportion(
    0.95,
    0.85,
    'with a control penalty, learning ends within a tenth of the least loss from observations',
  ),
  before: proportion(
    0.55,
    0.45,
    'from the start, the order parameters alone miss the epoch of stabilisation by a factor 1.5',
    { control: true },
  ),
};
