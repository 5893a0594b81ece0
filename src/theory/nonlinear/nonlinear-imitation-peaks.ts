/**
 * Open-loop training of agents that are not linear: their deployed loss climbs and falls as that of linear ones does.
 */
import { proportion } from '../odds.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'nonlinear-imitation-peaks',
  kind: 'empirical',
  title: 'a tanh student that imitates outside the loop climbs before it falls, about when its linear twin does',
  statement:
    'Let a tanh agent learn in closed loop by clipped steps, and a student of the same initial weights imitate it outside the loop on white observations, by the same steps. In 95 of 100 pairs the student’s deployed loss climbs at least fivefold above an earlier value, and in 95 five times as far as its teacher’s ever climbs; at the end the two are equal to a quarter (in 85). A linear student of the same weights and inputs, whose teacher is the tanh agent with φ the identity, has its top before: the tanh student’s comes at that epoch, two less at most, or later by up to half of it (90). At three tenths of the rate the student ends at twice its teacher’s loss or more (90). Where teacher and student learn by Adam the loss does not climb fivefold (90). Of these pairs one in eight is as the paper’s; in the others W is larger or smaller at the start, feedback weaker or stronger, the horizon doubled, observations are noisy or control is penalised.',
  formula: 'climb = max_{e′<e} L_e / L_e′',
  assumptions:
    'double integrator, η = 1, protocol `text` with N = 20 … 28, T = 26 … 34, batches of 16, SGD with lr .016 … .025 and clip 1, Adam with lr .001; 250 epochs of the teacher, 360 of the student, by Adam 150 and 200; perturbations: W scale .03, .3, feedback × .5, × 1.5, horizon × 2, observation noise .05, control penalty 5/B, none',
  validity:
    'an observation. At the paper’s size (protocol `text`, N = 100, 50 seeds) the top was above the start in 50 of 50, at a median epoch of 249 [247, 252] (an audit: 249), and the final gap at most 5 % in 50; with each of the perturbations above (15 seeds each) 15 and 15. With few units the start itself is often above the top, hence the climb; and students end further from their teachers. A gap of more than 5 % stayed in 15 of 15 with lr .003, with lr .03, with T = 25 and with Adam, which had no top above the start in any; here, with fewer units, neither T nor Adam leaves one for certain, so that only the slow student is spoken of',
  tolerance: 'proportions, decided sequentially with a false-alarm rate of 2^-20 each',
  source: 'theory.md §8 (paper and audit)',
};

export const odds = {
  peaks: proportion(0.95, 0.4, 'the student’s deployed loss peaks at five times an earlier value or more'),
  closed: proportion(0.95, 0.4, 'the teacher’s peak is at most a fifth as high'),
  alike: proportion(0.85, 0.35, 'student and teacher end at losses equal to a quarter'),
  slow: proportion(0.9, 0.35, 'at three tenths of the rate the student ends at twice the teacher’s loss or more'),
  twin: proportion(0.9, 0.35, 'its peak comes at the epoch of the linear student’s, or later by at most half of that'),
  adam: proportion(0.9, 0.35, 'where both learn by Adam there is no such peak'),
};

/** The formulas as text. */
export const formulas: readonly Formula[] = [];
