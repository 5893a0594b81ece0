/**
 * The staircase of the tracking task: an RNN learns to follow one frequency after the other, from low to high.
 */
import { proportion } from '../odds.js';
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'frequencies-are-acquired-one-by-one',
  kind: 'empirical',
  title:
    'tracking is learnt one frequency after the other, low before high; on one axis the next one costs the one before',
  statement:
    'Of two frequencies on axes of their own the lower one is acquired first: its loss falls below half of what not following costs (in 95 of 100 runs; shown of more than 70). The loss of the higher one falls in a step, from three quarters of that cost to three eighths within a quarter of the epochs up to its acquisition (90; shown of more than 60). A plateau comes before, longer than the step, on which the total loss falls at less than half its rate (90; 60). After the step the mode of W of highest frequency, in continuous time (η/dt)·(λ − 1), is within a fifth of that frequency (90; 60), and nearer than when the step began (90; 60). With both frequencies on one axis the step costs the lower one: its loss rises by a tenth or more (80; 55), and more than over an equally long part of the plateau (85; 60). On axes of their own it rises by less than a tenth in half of the runs (50; 25).',
  formula: 'ω = (η/dt)·Im λ(W)',
  latex: String.raw`\omega = (\eta/\mathit{dt})\cdot\operatorname{Im} \lambda(W)`,
  assumptions:
    'the cursor and the paper’s reference with its lower two frequencies; N of 20 to 28, steps of 0.2 s over 30 s, learning rate 0.42/N to 0.5/N, on one axis 1.4 times that, in single precision; runs in which both are acquired within 700 epochs',
  validity:
    'an observation. On one axis the lower loss rises by two fifths in the middle of 100 runs, and steps are longer, as the two frequencies have one error between them. When the lower frequency is acquired the recurrence oscillates below it: feedback alone follows it. Modes of W are damped, so only their imaginary part is claimed',
  tolerance: 'each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most',
  source: { paper: 'Fig. 6b–e', theory: '#tracking', status: 'paper' },
};

/** Half of the cases are on axes of their own, half on one axis, where fewer acquire both. */
const [APART, SHARED] = [{ share: 0.35 }, { share: 0.3 }];

export const odds = {
  order: proportion(0.95, 0.7, 'the lower frequency is acquired first', APART),
  step: proportion(
    0.9,
    0.6,
    'the loss of the higher one falls in a quarter of the epochs up to its acquisition',
    APART,
  ),
  plateau: proportion(0.9, 0.6, 'a plateau comes before that is longer, with half the rate or less', APART),
  reaches: proportion(0.9, 0.6, 'the recurrence has come within a fifth of the higher frequency', APART),
  nearer: proportion(0.9, 0.6, 'it is nearer than when the step began', APART),
  spares: proportion(0.5, 0.25, 'the loss of the lower frequency rises by less than a tenth in the step', APART),
  costs: proportion(
    0.8,
    0.55,
    'on one axis, the loss of the lower frequency rises by a tenth or more in the step',
    SHARED,
  ),
  quiet: proportion(0.85, 0.6, 'on one axis, it rises more than over an equally long part of the plateau', SHARED),
};
