/**
 * Kernels of gated units against the definition of the GRU over dual numbers, within rounding: running error analysis of the same
 * formulas (Higham §3.3).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plain, seed } from '#spec/generators/number.js';
import { gruKernel } from '#src/kernel/gru.js';
import {
  GATED_TENSORS,
  type GatedMaker,
  type GatedTensor,
  type Kernel,
  type KernelSizes,
  type Precision,
} from '#src/kernel/kernel.js';
import { wasmGruKernel } from '#src/kernel/wasm-gru.js';
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import { Stream } from '#src/linalg/random.js';
import { type Ring, reals } from '#src/linalg/ring.js';
import { gamma, TANH_ULPS, unitRoundoff } from '#src/linalg/tolerance.js';

type Sizes = KernelSizes<GatedTensor>;

/** Everything that a loss Σ pull·u depends on. */
type Point = Readonly<Record<GatedTensor | 'inputs', Float64Array>>;
const DATA = [...GATED_TENSORS, 'inputs'] as const;

interface Case {
  readonly sizes: Sizes;
  readonly seed: number;
}

const anyCase: fc.Arbitrary<Case> = plain<Case>({
  sizes: plain<Sizes>({
    units: fc.integer({ min: 1, max: 10 }),
    inputs: fc.integer({ min: 1, max: 3 }),
    outputs: fc.integer({ min: 1, max: 2 }),
    batch: fc.constantFrom(1, 2, 3, 4, 5, 17),
    steps: fc.constantFrom(1, 2, 3, 4, 5),
    trained: fc.subarray([...GATED_TENSORS], { minLength: 1 }),
  }),
  seed,
});

function pointOf({ units: N, inputs: c, outputs: p, batch, steps }: Sizes, random: Stream): Point {
  const numbers = (count: number, scale: number): Float64Array =>
    Float64Array.from({ length: count }, () => scale * random.normal());
  return {
    M: numbers(3 * N * c, 1),
    W: numbers(3 * N * N, 1 / N),
    bih: numbers(3 * N, 0.5),
    bhh: numbers(3 * N, 0.5),
    Z: numbers(p * N, 1),
    inputs: numbers(steps * c * batch, 1),
  };
}

/** A ring with the two functions of gates. */
interface Gates<T> extends Ring<T> {
  readonly tanh: (value: T) => T;
  readonly logistic: (value: T) => T;
}

/** … and their slopes from their values. */
interface Smooth<T> extends Gates<T> {
  readonly tanhSlope: (phi: T) => T;
  readonly logisticSlope: (phi: T) => T;
}

const doubles: Smooth<number> = {
  ...reals,
  tanh: Math.tanh,
  logistic: (value) => 1 / (1 + Math.exp(-value)),
  tanhSlope: (phi) => 1 - phi * phi,
  logisticSlope: (phi) => phi * (1 - phi),
};

/** Bounds on a quantity and on its error. */
interface Bounded {
  readonly size: number;
  readonly error: number;
}

/**
 * Running error analysis: every sum is charged `terms` roundings of the sum of absolute values, at least as many as any order of
 * taking it, forward or back, has. Functions pass errors on by their greatest slope and add their own.
 */
function boundsIn(precision: Precision, terms: number): Smooth<Bounded> {
  const u = unitRoundoff(precision);
  const own = (2 * TANH_ULPS[precision] + 4) * u;
  const rounded = (size: number, error: number, count: number): Bounded => ({
    size,
    error: error + gamma(count, u) * (size + error),
  });
  const sum = (a: Bounded, b: Bounded): Bounded => rounded(a.size + b.size, a.error + b.error, terms);
  return {
    // Data are rounded to the precision.
    of: (value) => rounded(Math.abs(value), 0, 1),
    add: sum,
    sub: sum,
    mul: (a, b) => rounded(a.size * b.size, a.error * b.size + a.size * b.error + a.error * b.error, 1),
    tanh: ({ size, error }) => ({ size: Math.min(1, size), error: error + own }),
    logistic: ({ error }) => ({ size: 1, error: error / 4 + own }),
    tanhSlope: ({ error }) => ({ size: 1, error: 2 * error + error * error + 3 * u }),
    logisticSlope: ({ error }) => ({ size: 1 / 4, error: error + error * error + 3 * u }),
  };
}

function dualsOf<T>(R: Smooth<T>): Gates<Dual<T>> {
  const lift =
    (phi: (value: T) => T, slope: (phi: T) => T) =>
    ({ value, tangent }: Dual<T>): Dual<T> => {
      const result = phi(value);
      return { value: result, tangent: R.mul(slope(result), tangent) };
    };
  return { ...dualsOver(R), tanh: lift(R.tanh, R.tanhSlope), logistic: lift(R.logistic, R.logisticSlope) };
}

