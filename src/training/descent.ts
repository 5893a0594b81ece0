/**
 * Updates as PyTorch defines them: clipping by the global norm or by value, gradient descent with momentum, Adam, AdamW, weight decay.
 */

import type { Numbers, Trainable } from '../kernel/numbers.js';
import { isPlainDescent, type OptimizerSpec, rateAt, weightDecayOf } from '../problem/schema.js';

/** What PyTorch adds to the norm before dividing by it. */
const CLIP_GUARD = 1e-6;

/** κ = min(1, clip / (‖g‖ + 1e−6)): the factor on every gradient. NaN for a norm that is NaN. */
export function clipFactor(gradNorm: number, clip: number | null): number {
  return clip === null ? 1 : Math.min(1, clip / (gradNorm + CLIP_GUARD));
}

/** What an update acts on: a step along the gradient, and the parameters where there are any. */
export interface Updatable {
  descend(step: number): void;
  readonly parameters?: readonly Trainable[];
}

/** Applies the update of an epoch to an engine, given the clip factor. */
export type Update = (clip: number, epoch: number) => void;

/** How a program may update its weights otherwise than any protocol can say. */
export interface UpdateVariant {
  /** What is clipped instead of the global norm: each tensor's own, or the norm of the largest entry. */
  readonly clipping?: 'per tensor' | 'largest entry';
  /** Of Adam: the running means are not corrected for their beginning. */
  readonly uncorrected?: boolean;
  /** The epoch before which the optimiser's memory is lost. */
  readonly forgets?: number;
}

/** What an optimiser remembers, per parameter array: velocities or means, mean squares, and the number of updates. */
export interface Memory {
  readonly first: readonly Float64Array[];
  readonly second: readonly Float64Array[];
  count: number;
}

/** The memory of an engine's optimiser before the first update. */
export function noMemory({ parameters = [] }: Updatable): Memory {
  const blank = (): Float64Array[] => parameters.map(({ values }) => new Float64Array(values.length));
  return { first: blank(), second: blank(), count: 0 };
}

/**
 * The update rule of a protocol.
 * @param memory of its own by default; it is written to
 * @throws RangeError if the rule needs parameter arrays that the engine does not have.
 */
export function updateRule(
  engine: Updatable,
  spec: OptimizerSpec,
  memory = noMemory(engine),
  { clipping, uncorrected = false, forgets }: UpdateVariant = {},
): Update {
  if (isPlainDescent(spec) && !clipping && forgets === undefined)
    return (clip, epoch) => engine.descend(rateAt(spec, epoch) * clip);
  const { parameters } = engine;
  if (!parameters)
    throw new RangeError(
      'only plain steps along the gradient close on the Gram matrix: momentum, weight decay, clipping by value and Adam need the full engine',
    );
  const clipped = clippingOf(spec, clipping);
  // AdamW (Loshchilov & Hutter 2019, Algorithm 2) shrinks the weights instead; neither clipping nor the means see it.
  const decay = spec.kind === 'adamw' ? 0 : weightDecayOf(spec);
  return (clip, epoch) => {
    if (epoch === forgets) {
      for (const array of [...memory.first, ...memory.second]) array.fill(0);
      memory.count = 0;
    }
    memory.count++;
    const shares = clipped(parameters, clip);
    const step = stepOf(spec, rateAt(spec, epoch), memory.count, uncorrected);
    parameters.forEach(({ values, gradient }, index) => {
      const [mean, square, share] = [memory.first[index]!, memory.second[index]!, shares[index]!];
      for (let k = 0; k < values.length; k++)
        step(share(gradient[k]!) + (decay === 0 ? 0 : decay * values[k]!), k, values, mean, square);
    });
  };
}

/** What clipping makes of an entry of each tensor's gradient, given the factor of the global norm. */
function clippingOf({ clip, clipValue: bound }: OptimizerSpec, kind: UpdateVariant['clipping']) {
  const by = (factor: number) => (entry: number) => factor * entry;
  return (parameters: readonly Trainable[], together: number): readonly ((entry: number) => number)[] => {
    if (bound !== undefined) return parameters.map(() => (entry) => Math.max(-bound, Math.min(bound, entry)));
    if (!kind || clip === null) return parameters.map(() => by(together));
    const largest = ({ gradient }: Trainable): number => {
      let size = 0;
      for (const g of gradient) size = Math.max(size, Math.abs(g));
      return size;
    };
    if (kind === 'largest entry')
      return parameters.map(() => by(clipFactor(Math.max(...parameters.map(largest)), clip)));
    const norm = ({ gradient }: Trainable): number => {
      let squares = 0;
      for (const g of gradient) squares += g * g;
      return Math.sqrt(squares);
    };
    return parameters.map((tensor) => by(clipFactor(norm(tensor), clip)));
  };
}

/** The step of one weight along its clipped gradient. */
function stepOf(
  spec: OptimizerSpec,
  lr: number,
  count: number,
  uncorrected: boolean,
): (g: number, k: number, values: Numbers, mean: Float64Array, square: Float64Array) => void {
  if (spec.kind === 'sgd') {
    const { momentum = 0, nesterov = false, dampening = 0 } = spec;
    // As PyTorch has it, there is no dampening of the first gradient, nor without momentum.
    const taken = count === 1 || momentum === 0 ? 1 : 1 - dampening;
    return (g, k, values, velocity) => {
      velocity[k] = momentum * velocity[k]! + taken * g;
      values[k]! -= lr * (nesterov ? g + momentum * velocity[k]! : velocity[k]!);
    };
  }
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = spec;
  const kept = spec.kind === 'adamw' ? 1 - lr * weightDecayOf(spec) : 1;
  const [bias1, bias2] = uncorrected ? [1, 1] : [1 - beta1 ** count, 1 - beta2 ** count];
  return (g, k, values, mean, square) => {
    mean[k] = beta1 * mean[k]! + (1 - beta1) * g;
    square[k] = beta2 * square[k]! + (1 - beta2) * g * g;
    values[k] = kept * values[k]! - (lr / bias1) * (mean[k]! / (Math.sqrt(square[k]! / bias2) + eps));
  };
}
