/**
 * Fig. 4a: the loss of a low-rank agent over learning, stage 2 pointed out.
 */
import { defineFigure } from './figure.js';
import { stagedLossChart, stagedLossOf } from './stages.js';

export const figure = defineFigure({
  id: 'stage-two-loss',
  panel: '4a',
  title: 'Stage 2 in the loss',
  caption:
    'Training loss of the run of Fig. 3a, stage 2 stronger: the plateau on which the agent builds its world model. It ends with the first epoch from which the loop is stable for five epochs, decided exactly.',
  data: (runs) => stagedLossOf(runs.lowRank()),
  draw: (data) => stagedLossChart(data, 2),
});
