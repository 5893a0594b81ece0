/**
 * Open-loop training of nonlinear agents: the deployed loss rises and falls as that of linear agents does.
 */
import { proportion } from '../odds.js';
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'nonlinear-imitation-peaks',
  kind: 'empirical',
  title: 'a tanh student’s deployed loss peaks in open-loop training, about when its linear twin’s does',
  statement:
    'Train a tanh agent in closed loop by clipped steps, and a student of the same initial weights open loop on white observations, by the same steps, with the agent as teacher. Then the student’s deployed loss peaks at five times an earlier value or more. This peak ratio is at least five times its teacher’s. At the end the student’s loss is its teacher’s, from a twentieth less to a quarter more. A linear student of the same weights and inputs, whose teacher is the tanh agent with φ the identity, peaks first: the tanh student peaks at most two epochs before that epoch and at most a quarter of it later. At a rate of 0.006 the student ends at twice its teacher’s loss or more. Where teacher and student learn by Adam there is no such peak. Each is tested as true of 95 in 100 pairs (peaks) or of 90 (the rest), and shown of more than 50. One in eight of these pairs is as the paper’s. The others change one thing: W larger or smaller at the start, feedback weaker or stronger, the horizon doubled, noisy observations or a control penalty.',
  formula: 'peak ratio = max_{e′<e} L_e / L_e′',
  latex: String.raw`\text{peak ratio} = \max_{e'<e} L_e / L_{e'}`,
  assumptions:
    'double integrator, η = 1, protocol `text` in single precision with N = 20 … 28, T = 26 … 34, batches of 16, SGD with lr .016 … .04 and clip 1, Adam with lr .001; 250 epochs of the teacher, 360 of the student, by Adam 150 and 200; perturbations: W scale .03, .3, feedback × .5, × 1.5, horizon × 2, observation noise .05, control penalty 5/B, none',
  validity:
    'an observation. With few units the start itself often lies above the peak, hence the ratio to an earlier value, and students end further from their teachers than at the paper’s N = 100. Here neither a short horizon nor Adam leaves a final gap for certain, so only the slow student is claimed to keep one',
  tolerance: 'each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most',
  source: { paper: 'Fig. 2a', theory: '#nonlinear-agents', status: 'audit' },
};

export const odds = {
  peaks: proportion(0.95, 0.5, 'the student’s deployed loss peaks at five times an earlier value or more'),
  closed: proportion(0.95, 0.5, 'the teacher’s peak is at most a fifth as high'),
  alike: proportion(0.9, 0.5, 'the student ends at its teacher’s loss, a twentieth less to a quarter more'),
  slow: proportion(0.9, 0.5, 'at a rate of 0.006 the student ends at twice the teacher’s loss or more'),
  twin: proportion(
    0.9,
    0.5,
    'its peak comes at the epoch of the linear student’s, or later by at most a quarter of that',
  ),
  adam: proportion(0.9, 0.5, 'where both learn by Adam there is no such peak'),
};
