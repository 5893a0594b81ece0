/**
 * Deployed losses: what the agents of a learning curve would cost in closed loop, whatever they were trained on.
 */
import type { Mat } from '../linalg/matrix.js';
import { type LearningCurve, rowOf } from './curve.js';
import { type ReducedProblem, reducedLoss } from './reduced.js';

/**
 * The closed-loop loss of every epoch's order parameters; NaN where the curve has ended.
 * @param starts factor of the moments of x₀
 */
export function deployedLosses(
  { epochs, overlaps }: Pick<LearningCurve, 'epochs' | 'overlaps'>,
  problem: ReducedProblem,
  starts: Mat<number>,
): Float64Array {
  const lossOf = reducedLoss(problem);
  const E = new Float64Array(overlaps.length / epochs);
  return Float64Array.from({ length: epochs }, (_, epoch) => lossOf(rowOf(overlaps, epochs, epoch), starts, E));
}
