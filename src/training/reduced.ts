/**
 * The loss and its gradient as functions of the order parameters alone.
 *
 * In the coordinates h = M·a + U·b the loop has the state (x, a, b); with w = (a, b) and K = [Zᵀ V]ᵀ[M U] the product K·w
 * gives the control and the drive of the memory. Backward in time the same product, transposed, gives E = ∂L/∂K.
 */

import { addSlope, entriesOf, plusForm } from '../linalg/entries.js';
import { at, flat, type Mat } from '../linalg/matrix.js';
import { clear } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';
import type { Cost } from '../problem/protocol.js';

/**
 * Loss of the order parameters, and its gradient.
 * @param K (p+r) × (c+r), row-major
 * @param starts n × K factor of the moments of x₀
 * @param E written: ∂L/∂K, as K
 */
export type ReducedLoss = (K: Float64Array, starts: Mat<number>, E: Float64Array) => number;

/** What a reduced loss is built from: the fixed part of a learning problem. */
export interface ReducedProblem {
  readonly plant: Plant;
  readonly leak: number;
  readonly cost: Cost;
  readonly horizon: number;
  readonly rank: number;
  /** Whether observations are detached from the plant: then E is no derivative of the loss. */
  readonly detached?: boolean;
}

/** The loss of a problem, on the fast path where there is one. */
export function reducedLoss(problem: ReducedProblem): ReducedLoss {
  return isDoubleIntegrator(problem) ? doubleIntegratorLoss(problem) : generalReducedLoss(problem);
}

/** The loss of a problem of any shape. */
export function generalReducedLoss({
  plant,
  leak,
  cost,
  horizon,
  rank: r,
  detached = false,
}: ReducedProblem): ReducedLoss {
  const [A, B, C] = [flat(plant.A), flat(plant.B), flat(plant.C)];
  const [n, p, c] = [plant.A.rows, plant.B.cols, plant.C.rows];
  const q = c + r;
  const rows = p + r;
  const keep = 1 - leak;
  const [ofState, ofControl] = [entriesOf(cost.Q), entriesOf(cost.R)];
  /** What a step weighs. */
  const share = Float64Array.from({ length: horizon }, (_, t) => cost.discount ** t);
  // The trajectory of one start, reused by the next: states x_t, coordinates w_t = (a_t, b_t), products k_t = K·w_t.
  const x = new Float64Array(horizon * n);
  const w = new Float64Array(horizon * q);
  const k = new Float64Array(horizon * rows);
  // Adjoints of x_{t+1} and w_{t+1}, of x_t, and of k_t.
  const px = new Float64Array(n);
  const pw = new Float64Array(q);
  const before = new Float64Array(n);
  const pk = new Float64Array(rows);

  function forward(K: Float64Array): number {
    let loss = 0;
    clear(w, 0, q);
    for (let t = 0; ; t++) {
      const [xt, wt, kt] = [t * n, t * q, t * rows];
      for (let i = 0; i < rows; i++) {
        let value = 0;
        for (let j = 0; j < q; j++) value += K[i * q + j]! * w[wt + j]!;
        k[kt + i] = value;
      }
      loss = plusForm(loss, ofState, share[t]!, x, xt);
      loss = plusForm(loss, ofControl, share[t]!, k, kt);
      if (t === horizon - 1) return loss;
      const [xn, wn] = [xt + n, wt + q];
      for (let i = 0; i < n; i++) {
        let value = 0;
        for (let j = 0; j < n; j++) value += A[i * n + j]! * x[xt + j]!;
        for (let j = 0; j < p; j++) value += B[i * p + j]! * k[kt + j]!;
        x[xn + i] = value;
      }
      for (let j = 0; j < c; j++) {
        let drive = 0;
        for (let i = 0; i < n; i++) drive += C[j * n + i]! * x[xn + i]!;
        w[wn + j] = keep * w[wt + j]! + leak * drive;
      }
      for (let j = 0; j < r; j++) w[wn + c + j] = keep * w[wt + c + j]! + leak * k[kt + p + j]!;
    }
  }

  function backward(K: Float64Array, E: Float64Array): void {
    clear(px, 0, n);
    clear(pw, 0, q);
    for (let t = horizon - 1; t > 0; t--) {
      const [xt, wt, kt] = [t * n, t * q, t * rows];
      clear(pk, 0, p);
      addSlope(ofControl, share[t]!, k, kt, pk, 0);
      for (let i = 0; i < p; i++) for (let j = 0; j < n; j++) pk[i]! += B[j * p + i]! * px[j]!;
      for (let i = 0; i < r; i++) pk[p + i] = leak * pw[c + i]!;
      for (let j = 0; j < q; j++) {
        const coordinate = w[wt + j]!;
        let value = keep * pw[j]!;
        for (let i = 0; i < rows; i++) {
          E[i * q + j]! += pk[i]! * coordinate;
          value += K[i * q + j]! * pk[i]!;
        }
        pw[j] = value;
      }
      clear(before, 0, n);
      addSlope(ofState, share[t]!, x, xt, before, 0);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) before[i]! += A[j * n + i]! * px[j]!;
        if (!detached) for (let j = 0; j < c; j++) before[i]! += C[j * n + i]! * leak * pw[j]!;
      }
      for (let i = 0; i < n; i++) px[i] = before[i]!;
    }
  }

  return (K, starts, E) => {
    E.fill(0);
    let loss = 0;
    for (let column = 0; column < starts.cols; column++) {
      for (let i = 0; i < n; i++) x[i] = starts.data[i * starts.cols + column]!;
      loss += forward(K);
      backward(K, E);
    }
    return loss;
  };
}

