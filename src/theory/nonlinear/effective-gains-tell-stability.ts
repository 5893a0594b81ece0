/**
 * What the plane of gains shows of learning: the path enters the triangle when the loop becomes stable.
 */
import { proportion } from '../odds.js';
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'effective-gains-tell-stability',
  kind: 'empirical',
  title: 'an agent’s effective gains lie in the triangle of state feedback when its loop is stable',
  statement:
    'Fit state feedback (k₁, k₂) to an agent’s controls along its own trajectories. The gains lie in the triangle of stability exactly when the loop with the agent is stable, at 97 of 100 epochs of closed-loop learning and at as many of open-loop learning. (If one pair of eigenvalues dominates a trajectory, the feedback that has this pair explains it.) The closed-loop path first enters the triangle for five epochs within a tenth of the epoch of stabilisation, if that is 20 or later, in 95 of 100 pairs. Both paths end in the triangle, and the open-loop path is outside at the peak of its deployed loss, each in 97. Regression in integers gives the same gains, up to rounding.',
  formula: '(k₁, k₂) = Σ_{t≥1} u_t x_tᵀ (Σ_{t≥1} x_t x_tᵀ)^{-1};  k₁ < 0, k₂ < k₁, 4 + 2k₂ − k₁ > 0',
  latex: String.raw`(k_1, k_2) = \sum_{t\ge1} u_t x_t^\top (\sum_{t\ge1} x_t x_t^\top)^{-1} \newline k_1 < 0, k_2 < k_1, 4 + 2k_2 - k_1 > 0`,
  assumptions: 'as for open-loop-training-peaks: near the paper’s configuration, horizons of 40 to 60',
  validity:
    'an observation: the agent has memory and state feedback has none. Regression over diverging trajectories sees the dominant pair only. Over four steps it sees none: the path then enters elsewhere by more than a tenth in 85 of 100 (tried as well)',
  tolerance:
    'the gains: running error of the sums and backward error of elimination (Higham, Theorem 10.4); each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most',
  source: { paper: 'Fig. 2b, c', theory: '#nonlinear-agents', status: 'paper' },
};

export const odds = {
  closed: proportion(
    0.97,
    0.9,
    'in closed-loop learning gains lie in the triangle when the loop is stable, and only then',
  ),
  open: proportion(0.97, 0.9, 'in open-loop learning gains lie in the triangle when the loop is stable, and only then'),
  enters: proportion(
    0.95,
    0.85,
    'the closed-loop path enters the triangle within a tenth of the epoch of stabilisation',
  ),
  ends: proportion(0.97, 0.9, 'both paths end in the triangle'),
  leaves: proportion(0.97, 0.9, 'the open-loop path is outside at the peak of the deployed loss'),
  short: proportion(0.85, 0.75, 'over four steps the closed-loop path enters it elsewhere, by more than a tenth', {
    share: 0.3,
    control: true,
  }),
};
