/**
 * The staircase of the tracking task: an RNN learns to follow one frequency after the other, from low to high.
 */
import type { Formula, Statement } from './_statement.js';

export const statement: Statement = {
  id: 'frequencies-are-acquired-one-by-one',
  kind: 'empirical',
  title: 'tracking is learnt one frequency after the other, low before high, as the recurrence comes to oscillate',
  statement:
    'Of two frequencies the lower one is acquired first: its loss falls below half of what it costs not to follow (in 95 of 100 runs). The loss of the higher one falls in a step, from three quarters of that to three eighths within a quarter of the epochs up to its acquisition (95), after a plateau that is longer than the step and on which the total loss falls at less than half its rate (95). When it has fallen, the mode of W of highest frequency, in continuous time (η/dt)·(λ − 1), is within a fifth of that frequency (90), nearer than when the step began (90). During the step the loss of the lower frequency rises by 2 % or more (65), which on the plateau, over a time as long, it does not (70).',
  formula: 'ω = (η/dt)·Im λ(W)',
  assumptions:
    'the cursor and the paper’s reference with its lower two frequencies, one per axis; N of 20 to 28, steps of 0.2 s over 30 s, learning rate 0.31/N; runs in which both are acquired within 800 epochs',
  validity:
    'an observation; with the paper’s N = 100, four frequencies and 5000 epochs the same order and steps were found in every run, but the highest frequency is not acquired in all, and the rise of the lowest’s loss at the second step is between 0.2 and 6 %. When the lowest frequency is acquired the recurrence oscillates at about half of it: feedback alone does. An oscillation of W is damped, so that only its imaginary part is spoken of',
  tolerance: 'proportions, decided sequentially with a false-alarm rate of 2^-20 each',
  source: 'theory.md §9 (paper, Fig. 6)',
};

/** The formulas as text. */
export const formulas: readonly Formula[] = [];
