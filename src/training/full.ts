/**
 * The full engine: rolls the N-dimensional hidden state and back-propagates through it (theory.md §1).
 *
 * It never uses the reduction of theory.md §2, neither overlaps nor the effective matrix, so that comparing it with the
 * reduced engines can detect a wrong reduction. (Overlaps are read off the weights for the record only.)
 */
import { type Agent, shapeOf, type Tensor } from '../agent/agent.js';
import { type Column, observeColumns, perturbStretches } from '../agent/gram.js';
import { type Mat, transpose } from '../linalg/matrix.js';
import { affine, axpy, combine, dot, products } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';
import type { Engine, Evaluation, Parameter } from './engine.js';
import type { QuadraticCost } from './protocol.js';

/** A full engine, and the weights it has arrived at. */
export interface FullEngine extends Engine {
  /** A copy of the weights as they are now. */
  agent(): Agent;
  /** Gradient of a trained tensor from the last evaluation, in the tensor's shape. */
  gradientOf(tensor: Tensor): Mat<number>;
}

const flat = (A: Mat<number>): Float64Array => Float64Array.from({ length: A.rows * A.cols }, (_, k) => A.data[k]!);

/** Weight vectors of N entries, one after the other, with their gradients. */
class Stack {
  readonly values: Float64Array;
  readonly gradient: Float64Array;

  constructor(...rows: readonly Mat<number>[]) {
    this.values = Float64Array.from(rows.flatMap((A) => [...flat(A)]));
    this.gradient = new Float64Array(this.values.length);
  }

  /** The vectors from index `from` up to `to`, as views. */
  part(from: number, to: number, N: number): Parameter {
    return { values: this.values.subarray(from * N, to * N), gradient: this.gradient.subarray(from * N, to * N) };
  }
}

/**
 * A learner with explicit weights.
 *
 * @param plant n states, p controls, c observations
 * @param agent the initial weights; copied
 * @param cost weights of the quadratic loss
 * @param horizon number of scored states
 * @param trained tensors that gradients are taken for
 * @throws RangeError if agent and plant do not fit, or W is trained where there is none.
 */
