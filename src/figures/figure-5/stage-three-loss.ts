/**
 * Fig. 5a: the loss of a low-rank agent over learning, stage 3 pointed out.
 */

import { key, level } from '../../chart/marks.js';
import { COLOUR, stroke, THEORY } from '../../chart/theme.js';
import { defineFigure } from '../kit/figure.js';
import { stagedLossChart, stagedLossOf } from '../kit/stages.js';
import { lowestLoss } from './refinement.js';

export const figure = defineFigure({
  id: 'stage-three-loss',
  panel: '5a',
  title: 'Stage 3 in the loss',
  caption:
    'Training loss of the run of Fig. 3a, stage 3 darker: the loop is stable, and learning refines its policy. Dashed, by theory: the lowest mean loss of any linear policy that sees the same observations.',
  data(runs) {
    const run = runs.lowRank();
    return { ...stagedLossOf(run), least: lowestLoss(run.protocol) };
  },
  draw: ({ least, ...staged }) =>
    stagedLossChart(staged, 3, [
      level(least, THEORY, [staged.ends[1] ?? 1, staged.loss.length]),
      key('bottom-left', [
        { text: 'agent', style: stroke(COLOUR.closed) },
        { text: 'lowest loss from observations', style: THEORY },
      ]),
    ]),
});
