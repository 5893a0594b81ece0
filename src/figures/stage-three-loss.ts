/**
 * Fig. 5a: the loss of a low-rank agent over learning, stage 3 pointed out.
 */
import { defineFigure } from './figure.js';
import { stagedLossChart, stagedLossOf } from './stages.js';

export const figure = defineFigure({
  id: 'stage-three-loss',
  panel: '5a',
  title: 'Stage 3 in the loss',
  caption: 'Training loss of the run of Fig. 3a, stage 3 stronger: the loop is stable, and its policy is refined.',
  data: (runs) => stagedLossOf(runs.lowRank()),
  draw: (data) => stagedLossChart(data, 3),
});
