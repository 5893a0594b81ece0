/**
 * Fig. 5a: the loss of a low-rank agent over learning, stage 3 pointed out.
 */

import * as Plot from '@observablehq/plot';
import { scalarMatrix } from '../linalg/matrix.js';
import { costOf } from '../problem/protocol.js';
import { startVariance } from '../problem/start.js';
import { observationBound } from '../theory/loop/no-policy-beats-riccati.js';
import { key } from './chart.js';
import { defineFigure } from './figure.js';
import { stagedLossChart, stagedLossOf } from './stages.js';
import { COLOUR, THEORY } from './theme.js';

export const figure = defineFigure({
  id: 'stage-three-loss',
  panel: '5a',
  title: 'Stage 3 in the loss',
  caption:
    'Training loss of the run of Fig. 3a, stage 3 stronger: the loop is stable, and its policy is refined. Dashed: the least mean loss of any linear policy that sees the same observations.',
  data(runs) {
    const run = runs.lowRank();
    const { plant, protocol } = run;
    const [n, p] = [plant.A.rows, plant.B.cols];
    const moments = scalarMatrix(n, startVariance(protocol.start)!);
    return {
      ...stagedLossOf(run),
      least: observationBound(plant, costOf(protocol, n, p), protocol.horizon, moments),
    };
  },
  draw: ({ least, ...staged }) =>
    stagedLossChart(staged, 3, [
      Plot.ruleY([least], { x1: staged.ends[1] ?? 1, x2: staged.loss.length, ...THEORY }),
      ...key('bottom-left', [
        { text: 'agent', colour: COLOUR.closed, sample: 'line' },
        { text: 'least loss from observations', colour: COLOUR.theory, sample: 'dashes' },
      ]),
    ]),
});
