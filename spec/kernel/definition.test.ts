/**
 * Kernels of gated units, and of plain ones with biases, against their definition over dual numbers, within rounding: running error
 * analysis of the same formulas (support/cells.ts).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf, anyCase, type Case, mutant, problemOf, ran } from '#spec/kernel/harness.js';
import {
  type AgentOver,
  controlOver,
  dualFunctions,
  duals,
  errorFunctions,
  type Functions,
  realFunctions,
  statesOf,
  stepOver,
} from '#spec/support/cells.js';
import { forAllWith } from '#spec/support/for-all.js';
import { gruUnits } from '#src/kernel/gru.js';
import type { KernelMaker, KernelSpec } from '#src/kernel/kernel.js';
import { lstmUnits } from '#src/kernel/lstm.js';
import type { Precision } from '#src/kernel/numbers.js';
import { plainKernel } from '#src/kernel/plain.js';
import { rnnUnits } from '#src/kernel/rnn.js';
import type { Bias, KernelTensor, UnitKind } from '#src/kernel/units.js';
import { wasmKernel } from '#src/kernel/wasm.js';
import type { Dual } from '#src/linalg/dual.js';
import { build } from '#src/linalg/matrix.js';
import { gamma, unitRoundoff } from '#src/linalg/tolerance.js';

/** What a loss Σ pull·u depends on. */
type Datum = KernelTensor | 'inputs';

/** A kind of units, and what agents of it are beside their tensors. */
interface Defined {
  readonly kind: UnitKind<KernelTensor>;
  readonly is: Omit<AgentOver<number>, 'tensors'>;
}

const KINDS: readonly (readonly [string, Defined])[] = [
  ['a GRU that resets after', { kind: gruUnits(true, ['bho']), is: { leak: 1, resetAfter: true } }],
  ['a GRU that resets before', { kind: gruUnits<Bias>(false), is: { leak: 1, resetAfter: false } }],
  ...(['tanh', 'linear'] as const).flatMap((activation) =>
    [1, 0.3].map((leak): [string, Defined] => [
      `a ${activation} network of leak ${leak} with biases`,
      { kind: rnnUnits(leak, activation, ['bih', 'bhh', 'bho']), is: { leak, activation } },
    ]),
  ),
  ['an LSTM', { kind: lstmUnits<Bias>(), is: { leak: 1, lstm: true } }],
  ['an LSTM with biases of its readout', { kind: lstmUnits(['bho']), is: { leak: 1, lstm: true } }],
  ['a network with one bias', { kind: rnnUnits<Bias>(1, 'tanh', ['bhh']), is: { leak: 1, activation: 'tanh' } }],
];

/** Of data that are rounded to the kernel's precision. */
const errors = dualFunctions(
  { ...errorFunctions, of: (value) => ({ size: Math.abs(value), error: Math.abs(value) }) },
  () => true,
);

/** The outputs of a network, from its definition. @param detached a state that passes no derivative on */
function outputsOf<T>(
  F: Functions<T>,
  is: Defined['is'],
  { kind, units: N, inputs: c, outputs: p, batch: B, steps, cut }: KernelSpec<KernelTensor>,
  entry: (name: Datum, index: number) => T,
  detached: (state: T) => T,
): T[] {
  const rows = kind.gates * N;
  const sizes = { M: [rows, c], W: [rows, N], Z: [p, N], bih: [rows, 1], bhh: [rows, 1], bho: [p, 1] } as const;
  const tensors = kind.tensors.map((name) => {
    const [down, across] = sizes[name];
    return [name, build(down, across, (i, j) => entry(name, i * across + j))];
  });
  const agent: AgentOver<T> = { ...is, tensors: Object.fromEntries(tensors) };
  const out: T[] = [];
  for (let b = 0; b < B; b++) {
    let h = Array.from({ length: statesOf(agent) * N }, () => F.of(0));
    for (let t = 0; t < steps; t++) {
      const y = Array.from({ length: c }, (_, k) => entry('inputs', (t * c + k) * B + b));
      h = stepOver(F, agent, h, y);
      controlOver(F, agent, h).forEach((u, k) => {
        out[(t * p + k) * B + b] = u;
      });
      if (cut?.(t)) h = h.map(detached);
    }
  }
  return out;
}

/** Zeros the entry of the greatest size. */
function lose(values: Float64Array): void {
  values[values.reduce((most, value, k) => (Math.abs(value) > Math.abs(values[most]!) ? k : most), 0)] = 0;
}

