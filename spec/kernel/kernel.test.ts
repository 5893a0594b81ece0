/**
 * Kernels of every kind: SIMD ones are plain arithmetic within what rounding explains, over sizes with every kind of tail; and what
 * all kernels do alike.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leak, seed } from '#spec/generators/number.js';
import { answerOf, anyCase, type Case, mutant, problemOf, ran, run } from '#spec/kernel/harness.js';
import { errorBounds } from '#spec/kernel/rounding.js';
import { forAllWith } from '#spec/support/for-all.js';
import { gruUnits } from '#src/kernel/gru.js';
import type { Kernel, KernelMaker } from '#src/kernel/kernel.js';
import { lstmUnits } from '#src/kernel/lstm.js';
import type { Precision } from '#src/kernel/numbers.js';
import { plainKernel } from '#src/kernel/plain.js';
import { type Activation, RNN_TENSORS, type RnnTensor, rnnUnits } from '#src/kernel/rnn.js';
import type { KernelTensor, UnitKind } from '#src/kernel/units.js';
import { wasmKernel } from '#src/kernel/wasm.js';

/** Plain units, which say what they are. */
interface RnnKind extends UnitKind<RnnTensor> {
  readonly leak: number;
  readonly activation: Activation;
}
const rnnKind = (eta: number, activation: Activation): RnnKind => ({
  ...rnnUnits<never>(eta, activation),
  leak: eta,
  activation,
});

const rnnCase = anyCase(
  fc.tuple(leak, fc.constantFrom<Activation>('tanh', 'relu', 'linear')).map((made) => rnnKind(...made)),
  { units: 21, steps: 20, batches: [33, 65] },
);
const gruCase = anyCase(
  fc.constantFrom(gruUnits<'bho'>(), gruUnits<'bho'>(false), gruUnits(true, ['bho']), lstmUnits<'bho'>()),
  {
    units: 10,
    steps: 5,
    batches: [17],
  },
);

