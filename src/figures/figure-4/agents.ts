/**
 * Agents out of the low-rank run: what acts and learns as the run does from an epoch on.
 */

import { agentOfGram, columnCount, fromLowerTriangle, inputColumns, outputColumns } from '../../agent/gram.js';
import type { LinearAgent } from '../../agent/linear.js';
import { type OrderParameters, orderParameterMatrix } from '../../agent/order-parameters.js';
import { at, type Matrix, matrix } from '../../linalg/matrix.js';
import { rowOf } from '../../training/curve.js';
import type { LowRankRun } from '../kit/runs.js';

/** The Gram matrix of the columns [M Zᵀ U V] at an epoch. */
export function gramAt({ curve }: Pick<LowRankRun, 'curve'>, epoch: number): Matrix {
  return fromLowerTriangle(rowOf(curve.gram, curve.epochs, epoch), columnCount(curve.shape));
}

/** The agent of an epoch, its order parameters replaced: it acts as they say, and its unseen overlaps are the run's. */
export function agentWith(run: LowRankRun, epoch: number, overlaps: OrderParameters): LinearAgent {
  const { shape } = run.curve;
  const gram = gramAt(run, epoch);
  const K = orderParameterMatrix(overlaps);
  const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
  const seen = matrix(gram.rows, gram.cols, (i, j) => {
    const [row, col] = outputs.includes(i)
      ? [outputs.indexOf(i), inputs.indexOf(j)]
      : [outputs.indexOf(j), inputs.indexOf(i)];
    return row >= 0 && col >= 0 ? at(K, row, col) : at(gram, i, j);
  });
  return agentOfGram(seen, shape, run.protocol.agent.leak);
}
