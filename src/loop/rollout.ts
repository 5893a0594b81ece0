/**
 * The loop step by step, over any ring: the definition that every shortcut is held against.
 *
 * Order within a step: observe y_t, update h_t, act u_t, score (x_t, u_t), step the plant. At t = 0 the agent has seen
 * nothing: h₀ = 0 and u₀ = 0; the first observation that enters h is y₁. An agent that follows a reference acts from step 0 on.
 */
import type { LinearAgent } from '../agent/linear.js';
import { add, at, blocks, build, type Mat, map, multiply, scale, subtract, zeros } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';
import type { Plant } from '../plant/plant.js';
import { recurrenceOf } from './coupled.js';

/** What a loop did: entry t of each list belongs to time t. */
export interface Rollout<T> {
  /** States, each n × K, one column per start. */
  readonly x: readonly Mat<T>[];
  /** Hidden states, each N × K. */
  readonly h: readonly Mat<T>[];
  /** Controls, each p × K. */
  readonly u: readonly Mat<T>[];
}

/** What a loop may have beside its plant and its agent's weights. */
interface Extras<T> {
  /** φ, of a nonlinear agent. */
  readonly activate?: ((value: T) => T) | undefined;
  /** Applied to every state component after every step. */
  readonly clamp?: ((value: T) => T) | undefined;
  /** What the agent sees below its observations, one matrix for every act, from step 0 on. */
  readonly reference?: readonly Mat<T>[];
}

function roll<T>(
  R: Ring<T>,
  plant: Plant<T>,
  agent: LinearAgent<T>,
  x0: Mat<T>,
  horizon: number,
  { activate, clamp, reference }: Extras<T>,
): Rollout<T> {
  const { leak, M, Z } = agent;
  const W = recurrenceOf(R, agent);
  const keep = R.sub(R.of(1), leak);
  const [n, c] = [plant.A.rows, plant.C.rows];
  const noisy = x0.rows > n;
  const rowsFrom = (from: number, rows: number): Mat<T> => build(rows, x0.cols, (i, j) => at(x0, from + i, j));
  let x = noisy ? rowsFrom(0, n) : x0;
  let h = zeros(R, M.rows, x0.cols);
  let u = zeros(R, Z.rows, x0.cols);
  const seen = { x: [] as Mat<T>[], h: [] as Mat<T>[], u: [] as Mat<T>[] };
  for (let t = 0; t < horizon; t++) {
    // Where the noise of this step begins.
    const from = n + (t - 1) * (n + c);
    if (t > 0) {
      x = add(R, multiply(R, plant.A, x), multiply(R, plant.B, u));
      if (noisy) x = add(R, x, rowsFrom(from, n));
      if (clamp) x = map(x, clamp);
    }
    if (reference ? t < reference.length : t > 0) {
      let y = multiply(R, plant.C, x);
      if (noisy) y = add(R, y, rowsFrom(from + n, c));
      const drive = add(R, multiply(R, W, h), multiply(R, M, reference ? blocks([[y], [reference[t]!]]) : y));
      h = add(R, scale(R, keep, h), scale(R, leak, activate ? map(drive, activate) : drive));
      u = multiply(R, Z, h);
    }
    seen.x.push(x);
    seen.h.push(h);
    seen.u.push(u);
  }
  return seen;
}

/**
 * Runs the loop for `horizon` steps from K starts at once.
 * @param x0 one column per start: n rows, and below them noise as problem/start.ts lays it out, or none
 * @param horizon number of scored states, x_0 … x_{horizon−1}
 * @param activate φ, of a nonlinear agent
 */
export function rollout<T>(
  R: Ring<T>,
  plant: Plant<T>,
  agent: LinearAgent<T>,
  x0: Mat<T>,
  horizon: number,
  activate?: (value: T) => T,
): Rollout<T> {
  return roll(R, plant, agent, x0, horizon, { activate });
}

/** A loop that followed a reference: entry i of each list belongs to step i. */
export interface Tracking<T> {
  /** States after the step, each n × K. */
  readonly x: readonly Mat<T>[];
  /** y − r, each axes × K. */
  readonly errors: readonly Mat<T>[];
}

/**
 * Follows K references at once, from x = 0 and h = 0. The state after step i is held against reference i.
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
  const rest = zeros(R, plant.A.rows, reference[0]!.cols);
  const x = roll(R, plant, agent, rest, reference.length + 1, { clamp, reference }).x.slice(1);
  return { x, errors: reference.map((r, i) => subtract(R, multiply(R, plant.C, x[i]!), r)) };
}

/** The controls of an agent driven by given inputs, one c × trials matrix per step, from h = 0 on: open loop, by definition. */
export function drivenBy<T>(R: Ring<T>, agent: LinearAgent<T>, inputs: readonly Mat<T>[]): Mat<T>[] {
  const { leak, M, Z } = agent;
  const W = recurrenceOf(R, agent);
  const keep = R.sub(R.of(1), leak);
  let h = zeros(R, M.rows, inputs[0]?.cols ?? 0);
  return inputs.map((y) => {
    h = add(R, scale(R, keep, h), scale(R, leak, add(R, multiply(R, W, h), multiply(R, M, y))));
    return multiply(R, Z, h);
  });
}
