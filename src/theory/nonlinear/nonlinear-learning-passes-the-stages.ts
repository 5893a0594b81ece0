/**
 * The stages of the linear theory in agents that are not linear.
 */
import { proportion } from '../odds.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'nonlinear-learning-passes-the-stages',
  kind: 'empirical',
  title: 'a tanh agent passes the stages of learning, and its loop becomes stable about when its linear twin’s does',
  statement:
    'Let a tanh agent learn in closed loop. Stage 1, told by the local Jacobian at rest and by the effective gain on the position, ends before the loop becomes stable (in 95 of 100 runs), which it does within 200 epochs and is at their end (95); from then on its largest real eigenvalue grows by more than 0.01 (90). The linear twin, φ the identity and the same weights and batches, becomes stable at the same epoch within a factor of 4/3 (85), whether after 20 or after 160. By plain steps without clipping the run leaves the finite numbers within 50 epochs (95). Of these runs one in eleven is as the paper’s; in the others W is larger or smaller at the start, feedback weaker or stronger, the horizon doubled, observations are noisy, control is penalised, the rate is larger or smaller by a factor of three, or Adam’s rule is followed.',
  formula: 'J = [[A, B Z], [M C A, W + M C B Z]],  ρ(J) < 1',
  assumptions:
    'double integrator, η = 1, protocol `text` with N = 20 … 28, T = 26 … 34, batches of 16, SGD with lr .016 … .025 and clip 1, 200 epochs; perturbations: W scale .03, .3, feedback × .5, × 1.5, horizon × 2, observation noise .05, control penalty 5/B, lr × .3, × 3, Adam with lr .001, none',
  validity:
    'an observation. At the paper’s size (protocol `text`, N = 100, 50 seeds) stage 1 ended at epoch 7, the loop became stable at 105 (an audit: 105.5), final ρ was 0.625 (0.625), medians all; with each of the perturbations (15 seeds each) it became stable in 15 of 15, at 170 with lr .003, 60 with .03, 148 with W scale .03, 42 with .3, 91 with feedback × .5, 114 with × 1.5, 118 with T = 100, 24 with Adam, and also at 71 with T = 25, which is not among ours: with few units so short a horizon leaves the twin far behind. Without clipping 15 of 15 were not finite. Here no run of 330 (250 epochs each) failed to pass stage 1, to become stable, or to diverge unclipped; those that came to the last stage with nothing left to grow were Adam’s (4 of 26; 1 of 304 others), and those that left their twin behind were mostly of another rate or W scale .3. A constant, 49 epochs, would be within a factor of 4/3 in seven runs of ten, their twins in nine; ranks correlate by 0.83. The size of effects differs from the paper’s with so few units: feedback moves the epoch little here',
  tolerance: 'proportions, decided sequentially with a false-alarm rate of 2^-20 each',
  source: 'theory.md §8 (paper and audit)',
};

export const odds = {
  first: proportion(0.95, 0.4, 'stage 1 ends before the loop becomes stable'),
  stable: proportion(0.95, 0.4, 'the loop becomes stable within 200 epochs, and is so at their end'),
  third: proportion(0.9, 0.4, 'the largest real eigenvalue then grows by more than 0.01'),
  twin: proportion(0.85, 0.4, 'the linear twin’s loop becomes stable at that epoch, within a factor of 4/3'),
  clip: proportion(0.95, 0.4, 'without clipping the run leaves the finite numbers within 50 epochs'),
};

/** The formulas as text. */
export const formulas: readonly Formula[] = [];
