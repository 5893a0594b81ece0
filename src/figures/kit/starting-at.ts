/**
 * Agents that begin with a given σ_zm.
 */
import type { LinearAgent } from '../../agent/linear.js';
import { orderParametersOf } from '../../agent/order-parameters.js';
import { at, matrix } from '../../linalg/matrix.js';
import { reals } from '../../linalg/ring.js';

/** An agent of one observation and one control with its Z moved along M until Z·M is as asked. */
export function startingAt(agent: LinearAgent, zm: number): LinearAgent {
  const { M, Z } = agent;
  let square = 0;
  for (let i = 0; i < M.rows; i++) square += at(M, i, 0) ** 2;
  const share = (zm - at(orderParametersOf(reals, agent).zm, 0, 0)) / square;
  return { ...agent, Z: matrix(1, M.rows, (_, i) => at(Z, 0, i) + share * at(M, i, 0)) };
}
