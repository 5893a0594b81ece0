/**
 * Updates: gradient descent with global-norm clipping, momentum, Adam, AdamW, as PyTorch defines them.
 */

import type { Trainable } from '../kernel/numbers.js';
import type { OptimizerSpec } from '../problem/schema.js';

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

/** Applies one update to an engine, given the clip factor. */
export type Update = (clip: number) => void;

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
export function updateRule(engine: Updatable, spec: OptimizerSpec, memory = noMemory(engine)): Update {
  if (spec.kind === 'sgd' && !spec.momentum) return (clip) => engine.descend(spec.lr * clip);
  const { parameters } = engine;
  if (!parameters)
    throw new RangeError(`${spec.kind} with momentum does not close on the Gram matrix: it needs the full engine`);
  const { first, second } = memory;
  if (spec.kind === 'sgd') {
    const momentum = spec.momentum ?? 0;
    return (clip) =>
      parameters.forEach(({ values, gradient }, index) => {
        const velocity = first[index]!;
        for (let k = 0; k < values.length; k++) {
          velocity[k] = momentum * velocity[k]! + clip * gradient[k]!;
          values[k]! -= spec.lr * velocity[k]!;
        }
      });
  }
  const { lr, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = spec;
  // AdamW (Loshchilov & Hutter 2019, Algorithm 2) shrinks the parameters first; neither clipping nor the means see it.
  const kept = spec.kind === 'adamw' ? 1 - lr * (spec.weightDecay ?? 0.01) : 1;
  return (clip) => {
    const count = ++memory.count;
    const [bias1, bias2] = [1 - beta1 ** count, 1 - beta2 ** count];
    parameters.forEach(({ values, gradient }, index) => {
      const [mean, square] = [first[index]!, second[index]!];
      for (let k = 0; k < values.length; k++) {
        const g = clip * gradient[k]!;
        mean[k] = beta1 * mean[k]! + (1 - beta1) * g;
        square[k] = beta2 * square[k]! + (1 - beta2) * g * g;
        values[k] = kept * values[k]! - (lr / bias1) * (mean[k]! / (Math.sqrt(square[k]! / bias2) + eps));
      }
    });
  };
}
