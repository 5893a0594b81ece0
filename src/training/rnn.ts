/**
 * Training RNNs on whole batches, in closed loop and in open loop. Where the agent is not linear a batch does not collapse to
 * its moments: every trial is rolled out.
 */

import { type Agent, agentShape, isGated, type TensorOf, weightsIn, withWeights } from '../agent/agent.js';
import type { Gru } from '../agent/gru.js';
import type { Rnn } from '../agent/rnn.js';
import { gatedKernelFor, kernelFor } from '../kernel/choose.js';
import type { GatedMaker, Kernel, KernelMaker, Precision } from '../kernel/kernel.js';
import type { Mat } from '../linalg/matrix.js';
import type { Plant } from '../plant/plant.js';
import type { Evaluation } from './engine.js';
import { flat } from './network.js';
import type { QuadraticCost } from './protocol.js';
import type { Learner } from './train.js';

/** What makes kernels for a kind of agent. */
export type MakerOf<A extends Agent> = A extends Gru ? GatedMaker : KernelMaker;

/** The maker for an agent: SIMD WebAssembly of a precision, wherever there is any. */
export function makerOf<A extends Agent>(agent: A, precision: Precision): MakerOf<A> {
  return (isGated(agent) ? gatedKernelFor(precision) : kernelFor(precision)) as MakerOf<A>;
}

/** A kernel for a kind of agent. */
type KernelOf<A extends Agent> = Kernel<TensorOf<A>>;

/** A learner of explicit weights, evaluated on batches: one column per trial. */
export interface RnnEngine<A extends Agent = Rnn> extends Learner {
  /** A copy of the weights as they are now. */
  rnn(): A;
  /** The gradients of the last evaluation, in the shapes of the weights. */
  gradient(): A;
  readonly kernel: KernelOf<A>;
}

/** What an engine is made of, apart from its task. */
export interface Setup<A extends Agent> {
  readonly initial: A;
  readonly steps: number;
  readonly batch: number;
  readonly trained: readonly TensorOf<A>[];
  readonly make: MakerOf<A> | undefined;
}

/** A kernel with an agent's weights; in double precision unless another is wanted. */
export function loadedKernel<A extends Agent>({ initial, steps, batch, trained, make }: Setup<A>): KernelOf<A> {
  const { N, c, p } = agentShape(initial);
  const sizes = { units: N, inputs: c, outputs: p, batch, steps, trained };
  // What follows is one call for each kind, which the types of generic agents cannot tell apart.
  const maker = (make ?? makerOf(initial, 'f64')) as (spec: object) => KernelOf<A>;
  const kernel = maker(isGated(initial) ? sizes : { ...sizes, leak: initial.leak, activation: initial.activation });
  kernel.load(weightsIn(initial));
  return kernel;
}

/** An engine of a kernel and of what its task makes of a batch. */
export function engineOf<A extends Agent>(
  initial: A,
  kernel: KernelOf<A>,
  evaluate: (starts: Mat<number>) => Evaluation,
): RnnEngine<A> {
  return {
    kernel,
    evaluate,
    descend: kernel.descend,
    parameters: kernel.parameters,
    rnn: () => withWeights(initial, kernel.weights()),
    gradient: () => withWeights(initial, kernel.gradients()),
  };
}

function expectColumns(inputs: Mat<number>, rows: number, cols: number): void {
  if (inputs.rows !== rows || inputs.cols !== cols)
    throw new RangeError(`a batch of ${cols} columns of ${rows}, received ${inputs.rows}×${inputs.cols}`);
}

/** Sizes of a closed loop's batch. */
export interface ClosedLoop {
  readonly plant: Plant;
  /** Weights of the loss, which is the mean over trials of Σ_t (Σ_i state[i]·x_i² + control·‖u‖²). */
  readonly cost: QuadraticCost;
  /** T: the number of scored states x_0 … x_{T−1}. */
  readonly horizon: number;
  readonly batch: number;
}

/** A plant with a batch of trials side by side: component i of all trials at step t from (t·n + i)·rows on. */
interface Trials {
  readonly x: Float64Array;
  /** Takes starts, n × batch, and below them what is added to y_1 …, if anything. */
  begin(starts: Mat<number>): void;
  /** Scores x_t and u_t; the kernel's step t − 1 gives u_t. */
  score(t: number): number;
  /** x_{t+1} from x_t and u_t, and its observation into the kernel. */
  step(t: number): void;
  /** Adjoints: ∂L/∂u_t into the kernel. */
  pushControl(t: number): void;
  /** Adjoints: from those of x_{t+1} to those of x_t, what y_t sent back included. */
  pullState(t: number): void;
  rewind(): void;
}

