/**
 * Training RNNs on whole batches, in closed loop and in open loop. Where the agent is not linear a batch does not collapse to
 * its moments: every trial is rolled out.
 */

import {
  type Agent,
  agentShape,
  type TensorOf,
  tensorIn,
  tensorsOf,
  unitKindOf,
  weightsIn,
  withWeights,
} from '../agent/agent.js';
import { perturbStretches } from '../agent/gram.js';
import type { Rnn } from '../agent/rnn.js';
import { kernelFor } from '../kernel/choose.js';
import type { Kernel, KernelMaker, KernelWeights } from '../kernel/kernel.js';
import type { Mat } from '../linalg/matrix.js';
import { axpy, dot } from '../linalg/vector.js';
import { batchLoop, kernelCut } from '../loop/batch.js';
import type { Cuts } from '../loop/cuts.js';
import type { Plant } from '../plant/plant.js';
import type { Cost } from '../problem/protocol.js';
import { crewAtHand } from './crew.js';
import { type Evaluation, expectPlant, expectTeacher, type Perturbable } from './engine.js';
import { type Board, boardFor, gather, type PartEngine, partEvaluator, partsOf, post } from './parts.js';

/** A kernel for a kind of agent. */
export type KernelOf<A extends Agent> = Kernel<TensorOf<A>>;

/** A learner of explicit weights, evaluated on batches: one column per trial. */
export interface RnnEngine<A extends Agent = Rnn> extends Perturbable {
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
  /** In double precision unless another is wanted. */
  readonly make?: KernelMaker | undefined;
  readonly cut?: (step: number) => boolean;
}

/** A kernel with an agent's weights. */
export function loadedKernel<A extends Agent>({
  initial,
  steps,
  batch,
  trained,
  make = kernelFor('f64'),
  cut = () => false,
}: Setup<A>): KernelOf<A> {
  const { N, c, p } = agentShape(initial);
  const kernel = make({ kind: unitKindOf(initial), units: N, inputs: c, outputs: p, batch, steps, trained, cut });
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
    perturb(random, relative) {
      const before = kernel.weights();
      const moved = kernel.weights();
      for (const tensor of tensorsOf(initial)) {
        const { cols } = tensorIn(initial, tensor);
        perturbStretches(moved[tensor], cols, random, relative);
      }
      kernel.load(moved);
      return () => kernel.load(before);
    },
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
  /** Weights of the loss, which is a mean over trials. */
  readonly cost: Cost;
  /** T: the number of scored states x_0 … x_{T−1}. */
  readonly horizon: number;
  readonly batch: number;
  /** Where gradients do not flow back; by default nowhere. */
  readonly cuts?: Cuts;
}

/** An open loop's batch. */
export interface OpenLoop {
  readonly steps: number;
  readonly batch: number;
  /** Of the squared error in the loss. */
  readonly weight: number;
}

/** Σ_ij W_ij v_i·v_j of the rows of a block, one of `length` numbers after the other. */
function quadratic({ rows: m, data }: Mat<number>, v: Float64Array, offset: number, length: number): number {
  let total = 0;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++)
      if (data[i * m + j] !== 0)
        total += data[i * m + j]! * dot(v, offset + i * length, v, offset + j * length, length);
  return total;
}

/** Adds the gradient of `scale · quadratic`, of symmetric W. */
function addSlope(
  { rows: m, data }: Mat<number>,
  scale: number,
  v: Float64Array,
  offset: number,
  length: number,
  into: Float64Array,
  at: number,
): void {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++)
      if (data[i * m + j] !== 0)
        axpy(2 * scale * data[i * m + j]!, v, offset + j * length, into, at + i * length, length);
}

/**
 * An agent in closed loop, scored. Order within a step: observe, update, act, score, step; u₀ = 0, and the first observation is y₁.
 * @param trials how many of the batch, which the loss is a mean over
 */
