/**
 * Fig. 4d: where descent of the surrogate takes the dominant pair, for several weights of the long horizon.
 */

import { scalarOrderParameters } from '../../agent/order-parameters.js';
import { label, line, type Mark } from '../../chart/marks.js';
import { COLOUR, sequential, THEORY } from '../../chart/theme.js';
import type { Complex } from '../../linalg/eigen.js';
import { integratorChain } from '../../plant/integrator.js';
import {
  descendSurrogate,
  type SurrogateStart,
  surrogateBalance,
} from '../../theory/stage-two/surrogate-descent-moves-the-pair.js';
import { spectrumOf } from '../../training/curve.js';
import { defineFigure } from '../kit/figure.js';
import { inPlane, upperOfPair } from '../kit/plane.js';
import { inside, middleOfStageTwo, pairChart } from './pair.js';

/** The weights of the paper, and its exponent. */
const [WEIGHTS, EXPONENT] = [[0, 0.48, 0.52, 0.55, 1], 10];

/** Steps of the descent, and every how many of them are kept. */
const [STEPS, EVERY] = [300, 3] as const;

const plant = integratorChain(2, 1);

/** The pair after every so many steps, as long as it is one. */
function pathOf(start: SurrogateStart, weight: number): Complex[] {
  const path: Complex[] = [];
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
  title: 'Surrogate of short and long horizons',
  caption:
    'Upper eigenvalue of the dominant pair along up to 300 clipped steps down the surrogate α (λ₁λ₂)¹⁰ + (1 − α) L_short, from order parameters in the middle of stage 2 (ring), for five weights α. The short horizon raises the pair, the long one lowers it. Dashed, by theory: the weight α* at which both gradients balance, so that the first step keeps the height of the pair.',
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
    const name = ({ weight, path }: typeof balance, symbol: string, colour: string): Mark => {
      const [start, end] = [path[0]!, inside(path).at(-1)!];
      // Paths that end near the start go straight up or down: beside the end; others leave to the left: above or below the line.
      const steep = start.re - end.re < 0.01;
      const rises = weight <= balance.weight;
      const text = `${symbol} = ${Number(weight.toFixed(3))}`;
      return label([end.re, end.im], text, { dx: 7, dy: rises === steep ? 11 : -9, colour });
    };
    return pairChart(
      sweep.map(({ path }) => path),
      [
        line(inside(balance.path).map(inPlane), THEORY),
        ...sweep.map((entry, k) => name(entry, 'α', colours[k]!)),
        name(balance, 'α*', COLOUR.theory),
      ],
    );
  },
});
