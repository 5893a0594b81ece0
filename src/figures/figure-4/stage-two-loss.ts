/**
 * Fig. 4a: the loss of a low-rank agent over learning, stage 2 pointed out.
 */
import { key, line } from '../../chart/marks.js';
import { COLOUR, stroke, THEORY } from '../../chart/theme.js';
import { defineFigure, indexedFrom, listed } from '../kit/figure.js';
import { stagedLossChart, stagedLossOf } from '../kit/stages.js';
import { averagedFromFirstHop } from './hops.js';

export const figure = defineFigure({
  id: 'stage-two-loss',
  panel: '4a',
  title: 'Stage 2 in the loss',
  caption:
    'Training loss of the run of Fig. 3a, stage 2 darker: on this plateau the agent builds its world model. Stage 2 ends at the first epoch from which the loop stays stable for five epochs, decided exactly. Dashed, by theory: the loss of learning averaged over both ends of a clipped hop (Fig. 4c), from the first whole hop of the run until averaged learning is stable.',
  data(runs) {
    const run = runs.lowRank();
    const { from, curve, stable } = averagedFromFirstHop(run);
    return { ...stagedLossOf(run), averaged: { from, loss: listed(curve.loss.subarray(0, stable + 1)) } };
  },
  draw: ({ averaged, ...staged }) =>
    stagedLossChart(staged, 2, [
      line(indexedFrom(averaged.from, averaged.loss), THEORY),
      key('bottom-left', [
        { text: 'agent', style: stroke(COLOUR.closed) },
        { text: 'averaged learning', style: THEORY },
      ]),
    ]),
});
