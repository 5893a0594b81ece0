/**
 * The full engine: rolls the N-dimensional hidden state and back-propagates through it.
 *
 * It never uses the reduction to order parameters, neither overlaps nor the effective matrix, so that comparing it with the
 * reduced engines can detect a wrong reduction.
 */

import { type LinearAgent, shapeOf, type Tensor } from '../agent/linear.js';
import { addSlope, entriesOf, plusForm } from '../linalg/entries.js';
import { flat, type Mat } from '../linalg/matrix.js';
import { type Cuts, isCut } from '../loop/cuts.js';
import type { Plant } from '../plant/plant.js';
import type { Cost } from '../problem/protocol.js';
import { type Evaluation, expectPlant } from './engine.js';
import { type FullEngine, network } from './network.js';

export type { FullEngine } from './network.js';

/**
 * A learner with explicit weights.
 *
 * @param plant n states, p controls, c observations
 * @param agent the initial weights; copied
 * @param cost weights of the loss
 * @param horizon number of scored states
 * @param trained tensors that gradients are taken for
 * @param cuts of the graph, of programs that do not take the loss's gradient
 * @throws RangeError if agent and plant do not fit, or W is trained where there is none.
 */
export function fullEngine(
  plant: Plant,
  agent: LinearAgent,
  cost: Cost,
  horizon: number,
  trained: readonly Tensor[],
  cuts: Cuts = {},
): FullEngine {
  const shape = shapeOf(agent);
  expectPlant(shape, plant);
  const { c, p, r } = shape;
  const n = plant.A.rows;
  const { leak } = agent;
  const net = network(agent, horizon - 1, trained);
  const { drive, read, pread, pdrive } = net;
  const [ins, outs] = [c + r, p + r];
  // The states of one start and their adjoints, reused by the next: entry t at t·n.
  const x = new Float64Array(horizon * n);
  let px = new Float64Array(n);
  let pxBefore = new Float64Array(n);
  const [A, B, C] = [flat(plant.A), flat(plant.B), flat(plant.C)];
  const [ofState, ofControl] = [entriesOf(cost.Q), entriesOf(cost.R)];
  /** What a step weighs. */
  const share = Float64Array.from({ length: horizon }, (_, t) => cost.discount ** t);

  function forward(starts: Mat<number>, column: number): number {
    let loss = 0;
    const { data, cols } = starts;
    const noisy = starts.rows > n;
    for (let i = 0; i < n; i++) x[i] = data[i * cols + column]!;
    for (let t = 0; ; t++) {
      const xt = t * n;
      const rt = t * outs;
      loss = plusForm(loss, ofState, share[t]!, x, xt);
      loss = plusForm(loss, ofControl, share[t]!, read, rt);
      if (t === horizon - 1) return loss;
      for (let i = 0; i < n; i++) {
        let value = 0;
        for (let j = 0; j < n; j++) value += A[i * n + j]! * x[xt + j]!;
        for (let j = 0; j < p; j++) value += B[i * p + j]! * read[rt + j]!;
        x[xt + n + i] = noisy ? value + data[(n + t * (n + c) + i) * cols + column]! : value;
      }
      for (let j = 0; j < c; j++) {
        let value = noisy ? data[(n + t * (n + c) + n + j) * cols + column]! : 0;
        for (let i = 0; i < n; i++) value += C[j * n + i]! * x[xt + n + i]!;
        drive[t * ins + j] = leak * value;
      }
      net.forward(t);
    }
  }

  /** Adjoints for t = T−1 … 1; h₀ and u₀ are constants. */
  function backward(): void {
    px.fill(0);
    net.rewind();
    for (let t = horizon - 1; t > 0; t--) {
      const [xt, rt] = [t * n, t * outs];
      const cut = isCut(cuts, t);
      const open = !(cut && cuts.plant);
      pread.fill(0, rt, rt + p);
      addSlope(ofControl, share[t]!, read, rt, pread, rt);
      if (open) for (let i = 0; i < p; i++) for (let j = 0; j < n; j++) pread[rt + i]! += B[j * p + i]! * px[j]!;
      net.backward(t, cut);
      pxBefore.fill(0);
      addSlope(ofState, share[t]!, x, xt, pxBefore, 0);
      for (let i = 0; i < n; i++) {
        if (open) for (let j = 0; j < n; j++) pxBefore[i]! += A[j * n + i]! * px[j]!;
        if (!cuts.observations) for (let j = 0; j < c; j++) pxBefore[i]! += C[j * n + i]! * pdrive[j]!;
      }
      [px, pxBefore] = [pxBefore, px];
    }
  }

  function evaluate(starts: Mat<number>): Evaluation {
    net.clear();
    let loss = 0;
    for (let column = 0; column < starts.cols; column++) {
      loss += forward(starts, column);
      backward();
      net.accumulate();
    }
    return { loss, gradNorm: net.finish() };
  }

  return { ...net.engine, evaluate };
}
