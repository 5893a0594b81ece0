/**
 * Whole weights at some epochs, with what the optimiser remembers of them: with the starts between, they determine what is learnt
 * from one to the next.
 */
import type { Agent } from '../agent/agent.js';
import type { Trainable } from '../kernel/numbers.js';
import type { Initial } from '../problem/agents.js';
import type { Memory } from './descent.js';
import type { Perturbable } from './engine.js';
import type { Beginning } from './train.js';

/** A learner of explicit parameters, which can be read at any time. */
export interface Explicit<E extends Perturbable = Perturbable, W = Initial | Agent> {
  readonly engine: E;
  /** A copy of the parameters as they are now. */
  readonly current: () => W;
}

/** Parameters before the update of an epoch. */
export interface Snapshot<W = Initial | Agent> {
  readonly epoch: number;
  readonly weights: W;
  /** What the optimiser remembers of the trained ones, in their shapes: first moments, or velocities, and then second ones. */
  readonly memory: readonly W[];
}

/** The arrays of a learner's parameters, as an optimiser has its memory. */
const arraysOf = ({ parameters = [] }: Perturbable): Float64Array[] =>
  parameters.map(({ values }) => Float64Array.from(values));

/** Arrays of the trained parameters, in the shapes of weights. */
function shaped<W>({ engine, current }: Explicit<Perturbable, W>, arrays: readonly Float64Array[]): W {
  const kept = arraysOf(engine);
  const put = (all: readonly Float64Array[]): void =>
    engine.parameters?.forEach(({ values }, k) => {
      values.set(all[k]!);
    });
  put(arrays);
  const weights = current();
  put(kept);
  return weights;
}

/** A snapshot of a learner under way. @param fields how many numbers its optimiser remembers of each weight */
export function snapshotOf<W>(
  learner: Explicit<Perturbable, W>,
  epoch: number,
  { first, second }: Memory,
  fields: number,
): Snapshot<W> {
  const memory = [first, second].slice(0, fields).map((arrays) => shaped(learner, arrays));
  return { epoch, weights: learner.current(), memory };
}

/**
 * The memory of a learner's optimiser from a snapshot's.
 * @param count updates before it
 * @param learnerOf makes a learner of given weights: what the optimiser remembers lies where they do
 */
export function memoryOf<W>(memory: readonly W[], count: number, learnerOf: (weights: W) => Explicit): Memory {
  const [first = [], second = first.map((array: Float64Array) => new Float64Array(array.length))] = memory.map(
    (weights) => arraysOf(learnerOf(weights).engine),
  );
  return { first, second, count };
}

/**
 * What a run begins with that trains other tensors than the one whose beginning it is: of those that were not trained nothing is
 * remembered.
 * @param parameters of the run's engine, in the order of `trained`
 */
export function beginningFor(
  { from, memory }: Beginning,
  before: readonly string[],
  trained: readonly string[],
  parameters: readonly Trainable[],
): Beginning {
  if (!memory) return { from };
  const { first, second, count } = structuredClone(memory);
  const chosen = (arrays: readonly Float64Array[]): Float64Array[] =>
    trained.map((name, k) => arrays[before.indexOf(name)] ?? new Float64Array(parameters[k]!.values.length));
  return { from, memory: { first: chosen(first), second: chosen(second), count } };
}
