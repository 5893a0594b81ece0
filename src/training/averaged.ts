/**
 * Learning averaged over the two ends of a clipped hop along M: a smooth path through the zig-zag of stage 2.
 *
 * An approximation, meant for predictions: the state is the factor of the Gram matrix, as in gram.ts, and one epoch is the
 * mean of the two clipped steps that learning would take from half a hop above and half a hop below.
 */

import { type Column, columnsOf, inputColumns, observeColumns, outputColumns } from '../agent/gram.js';
import { type LinearAgent, shapeOf } from '../agent/linear.js';
import { triangularFactor } from '../linalg/factor.js';
import { at, scalarMatrix } from '../linalg/matrix.js';
import { axpy, dot } from '../linalg/vector.js';
import { emptyCurve, type LearningCurve, rowOf } from './curve.js';
import { clipFactor } from './descent.js';
import { closesOnGram, trainedTensors } from './learner.js';
import { costOf, type Protocol, plantOf, startVariance } from './protocol.js';
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
  const variance = startVariance(protocol.start);
  const shape = shapeOf(agent);
  const trained = trainedTensors(protocol);
  const allButM = trained.length === 3 && !trained.includes('M');
  if (
    !closesOnGram(protocol) ||
    !allButM ||
    optimizer.clip === null ||
    variance === undefined ||
    shape.c !== 1 ||
    shape.p !== 1
  )
    throw new RangeError(
      'averaged learning is clipped gradient descent of Z, U and V, one observation, one control, starts of a known variance',
    );
  const plant = plantOf(protocol.plant);
  const n = plant.A.rows;
  const starts = scalarMatrix(n, Math.sqrt(variance));
  const lossOf = reducedLoss({ plant, leak: agent.leak, cost: costOf(protocol, n, 1), horizon, rank: shape.r });
  const factor = triangularFactor(columnsOf(agent));
  const [length, d] = [factor.rows, factor.cols];
  const F = Float64Array.from({ length: d * length }, (_, k) => at(factor, k % length, Math.floor(k / length)));
  const columns: Column[] = Array.from({ length: d }, (_, j) => ({ values: F, offset: j * length }));
  const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
  const z = outputs[0]! * length;
  const inputNorm = Math.sqrt(dot(F, 0, F, 0, length));
  // The unit vector along M, and half a hop of Z along it.
  const direction = F.slice(0, length).map((entry) => entry / inputNorm);
  const half = (optimizer.lr * optimizer.clip) / 2;
  const K = new Float64Array(outputs.length * inputs.length);
  const E = new Float64Array(K.length);
  const gradient = new Float64Array(F.length);
  const change = new Float64Array(F.length);
  const curve = emptyCurve(shape, n, epochs);

  /** Adds half of the clipped step from one end to `change`. */
  const addEnd = (shift: number): { readonly loss: number; readonly gradNorm: number; readonly clip: number } => {
    axpy(shift, direction, 0, F, z, length);
    for (const [i, output] of outputs.entries())
      for (const [j, input] of inputs.entries())
        K[i * inputs.length + j] = dot(F, output * length, F, input * length, length);
    const loss = lossOf(K, starts, E);
    gradient.fill(0);
    for (const [i, output] of outputs.entries())
      for (const [j, input] of inputs.entries()) {
        const e = E[i * inputs.length + j]!;
        axpy(e, F, input * length, gradient, output * length, length);
        // M, the first input, is fixed.
        if (j > 0) axpy(e, F, output * length, gradient, input * length, length);
      }
    axpy(-shift, direction, 0, F, z, length);
    const gradNorm = Math.sqrt(dot(gradient, 0, gradient, 0, gradient.length));
    const clip = clipFactor(gradNorm, optimizer.clip);
    axpy((-optimizer.lr * clip) / 2, gradient, 0, change, 0, change.length);
    return { loss, gradNorm, clip };
  };

  for (let epoch = 0; epoch < epochs; epoch++) {
    observeColumns(shape, columns, length, rowOf(curve.overlaps, epochs, epoch), rowOf(curve.gram, epochs, epoch));
    change.fill(0);
    const [above, below] = [addEnd(half), addEnd(-half)];
    curve.loss[epoch] = (above.loss + below.loss) / 2;
    curve.gradNorm[epoch] = (above.gradNorm + below.gradNorm) / 2;
    curve.clipFactor[epoch] = (above.clip + below.clip) / 2;
    if (!Number.isFinite(curve.loss[epoch]!) || !Number.isFinite(curve.gradNorm[epoch]!)) break;
    axpy(1, change, 0, F, 0, F.length);
  }
  return curve;
}
