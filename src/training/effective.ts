/**
 * The effective engine: gradient descent on the order parameters themselves, as if each were a weight.
 * An approximation of the paper, close to learning only from stabilisation on; exact learning needs the Gram matrix.
 */

import { type OrderParameters, orderParameterMatrix } from '../agent/order-parameters.js';
import { flat } from '../linalg/matrix.js';
import { axpy, dot } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';
import type { Cost } from '../problem/protocol.js';
import { ORDER_PARAMETERS, type TrainedName } from '../problem/schema.js';
import type { Engine } from './engine.js';
import { reducedLoss } from './reduced.js';

/**
 * A learner whose parameters are the order parameters.
 * @param plant n states, p controls, c observations
 * @param leak η
 * @param overlaps their initial values
 * @param cost weights of the loss
 * @param horizon number of scored states
 * @param trained those that move; all by default
 */
export function effectiveEngine(
  plant: Plant,
  leak: number,
  overlaps: OrderParameters,
  cost: Cost,
  horizon: number,
  trained: readonly TrainedName[] = ORDER_PARAMETERS,
): Engine {
  const K = orderParameterMatrix(overlaps);
  const values = flat(K);
  const gradient = new Float64Array(values.length);
  const [p, c, r] = [plant.B.cols, plant.C.rows, overlaps.vu.rows];
  const moves = values.map((_, k) => {
    const [row, col] = [Math.floor(k / K.cols), k % K.cols];
    return Number(trained.includes(`${row < p ? 'z' : 'v'}${col < c ? 'm' : 'u'}`));
  });
  const lossOf = reducedLoss({ plant, leak, cost, horizon, rank: r });
  return {
    shape: { N: 0, c, p, r },
    evaluate(starts) {
      const loss = lossOf(values, starts, gradient);
      for (let k = 0; k < gradient.length; k++) if (!moves[k]) gradient[k] = 0;
      return { loss, gradNorm: Math.sqrt(dot(gradient, 0, gradient, 0, gradient.length)) };
    },
    descend: (step) => axpy(-step, gradient, 0, values, 0, values.length),
    observe: (row) => row.set(values),
    adopt(row) {
      for (let k = 0; k < values.length; k++) if (Number.isFinite(row[k])) values[k] = row[k]!;
    },
    parameters: [{ values, gradient }],
    perturb(random, relative) {
      const before = values.slice();
      for (let k = 0; k < values.length; k++) values[k]! *= 1 + relative * random.normal();
      return () => values.set(before);
    },
  };
}
