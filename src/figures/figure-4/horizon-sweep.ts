/**
 * Fig. 4e: where training over short and long horizons takes the dominant pair from one start.
 */

import { scalarOrderParameters } from '../../agent/order-parameters.js';
import { key } from '../../chart/marks.js';
import type { Complex } from '../../linalg/eigen.js';
import type { Protocol } from '../../problem/protocol.js';
import { startVariance } from '../../problem/start.js';
import { firstMove } from '../../theory/stage-two/longer-horizons-lower-the-pair.js';
import { orderParametersAt, spectrumOf } from '../../training/curve.js';
import { defineFigure } from '../kit/figure.js';
import { upperOfPair } from '../kit/plane.js';
import { trainedOnPopulation } from '../kit/runs.js';
import { sweepKey } from '../kit/sweep.js';
import { agentWith } from './agents.js';
import { middleOfStageTwo, pairChart } from './pair.js';

const HORIZONS = [10, 20, 30, 50, 100];

/** Steps as small as those of the surrogate: those of training hop far up and down (Fig. 4c). */
const RATE = 0.001;
/** As long as the direction is the horizon's (longer-horizons-lower-the-pair): later all paths leave for stage 3. */
const EPOCHS = 61;

export const figure = defineFigure({
  id: 'horizon-sweep',
  panel: '4e',
  title: 'Short and long training horizons',
  caption:
    'Upper eigenvalue of the dominant pair during the first 60 epochs of training over T steps, on the population of starts with learning rate 0.001. All runs start (ring) from the order parameters of Fig. 4d; the other inner products of the weights are those of the run of Fig. 4a in the middle of stage 2. Arrows, by theory: up or down, as the first gradient of each horizon predicts. A short horizon first raises the pair, a long one lowers it.',
  data(runs) {
    const run = runs.lowRank();
    const { zm, zu, vm, vu } = middleOfStageTwo();
    const epoch = Math.round((run.stages.stage1End + run.stages.stage2End) / 2);
    const agent = agentWith(run, epoch, scalarOrderParameters(zm, zu, vm, vu));
    const variance = startVariance(run.protocol.start)!;
    return HORIZONS.map((horizon) => {
      const protocol: Protocol = {
        ...run.protocol,
        horizon,
        start: { kind: 'population', variance },
        optimizer: { ...run.protocol.optimizer, lr: RATE },
        epochs: EPOCHS,
      };
      const curve = trainedOnPopulation(protocol, agent);
      const path: Complex[] = [];
      for (let e = 0; e < EPOCHS; e++) {
        const spectrum = spectrumOf(run.plant, protocol.agent.leak, orderParametersAt(curve, e));
        const point = spectrum && upperOfPair(spectrum);
        if (!point) break;
        path.push(point);
      }
      return { horizon, rises: firstMove(protocol, agent) > 0, path };
    });
  },
  draw: (sweep) =>
    pairChart(
      sweep.map(({ path }) => path),
      [key('top-right', sweepKey(sweep.map(({ horizon, rises }) => `T = ${horizon} ${rises ? '↑' : '↓'}`)))],
    ),
});
