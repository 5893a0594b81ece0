/**
 * Fig. 3d: the loss without memory over σ_zm.
 */

import * as Plot from '@observablehq/plot';
import { scalarMatrix } from '../linalg/matrix.js';
import { costOf, PROTOCOLS, plantOf } from '../problem/protocol.js';
import { startVariance } from '../problem/start.js';
import { stageOneGrowth } from '../theory/stage-one/stage-one-loss-grows-geometrically.js';
import { reducedLoss } from '../training/reduced.js';
import { chart, key } from './chart.js';
import { defineFigure } from './figure.js';
import { COLOUR, decadesAround, THEORY } from './theme.js';

/** Longer than the protocol's, as in the paper. */
export const HORIZON = 100;
/** Both ends of σ_zm, and how many losses lie between them. */
const [LOW, HIGH, POINTS] = [-0.5, 3, 71];
/** The estimate has a pole at 0: as near as it is drawn. */
const NEAREST = 0.01;

/** So many numbers from one to another, evenly spaced. */
function between(from: number, to: number): number[] {
  return Array.from({ length: POINTS }, (_, k) => from + ((to - from) * k) / (POINTS - 1));
}

export const figure = defineFigure({
  id: 'stage-one-landscape',
  panel: '3d',
  title: 'The loss without memory',
  caption:
    'Loss of a loop without memory over 100 steps, for starts of variance 4/3: simulated, and the geometric estimate v/(2T) κ (r^{T−1} − 1)/(r − 1). Steep where σ_zm > 0, r = (1 + √σ_zm)², gentle where σ_zm < 0, r = 1 − σ_zm.',
  data() {
    const protocol = { ...PROTOCOLS['artifact-lowrank'], horizon: HORIZON };
    const plant = plantOf(protocol.plant);
    const variance = startVariance(protocol.start)!;
    const cost = costOf(protocol, plant.A.rows, plant.B.cols);
    const lossOf = reducedLoss({ plant, leak: protocol.agent.leak, cost, horizon: HORIZON, rank: 1 });
    const starts = scalarMatrix(plant.A.rows, Math.sqrt(variance));
    const E = new Float64Array(4);
    const estimate = (zm: number): number => (variance / (2 * HORIZON)) * stageOneGrowth(zm, 1, HORIZON).leading;
    return {
      simulated: between(LOW, HIGH).map((value) => ({
        zm: value,
        loss: lossOf(Float64Array.of(value, 0, 0, 0), starts, E),
      })),
      predicted: [
        { from: LOW, to: -NEAREST },
        { from: NEAREST, to: HIGH },
      ].map(({ from, to }) => between(from, to).map((value) => ({ zm: value, loss: estimate(value) }))),
    };
  },
  draw({ simulated, predicted }) {
    const domain = decadesAround([...simulated, ...predicted.flat()].map(({ loss }) => loss));
    return chart({
      x: { label: 'σ_zm', domain: [LOW, HIGH] },
      y: { label: 'loss', domain, log: true },
      marks: [
        Plot.dot(simulated, { x: 'zm', y: 'loss', r: 2.5, fill: COLOUR.closed }),
        ...predicted.map((side) => Plot.line(side, { x: 'zm', y: 'loss', ...THEORY })),
        ...key('bottom-right', [
          { text: 'simulation', colour: COLOUR.closed, sample: 'dots' },
          { text: 'geometric theory', colour: COLOUR.theory, sample: 'dashes' },
        ]),
      ],
    });
  },
});