export function fullEngine(
  plant: Plant,
  agent: Agent,
  cost: QuadraticCost,
  horizon: number,
  trained: readonly Tensor[],
): FullEngine {
  const shape = shapeOf(agent);
  const { N, c, p, r } = shape;
  const n = plant.A.rows;
  const { leak } = agent;
  const keep = 1 - leak;
  const dense = agent.W !== undefined;
  if (plant.B.cols !== p || plant.C.rows !== c)
    throw new RangeError(
      `the agent has ${c} inputs and ${p} outputs, the plant ${plant.C.rows} observations and ${plant.B.cols} controls`,
    );
  if (trained.includes('W') && !dense) throw new RangeError('W is to be trained but the agent has no full-rank part');

  // The vectors that enter the hidden state, J = [M U], and those that read it, H = [Zᵀ V].
  const J = new Stack(transpose(agent.M), transpose(agent.U));
  const H = new Stack(agent.Z, transpose(agent.V));
  const W = new Stack(...(agent.W ? [agent.W] : []));
  const [ins, outs] = [c + r, p + r];
  const tensors: Record<Tensor, Parameter> = {
    M: J.part(0, c, N),
    Z: H.part(0, p, N),
    U: J.part(c, ins, N),
    V: H.part(p, outs, N),
    W,
  };
  const parameters = trained.map((tensor) => tensors[tensor]);
  const trains = (tensor: Tensor): boolean => trained.includes(tensor);
  // The vectors of either stack whose gradients are wanted.
  const movingIn = Array.from({ length: ins }, (_, k) => k).filter((k) => trains(k < c ? 'M' : 'U'));
  const movingOut = Array.from({ length: outs }, (_, k) => k).filter((k) => trains(k < p ? 'Z' : 'V'));

  // The trajectory of one start and its adjoints, reused by the next: entry t at t·size.
  const x = new Float64Array(horizon * n);
  const h = new Float64Array(horizon * N);
  /** η·(y_{t+1}, s_t): what J takes into h_{t+1}; s_t = Vᵀ·h_t. */
  const drive = new Float64Array(horizon * ins);
  /** (u_t, s_t) = Hᵀ·h_t. */
  const read = new Float64Array(horizon * outs);
  const ph = new Float64Array((horizon + 1) * N);
  /** Adjoints of read: (∂L/∂u_t, η·Uᵀ·ph_{t+1}). */
  const pread = new Float64Array(horizon * outs);
  let px = new Float64Array(n);
  let pxBefore = new Float64Array(n);
  /** η·Jᵀ·ph_t: the adjoints of y_t and of s_{t−1}. */
  const pdrive = new Float64Array(ins);
  const [A, B, C] = [flat(plant.A), flat(plant.B), flat(plant.C)];

  function forward(starts: Mat<number>, column: number): number {
    let loss = 0;
    for (let i = 0; i < n; i++) x[i] = starts.data[i * starts.cols + column]!;
    for (let t = 0; ; t++) {
      const xt = t * n;
      const rt = t * outs;
      for (let i = 0; i < n; i++) loss += cost.state[i]! * x[xt + i]! * x[xt + i]!;
      for (let i = 0; i < p; i++) loss += cost.control * read[rt + i]! * read[rt + i]!;
      if (t === horizon - 1) return loss;
      for (let i = 0; i < n; i++) {
        let value = 0;
        for (let j = 0; j < n; j++) value += A[i * n + j]! * x[xt + j]!;
        for (let j = 0; j < p; j++) value += B[i * p + j]! * read[rt + j]!;
        x[xt + n + i] = value;
      }
      const dt = t * ins;
      for (let j = 0; j < c; j++) {
        let value = 0;
        for (let i = 0; i < n; i++) value += C[j * n + i]! * x[xt + n + i]!;
        drive[dt + j] = leak * value;
      }
      for (let k = 0; k < r; k++) drive[dt + c + k] = leak * read[rt + p + k]!;
      const ht = t * N;
      affine(keep, h, ht, drive, dt, J.values, ins, N, h, ht + N);
      if (dense) for (let i = 0; i < N; i++) h[ht + N + i]! += leak * dot(W.values, i * N, h, ht, N);
      products(1, H.values, outs, h, ht + N, N, read, rt + outs);
    }
  }

  /** Adjoints for t = T−1 … 1; h₀ and u₀ are constants. Entry T of ph stays zero. */
  function backward(): void {
    px.fill(0);
    pdrive.fill(0);
    for (let t = horizon - 1; t > 0; t--) {
      const [xt, ht, rt] = [t * n, t * N, t * outs];
      for (let i = 0; i < p; i++) {
        let value = 2 * cost.control * read[rt + i]!;
        for (let j = 0; j < n; j++) value += B[j * p + i]! * px[j]!;
        pread[rt + i] = value;
      }
      for (let k = 0; k < r; k++) pread[rt + p + k] = pdrive[c + k]!;
      affine(keep, ph, ht + N, pread, rt, H.values, outs, N, ph, ht);
      if (dense) for (let i = 0; i < N; i++) axpy(leak * ph[ht + N + i]!, W.values, i * N, ph, ht, N);
      products(leak, J.values, ins, ph, ht, N, pdrive, 0);
      for (let i = 0; i < n; i++) {
        let value = 2 * cost.state[i]! * x[xt + i]!;
        for (let j = 0; j < n; j++) value += A[j * n + i]! * px[j]!;
        for (let j = 0; j < c; j++) value += C[j * n + i]! * pdrive[j]!;
        pxBefore[i] = value;
      }
      [px, pxBefore] = [pxBefore, px];
    }
  }

  /** Adds one trajectory's gradients, each a product over all time steps. */
  function accumulate(): void {
    const steps = horizon - 1;
    for (const k of movingIn) combine(drive, k, ins, ph, N, steps, N, J.gradient, k * N);
    for (const k of movingOut) combine(pread, outs + k, outs, h, N, steps, N, H.gradient, k * N);
    if (trains('W')) for (let i = 0; i < N; i++) combine(ph, N + i, N, h, 0, steps, N, W.gradient, i * N);
  }

  function evaluate(starts: Mat<number>): Evaluation {
    for (const { gradient } of [J, H, W]) gradient.fill(0);
    let loss = 0;
    for (let column = 0; column < starts.cols; column++) {
      loss += forward(starts, column);
      backward();
      accumulate();
    }
    for (let k = 0; k < W.gradient.length; k++) W.gradient[k]! *= leak;
    let squares = 0;
    for (const { gradient } of parameters) squares += dot(gradient, 0, gradient, 0, gradient.length);
    return { loss, gradNorm: Math.sqrt(squares) };
  }

  const shaped = (vectors: Float64Array, tensor: Tensor): Mat<number> => {
    const rows = { rows: vectors.length / N, cols: N, data: Float64Array.from(vectors) };
    return tensor === 'Z' || tensor === 'W' ? rows : transpose(rows);
  };
  const columns = (['M', 'Z', 'U', 'V'] as const).flatMap((tensor): Column[] => {
    const { values } = tensors[tensor];
    return Array.from({ length: values.length / N }, (_, k) => ({ values, offset: k * N }));
  });

  return {
    shape,
    evaluate,
    descend(step) {
      for (const { values, gradient } of parameters) axpy(-step, gradient, 0, values, 0, values.length);
    },
    observe: (overlaps, gram) => observeColumns(shape, columns, N, overlaps, gram),
    parameters,
    perturb(random, relative) {
      for (const { values } of [J, H, W]) perturbStretches(values, N, random, relative);
    },
    agent: () => ({
      leak,
      M: shaped(tensors.M.values, 'M'),
      Z: shaped(tensors.Z.values, 'Z'),
      U: shaped(tensors.U.values, 'U'),
      V: shaped(tensors.V.values, 'V'),
      ...(dense && { W: shaped(W.values, 'W') }),
    }),
    gradientOf: (tensor) => shaped(tensors[tensor].gradient, tensor),
  };
}
