/**
 * SIMD kernels against plain arithmetic, within what rounding explains (rounding.ts), over sizes with every kind of tail.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leak, plain, seed } from '#spec/generators/number.js';
import { type Answer, type Drive, errorBounds } from '#spec/kernel/rounding.js';
import type { Kernel, KernelMaker, KernelSpec, KernelWeights, Precision } from '#src/kernel/kernel.js';
import { KERNEL_TENSORS } from '#src/kernel/kernel.js';
import { plainKernel } from '#src/kernel/plain.js';
import { wasmKernel } from '#src/kernel/wasm.js';
import { Stream } from '#src/linalg/random.js';

const PRECISIONS = ['f64', 'f32'] as const;
const ANSWERS = ['outputs', 'inputAdjoints', 'M', 'W', 'Z'] as const;

interface Case {
  readonly spec: KernelSpec;
  readonly seed: number;
}

/** Sizes from 1 on, and beyond the multiples that tiles and windows have. */
const anyCase: fc.Arbitrary<Case> = plain<Case>({
  spec: plain<KernelSpec>({
    units: fc.integer({ min: 1, max: 21 }),
    inputs: fc.integer({ min: 1, max: 3 }),
    outputs: fc.integer({ min: 1, max: 3 }),
    batch: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(33, 65)),
    steps: fc.integer({ min: 1, max: 20 }),
    leak,
    activation: fc.constantFrom('tanh', 'relu', 'linear'),
    trained: fc.subarray([...KERNEL_TENSORS], { minLength: 1 }),
  }),
  seed,
});

interface Problem {
  readonly weights: KernelWeights;
  readonly drive: Drive;
}

/** Recurrence that neither grows nor dies out, as a sum of absolute values too, so that bounds tell rounding from errors. */
function problemOf({ spec: { units: N, inputs: c, outputs: p, batch, steps }, seed: from }: Case): Problem {
  const random = new Stream(from);
  const numbers = (count: number, scale: number): Float64Array =>
    Float64Array.from({ length: count }, () => scale * random.normal());
  return {
    weights: { M: numbers(N * c, 1), W: numbers(N * N, 1 / N), Z: numbers(p * N, 1) },
    drive: { inputs: numbers(steps * c * batch, 1), outputAdjoints: numbers(steps * p * batch, 1) },
  };
}

/** Between a kernel's rows and those of a batch alone. */
function eachTrial(kernel: Kernel, channels: number, visit: (padded: number, tight: number) => void): void {
  const { batch, steps } = kernel.spec;
  for (let row = 0; row < steps * channels; row++)
    for (let b = 0; b < batch; b++) visit(row * kernel.rows + b, row * batch + b);
}

