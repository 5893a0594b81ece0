/**
 * Kernels of any kind of units, driven forward and back on random problems.
 */
import fc from 'fast-check';
import { plain, seed } from '#spec/generators/number.js';
import type { Kernel, KernelMaker, KernelSpec } from '#src/kernel/kernel.js';
import type { KernelTensor, UnitKind } from '#src/kernel/units.js';
import { Stream } from '#src/linalg/random.js';

export interface Case<K extends KernelTensor> {
  readonly spec: KernelSpec<K>;
  readonly seed: number;
}

/** Weights, and what drives a kernel: y, and ∂L/∂u; entry (t·channels + k)·batch + b. */
export interface Problem<K extends KernelTensor> {
  readonly weights: Readonly<Record<K, Float64Array>>;
  readonly inputs: Float64Array;
  readonly outputAdjoints: Float64Array;
}

/** What a kernel answers, trial by trial, or bounds on its errors. */
export type Answer<K extends KernelTensor> = Record<'outputs' | 'inputAdjoints' | K, Float64Array>;

/** Sizes from 1 on, and beyond the multiples that tiles and windows have. */
export function anyCase<K extends KernelTensor>(
  kinds: fc.Arbitrary<UnitKind<K>>,
  { units, steps, batches }: { readonly units: number; readonly steps: number; readonly batches: readonly number[] },
): fc.Arbitrary<Case<K>> {
  return kinds.chain((kind) =>
    plain<Case<K>>({
      spec: plain<KernelSpec<K>>({
        kind: fc.constant(kind),
        units: fc.integer({ min: 1, max: units }),
        inputs: fc.integer({ min: 1, max: 3 }),
        outputs: fc.integer({ min: 1, max: 3 }),
        batch: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(...batches)),
        steps: fc.integer({ min: 1, max: steps }),
        trained: fc.subarray([...kind.tensors], { minLength: 1 }),
      }),
      seed,
    }),
  );
}

/** Recurrence that neither grows nor dies out, as a sum of absolute values too, so that bounds tell rounding from errors. */
export function problemOf<K extends KernelTensor>({ spec, seed: from }: Case<K>): Problem<K> {
  const { kind, units: N, inputs: c, outputs: p, batch, steps } = spec;
  const random = new Stream(from);
  const numbers = (count: number, scale: number): Float64Array =>
    Float64Array.from({ length: count }, () => scale * random.normal());
  const rows = kind.gates * N;
  const drawn: Record<KernelTensor, () => Float64Array> = {
    M: () => numbers(rows * c, 1),
    W: () => numbers(rows * N, 1 / N),
    bih: () => numbers(rows, 0.5),
    bhh: () => numbers(rows, 0.5),
    Z: () => numbers(p * N, 1),
    bho: () => numbers(p, 0.5),
  };
  return {
    weights: Object.fromEntries(kind.tensors.map((tensor) => [tensor, drawn[tensor]()])) as Problem<K>['weights'],
    inputs: numbers(steps * c * batch, 1),
    outputAdjoints: numbers(steps * p * batch, 1),
  };
}

/** Between a kernel's rows and those of a batch alone. */
function eachTrial(
  { rows, spec: { batch, steps } }: { rows: number; spec: { batch: number; steps: number } },
  channels: number,
  visit: (padded: number, tight: number) => void,
): void {
  for (let row = 0; row < steps * channels; row++)
    for (let b = 0; b < batch; b++) visit(row * rows + b, row * batch + b);
}

/** Forward and back. */
export function run<K extends KernelTensor>(
  kernel: Kernel<K>,
  { inputs, outputAdjoints }: Pick<Problem<K>, 'inputs' | 'outputAdjoints'>,
): void {
  const { spec } = kernel;
  eachTrial(kernel, spec.inputs, (to, from) => {
    kernel.inputs[to] = inputs[from]!;
  });
  for (let t = 0; t < spec.steps; t++) kernel.forward(t);
  eachTrial(kernel, spec.outputs, (to, from) => {
    kernel.outputAdjoints[to] = outputAdjoints[from]!;
  });
  kernel.rewind();
  for (let t = spec.steps - 1; t >= 0; t--) kernel.backward(t);
  kernel.finish();
}

/** A kernel loaded and run on a problem. */
export function ran<K extends KernelTensor>(make: KernelMaker, spec: KernelSpec<K>, problem: Problem<K>): Kernel<K> {
  const kernel = make(spec);
  kernel.load(problem.weights);
  run(kernel, problem);
  return kernel;
}

export function answerOf<K extends KernelTensor>(kernel: Kernel<K>): Answer<K> {
  const { spec } = kernel;
  const tight = (values: Float64Array, channels: number): Float64Array => {
    const trials = new Float64Array(spec.steps * channels * spec.batch);
    eachTrial(kernel, channels, (from, to) => {
      trials[to] = values[from]!;
    });
    return trials;
  };
  return {
    ...kernel.gradients(),
    outputs: tight(kernel.outputs, spec.outputs),
    inputAdjoints: tight(kernel.inputAdjoints, spec.inputs),
  };
}

/** A maker of kernels with a fault. */
export const mutant =
  (make: KernelMaker, fault: (kernel: Kernel<KernelTensor>) => Partial<Kernel<KernelTensor>>): KernelMaker =>
  <K extends KernelTensor>(spec: KernelSpec<K>): Kernel<K> => {
    const kernel = make(spec);
    return { ...kernel, ...(fault(kernel as unknown as Kernel<KernelTensor>) as unknown as Partial<Kernel<K>>) };
  };
