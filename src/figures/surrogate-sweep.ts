/**
 * Fig. 4d: where descent of the surrogate takes the dominant pair, for several weights of the long horizon.
 */
import * as Plot from '@observablehq/plot';
import { scalarOrderParameters } from '../agent/order-parameters.js';
import { integratorChain } from '../plant/integrator.js';
import {
  descendSurrogate,
  type SurrogateStart,
  surrogateBalance,
} from '../theory/stage-two/surrogate-descent-moves-the-pair.js';
import { spectrumOf } from '../training/curve.js';
import { chart, HALO } from './chart.js';
import { defineFigure } from './figure.js';
import { middleOfStageTwo, type Point, pairWindow, startMark, unitCircle, upperOfPair } from './plane.js';
import { COLOUR, sequential, THEORY } from './theme.js';

/** The weights of the paper, and its exponent. */
const [WEIGHTS, EXPONENT] = [[0, 0.48, 0.52, 0.55, 1], 10];

/** Steps of the descent, and every how many of them are kept. */
const [STEPS, EVERY] = [300, 3] as const;

const plant = integratorChain(2, 1);

/** The pair after every so many steps, as long as it is one. */
function pathOf(start: SurrogateStart, weight: number): Point[] {
  const path: Point[] = [];
  for (let steps = 0; steps <= STEPS; steps += EVERY) {
    const { zm, vu, q } = descendSurrogate(start, weight, EXPONENT, steps);
    const point = upperOfPair(spectrumOf(plant, 1, scalarOrderParameters(zm, 1, q, vu))!);
    if (!point) break;
    path.push(point);
  }
  return path;
}

export const figure = defineFigure({
  id: 'surrogate-sweep',
  panel: '4d',
  title: 'A short horizon raises the pair, a long one lowers it',
  caption:
    'Upper eigenvalue of the dominant pair along up to 300 clipped steps down α (λ₁λ₂)¹⁰ + (1 − α) L_short, from order parameters in the middle of stage 2 (circle). Dashed: the weight α* at which the two gradients balance and the first step leaves the height of the pair as it is. Grey: the unit circle.',
  data() {
    const start = middleOfStageTwo();
    const balance = surrogateBalance(start, EXPONENT);
    return {
      sweep: WEIGHTS.map((weight) => ({ weight, path: pathOf(start, weight) })),
      balance: { weight: balance, path: pathOf(start, balance) },
    };
  },
  draw({ sweep, balance }) {
    const colours = sequential(sweep.length);
    const { x, y, inside } = pairWindow;
    const start = sweep[0]!.path[0]!;
    const label = ({ weight, path }: (typeof sweep)[number], name: string, fill: string): Plot.Markish => {
      const end = inside(path).at(-1)!;
      // Paths that end near the start go straight up or down: beside the end; others leave to the left: above or below the line.
      const steep = start.re - end.re < 0.01;
      const rises = weight <= balance.weight;
      return Plot.text([end], {
        x: 're',
        y: 'im',
        text: [`${name} = ${Number(weight.toFixed(3))}`],
        textAnchor: 'start',
        dx: 6,
        dy: rises === steep ? 11 : -9,
        fill,
        ...HALO,
      });
    };
    return chart({
      x,
      y,
      marks: [
        unitCircle(),
        ...sweep.map(({ path }, k) =>
          Plot.line(inside(path), { x: 're', y: 'im', stroke: colours[k]!, strokeWidth: 2 }),
        ),
        Plot.line(inside(balance.path), { x: 're', y: 'im', ...THEORY }),
        startMark(start),
        ...sweep.map((entry, k) => label(entry, 'α', colours[k]!)),
        label(balance, 'α*', COLOUR.theory),
      ],
    });
  },
});
