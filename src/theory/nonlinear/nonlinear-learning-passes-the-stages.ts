/**
 * The stages of the linear theory in agents that are not linear.
 */
import { proportion } from '../odds.js';
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'nonlinear-learning-passes-the-stages',
  kind: 'empirical',
  title: 'a tanh agent passes the stages of learning, under many a change of task and rule',
  statement:
    'Train a tanh agent in closed loop. Stage 1, read off the local Jacobian at rest and the effective gain on the position, ends before the loop becomes stable (in 70 of 100 runs). The loop becomes stable within 200 epochs and is stable at their end (70). From then on its largest real eigenvalue grows by more than 0.01 (70). Without clipping, plain steps make the run non-finite within 50 epochs (70). One in eleven of these runs is as the paper’s. The others change one thing: W larger or smaller at the start, feedback weaker or stronger, the horizon doubled, noisy observations, a control penalty, a rate larger or smaller by a factor of three, or Adam.',
  formula: 'J = [[A, B Z], [M C A, W + M C B Z]],  ρ(J) < 1',
  latex: String.raw`J = \begin{bmatrix}A & B Z \\ M C A & W + M C B Z\end{bmatrix} \newline \rho(J) < 1`,
  assumptions:
    'double integrator, η = 1, protocol `text` in single precision with N = 20 … 28, T = 26 … 34, batches of 16, SGD with lr .016 … .04 and clip 1, 200 epochs; perturbations: W scale .03, .3, feedback × .5, × 1.5, horizon × 2, observation noise .05, control penalty 5/B, lr × .3, × 3, Adam with lr .001, none',
  validity:
    'an observation. With so few units, half the horizon is learnt by another path, so it is not among the perturbations. Runs with nothing left to grow in the last stage are mostly Adam’s. The linear twin, with φ the identity and the same weights and batches, becomes stable within a factor 4/3 of the same epoch in four runs of five; among tasks a constant does as well in two of three, so that this is not claimed. The size of effects differs from the paper’s N = 100: feedback moves the epoch little here',
  tolerance: 'each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most',
  source: { paper: 'Fig. 1c', theory: '#nonlinear-agents', status: 'audit' },
};

export const odds = {
  first: proportion(0.7, 0.6, 'stage 1 ends before the loop becomes stable'),
  stable: proportion(0.7, 0.6, 'the loop becomes stable within 200 epochs, and is so at their end'),
  third: proportion(0.7, 0.6, 'the largest real eigenvalue then grows by more than 0.01'),
  clip: proportion(0.7, 0.6, 'without clipping the run leaves the finite numbers within 50 epochs'),
};