function scoredLoop<A extends Agent>(
  { plant, cost, horizon, batch, cuts = {} }: ClosedLoop,
  trials: number,
  initial: A,
  trained: readonly TensorOf<A>[],
  make: KernelMaker | undefined,
) {
  const shape = agentShape(initial);
  expectPlant(shape, plant);
  const { c, p } = shape;
  const n = plant.A.rows;
  const kernel = loadedKernel({ initial, steps: horizon - 1, batch: trials, trained, make, cut: kernelCut(cuts, 1) });
  const loop = batchLoop(plant, kernel, { first: 1, cuts });
  const { outputs, outputAdjoints } = kernel;
  const { rows, states } = loop;
  const { Q, R, discount } = cost;
  /** What a trial's step weighs. */
  const share = (t: number): number => discount ** t / batch;

  function scoreAt(t: number): number {
    const controls = t > 0 ? quadratic(R, outputs, (t - 1) * p * rows, rows) : 0;
    return share(t) * (quadratic(Q, states, t * n * rows, rows) + controls);
  }

  return {
    kernel,
    loop,
    /** @param starts n × trials, and below them noise (problem/start.ts), if there is any @returns the loss */
    forward(starts: Mat<number>): number {
      const noisy = starts.rows > n;
      expectColumns(starts, noisy ? n + (horizon - 1) * (n + c) : n, trials);
      loop.forward(starts, n, noisy);
      let loss = 0;
      for (let t = 0; t < horizon; t++) loss += scoreAt(t);
      return loss;
    },
    /** @returns the gradients' norm */
    backward: (): number =>
      loop.backward({
        state: (t, into) => addSlope(Q, share(t), states, t * n * rows, rows, into, 0),
        control: (k) => addSlope(R, share(k + 1), outputs, k * p * rows, rows, outputAdjoints, k * p * rows),
      }),
  };
}

/**
 * An RNN in closed loop. h₀ = 0 and u₀ = 0: the first observation that enters h is y₁, and the kernel takes T − 1 steps.
 *
 * @param initial the initial weights; copied
 * @throws RangeError if agent and plant do not fit.
 */
export function closedLoopRnn<A extends Agent>(
  loop: ClosedLoop,
  initial: A,
  trained: readonly TensorOf<A>[],
  make?: KernelMaker,
): RnnEngine<A> {
  return batchEngine({ mode: 'closed-loop', loop, initial, trained }, make);
}

/** An agent deployed on fixed trials, without learning from them. */
export interface Deployment<A extends Agent = Rnn> {
  /** Runs the loop with the weights of a kernel. @returns the loss */
  run(weights: { weights(): KernelWeights<TensorOf<A>> }): number;
  /** States of the last run: component i of trial b at step t is entry (t·n + i)·rows + b. */
  readonly x: Float64Array;
  /** Controls of the last run from step 1 on, where the first are: control k of trial b at step t is ((t − 1)·p + k)·rows + b. */
  readonly u: Float64Array;
  /** The batch, rounded up to what the kernel works on; what is beyond the batch is 0. */
  readonly rows: number;
}

/**
 * The closed loop of agents of the same sizes as a given one. How they were trained does not matter.
 * @param starts n × batch, the same for every run
 * @throws RangeError if agent and plant do not fit.
 */
export function deployment<A extends Agent>(
  closed: ClosedLoop,
  like: A,
  starts: Mat<number>,
  make?: KernelMaker,
): Deployment<A> {
  const { kernel, loop, forward } = scoredLoop(closed, closed.batch, like, [], make);
  return {
    run(weights) {
      kernel.follow(weights);
      return forward(starts);
    },
    x: loop.states,
    u: kernel.outputs,
    rows: loop.rows,
  };
}

/**
 * A student learns to act as a teacher acts on given inputs. Both act at every step from the first on. The loss is
 * weight · Σ_t Σ over outputs of the mean over trials of (û − u)².
 *
 * Its `evaluate` takes inputs, steps·c × batch, those before step t in rows t·c and on.
 *
 * @param student the initial weights; copied
 * @param teacher of the same kind, as many inputs and outputs, and any size and activation
 * @throws RangeError if student and teacher do not fit.
 */