/** Forward and back. */
function run(kernel: Kernel, { inputs, outputAdjoints }: Drive): void {
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

function answerOf(kernel: Kernel): Answer {
  const { spec } = kernel;
  const [outputs, inputAdjoints] = (
    [
      [kernel.outputs, spec.outputs],
      [kernel.inputAdjoints, spec.inputs],
    ] as const
  ).map(([values, channels]) => {
    const tight = new Float64Array(spec.steps * channels * spec.batch);
    eachTrial(kernel, channels, (from, to) => {
      tight[to] = values[from]!;
    });
    return tight;
  });
  return { outputs: outputs!, inputAdjoints: inputAdjoints!, ...kernel.gradients() };
}

/** A kernel loaded and run on a problem. */
function ran(make: KernelMaker, spec: KernelSpec, { weights, drive }: Problem): Kernel {
  const kernel = make(spec);
  kernel.load(weights);
  run(kernel, drive);
  return kernel;
}

/** The largest difference from plain arithmetic in units of what rounding explains. */
function excess(make: KernelMaker, precision: Precision, tried: Case): number {
  const { spec } = tried;
  const problem = problemOf(tried);
  const [ours, theirs] = [answerOf(ran(make, spec, problem)), answerOf(ran(plainKernel, spec, problem))];
  const bounds = [precision, 'f64' as const].map((own) => errorBounds(spec, problem.weights, problem.drive, own));
  let worst = 0;
  for (const name of ANSWERS) {
    const trained = name === 'outputs' || name === 'inputAdjoints' || spec.trained.includes(name);
    for (let k = 0; k < ours[name].length; k++) {
      const bound = trained ? bounds[0]![name][k]! + bounds[1]![name][k]! : 0;
      const difference = Math.abs(ours[name][k]! - theirs[name][k]!);
      if (!(difference <= bound)) worst = Math.max(worst, bound > 0 ? difference / bound : Number.POSITIVE_INFINITY);
      else if (bound > 0) worst = Math.max(worst, difference / bound);
    }
  }
  return worst;
}

describe.each(PRECISIONS)('the %s kernel', (precision) => {
  const make = wasmKernel(precision);

  it('is plain arithmetic but for rounding', () => {
    fc.assert(
      fc.property(anyCase, (tried) => {
        expect(excess(make, precision, tried)).toBeLessThanOrEqual(1);
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it('is plain arithmetic but for rounding at the paper’s size too', () => {
    const paper: KernelSpec = {
      units: 100,
      inputs: 1,
      outputs: 1,
      batch: 100,
      steps: 10,
      leak: 1,
      activation: 'tanh',
      trained: KERNEL_TENSORS,
    };
    expect(excess(make, precision, { spec: paper, seed: 8 })).toBeLessThanOrEqual(1);
    const lossy: KernelMaker = (own) => mutants['one weight of the last unit']!(make(own));
    expect(excess(lossy, precision, { spec: paper, seed: 8 })).toBeGreaterThan(1);
  });

  it('is plain arithmetic beyond the rows and terms that a product takes at once', () => {
    const large: KernelSpec = {
      units: 133,
      inputs: 1,
      outputs: 1,
      batch: 130,
      steps: 4,
      leak: 1,
      activation: 'tanh',
      trained: KERNEL_TENSORS,
    };
    expect(excess(make, precision, { spec: large, seed: 9 })).toBeLessThanOrEqual(1);
  });

  const spec: KernelSpec = {
    units: 13,
    inputs: 2,
    outputs: 2,
    batch: 7,
    steps: 21,
    leak: 0.5,
    activation: 'tanh',
    trained: KERNEL_TENSORS,
  };
  const zeroed = (values: ArrayLike<number>, drop: (index: number) => boolean): Float64Array =>
    Float64Array.from(values, (value, k) => (drop(k) ? 0 : value));
  const mutants: Record<string, (kernel: Kernel) => Kernel> = {
    'one weight of the last unit': (kernel) => ({
      ...kernel,
      load: ({ M, W, Z }) => kernel.load({ M, W: zeroed(W, (k) => k === W.length - 1), Z }),
    }),
    'the last trial': (kernel) => ({
      ...kernel,
      forward(t) {
        for (let k = 0; k < 2; k++) kernel.inputs[(t * 2 + k) * kernel.rows + 6] = 0;
        kernel.forward(t);
      },
    }),
    'the first step of the way back': (kernel) => ({
      ...kernel,
      backward(t) {
        if (t > 0) kernel.backward(t);
      },
    }),
    'the last step’s own adjoint': (kernel) => ({
      ...kernel,
      backward(t) {
        if (t === 20) kernel.outputAdjoints.fill(0, 20 * 2 * kernel.rows);
        kernel.backward(t);
      },
    }),
  };
  it.each(Object.keys(mutants))('is told from one that loses %s', (name) => {
    const mutant: KernelMaker = (own) => mutants[name]!(make(own));
    expect(excess(make, precision, { spec, seed: 5 })).toBeLessThanOrEqual(1);
    expect(excess(mutant, precision, { spec, seed: 5 })).toBeGreaterThan(10);
  });

  const nonzero = (values: ArrayLike<number>): number => Array.from(values).filter((value) => value !== 0).length;

  it('keeps its padding at zero', () => {
    fc.assert(
      fc.property(anyCase, (tried) => {
        const kernel = ran(make, tried.spec, problemOf(tried));
        kernel.descend(0.01);
        run(kernel, problemOf(tried).drive);
        const { spec, rows, outputs, inputAdjoints } = kernel;
        expect(rows).toBeGreaterThanOrEqual(spec.batch);
        for (const values of [outputs, inputAdjoints])
          for (let k = 0; k < values.length; k++) if (k % rows >= spec.batch) expect(values[k]).toBe(0);
        const [weights, gradients] = [kernel.weights(), kernel.gradients()];
        spec.trained.forEach((tensor, index) => {
          expect(nonzero(kernel.parameters[index]!.values)).toBe(nonzero(weights[tensor]));
          expect(nonzero(kernel.parameters[index]!.gradient)).toBe(nonzero(gradients[tensor]));
        });
      }),
      { seed: 2, numRuns: 50 },
    );
  });

  it('gives the same bytes twice, whatever it did in between', () => {
    fc.assert(
      fc.property(anyCase, seed, (tried, other) => {
        const kernel = ran(make, tried.spec, problemOf(tried));
        const once = answerOf(kernel);
        const between = problemOf({ ...tried, seed: other });
        // A run that leaves the finite numbers included.
        kernel.load({ ...between.weights, W: Float64Array.from(between.weights.W, () => Number.NaN) });
        run(kernel, between.drive);
        kernel.descend(1);
        kernel.load(problemOf(tried).weights);
        run(kernel, problemOf(tried).drive);
        expect(answerOf(kernel)).toEqual(once);
        expect(answerOf(ran(make, tried.spec, problemOf(tried)))).toEqual(once);
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  it('goes forward alone as it does with a way back, and follows another kernel', () => {
    fc.assert(
      fc.property(anyCase, (tried) => {
        const { weights, drive } = problemOf(tried);
        const learner = ran(make, tried.spec, { weights, drive });
        const follower = make({ ...tried.spec, trained: [] });
        follower.follow(learner);
        expect(follower.weights()).toEqual(learner.weights());
        follower.inputs.set(learner.inputs);
        for (let t = 0; t < tried.spec.steps; t++) follower.forward(t);
        expect(follower.outputs).toEqual(learner.outputs);
        expect([follower.outputAdjoints.length, follower.parameters.length]).toEqual([0, 0]);
      }),
      { seed: 4, numRuns: 50 },
    );
  });

  it('steps along the gradient, whose norm it tells', () => {
    const tried = { spec, seed: 6 };
    const kernel = ran(make, spec, problemOf(tried));
    const [before, gradient] = [kernel.weights(), kernel.gradients()];
    const norm = Math.hypot(...KERNEL_TENSORS.flatMap((tensor) => [...gradient[tensor]]));
    expect(Math.abs(kernel.finish() / norm - 1)).toBeLessThan(2 ** -40);
    kernel.descend(0.25);
    const after = kernel.weights();
    const round = precision === 'f32' ? Math.fround : (value: number): number => value;
    for (const tensor of KERNEL_TENSORS)
      after[tensor].forEach((value, k) => {
        expect(value).toBe(round(before[tensor][k]! - round(0.25 * gradient[tensor][k]!)));
      });
  });
});