/** The outputs of the GRU, from its definition. */
function outputsOf<T>(
  R: Gates<T>,
  { units: N, inputs: c, outputs: p, batch: B, steps }: Sizes,
  entry: (name: GatedTensor | 'inputs', index: number) => T,
): T[] {
  const out: T[] = [];
  const inner = (count: number, term: (k: number) => T): T => {
    let total = R.of(0);
    for (let k = 0; k < count; k++) total = R.add(total, term(k));
    return total;
  };
  for (let b = 0; b < B; b++) {
    let h = Array.from({ length: N }, () => R.of(0));
    for (let t = 0; t < steps; t++) {
      const before = h;
      const fromInputs = (row: number): T =>
        R.add(
          inner(c, (k) => R.mul(entry('M', row * c + k), entry('inputs', (t * c + k) * B + b))),
          entry('bih', row),
        );
      const fromUnits = (row: number): T =>
        R.add(
          inner(N, (k) => R.mul(entry('W', row * N + k), before[k]!)),
          entry('bhh', row),
        );
      h = before.map((last, i) => {
        const r = R.logistic(R.add(fromInputs(i), fromUnits(i)));
        const z = R.logistic(R.add(fromInputs(N + i), fromUnits(N + i)));
        const n = R.tanh(R.add(fromInputs(2 * N + i), R.mul(r, fromUnits(2 * N + i))));
        return R.add(R.mul(R.sub(R.of(1), z), n), R.mul(z, last));
      });
      for (let k = 0; k < p; k++) out[(t * p + k) * B + b] = inner(N, (i) => R.mul(entry('Z', k * N + i), h[i]!));
    }
  }
  return out;
}

/** Between a kernel's rows and those of a batch alone. */
function eachTrial(
  kernel: Kernel<GatedTensor>,
  channels: number,
  visit: (padded: number, tight: number) => void,
): void {
  const { batch, steps } = kernel.spec;
  for (let row = 0; row < steps * channels; row++)
    for (let b = 0; b < batch; b++) visit(row * kernel.rows + b, row * batch + b);
}

function run(kernel: Kernel<GatedTensor>, inputs: Float64Array, pull: Float64Array): void {
  const { spec } = kernel;
  eachTrial(kernel, spec.inputs, (to, from) => {
    kernel.inputs[to] = inputs[from]!;
  });
  for (let t = 0; t < spec.steps; t++) kernel.forward(t);
  eachTrial(kernel, spec.outputs, (to, from) => {
    kernel.outputAdjoints[to] = pull[from]!;
  });
  kernel.rewind();
  for (let t = spec.steps - 1; t >= 0; t--) kernel.backward(t);
  kernel.finish();
}

/** Zeros the entry of the greatest size. */
function lose(values: Float64Array): void {
  values[values.reduce((most, value, k) => (Math.abs(value) > Math.abs(values[most]!) ? k : most), 0)] = 0;
}

/** The largest error in units of what rounding explains, and how well the bound tells a derivative from 0. */
function excess(make: GatedMaker, precision: Precision, { sizes: spec, seed: from }: Case) {
  const random = new Stream(from);
  const [point, direction] = [pointOf(spec, random), pointOf(spec, random)];
  const pull = Float64Array.from({ length: spec.steps * spec.outputs * spec.batch }, () => random.normal());
  const moves = (name: GatedTensor | 'inputs'): boolean => name === 'inputs' || spec.trained.includes(name);
  const lift =
    <T>(R: Ring<T>) =>
    (name: GatedTensor | 'inputs', k: number): Dual<T> => ({
      value: R.of(point[name][k]!),
      tangent: R.of(moves(name) ? direction[name][k]! : 0),
    });
  const exact = outputsOf(dualsOf(doubles), spec, lift(doubles));
  // Sums of what enters a unit, of what its adjoint gathers, and what its gates multiply on the way.
  const terms = 3 * spec.units + spec.inputs + spec.outputs + 12;
  const most = [precision, 'f64' as const].map((route) => {
    const R = boundsIn(route, terms);
    return outputsOf(dualsOf(R), spec, lift(R));
  });
  const errorOf = (k: number, part: 'value' | 'tangent'): number => most[0]![k]![part].error + most[1]![k]![part].error;

  const kernel = make(spec);
  kernel.load(point);
  run(kernel, point.inputs, pull);
  let worst = 0;
  eachTrial(kernel, spec.outputs, (ours, k) => {
    worst = Math.max(worst, Math.abs(kernel.outputs[ours]! - exact[k]!.value) / errorOf(k, 'value'));
  });
  // Gradients are sums over steps, trials and outputs; their product with the direction is one over the data.
  const count = spec.steps * spec.batch * spec.outputs + DATA.reduce((total, name) => total + point[name].length, 0);
  let [derivative, limit, ours] = [0, 0, 0];
  exact.forEach(({ tangent }, k) => {
    derivative += pull[k]! * tangent;
    const share = Math.abs(pull[k]!) * (most[0]![k]!.tangent.size + errorOf(k, 'tangent'));
    limit += Math.abs(pull[k]!) * errorOf(k, 'tangent') + 2 * gamma(count + 4, unitRoundoff(precision)) * share;
  });
  const gradients = kernel.gradients();
  for (const tensor of spec.trained)
    gradients[tensor].forEach((value, k) => {
      ours += value * direction[tensor][k]!;
    });
  eachTrial(kernel, spec.inputs, (at, k) => {
    ours += kernel.inputAdjoints[at]! * direction.inputs[k]!;
  });
  return { worst: Math.max(worst, Math.abs(ours - derivative) / limit), resolution: limit / Math.abs(derivative) };
}