/** The largest difference from plain arithmetic in units of what rounding explains. */
function excess(make: KernelMaker, precision: Precision, tried: Case<RnnTensor>): number {
  const { spec } = tried;
  const problem = problemOf(tried);
  const [ours, theirs] = [answerOf(ran(make, spec, problem)), answerOf(ran(plainKernel, spec, problem))];
  const kind = spec.kind as RnnKind;
  const bounds = [precision, 'f64' as const].map((own) => errorBounds(spec, kind, problem, own));
  let worst = 0;
  for (const name of ['outputs', 'inputAdjoints', ...RNN_TENSORS] as const) {
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

describe.each(['f64', 'f32'] as const)('the %s kernel of plain units', (precision) => {
  const make = wasmKernel(precision);
  const sized = (units: number, batch: number, steps: number, from: number): Case<RnnTensor> => ({
    spec: { kind: rnnKind(1, 'tanh'), units, inputs: 1, outputs: 1, batch, steps, trained: RNN_TENSORS },
    seed: from,
  });
  const zeroed = (values: ArrayLike<number>, drop: (index: number) => boolean): Float64Array =>
    Float64Array.from(values, (value, k) => (drop(k) ? 0 : value));

  it('is plain arithmetic but for rounding', () => {
    forAllWith({ seed: 1, numRuns: 150 }, rnnCase, (tried) => {
      expect(excess(make, precision, tried)).toBeLessThanOrEqual(1);
    });
  });

  const lastWeight = mutant(make, (kernel) => ({
    load: (weights) => kernel.load({ ...weights, W: zeroed(weights.W, (k) => k === weights.W.length - 1) }),
  }));

  it('is plain arithmetic but for rounding at the paper’s size too', () => {
    expect(excess(make, precision, sized(100, 100, 10, 8))).toBeLessThanOrEqual(1);
    expect(excess(lastWeight, precision, sized(100, 100, 10, 8))).toBeGreaterThan(1);
  });

  it('is plain arithmetic beyond the rows and terms that a product takes at once', () => {
    expect(excess(make, precision, sized(133, 130, 4, 9))).toBeLessThanOrEqual(1);
  });

  it.each([
    ['one weight of the last unit', lastWeight],
    [
      'the last trial',
      mutant(make, (kernel) => ({
        forward(t) {
          for (let k = 0; k < 2; k++) kernel.inputs[(t * 2 + k) * kernel.rows + 6] = 0;
          kernel.forward(t);
        },
      })),
    ],
    ['the first step of the way back', mutant(make, (kernel) => ({ backward: (t) => t > 0 && kernel.backward(t) }))],
    [
      'the last step’s own adjoint',
      mutant(make, (kernel) => ({
        backward(t) {
          if (t === 20) kernel.outputAdjoints.fill(0, 20 * 2 * kernel.rows);
          kernel.backward(t);
        },
      })),
    ],
  ])('is told from one that loses %s', (_, lossy) => {
    const kind = rnnKind(0.5, 'tanh');
    const spec = { kind, units: 13, inputs: 2, outputs: 2, batch: 7, steps: 21, trained: RNN_TENSORS };
    expect(excess(make, precision, { spec, seed: 5 })).toBeLessThanOrEqual(1);
    expect(excess(lossy, precision, { spec, seed: 5 })).toBeGreaterThan(10);
  });
});

const nonzero = (values: ArrayLike<number>): number => Array.from(values).filter((value) => value !== 0).length;

describe.each(
  (
    [
      ['plain', 'f64', plainKernel],
      ['SIMD', 'f64', wasmKernel('f64')],
      ['SIMD', 'f32', wasmKernel('f32')],
    ] as const
  ).flatMap(([name, precision, make]) => [
    ['plain units', name, precision, make, rnnCase as fc.Arbitrary<Case<KernelTensor>>] as const,
    ['gated units', name, precision, make, gruCase as unknown as fc.Arbitrary<Case<KernelTensor>>] as const,
  ]),
)('a kernel of %s, %s %s', (_, _name, precision, make, cases) => {
  it('keeps its padding at zero', () => {
    forAllWith({ seed: 2, numRuns: 50 }, cases, (tried) => {
      const kernel = ran(make, tried.spec, problemOf(tried));
      kernel.descend(0.01);
      run(kernel, problemOf(tried));
      const { spec, rows, outputs, inputAdjoints } = kernel;
      expect(rows).toBeGreaterThanOrEqual(spec.batch);
      for (const values of [outputs, inputAdjoints])
        for (let k = 0; k < values.length; k++) if (k % rows >= spec.batch) expect(values[k]).toBe(0);
      const [weights, gradients] = [kernel.weights(), kernel.gradients()];
      spec.trained.forEach((tensor, index) => {
        expect(nonzero(kernel.parameters[index]!.values)).toBe(nonzero(weights[tensor]));
        expect(nonzero(kernel.parameters[index]!.gradient)).toBe(nonzero(gradients[tensor]));
      });
    });
  });

  it('gives the same bytes twice, whatever it did in between', () => {
    forAllWith({ seed: 3, numRuns: 50 }, cases, seed, (tried, other) => {
      const problem = problemOf(tried);
      const kernel = ran(make, tried.spec, problem);
      const once = answerOf(kernel);
      const between = problemOf({ ...tried, seed: other });
      // A run that leaves the finite numbers included.
      kernel.load({ ...between.weights, W: between.weights.W.map(() => Number.NaN) });
      run(kernel, between);
      kernel.descend(1);
      kernel.load(problem.weights);
      run(kernel, problem);
      expect(answerOf(kernel)).toEqual(once);
      expect(answerOf(ran(make, tried.spec, problem))).toEqual(once);
    });
  });

  it('goes forward alone as it does with a way back, and follows another kernel', () => {
    forAllWith({ seed: 4, numRuns: 50 }, cases, (tried) => {
      const learner = ran(make, tried.spec, problemOf(tried));
      const follower = make({ ...tried.spec, trained: [] });
      follower.follow(learner);
      expect(follower.weights()).toEqual(learner.weights());
      follower.inputs.set(learner.inputs);
      for (let t = 0; t < tried.spec.steps; t++) follower.forward(t);
      expect(follower.outputs).toEqual(learner.outputs);
      expect([follower.outputAdjoints.length, follower.parameters.length]).toEqual([0, 0]);
    });
  });

  it('steps along the gradient, whose norm it tells, and trains what it names only', () => {
    forAllWith({ seed: 6, numRuns: 20 }, cases, (tried) => {
      const kernel: Kernel<KernelTensor> = ran(make, tried.spec, problemOf(tried));
      const [before, gradient] = [kernel.weights(), kernel.gradients()];
      const { trained, kind } = kernel.spec;
      const norm = Math.hypot(...trained.flatMap((tensor) => [...gradient[tensor]]));
      kernel.rewind();
      for (let t = tried.spec.steps - 1; t >= 0; t--) kernel.backward(t);
      // A gradient of 0, of relu units that are all silent.
      if (norm > 0) expect(Math.abs(kernel.finish() / norm - 1)).toBeLessThan(2 ** -40);
      else expect(kernel.finish()).toBe(0);
      kernel.descend(0.25);
      const after = kernel.weights();
      const round = precision === 'f32' ? Math.fround : (value: number): number => value;
      for (const tensor of kind.tensors)
        after[tensor].forEach((value, k) => {
          const step = trained.includes(tensor) ? round(0.25 * gradient[tensor][k]!) : 0;
          expect(value).toBe(round(before[tensor][k]! - step));
        });
    });
  });
});
