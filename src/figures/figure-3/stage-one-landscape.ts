/**
 * Fig. 3d: the loss without memory over σ_zm.
 */
import { chart } from '../../chart/chart.js';
import { type ChartPoint, dots, key, line } from '../../chart/marks.js';
import { decadesAround } from '../../chart/scale.js';
import { COLOUR, disc, THEORY } from '../../chart/theme.js';
import { scalarMatrix } from '../../linalg/matrix.js';
import { costOf, PROTOCOLS, plantOf } from '../../problem/protocol.js';
import { startVariance } from '../../problem/start.js';
import { stageOneGrowth } from '../../theory/stage-one/stage-one-loss-grows-geometrically.js';
import { reducedLoss } from '../../training/reduced.js';
import { defineFigure } from '../kit/figure.js';

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
    'Dots: simulated loss of a loop without memory over T = 100 steps, for starts of variance v = 4/3. Dashed, by theory: the geometric estimate v/(2T) κ (r^{T−1} − 1)/(r − 1). The loss is steep where σ_zm > 0, with r = (1 + √σ_zm)², and gentle where σ_zm < 0, with r = 1 − σ_zm.',
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
    const pointOf = ({ zm, loss }: (typeof simulated)[number]): ChartPoint => [zm, loss];
    return chart({
      x: { label: 'σ_zm', domain: [LOW, HIGH] },
      y: { label: 'loss', domain, log: true },
      marks: [
        dots(simulated.map(pointOf), disc(COLOUR.closed)),
        ...predicted.map((side) => line(side.map(pointOf), THEORY)),
        key('bottom-right', [
          { text: 'simulation', style: disc(COLOUR.closed, 3), shape: 'disc' },
          { text: 'geometric theory', style: THEORY },
        ]),
      ],
    });
  },
});
