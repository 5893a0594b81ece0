/**
 * What every training engine offers. Engines differ in what they roll out: the N hidden units (`full`), the order
 * parameters with the factor of the Gram matrix (`gram`), the order parameters alone (`effective`).
 */
import type { AgentShape } from '../agent/linear.js';
import type { Trainable } from '../kernel/numbers.js';
import type { Mat } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import type { Plant } from '../plant/plant.js';
import type { Memory, Updatable, Update } from './descent.js';

/** An evaluation at the current parameters. */
export interface Evaluation {
  readonly loss: number;
  /** Global norm of the gradients of all trained tensors, before clipping. */
  readonly gradNorm: number;
  /** What a program logs, where that is something else. */
  readonly logged?: { readonly loss: number; readonly gradNorm: number; readonly clipFactor: number };
}

/** What the training loop needs of an engine. */
export interface Learner extends Updatable {
  /** Loss and gradient at the current parameters. @param data what the engine learns from: starts, inputs or phases */
  evaluate(data: Mat<number>): Evaluation;
  /** Told of an epoch before it is evaluated. */
  readonly begin?: (epoch: number) => void;
  /** The update, where it is not that of the protocol. */
  readonly updater?: (memory: Memory) => Update;
  /** Whether a program logs its weights after the update, and loss and norm before it. */
  readonly logsLate?: boolean;
}

/** A learner that shadow runs can be made of (tolerance.ts). */
export interface Perturbable extends Learner {
  /**
   * Moves every parameter by independent noise of the given size relative to its column.
   * @returns what takes it back
   */
  perturb(random: Stream, relative: number): () => void;
}

/** A learner of one architecture, with its parameters as state. */
export interface Engine extends Perturbable {
  /** Sizes of the agent; N is 0 where there are no units. */
  readonly shape: AgentShape;
  /** n, where the source draws trials, starts and noise; nothing where it draws second moments of starts. */
  readonly trialsOf?: number;
  /** Loss and gradient for starts, and noise below them, given as a factor of their moments (n × K or more, see start.ts). */
  evaluate(starts: Mat<number>): Evaluation;
  /**
   * Writes the order parameters K, row-major (p+r)·(c+r), and the lower triangle of the Gram matrix, d·(d+1)/2 (nothing
   * where there are no units).
   */
  observe(overlaps: Float64Array, gram: Float64Array): void;
  /**
   * Moves the parameters as little as it takes to arrive at what a record has of them, as `observe` writes it; NaN where it has
   * nothing. The optimiser's memory stays.
   */
  adopt(overlaps: Float64Array, gram: Float64Array): void;
  /** Parameter arrays, for optimisers that need more than a step along the gradient; absent where there are none. */
  readonly parameters?: readonly Trainable<Float64Array>[];
}

/** @throws RangeError if an agent's inputs and outputs are not a plant's. */
export function expectPlant({ c, p }: Pick<AgentShape, 'c' | 'p'>, { B, C }: Plant): void {
  if (B.cols !== p || C.rows !== c)
    throw new RangeError(
      `the agent has ${c} inputs and ${p} outputs, the plant ${C.rows} observations and ${B.cols} controls`,
    );
}

/** @throws RangeError if student and teacher do not have as many inputs and outputs. */
export function expectTeacher(student: Pick<AgentShape, 'c' | 'p'>, teacher: Pick<AgentShape, 'c' | 'p'>): void {
  if (teacher.c !== student.c || teacher.p !== student.p)
    throw new RangeError(
      `the student has ${student.c} inputs and ${student.p} outputs, the teacher ${teacher.c} inputs and ${teacher.p} outputs`,
    );
}
