/**
 * Random initial weights, as the paper's published code draws them.
 */
import { matrix } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import type { AgentShape, LinearAgent } from './linear.js';

/**
 * Low-rank initialisation: M, Z ~ U(−1/√N, 1/√N); U, V ~ N(0, 1/N).
 * @param scale multiplies all of them; 1 in the paper
 */
export function lowRankInitial({ N, c, p, r }: AgentShape, leak: number, random: Stream, scale = 1): LinearAgent {
  const spread = scale / Math.sqrt(N);
  const uniform = (): number => random.uniform(-spread, spread);
  const normal = (): number => spread * random.normal();
  return {
    leak,
    M: matrix(N, c, uniform),
    Z: matrix(p, N, uniform),
    U: matrix(N, r, normal),
    V: matrix(N, r, normal),
  };
}

/** Standard deviation of √N·W in the tanh protocols. */
export const RECURRENCE = 0.1;

/**
 * Full-rank initialisation, that of the tanh protocols: M, Z ~ N(0, 1/N²), W ~ recurrence·N(0, 1/N).
 */
export function fullRankInitial(
  { N, c, p }: Omit<AgentShape, 'r'>,
  leak: number,
  random: Stream,
  recurrence = RECURRENCE,
): LinearAgent {
  return {
    leak,
    M: matrix(N, c, () => random.normal() / N),
    Z: matrix(p, N, () => random.normal() / N),
    U: matrix(N, 0),
    V: matrix(N, 0),
    W: matrix(N, N, () => (recurrence * random.normal()) / Math.sqrt(N)),
  };
}

/**
 * Full-rank initialisation of the tracking task: M, Z ~ U(−1/√N, 1/√N), W ~ 0.2·N(0, 1/N).
 */
export function trackingInitial({ N, c, p }: Omit<AgentShape, 'r'>, leak: number, random: Stream): LinearAgent {
  const spread = 1 / Math.sqrt(N);
  return {
    leak,
    M: matrix(N, c, () => random.uniform(-spread, spread)),
    Z: matrix(p, N, () => random.uniform(-spread, spread)),
    U: matrix(N, 0),
    V: matrix(N, 0),
    W: matrix(N, N, () => 0.2 * spread * random.normal()),
  };
}