export function openLoopRnn<A extends Agent>(
  loop: OpenLoop,
  student: A,
  teacher: A,
  trained: readonly TensorOf<A>[],
  make?: KernelMaker,
): RnnEngine<A> {
  return batchEngine({ mode: 'open-loop', loop, initial: student, teacher, trained }, make);
}

/** Trials of an open loop. */
function taughtLoop<A extends Agent>(
  { steps, batch, weight }: OpenLoop,
  trials: number,
  student: A,
  teacher: A,
  trained: readonly TensorOf<A>[],
  make: KernelMaker,
): PartEngine<TensorOf<A>> {
  const shape = agentShape(student);
  expectTeacher(shape, agentShape(teacher));
  const { c, p } = shape;
  const kernel = loadedKernel({ initial: student, steps, batch: trials, trained, make });
  const model = loadedKernel({ initial: teacher, steps, batch: trials, trained: [], make });
  const { rows } = kernel;
  const share = weight / batch;

  function evaluate(inputs: Mat<number>): Evaluation {
    expectColumns(inputs, steps * c, trials);
    for (let row = 0; row < steps * c; row++)
      for (let b = 0; b < trials; b++) kernel.inputs[row * rows + b] = inputs.data[row * trials + b]!;
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
  return { kernel, evaluate };
}

/** What is learned on batches, by whom. */
export type BatchTask<A extends Agent> = {
  readonly initial: A;
  readonly trained: readonly TensorOf<A>[];
} & (
  | { readonly mode: 'closed-loop'; readonly loop: ClosedLoop }
  | { readonly mode: 'open-loop'; readonly loop: OpenLoop; readonly teacher: A }
);

/** The engine of some of a batch's trials. @throws RangeError if agent and plant, or student and teacher, do not fit. */
export function partEngine<A extends Agent>(
  task: BatchTask<A>,
  trials: number,
  make: KernelMaker,
): PartEngine<TensorOf<A>> {
  const { initial, trained } = task;
  if (task.mode === 'open-loop') return taughtLoop(task.loop, trials, initial, task.teacher, trained, make);
  const { kernel, forward, backward } = scoredLoop(task.loop, trials, initial, trained, make);
  return { kernel, evaluate: (starts) => ({ loss: forward(starts), gradNorm: backward() }) };
}

/** Products of a batch from which on it pays to share it. */
const WORTH_SHARING = 2 ** 22;

/** An engine on whole batches, which threads may share part by part. */
function batchEngine<A extends Agent>(task: BatchTask<A>, make: KernelMaker = kernelFor('f64')): RnnEngine<A> {
  const { batch } = task.loop;
  const parts = partsOf(batch);
  const engineFor = (trials: number) => partEngine(task, trials, make);
  const own = engineFor(parts[0]!.size);
  const { kernel } = own;
  if (parts.length === 1) return engineOf(task.initial, kernel, own.evaluate);
  const { units, steps, kind } = kernel.spec;
  const crew = make.precision && kind.gates * units ** 2 * steps * batch >= WORTH_SHARING ? crewAtHand() : undefined;
  let board: Board | undefined;
  let evaluate: ReturnType<typeof partEvaluator>;
  let job = 0;
  let round = 0;
  /** A board for such data. */
  function prepare(rows: number): Board {
    const made = boardFor(kernel, batch, rows);
    evaluate = partEvaluator(made, engineFor, own);
    if (crew) job = crew.enlist({ task, precision: make.precision!, board: made });
    board = made;
    return made;
  }
  return engineOf(task.initial, kernel, (data) => {
    const { rows } = data;
    expectColumns(data, rows, batch);
    const at = board?.rows === rows ? board : prepare(rows);
    post(at, kernel, data);
    if (crew) crew.share(job, parts.length, evaluate);
    else for (let k = 0; k < parts.length; k++) evaluate(k, round);
    round++;
    return { loss: gather(at, kernel), gradNorm: kernel.norm() };
  });
}
