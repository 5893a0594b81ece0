/**
 * The staircase of the tracking task: an RNN learns to follow one frequency after the other, from low to high.
 */
import { proportion } from '../odds.js';
import type { Formula, Statement } from '../statement.js';

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
    'an observation. With the paper’s N = 100, four frequencies and 5000 epochs (six runs, and two recorded ones) order and steps were the same in every run, though ω₄ was not acquired in one; 100 epochs after its fall the recurrence was within 8 % of ω₂, ω₃, ω₄. But acquiring ω₂ raised the loss of ω₁ by 0 to 6 % only (in two of eight runs not at all), while acquiring ω₃, on its axis, raised it by 11 to 26 % in every run. When ω₁ is acquired the recurrence oscillates at a third to two thirds of it: feedback alone does. Modes of W are damped, so that only their imaginary part is spoken of',
  tolerance: 'proportions, decided sequentially with a false-alarm rate of 2^-20 each',
  source: 'theory.md §9 (paper, Fig. 6)',
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

/** The formulas as text. */
export const formulas: readonly Formula[] = [];