/** Adds s·a[ao…] to b[bo…]; zeros, of which plants are full, are skipped. */
function addScaled(s: number, a: Float64Array, ao: number, b: Float64Array, bo: number, n: number): void {
  if (s === 0) return;
  for (let i = 0; i < n; i++) b[bo + i]! += s * a[ao + i]!;
}

function sumOfSquares(a: Float64Array, offset: number, n: number): number {
  let total = 0;
  for (let i = offset; i < offset + n; i++) total += a[i]! * a[i]!;
  return total;
}

function trialsOf({ plant, cost, horizon, batch }: ClosedLoop, kernel: Kernel<string>): Trials {
  const n = plant.A.rows;
  const [p, c] = [plant.B.cols, plant.C.rows];
  const { rows, inputs, outputs, inputAdjoints, outputAdjoints } = kernel;
  const [A, B, C] = [flat(plant.A), flat(plant.B), flat(plant.C)];
  const x = new Float64Array(horizon * n * rows);
  let px = new Float64Array(n * rows);
  let pxBefore = new Float64Array(n * rows);
  const share = 1 / batch;
  let noise: Mat<number> | undefined;
  return {
    x,
    begin(starts) {
      noise = starts.rows > n ? starts : undefined;
      expectColumns(starts, noise ? n + (horizon - 1) * c : n, batch);
      for (let i = 0; i < n; i++) for (let b = 0; b < batch; b++) x[i * rows + b] = starts.data[i * batch + b]!;
    },
    score(t) {
      let loss = 0;
      for (let i = 0; i < n; i++)
        if (cost.state[i] !== 0) loss += cost.state[i]! * sumOfSquares(x, (t * n + i) * rows, rows);
      // u₀ = 0.
      if (t > 0 && cost.control !== 0) loss += cost.control * sumOfSquares(outputs, (t - 1) * p * rows, p * rows);
      return share * loss;
    },
    step(t) {
      const next = (t + 1) * n * rows;
      x.fill(0, next, next + n * rows);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) addScaled(A[i * n + j]!, x, (t * n + j) * rows, x, next + i * rows, rows);
        if (t > 0)
          for (let j = 0; j < p; j++)
            addScaled(B[i * p + j]!, outputs, ((t - 1) * p + j) * rows, x, next + i * rows, rows);
      }
      const y = t * c * rows;
      inputs.fill(0, y, y + c * rows);
      for (let j = 0; j < c; j++)
        for (let i = 0; i < n; i++) addScaled(C[j * n + i]!, x, next + i * rows, inputs, y + j * rows, rows);
      if (noise)
        for (let j = 0; j < c; j++)
          for (let b = 0; b < batch; b++) inputs[y + j * rows + b]! += noise.data[(n + t * c + j) * batch + b]!;
    },
    rewind: () => void px.fill(0),
    pushControl(t) {
      const u = (t - 1) * p * rows;
      for (let j = 0; j < p; j++) {
        const at = u + j * rows;
        outputAdjoints.fill(0, at, at + rows);
        addScaled(2 * share * cost.control, outputs, at, outputAdjoints, at, rows);
        for (let i = 0; i < n; i++) addScaled(B[i * p + j]!, px, i * rows, outputAdjoints, at, rows);
      }
    },
    pullState(t) {
      pxBefore.fill(0);
      for (let i = 0; i < n; i++) {
        addScaled(2 * share * cost.state[i]!, x, (t * n + i) * rows, pxBefore, i * rows, rows);
        for (let j = 0; j < n; j++) addScaled(A[j * n + i]!, px, j * rows, pxBefore, i * rows, rows);
        for (let j = 0; j < c; j++)
          addScaled(C[j * n + i]!, inputAdjoints, ((t - 1) * c + j) * rows, pxBefore, i * rows, rows);
      }
      [px, pxBefore] = [pxBefore, px];
    },
  };
}

/** A batch through the loop, forward. @returns the loss */
function rollForward(kernel: Kernel<string>, trials: Trials, horizon: number, starts: Mat<number>): number {
  trials.begin(starts);
  let loss = 0;
  for (let t = 0; t < horizon; t++) {
    if (t > 0) kernel.forward(t - 1);
    loss += trials.score(t);
    if (t + 1 < horizon) trials.step(t);
  }
  return loss;
}

function expectFit(initial: Agent, plant: Plant): void {
  const { c, p } = agentShape(initial);
  if (plant.B.cols !== p || plant.C.rows !== c)
    throw new RangeError(
      `the agent has ${c} inputs and ${p} outputs, the plant ${plant.C.rows} observations and ${plant.B.cols} controls`,
    );
}