describe.each([
  ['plain', 'f64', gruKernel],
  ['SIMD', 'f64', wasmGruKernel('f64')],
  ['SIMD', 'f32', wasmGruKernel('f32')],
] as const)('the gated kernel, %s %s', (_, precision, make) => {
  it('is the GRU, with its gradients, but for rounding', () => {
    fc.assert(
      fc.property(anyCase, (tried) => {
        expect(excess(make, precision, tried).worst).toBeLessThanOrEqual(1);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  // Bounds grow fast with sizes and steps: single precision has few digits to spare.
  const small = { units: 2, inputs: 1, outputs: 1, batch: 3, steps: 2 };
  const tried: Case = {
    sizes: {
      ...(precision === 'f64' ? { units: 5, inputs: 2, outputs: 2, batch: 3, steps: 3 } : small),
      trained: GATED_TENSORS,
    },
    seed: 1,
  };

  it('within a bound that tells a wrong term from rounding', () => {
    expect(excess(make, precision, tried).resolution).toBeLessThan(precision === 'f64' ? 2 ** -20 : 2 ** -4);
  });

  it.each(GATED_TENSORS)('is told from one that loses an entry of %s', (lost) => {
    const mutant: GatedMaker = (spec) => {
      const kernel = make(spec);
      return {
        ...kernel,
        load(weights) {
          const values = Float64Array.from(weights[lost]);
          values[values.length - 1] = 0;
          kernel.load({ ...weights, [lost]: values });
        },
      };
    };
    expect(excess(mutant, precision, tried).worst).toBeGreaterThan(10);
  });

  it.each([...GATED_TENSORS, 'inputs'] as const)('is told from one that loses its greatest gradient by %s', (lost) => {
    const mutant: GatedMaker = (spec) => {
      const kernel = make(spec);
      return {
        ...kernel,
        backward(t) {
          kernel.backward(t);
          if (lost === 'inputs') lose(kernel.inputAdjoints);
        },
        gradients() {
          const gradients = kernel.gradients();
          if (lost !== 'inputs') lose(gradients[lost]);
          return gradients;
        },
      };
    };
    expect(excess(mutant, precision, tried).worst).toBeGreaterThan(1);
  });

  it('keeps its padding at zero, gives the same bytes twice, and goes forward alone as with a way back', () => {
    fc.assert(
      fc.property(anyCase, ({ sizes: spec, seed: from }) => {
        const random = new Stream(from);
        const point = pointOf(spec, random);
        const pull = Float64Array.from({ length: spec.steps * spec.outputs * spec.batch }, () => random.normal());
        const kernel = make(spec);
        const answer = () => {
          kernel.load(point);
          run(kernel, point.inputs, pull);
          return structuredClone([kernel.outputs, kernel.inputAdjoints, kernel.gradients()]);
        };
        const once = answer();
        kernel.descend(0.1);
        run(kernel, point.inputs, pull);
        const nonzero = (values: ArrayLike<number>): number => Array.from(values).filter((v) => v !== 0).length;
        const [weights, gradients] = [kernel.weights(), kernel.gradients()];
        spec.trained.forEach((tensor, index) => {
          expect(nonzero(kernel.parameters[index]!.values)).toBe(nonzero(weights[tensor]));
          expect(nonzero(kernel.parameters[index]!.gradient)).toBe(nonzero(gradients[tensor]));
        });
        for (const values of [kernel.outputs, kernel.inputAdjoints])
          for (let k = 0; k < values.length; k++) if (k % kernel.rows >= spec.batch) expect(values[k]).toBe(0);
        expect(answer()).toEqual(once);
        const follower = make({ ...spec, trained: [] });
        follower.follow(kernel);
        follower.inputs.set(kernel.inputs);
        for (let t = 0; t < spec.steps; t++) follower.forward(t);
        expect(follower.outputs).toEqual(kernel.outputs);
      }),
      { seed: 2, numRuns: 50 },
    );
  });
});