/** The largest error in units of what rounding explains, and how well the bound tells a derivative from 0. */
function excess(make: KernelMaker, precision: Precision, is: Defined['is'], tried: Case<KernelTensor>) {
  const { spec } = tried;
  const data: readonly Datum[] = [...spec.kind.tensors, 'inputs'];
  const problem = problemOf(tried);
  const towards = problemOf({ ...tried, seed: tried.seed + 1 });
  const [point, direction] = [problem, towards].map(
    ({ weights, inputs }): Record<Datum, Float64Array> => ({ ...weights, inputs }),
  ) as [Record<Datum, Float64Array>, Record<Datum, Float64Array>];
  const pull = problem.outputAdjoints;
  const moves = (name: Datum): boolean => name === 'inputs' || spec.trained.includes(name);
  const along = <T>(F: Functions<Dual<T>>, of: (value: number) => T): Dual<T>[] =>
    outputsOf(
      F,
      is,
      spec,
      (name, k) => ({ value: of(point[name][k]!), tangent: of(moves(name) ? direction[name][k]! : 0) }),
      ({ value }) => ({ value, tangent: of(0) }),
    );
  const exact = along(duals, realFunctions.of);
  const most = along(errors, (value) => errors.of(value).value);
  // Either route takes sums in an order of its own: `routesApart`, where one is in the kernel's precision.
  const units = 2 * (unitRoundoff(precision) + unitRoundoff('f64'));
  const errorOf = (k: number, part: 'value' | 'tangent'): number => units * most[k]![part].error;

  const answer = answerOf(ran(make, spec, problem));
  const worst = exact.reduce(
    (so, { value }, k) => Math.max(so, Math.abs(answer.outputs[k]! - value) / errorOf(k, 'value')),
    0,
  );
  // Gradients are sums over steps, trials and outputs; their product with the direction is one over the data.
  const count = spec.steps * spec.batch * spec.outputs + data.reduce((total, name) => total + point[name].length, 0);
  let [derivative, limit, ours] = [0, 0, 0];
  exact.forEach(({ tangent }, k) => {
    derivative += pull[k]! * tangent;
    const share = Math.abs(pull[k]!) * (most[k]!.tangent.size + errorOf(k, 'tangent'));
    limit += Math.abs(pull[k]!) * errorOf(k, 'tangent') + 2 * gamma(count + 4, unitRoundoff(precision)) * share;
  });
  for (const name of data)
    if (moves(name))
      answer[name === 'inputs' ? 'inputAdjoints' : name].forEach((value, k) => {
        ours += value * direction[name][k]!;
      });
  return { worst: Math.max(worst, Math.abs(ours - derivative) / limit), resolution: limit / Math.abs(derivative) };
}

describe.each(
  (
    [
      ['plain', 'f64', plainKernel],
      ['SIMD', 'f64', wasmKernel('f64')],
      ['SIMD', 'f32', wasmKernel('f32')],
    ] as const
  ).flatMap(([name, precision, make]) =>
    KINDS.map(([what, defined]) => [what, name, precision, make, defined] as const),
  ),
)('the kernel of %s, %s %s', (_, _name, precision, make, { kind, is }) => {
  const data: readonly Datum[] = [...kind.tensors, 'inputs'];

  it('is its definition, with its gradients, but for rounding', () => {
    const any = anyCase(fc.constant(kind), { units: 10, steps: 5, batches: [17] });
    forAllWith({ seed: 1, numRuns: 60 }, any, (tried) => {
      expect(excess(make, precision, is, tried).worst).toBeLessThanOrEqual(1);
    });
  });

  it('is so too where states are detached, and is told from one that does not detach them', () => {
    const any = anyCase(fc.constant(kind), { units: 6, steps: 6, batches: [17] });
    forAllWith({ seed: 2, numRuns: 30 }, fc.tuple(any, fc.integer({ min: 1, max: 4 })), ([{ spec, seed }, every]) => {
      const cut = { ...spec, cut: (t: number) => t % every === every - 1 };
      expect(excess(make, precision, is, { spec: cut, seed }).worst).toBeLessThanOrEqual(1);
    });
    const cut = { ...tried.spec, cut: (t: number) => t === 0 };
    const whole: KernelMaker = ({ cut: _, ...spec }) => make(spec);
    expect(excess(make, precision, is, { spec: cut, seed: 2 }).worst).toBeLessThanOrEqual(1);
    expect(excess(whole, precision, is, { spec: cut, seed: 2 }).worst).toBeGreaterThan(10);
  });

  // Bounds grow fast with sizes and steps: single precision has few digits to spare.
  const small = { units: 2, inputs: 1, outputs: 1, batch: 3, steps: 2 };
  const sizes = precision === 'f64' ? { units: 5, inputs: 2, outputs: 2, batch: 3, steps: 3 } : small;
  const tried: Case<KernelTensor> = { spec: { kind, ...sizes, trained: kind.tensors }, seed: 2 };

  it('within a bound that tells a wrong term from rounding', () => {
    expect(excess(make, precision, is, tried).resolution).toBeLessThan(precision === 'f64' ? 2 ** -20 : 2 ** -4);
  });

  it.each(kind.tensors)('is told from one that loses the greatest entry of %s', (lost) => {
    const lossy = mutant(make, (kernel) => ({
      load(weights) {
        const values = Float64Array.from(weights[lost]);
        lose(values);
        kernel.load({ ...weights, [lost]: values });
      },
    }));
    expect(excess(lossy, precision, is, tried).worst).toBeGreaterThan(10);
  });

  it.each(data)('is told from one that loses its greatest gradient by %s', (lost) => {
    const lossy = mutant(make, (kernel) => ({
      backward(t) {
        kernel.backward(t);
        if (lost === 'inputs') lose(kernel.inputAdjoints);
      },
      gradients() {
        const gradients = kernel.gradients();
        if (lost !== 'inputs') lose(gradients[lost]);
        return gradients;
      },
    }));
    expect(excess(lossy, precision, is, tried).worst).toBeGreaterThan(1);
  });
});
