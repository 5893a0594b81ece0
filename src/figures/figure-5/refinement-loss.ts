/**
 * Fig. 5d: the loss for several control penalties, by learning and by descent of the order parameters from stabilisation on.
 */

import { chart } from '../../chart/chart.js';
import { key, level, line } from '../../chart/marks.js';
import { decadesAround } from '../../chart/scale.js';
import { sequential, stroke, THEORY } from '../../chart/theme.js';
import { defineFigure, heights, indexedFrom, listed } from '../kit/figure.js';
import { sweepKey, sweepLines } from '../kit/sweep.js';
import { BETAS, lowestLoss, refinementOf } from './refinement.js';

/** First epoch shown: before it the penalty makes no difference. */
const FIRST = 10;

export const figure = defineFigure({
  id: 'refinement-loss',
  panel: '5d',
  title: 'Refinement of the loss',
  caption:
    'Loss with control penalty of agents with the initial weights of Fig. 3a, for four weights β of the penalty. Dashed, by theory: gradient descent of the four order parameters alone, as if each were a weight, from the epoch of stabilisation on. Ticks at the right, by theory: the lowest loss of any linear policy that sees the same observations.',
  data(runs) {
    const run = runs.lowRank();
    return BETAS.map((beta) => {
      const { protocol, learnt, from, alone } = refinementOf(run, beta);
      return { beta, from, learnt: listed(learnt.loss), alone: listed(alone.loss), least: lowestLoss(protocol) };
    });
  },
  draw(sweep) {
    const colours = sequential(sweep.length);
    const last = sweep[0]!.learnt.length;
    const curves = sweep.map(({ learnt }) => indexedFrom(0, learnt).slice(FIRST));
    const values = [...curves.flatMap((curve) => heights(curve)), ...sweep.map(({ least }) => least)];
    return chart({
      x: { label: 'epoch', domain: [FIRST, last], log: true },
      y: { label: 'loss', domain: decadesAround(values), log: true },
      marks: [
        ...sweepLines(curves),
        ...sweep.map(({ from, alone }) => line(indexedFrom(from, alone), THEORY)),
        ...sweep.map(({ least }, k) => level(least, stroke(colours[k]!, 2), [last / 1.25, last])),
        key('bottom-left', [
          ...sweepKey(sweep.map(({ beta }) => `β = ${beta}`)),
          { text: 'order parameters alone', style: THEORY },
        ]),
      ],
    });
  },
});
