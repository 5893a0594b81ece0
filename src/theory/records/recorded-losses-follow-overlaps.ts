/**
 * What a recorded loss must be, given the order parameters it was computed with: exactly where the starts are known, in
 * distribution where they are not.
 */

import type { LinearAgent } from '../../agent/linear.js';
import { type Entries, entriesOf } from '../../linalg/entries.js';
import { at } from '../../linalg/matrix.js';
import { type Ring, reals, sum } from '../../linalg/ring.js';
import { axpy } from '../../linalg/vector.js';
import { coupledMatrix } from '../../loop/coupled.js';
import type { Plant } from '../../plant/plant.js';
import type { Cost } from '../../problem/protocol.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'recorded-losses-follow-overlaps',
  kind: 'empirical',
  title: 'a recorded run’s losses are those of its order parameters',
  statement:
    'The loss of one trial is x₀ᵀ Q x₀; the order parameters and the protocol determine Q. If the starts are recorded, every loss is tr(Q Σ₀). For unknown batches of B trials, the loss has mean v tr Q and variance (2v²‖Q‖² − (6/5)v² Σ Q_ii²)/B for uniform starts, 2v²‖Q‖²/B for normal ones, independently from epoch to epoch.',
  formula: 'E L = v tr Q;  Var L = (2 v² ‖Q‖_F² − (6/5) v² Σ_i Q_ii² [uniform]) / B',
  latex: String.raw`E L = v \operatorname{tr} Q \newline \operatorname{Var} L = (2 v^2 {\lVert Q\rVert}_F^2 - (6/5) v^2 \sum_i Q_{ii}^2 [\text{uniform}]) / B`,
  assumptions: 'closed loop, linear agent of low rank (or its order parameters), rows before the update, fresh batches',
  validity:
    'any protocol of that kind; runs that diverge are judged as far as they are finite. The moments are proved for two components, argued and tried beyond',
  tolerance:
    'known starts: rounding at the declared precision. Unknown batches: a sequential test by non-negative supermartingales (Bennett’s bound for uniform starts, the exact generating function for normal ones), false-alarm rate 2^-20 per file by Ville’s inequality',
  source: { theory: '#records', status: 'new' },
};

/** The trajectories of the n unit starts, side by side. */
export interface UnitTrajectories {
  /** Component i of the state at time t, of start a: entry (t·n + i)·n + a. */
  readonly states: Float64Array;
  /** Control i at time t, of start a: entry (t·p + i)·n + a. */
  readonly controls: Float64Array;
}

/** The trajectories of the n unit starts at t = 0 … T−1. */
export function unitTrajectories(plant: Plant, agent: LinearAgent, horizon: number): UnitTrajectories {
  const n = plant.A.rows;
  const P = coupledMatrix(reals, plant, agent);
  const size = P.rows;
  const p = agent.Z.rows;
  // The coupled state of all unit starts, size × n, and the next one.
  let s = new Float64Array(size * n);
  let next = new Float64Array(size * n);
  for (let i = 0; i < n; i++) s[i * n + i] = 1;
  const states = new Float64Array(horizon * n * n);
  const controls = new Float64Array(horizon * p * n);
  for (let t = 0; t < horizon; t++) {
    states.set(s.subarray(0, n * n), t * n * n);
    for (let i = 0; i < p; i++)
      for (let k = n; k < size; k++) axpy(at(agent.Z, i, k - n), s, k * n, controls, (t * p + i) * n, n);
    next.fill(0);
    for (let i = 0; i < size; i++)
      for (let k = 0; k < size; k++) if (at(P, i, k) !== 0) axpy(at(P, i, k), s, k * n, next, i * n, n);
    [s, next] = [next, s];
  }
  return { states, controls };
}

/**
 * From trajectories to Q, n × n, with x₀ᵀ·Q·x₀ the loss of one trial.
 * @param horizon of the loss, at most that of the trajectories
 */
export function lossMatrix(cost: Cost, horizon: number): (units: UnitTrajectories) => Float64Array {
  const [n, p] = [cost.Q.rows, cost.R.rows];
  const [ofState, ofControl] = [entriesOf(cost.Q), entriesOf(cost.R)];
  const share = Float64Array.from({ length: horizon }, (_, t) => cost.discount ** t);
  return ({ states, controls }) => {
    const Q = new Float64Array(n * n);
    const add = ({ i, j, value }: Entries, weight: number, rows: Float64Array, from: number): void => {
      for (let k = 0; k < value.length; k++)
        for (let a = 0; a < n; a++)
          axpy(weight * value[k]! * rows[from + i[k]! * n + a]!, rows, from + j[k]! * n, Q, a * n, n);
    };
    for (let t = 0; t < horizon; t++) {
      add(ofState, share[t]!, states, t * n * n);
      add(ofControl, share[t]!, controls, t * p * n);
    }
    return Q;
  };
}

/** Mean of one trial's loss x₀ᵀ·Q·x₀ for independent starts of variance v. @param Q n × n, row-major */
export function meanOver<T>(R: Ring<T>, Q: readonly T[], v: T): T {
  const n = Math.sqrt(Q.length);
  return R.mul(
    v,
    sum(
      R,
      Array.from({ length: n }, (_, i) => Q[i * n + i]!),
    ),
  );
}

/**
 * Five times the variance of one trial's loss, for independent starts of variance v: 10·v²·‖Q‖²_F, less 6·v²·Σ Q_ii² for
 * uniform ones, whose fourth moment is (9/5)·v² (normal: 3·v²).
 */
export function fiveVariancesOver<T>(R: Ring<T>, Q: readonly T[], v: T, kind: 'uniform' | 'normal'): T {
  const n = Math.sqrt(Q.length);
  const squares = sum(
    R,
    Q.map((entry) => R.mul(entry, entry)),
  );
  const diagonal = sum(
    R,
    Array.from({ length: n }, (_, i) => R.mul(Q[i * n + i]!, Q[i * n + i]!)),
  );
  const less = R.mul(R.of(kind === 'uniform' ? 6 : 0), diagonal);
  return R.mul(R.mul(v, v), R.sub(R.mul(R.of(10), squares), less));
}

/** `meanOver` in double precision. */
export function meanLoss(Q: Float64Array, v: number): number {
  return meanOver(reals, Array.from(Q), v);
}

/** Variance of one trial's loss in double precision. */
export function varianceOfLoss(Q: Float64Array, v: number, kind: 'uniform' | 'normal'): number {
  return fiveVariancesOver(reals, Array.from(Q), v, kind) / 5;
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'mean, and five times the variance for uniform and normal starts, two components',
    variables: ['a', 'b', 'd', 'v'],
    texts: ['v*(a+d)', 'v^2*(10*(a^2+2*b^2+d^2)-6*(a^2+d^2))', 'v^2*10*(a^2+2*b^2+d^2)'],
    values: (R, { a, b, d, v }) => {
      const Q = [a!, b!, b!, d!];
      return [meanOver(R, Q, v!), fiveVariancesOver(R, Q, v!, 'uniform'), fiveVariancesOver(R, Q, v!, 'normal')];
    },
  },
];
