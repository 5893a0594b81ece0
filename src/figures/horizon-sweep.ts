/**
 * Fig. 4e: where training over short and long horizons takes the dominant pair from one start.
 */

import * as Plot from '@observablehq/plot';
import { scalarOrderParameters } from '../agent/order-parameters.js';
import { scalarMatrix } from '../linalg/matrix.js';
import type { Protocol } from '../problem/protocol.js';
import { startVariance } from '../problem/start.js';
import { firstMove } from '../theory/stage-two/longer-horizons-lower-the-pair.js';
import { orderParametersAt, spectrumOf } from '../training/curve.js';
import { gramLearner } from '../training/learner.js';
import { train } from '../training/train.js';
import { agentWith } from './agents.js';
import { chart, HALO } from './chart.js';
import { defineFigure } from './figure.js';
import { middleOfStageTwo, type Point, pairWindow, startMark, unitCircle, upperOfPair } from './plane.js';
import { FONT, sequential } from './theme.js';

const HORIZONS = [10, 20, 30, 50, 100];

/** Steps as small as those of the surrogate: those of training hop far up and down (Fig. 4c). */
const RATE = 0.001;
/** As long as the direction is the horizon's (longer-horizons-lower-the-pair): later all paths leave for stage 3. */
const EPOCHS = 61;

export const figure = defineFigure({
  id: 'horizon-sweep',
  panel: '4e',
  title: 'Training over a short horizon at first raises the pair, over a long one lowers it',
  caption:
    'Upper eigenvalue of the dominant pair along the first 60 epochs of training over T steps, each from the order parameters that Fig. 4d starts from (circle), the other inner products of the weights those of the run of Fig. 4a in the middle of stage 2; learning rate 0.001, population of starts. Arrows: up or down, as the first gradient of each horizon predicts. Grey: the unit circle.',
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
      const curve = train(gramLearner(protocol, agent), protocol, () => scalarMatrix(2, variance));
      const path: Point[] = [];
      for (let e = 0; e < EPOCHS; e++) {
        const spectrum = spectrumOf(run.plant, protocol.agent.leak, orderParametersAt(curve, e));
        const point = spectrum && upperOfPair(spectrum);
        if (!point) break;
        path.push(point);
      }
      return { horizon, rises: firstMove(protocol, agent) > 0, path };
    });
  },
  draw(sweep) {
    const colours = sequential(sweep.length);
    const { x, y, inside } = pairWindow;
    return chart({
      x,
      y,
      marks: [
        unitCircle(),
        ...sweep.map(({ path }, k) =>
          Plot.line(inside(path), { x: 're', y: 'im', stroke: colours[k]!, strokeWidth: 1.8 }),
        ),
        startMark(sweep[0]!.path[0]!),
        ...sweep.map(({ horizon, rises }, k) =>
          Plot.text([`T = ${horizon} ${rises ? '↑' : '↓'}`], {
            frameAnchor: 'top-right',
            textAnchor: 'end',
            lineAnchor: 'top',
            dx: -8,
            dy: 8 + 1.35 * FONT.size * k,
            fill: colours[k]!,
            ...HALO,
          }),
        ),
      ],
    });
  },
});
