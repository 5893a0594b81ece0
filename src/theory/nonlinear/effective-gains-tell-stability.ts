/**
 * What the plane of gains shows of learning: the path enters the triangle when the loop becomes stable.
 */
import { proportion } from '../odds.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'effective-gains-tell-stability',
  kind: 'empirical',
  title: 'an agent’s effective gains lie in the triangle of state feedback when its loop is stable',
  statement:
    'The gains (k₁, k₂) of the state feedback that explains an agent’s controls best, over its own trajectories, lie in the triangle of stability exactly when the loop with the agent is stable: at 97 of 100 epochs of closed-loop learning, and as many of open-loop learning. (A trajectory that one pair of eigenvalues dominates is explained by the feedback that has this pair.) So the closed-loop path enters the triangle, for the first time for five epochs, within a tenth of the epoch of stabilisation, where that is 20 or later, in 90 of 100 pairs; both paths end in it, and the open-loop path is outside at the top of its deployed loss, each in 97. The gains themselves are those of the regression in integers, up to rounding.',
  formula: '(k₁, k₂) = Σ_{t≥1} u_t x_tᵀ (Σ_{t≥1} x_t x_tᵀ)^{-1};  k₁ < 0, k₂ < k₁, 4 + 2k₂ − k₁ > 0',
  assumptions: 'as for open-loop-training-peaks: about the paper’s configuration, horizons of 40 to 60',
  validity:
    'an observation: the agent has memory and state feedback has none; regression over diverging trajectories sees the dominant pair only, and none over four steps, where the path enters elsewhere by more than a tenth in 85 of 100 (tried as well)',
  tolerance:
    'the gains: running error of the sums and backward error of elimination (Higham, Theorem 10.4); proportions, decided sequentially with a false-alarm rate of 2^-20 each',
  source: 'theory.md §3 (paper, Fig. 2b, c)',
};

export const odds = {
  closed: proportion(
    0.97,
    0.9,
    'in closed-loop learning gains lie in the triangle when the loop is stable, and only then',
  ),
  open: proportion(0.97, 0.9, 'in open-loop learning gains lie in the triangle when the loop is stable, and only then'),
  enters: proportion(
    0.9,
    0.75,
    'the closed-loop path enters the triangle within a tenth of the epoch of stabilisation',
  ),
  ends: proportion(0.97, 0.9, 'both paths end in the triangle'),
  leaves: proportion(0.97, 0.9, 'the open-loop path is outside at the peak of the deployed loss'),
  short: proportion(0.85, 0.7, 'over four steps the closed-loop path enters it elsewhere, by more than a tenth', {
    share: 0.3,
    control: true,
  }),
};

/** The formulas as text. */
export const formulas: readonly Formula[] = [];
