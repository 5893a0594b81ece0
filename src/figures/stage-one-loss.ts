/**
 * Fig. 3a: the loss of a low-rank agent over learning, stage 1 pointed out.
 */
import { defineFigure } from './figure.js';
import { stagedLossChart, stagedLossOf } from './stages.js';

export const figure = defineFigure({
  id: 'stage-one-loss',
  panel: '3a',
  title: 'Stage 1 in the loss',
  caption:
    'Training loss of a linear agent of rank 1 in closed loop (mean over 50 steps, both state components and 100 trials), whose σ_zm begins above 0.03 as one draw in five or six does: others have hardly a stage 1. Shaded: the stages as the spectrum of the loop tells them, stage 1 stronger. It ends where σ_zm < 0 with an unstable, oscillating dominant pair.',
  data: (runs) => stagedLossOf(runs.lowRank()),
  draw: (data) => stagedLossChart(data, 1),
});
