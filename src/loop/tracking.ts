/**
 * Following a reference step by step, over any ring: the definition that the tracking engine is held against (theory.md §9).
 *
 * Order within a step: observe y_i and r_i, update h, act, step the plant, score: the state after step i is held against
 * reference i. x and h start at 0, and the agent acts from step 0 on.
 */
import type { LinearAgent } from '../agent/linear.js';
import { add, blocks, type Mat, map, multiply, scale, subtract, zeros } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';
import type { Plant } from '../plant/plant.js';
import { recurrenceOf } from './coupled.js';

/** What following a reference came to: entry i belongs to step i. */
export interface Tracking<T> {
  /** States after the step, each n × K. */
  readonly x: readonly Mat<T>[];
  /** y − r, each axes × K. */
  readonly errors: readonly Mat<T>[];
}

/**
 * Rolls out K references at once.
 * @param agent its inputs are the observations, then the reference
 * @param reference one matrix per step, axes × K
 * @param clamp applied to every state component after every step
 */
export function track<T>(
  R: Ring<T>,
  plant: Plant<T>,
  agent: LinearAgent<T>,
  reference: readonly Mat<T>[],
  clamp?: (value: T) => T,
): Tracking<T> {
  const { leak, M, Z } = agent;
  const W = recurrenceOf(R, agent);
  const keep = R.sub(R.of(1), leak);
  const trials = reference[0]!.cols;
  let x = zeros(R, plant.A.rows, trials);
  let h = zeros(R, M.rows, trials);
  const seen = { x: [] as Mat<T>[], errors: [] as Mat<T>[] };
  for (const r of reference) {
    const input = blocks([[multiply(R, plant.C, x)], [r]]);
    const drive = add(R, multiply(R, W, h), multiply(R, M, input));
    h = add(R, scale(R, keep, h), scale(R, leak, drive));
    x = add(R, multiply(R, plant.A, x), multiply(R, plant.B, multiply(R, Z, h)));
    if (clamp) x = map(x, clamp);
    seen.x.push(x);
    seen.errors.push(subtract(R, multiply(R, plant.C, x), r));
  }
  return seen;
}
