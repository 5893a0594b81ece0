/**
 * The staircase of the tracking task: an RNN learns to follow one frequency after the other, from low to high.
 */
import { proportion } from '../odds.js';
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'frequencies-are-acquired-one-by-one',
  kind: 'empirical',
  title: 'tracking is learnt one frequency after the other, low before high, as the recurrence comes to oscillate',
  statement:
    'Of two frequencies the lower one is acquired first: its loss falls below half of what not following costs (in 95 of 100 runs). The loss of the higher one falls in a step, from three quarters of that cost to three eighths within a quarter of the epochs up to its acquisition (95). A plateau comes before, longer than the step, on which the total loss falls at less than half its rate (95). After the step the mode of W of highest frequency, in continuous time (η/dt)·(λ − 1), is within a fifth of that frequency (90), and nearer than when the step began (90). During the step the loss of the lower frequency rises by 2 % or more (65); over an equally long part of the plateau it does not (70).',
  formula: 'ω = (η/dt)·Im λ(W)',
  latex: String.raw`\omega = (\eta/\mathit{dt})\cdot\operatorname{Im} \lambda(W)`,
  assumptions:
    'the cursor and the paper’s reference with its lower two frequencies, one per axis; N of 20 to 28, steps of 0.2 s over 30 s, learning rate 0.31/N; runs in which both are acquired within 800 epochs',
  validity:
    'an observation. At the paper’s size order and steps are the same, but acquiring ω₂ barely raises the loss of ω₁, while acquiring ω₃, on the same axis, does. When ω₁ is acquired the recurrence oscillates below it: feedback alone follows it. Modes of W are damped, so only their imaginary part is claimed',
  tolerance: 'each proportion is decided sequentially; a true one is refuted with probability 2^-20 at most',
  source: { paper: 'Fig. 6b–e', theory: '#tracking', status: 'paper' },
};

export const odds = {
  order: proportion(0.95, 0.5, 'the lower frequency is acquired first'),
  step: proportion(0.95, 0.5, 'the loss of the higher one falls in a quarter of the epochs up to its acquisition'),
  plateau: proportion(0.95, 0.5, 'a plateau comes before that is longer, with half the rate or less'),
  reaches: proportion(0.9, 0.45, 'the recurrence has come within a fifth of the higher frequency'),
  nearer: proportion(0.9, 0.45, 'it is nearer than when the step began'),
  raises: proportion(0.65, 0.3, 'the loss of the lower frequency rises by 2 % or more in the step'),
  quiet: proportion(0.7, 0.35, 'it does not on the plateau, over a time as long'),
};