/**
 * An RNN in closed loop. Order within a step: observe, update, act, score, step; h₀ = 0 and u₀ = 0, so that the first
 * observation that enters h is y₁, and the kernel takes T − 1 steps.
 *
 * @param initial the initial weights; copied
 * @throws RangeError if agent and plant do not fit.
 */
export function closedLoopRnn<A extends Agent>(
  loop: ClosedLoop,
  initial: A,
  trained: readonly TensorOf<A>[],
  make?: MakerOf<A>,
): RnnEngine<A> {
  expectFit(initial, loop.plant);
  const { horizon, batch } = loop;
  const kernel = loadedKernel({ initial, steps: horizon - 1, batch, trained, make });
  const trials = trialsOf(loop, kernel);

  function evaluate(starts: Mat<number>): Evaluation {
    const loss = rollForward(kernel, trials, horizon, starts);
    trials.rewind();
    kernel.rewind();
    for (let t = horizon - 1; t > 0; t--) {
      trials.pushControl(t);
      kernel.backward(t - 1);
      trials.pullState(t);
    }
    return { loss, gradNorm: kernel.finish() };
  }
  return engineOf(initial, kernel, evaluate);
}

/** An agent deployed on fixed trials, without learning from them. */
export interface Deployment<A extends Agent = Rnn> {
  /** Runs the loop with the weights of a kernel. @returns the loss */
  run(weights: Pick<KernelOf<A>, 'weights'>): number;
  /** States of the last run: component i of trial b at step t is entry (t·n + i)·rows + b. */
  readonly x: Float64Array;
  /** Controls of the last run from step 1 on, where the first are: control k of trial b at step t is ((t − 1)·p + k)·rows + b. */
  readonly u: Float64Array;
  /** The batch, rounded up to what the kernel works on; what is beyond the batch is 0. */
  readonly rows: number;
}

/**
 * The closed loop of agents like a given one, whatever they are trained on.
 * @param starts n × batch, the same for every run
 * @throws RangeError if agent and plant do not fit.
 */
export function deployment<A extends Agent>(
  loop: ClosedLoop,
  like: A,
  starts: Mat<number>,
  make?: MakerOf<A>,
): Deployment<A> {
  expectFit(like, loop.plant);
  const { horizon, batch } = loop;
  const kernel = loadedKernel({ initial: like, steps: horizon - 1, batch, trained: [], make });
  const trials = trialsOf(loop, kernel);
  return {
    run(weights) {
      kernel.follow(weights);
      return rollForward(kernel, trials, horizon, starts);
    },
    x: trials.x,
    u: kernel.outputs,
    rows: kernel.rows,
  };
}

/**
 * A student that is to act as a teacher does on given inputs, both called at every step from the first on: the loss is
 * weight · Σ_t Σ over outputs of the mean over trials of (û − u)².
 *
 * Its `evaluate` takes inputs, steps·c × batch, those before step t in rows t·c and on.
 *
 * @param student the initial weights; copied
 * @param teacher of the same kind, as many inputs and outputs, and any size and activation
 * @throws RangeError if student and teacher do not fit.
 */
export function openLoopRnn<A extends Agent>(
  { steps, batch, weight }: { readonly steps: number; readonly batch: number; readonly weight: number },
  student: A,
  teacher: A,
  trained: readonly TensorOf<A>[],
  make?: MakerOf<A>,
): RnnEngine<A> {
  const [{ c, p }, other] = [agentShape(student), agentShape(teacher)];
  if (other.c !== c || other.p !== p)
    throw new RangeError(
      `the student has ${c} inputs and ${p} outputs, the teacher ${other.c} inputs and ${other.p} outputs`,
    );
  const kernel = loadedKernel({ initial: student, steps, batch, trained, make });
  const model = loadedKernel({ initial: teacher, steps, batch, trained: [], make });
  const { rows } = kernel;
  const share = weight / batch;

  function evaluate(inputs: Mat<number>): Evaluation {
    expectColumns(inputs, steps * c, batch);
    for (let row = 0; row < steps * c; row++)
      for (let b = 0; b < batch; b++) kernel.inputs[row * rows + b] = inputs.data[row * batch + b]!;
    model.inputs.set(kernel.inputs);
    let loss = 0;
    for (let t = 0; t < steps; t++) {
      model.forward(t);
      kernel.forward(t);
      for (let k = t * p * rows; k < (t + 1) * p * rows; k++) {
        const error = kernel.outputs[k]! - model.outputs[k]!;
        kernel.outputAdjoints[k] = 2 * share * error;
        loss += share * error * error;
      }
    }
    kernel.rewind();
    for (let t = steps - 1; t >= 0; t--) kernel.backward(t);
    return { loss, gradNorm: kernel.finish() };
  }
  return engineOf(student, kernel, evaluate);
}
