/**
 * Fig. 4a: the loss of a low-rank agent over learning, stage 2 pointed out.
 */
import * as Plot from '@observablehq/plot';
import { key } from './chart.js';
import { defineFigure, listed } from './figure.js';
import { averagedFromFirstHop } from './hops.js';
import { stagedLossChart, stagedLossOf } from './stages.js';
import { COLOUR, THEORY } from './theme.js';

export const figure = defineFigure({
  id: 'stage-two-loss',
  panel: '4a',
  title: 'Stage 2 in the loss',
  caption:
    'Training loss of the run of Fig. 3a, stage 2 stronger: the plateau on which the agent builds its world model. It ends with the first epoch from which the loop is stable for five epochs, decided exactly. Dashed: the loss of learning averaged over the two ends of a clipped hop (Fig. 4c), from the first whole hop of the run until it is stable itself.',
  data(runs) {
    const run = runs.lowRank();
    const { from, curve, stable } = averagedFromFirstHop(run);
    return { ...stagedLossOf(run), averaged: { from, loss: listed(curve.loss.subarray(0, stable + 1)) } };
  },
  draw({ averaged, ...staged }) {
    const predicted = averaged.loss.map((value, k) => ({ epoch: averaged.from + k, value }));
    return stagedLossChart(staged, 2, [
      Plot.line(predicted, { x: 'epoch', y: 'value', ...THEORY }),
      ...key('bottom-left', [
        { text: 'agent', colour: COLOUR.closed, sample: 'line' },
        { text: 'averaged learning', colour: COLOUR.theory, sample: 'dashes' },
      ]),
    ]);
  },
});
