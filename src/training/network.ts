/**
 * The N hidden units with their weights: driven step by step, and back through time.
 *
 * What drives them and what scores them is the caller's: a plant in closed loop (full.ts), given inputs in open loop
 * (open-loop-full.ts). Neither overlaps nor the effective matrix are used (overlaps are read off for the record only).
 */

import { adoptProducts, type Column, observeColumns, perturbStretches } from '../agent/gram.js';
import { type LinearAgent, shapeOf, type Tensor } from '../agent/linear.js';
import type { Trainable } from '../kernel/numbers.js';
import { flat, type Mat, transpose } from '../linalg/matrix.js';
import { affine, axpy, combine, dot, products } from '../linalg/vector.js';
import type { Engine } from './engine.js';

/** An engine of explicit weights, and the weights it has arrived at. */
export interface FullEngine extends Engine {
  /** A copy of the weights as they are now. */
  agent(): LinearAgent;
  /** Gradient of a trained tensor from the last evaluation, in the tensor's shape. */
  gradientOf(tensor: Tensor): Mat<number>;
}

/** Weight vectors of N entries, one after the other, with their gradients. */
class Stack {
  readonly values: Float64Array;
  readonly gradient: Float64Array;

  constructor(...rows: readonly Mat<number>[]) {
    this.values = Float64Array.from(rows.flatMap((A) => [...flat(A)]));
    this.gradient = new Float64Array(this.values.length);
  }

  /** The vectors from index `from` up to `to`, as views. */
  part(from: number, to: number, N: number): Trainable<Float64Array> {
    return { values: this.values.subarray(from * N, to * N), gradient: this.gradient.subarray(from * N, to * N) };
  }
}

/** Hidden units and their trajectory of one trial; h₀ = 0, and the controls and memories of step 0 are 0. */
export interface Network {
  /** η·(y_{t+1}, s_t), entry t at t·(c+r): what J takes into h_{t+1}. The caller writes η·y_{t+1}, `forward` the rest. */
  readonly drive: Float64Array;
  /** (u_t, s_t) = Hᵀ·h_t, entry t at t·(p+r). */
  readonly read: Float64Array;
  /** Adjoints of `read`. The caller writes ∂L/∂u_t, `backward` the rest. */
  readonly pread: Float64Array;
  /** η·Jᵀ·ph_t after `backward` of step t: the adjoints of y_t and of s_{t−1}. */
  readonly pdrive: Float64Array;
  /** From h_t to h_{t+1} and what it reads. */
  forward(t: number): void;
  /** From ph_{t+1} to ph_t; `rewind` comes first. @param cut whether h_t is detached there, for what comes after it */
  backward(t: number, cut?: boolean): void;
  /** Begins a way back: the adjoints beyond the last step are 0. */
  rewind(): void;
  /** Sets all gradients to 0. */
  clear(): void;
  /** Adds one trajectory's gradients, each a product over all time steps. */
  accumulate(): void;
  /** Completes the gradients. @returns the global norm of those of trained tensors */
  finish(): number;
  /** All of an engine but its loss. */
  readonly engine: Omit<FullEngine, 'evaluate'>;
}

/**
 * A network of explicit weights.
 *
 * @param agent the initial weights; copied
 * @param steps number of steps from h₀ = 0
 * @param trained tensors that gradients are taken for
 * @throws RangeError if W is trained where there is none.
 */
export function network(agent: LinearAgent, steps: number, trained: readonly Tensor[]): Network {
  const shape = shapeOf(agent);
  const { N, c, p, r } = shape;
  const { leak } = agent;
  const keep = 1 - leak;
  const dense = agent.W !== undefined;
  if (trained.includes('W') && !dense) throw new RangeError('the agent has no full-rank part W₀ to train');

  // The vectors that enter the hidden state, J = [M U], and those that read it, H = [Zᵀ V].
  const J = new Stack(transpose(agent.M), transpose(agent.U));
  const H = new Stack(agent.Z, transpose(agent.V));
  const W = new Stack(...(agent.W ? [agent.W] : []));
  const [ins, outs] = [c + r, p + r];
  const tensors: Record<Tensor, Trainable<Float64Array>> = {
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

  // The trajectory of one trial and its adjoints, reused by the next: entry t at t·size.
  const h = new Float64Array((steps + 1) * N);
  const drive = new Float64Array((steps + 1) * ins);
  const read = new Float64Array((steps + 1) * outs);
  const ph = new Float64Array((steps + 2) * N);
  const pread = new Float64Array((steps + 1) * outs);
  const pdrive = new Float64Array(ins);

  function forward(t: number): void {
    const [ht, dt, rt] = [t * N, t * ins, t * outs];
    for (let k = 0; k < r; k++) drive[dt + c + k] = leak * read[rt + p + k]!;
    affine(keep, h, ht, drive, dt, J.values, ins, N, h, ht + N);
    if (dense) for (let i = 0; i < N; i++) h[ht + N + i]! += leak * dot(W.values, i * N, h, ht, N);
    products(1, H.values, outs, h, ht + N, N, read, rt + outs);
  }

  function backward(t: number, cut = false): void {
    const [ht, rt] = [t * N, t * outs];
    for (let k = 0; k < r; k++) pread[rt + p + k] = pdrive[c + k]!;
    if (cut) affine(0, ph, ht + N, pread, rt, H.values, p, N, ph, ht);
    else affine(keep, ph, ht + N, pread, rt, H.values, outs, N, ph, ht);
    if (dense && !cut) for (let i = 0; i < N; i++) axpy(leak * ph[ht + N + i]!, W.values, i * N, ph, ht, N);
    products(leak, J.values, ins, ph, ht, N, pdrive, 0);
  }

  function accumulate(): void {
    for (const k of movingIn) combine(drive, k, ins, ph, N, steps, N, J.gradient, k * N);
    for (const k of movingOut) combine(pread, outs + k, outs, h, N, steps, N, H.gradient, k * N);
    if (trains('W')) for (let i = 0; i < N; i++) combine(ph, N + i, N, h, 0, steps, N, W.gradient, i * N);
  }

  function finish(): number {
    for (let k = 0; k < W.gradient.length; k++) W.gradient[k]! *= leak;
    let squares = 0;
    for (const { gradient } of parameters) squares += dot(gradient, 0, gradient, 0, gradient.length);
    return Math.sqrt(squares);
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
    drive,
    read,
    pread,
    pdrive,
    forward,
    backward,
    rewind: () => void pdrive.fill(0),
    clear() {
      for (const { gradient } of [J, H, W]) gradient.fill(0);
    },
    accumulate,
    finish,
    engine: {
      shape,
      descend(step) {
        for (const { values, gradient } of parameters) axpy(-step, gradient, 0, values, 0, values.length);
      },
      observe: (overlaps, gram) => observeColumns(shape, columns, N, overlaps, gram),
      adopt: (overlaps, gram) => adoptProducts(shape, columns, N, overlaps, gram),
      parameters,
      perturb(random, relative) {
        const undo = [J, H, W].map(({ values }) => perturbStretches(values, N, random, relative));
        return () => {
          for (const back of undo) back();
        };
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
    },
  };
}