/** Whether a problem is of the shape that the fast path serves; any dt, leak, horizon, and weights of single components. */
export function isDoubleIntegrator({ plant: { A, B, C }, rank, detached, cost }: ReducedProblem): boolean {
  if (cost.discount !== 1 || at(cost.Q, 0, 1) !== 0) return false;
  if (detached || A.rows !== 2 || B.cols !== 1 || C.rows !== 1 || rank !== 1) return false;
  const unit = A.data[0] === 1 && A.data[2] === 0 && A.data[3] === 1;
  return unit && B.data[0] === 0 && C.data[0] === 1 && C.data[1] === 0;
}

/**
 * The loss of the paper's own case, written out: double integrator, rank 1. Equal to `generalReducedLoss` up to rounding (tested). The
 * state is (x₁, x₂, a, b).
 * @throws RangeError if the problem is of another shape.
 */
export function doubleIntegratorLoss(problem: ReducedProblem): ReducedLoss {
  if (!isDoubleIntegrator(problem)) throw new RangeError('not a double integrator with rank 1');
  const { plant, leak, cost, horizon } = problem;
  const step = plant.A.data[1]!;
  const gain = plant.B.data[1]!;
  const [cost1, cost2, penalty] = [at(cost.Q, 0, 0), at(cost.Q, 1, 1), at(cost.R, 0, 0)];
  const keep = 1 - leak;
  // x₁, x₂, a, b and u of every step.
  const path = new Float64Array(5 * horizon);

  return (K, starts, E) => {
    const [zm, zu, vm, vu] = [K[0]!, K[1]!, K[2]!, K[3]!];
    const { cols, data } = starts;
    let loss = 0;
    let ezm = 0;
    let ezu = 0;
    let evm = 0;
    let evu = 0;
    for (let column = 0; column < cols; column++) {
      let x1 = data[column]!;
      let x2 = data[cols + column]!;
      let a = 0;
      let b = 0;
      for (let o = 0; o < path.length; o += 5) {
        const u = zm * a + zu * b;
        path[o] = x1;
        path[o + 1] = x2;
        path[o + 2] = a;
        path[o + 3] = b;
        path[o + 4] = u;
        loss += cost1 * x1 * x1 + cost2 * x2 * x2 + penalty * u * u;
        b = keep * b + leak * (vm * a + vu * b);
        x1 += step * x2;
        x2 += gain * u;
        a = keep * a + leak * x1;
      }
      // Adjoints of x₁, x₂, a and b at t+1.
      let p1 = 0;
      let p2 = 0;
      let pa = 0;
      let pb = 0;
      for (let o = path.length - 5; o > 0; o -= 5) {
        const at = path[o + 2]!;
        const bt = path[o + 3]!;
        const pu = 2 * penalty * path[o + 4]! + gain * p2;
        const pv = leak * pb;
        ezm += pu * at;
        ezu += pu * bt;
        evm += pv * at;
        evu += pv * bt;
        pa = keep * pa + zm * pu + vm * pv;
        pb = keep * pb + zu * pu + vu * pv;
        p2 = 2 * cost2 * path[o + 1]! + step * p1 + p2;
        p1 = 2 * cost1 * path[o]! + p1 + leak * pa;
      }
    }
    E[0] = ezm;
    E[1] = ezu;
    E[2] = evm;
    E[3] = evu;
    return loss;
  };
}
