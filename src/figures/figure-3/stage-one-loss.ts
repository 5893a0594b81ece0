/**
 * Fig. 3a: the loss of a low-rank agent over learning, stage 1 pointed out.
 */
import { defineFigure } from '../kit/figure.js';
import { stagedLossChart, stagedLossOf } from '../kit/stages.js';

export const figure = defineFigure({
  id: 'stage-one-loss',
  panel: '3a',
  title: 'Stage 1 in the loss',
  caption:
    'Training loss of a linear agent of rank 1 in closed loop: mean over 50 steps, both state components and 100 trials. The run starts with σ_zm above 0.03, as one draw in five or six does; other runs have almost no stage 1. Bands: the stages, read off the spectrum of the loop, stage 1 darker. Stage 1 ends when σ_zm < 0 and the dominant pair is unstable and oscillates.',
  data: (runs) => stagedLossOf(runs.lowRank()),
  draw: (data) => stagedLossChart(data, 1),
});
