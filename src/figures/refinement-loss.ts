/**
 * Fig. 5d: the loss for several control penalties, by learning and by descent of the order parameters from stabilisation on.
 */

import * as Plot from '@observablehq/plot';
import { scalarMatrix } from '../linalg/matrix.js';
import { costOf } from '../problem/protocol.js';
import { startVariance } from '../problem/start.js';
import { observationBound } from '../theory/loop/no-policy-beats-riccati.js';
import { chart, key } from './chart.js';
import { defineFigure, listed } from './figure.js';
import { BETAS, refinementOf } from './refinement.js';
import { byEpoch } from './stages.js';
import { COLOUR, decadesAround, sequential, THEORY } from './theme.js';

/** First epoch shown: before it the penalty makes no difference. */
const FIRST = 10;

export const figure = defineFigure({
  id: 'refinement-loss',
  panel: '5d',
  title: 'Refinement by the order parameters alone',
  caption:
    'Loss, control penalty included, of agents of the same initial weights for four weights β of the penalty. Dashed: gradient descent of the four order parameters alone, as if each were a weight, from the epoch of stabilisation on. Ticks at the right: the least loss of any linear policy that sees the same observations.',
  data(runs) {
    const run = runs.lowRank();
    const moments = scalarMatrix(run.plant.A.rows, startVariance(run.protocol.start)!);
    return BETAS.map((beta) => {
      const { protocol, learnt, from, alone } = refinementOf(run, beta);
      const cost = costOf(protocol, run.plant.A.rows, run.plant.B.cols);
      return {
        beta,
        from,
        learnt: listed(learnt.loss),
        alone: listed(alone.loss),
        least: observationBound(run.plant, cost, protocol.horizon, moments),
      };
    });
  },
  draw(sweep) {
    const colours = sequential(sweep.length);
    const last = sweep[0]!.learnt.length;
    const shown = (loss: readonly (number | null)[]) => byEpoch(loss).filter(({ epoch }) => epoch >= FIRST);
    const values = sweep.flatMap(({ learnt, least }) => [...shown(learnt).map(({ value }) => value), least]);
    return chart({
      x: { label: 'epoch', domain: [FIRST, last], log: true },
      y: { label: 'loss', domain: decadesAround(values), log: true },
      marks: [
        ...sweep.map(({ learnt }, k) =>
          Plot.line(shown(learnt), { x: 'epoch', y: 'value', stroke: colours[k]!, strokeWidth: 1.8 }),
        ),
        ...sweep.map(({ from, alone }) =>
          Plot.line(
            alone.map((value, k) => ({ epoch: from + k, value })),
            { x: 'epoch', y: 'value', ...THEORY },
          ),
        ),
        ...sweep.map(({ least }, k) =>
          Plot.ruleY([least], { x1: last / 1.25, x2: last, stroke: colours[k]!, strokeWidth: 2 }),
        ),
        ...key('bottom-left', [
          ...sweep.map(({ beta }, k) => ({ text: `β = ${beta}`, colour: colours[k]!, sample: 'line' as const })),
          { text: 'order parameters alone', colour: COLOUR.theory, sample: 'dashes' as const },
        ]),
      ],
    });
  },
});
