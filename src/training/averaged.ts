/**
 * Learning averaged over the two ends of a clipped hop along M: a smooth path through the zig-zag of stage 2.
 *
 * An approximation, meant for predictions: the state is the factor of the Gram matrix, as in gram.ts, and one epoch is the
 * mean of the two clipped steps that learning would take from half a hop above and half a hop below.
 */

import { type LinearAgent, shapeOf } from '../agent/linear.js';
import { scalarMatrix } from '../linalg/matrix.js';
import { axpy, dot } from '../linalg/vector.js';
import { trainedTensors } from '../problem/agents.js';
import { costOf, type Protocol, plantOf } from '../problem/protocol.js';
import { rateAt } from '../problem/schema.js';
import { startVariance } from '../problem/start.js';
import { emptyCurve, type LearningCurve, rowOf } from './curve.js';
import { clipFactor } from './descent.js';
import type { Evaluation } from './engine.js';
import { gramDescent } from './gram.js';
import { closesOnGram } from './learner.js';
import { reducedLoss } from './reduced.js';

/**
 * The averaged learning curve: loss, gradient norm and clip factor are the means of the two ends, overlaps and Gram matrix
 * those of the middle.
 *
 * @param protocol clipped gradient descent of Z, U and V; one observation, one control; starts of a known variance
 * @param agent the initial weights, or any weights of the same Gram matrix
 * @throws RangeError for other protocols
 */
export function trainAveraged(protocol: Protocol, agent: LinearAgent): LearningCurve {
  const { optimizer, epochs, horizon } = protocol;
  const { clip: bound } = optimizer;
  const variance = startVariance(protocol.start);
  const shape = shapeOf(agent);
  const trained = trainedTensors(protocol);
  const allButM = trained.length === 3 && !trained.includes('M');
  if (!closesOnGram(protocol) || !allButM || bound === null || variance === undefined || shape.c !== 1 || shape.p !== 1)
    throw new RangeError(
      'averaged learning is clipped gradient descent of Z, U and V, one observation, one control, starts of a known variance',
    );
  const plant = plantOf(protocol.plant);
  const n = plant.A.rows;
  const starts = scalarMatrix(n, Math.sqrt(variance));
  const lossOf = reducedLoss({ plant, leak: agent.leak, cost: costOf(protocol, n, 1), horizon, rank: shape.r });
  const engine = gramDescent(agent, trained, lossOf);
  const { factor, rows } = engine;
  const { values: F, gradient } = factor;
  // M is the first column, Z the second.
  const inputNorm = Math.sqrt(dot(F, 0, F, 0, rows));
  // The unit vector along M: Z hops along it.
  const direction = F.slice(0, rows).map((entry) => entry / inputNorm);
  const change = new Float64Array(F.length);
  const curve = emptyCurve(shape, n, epochs);

  /** Adds half of the clipped step from one end to `change`. */
  const addEnd = (shift: number, lr: number): Evaluation & { readonly clip: number } => {
    axpy(shift, direction, 0, F, rows, rows);
    const { loss, gradNorm } = engine.evaluate(starts);
    axpy(-shift, direction, 0, F, rows, rows);
    const clip = clipFactor(gradNorm, bound);
    axpy((-lr * clip) / 2, gradient, 0, change, 0, change.length);
    return { loss, gradNorm, clip };
  };

  for (let epoch = 0; epoch < epochs; epoch++) {
    engine.observe(rowOf(curve.overlaps, epochs, epoch), rowOf(curve.gram, epochs, epoch));
    change.fill(0);
    const lr = rateAt(optimizer, epoch);
    const half = (lr * bound) / 2;
    const [above, below] = [addEnd(half, lr), addEnd(-half, lr)];
    curve.loss[epoch] = (above.loss + below.loss) / 2;
    curve.gradNorm[epoch] = (above.gradNorm + below.gradNorm) / 2;
    curve.clipFactor[epoch] = (above.clip + below.clip) / 2;
    if (!Number.isFinite(curve.loss[epoch]!) || !Number.isFinite(curve.gradNorm[epoch]!)) break;
    axpy(1, change, 0, F, 0, F.length);
  }
  return curve;
}
