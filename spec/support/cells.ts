/**
 * Agents by their definition, one step over any ring with the functions that they apply: what kernels and derivatives are held
 * against.
 */
import { type Agent, tensorIn, tensorsOf } from '#src/agent/agent.js';
import type { Gru } from '#src/agent/gru.js';
import type { Lstm } from '#src/agent/lstm.js';
import { logistic } from '#src/kernel/gru.js';
import type { Activation } from '#src/kernel/rnn.js';
import type { KernelTensor } from '#src/kernel/units.js';
import type { Dual } from '#src/linalg/dual.js';
import { dualsOver } from '#src/linalg/dual.js';
import { at, build, type Mat, matrix } from '#src/linalg/matrix.js';
import type { Stream } from '#src/linalg/random.js';
import { type Ring, reals } from '#src/linalg/ring.js';
import { UNIT_ROUNDOFF } from '#src/linalg/tolerance.js';
import type { Plant } from '#src/plant/plant.js';

/** A ring with functions; max(0, ·) has derivative 0 at 0. */
export interface Functions<T> extends Ring<T> {
  readonly tanh: (a: T) => T;
  readonly logistic: (a: T) => T;
  readonly relu: (a: T) => T;
  /** The same value, which is known to be no larger than `most`. */
  readonly atMost: (most: number, a: T) => T;
}

export const realFunctions: Functions<number> = {
  ...reals,
  tanh: Math.tanh,
  logistic,
  relu: (a) => Math.max(0, a),
  atMost: (_, a) => a,
};

/** A bound on rounding: `size` of all terms of a value, added up by their absolute values, and its error in units of u. */
export interface Error {
  readonly size: number;
  readonly error: number;
}

const added = (a: Error, b: Error): Error => ({ size: a.size + b.size, error: a.error + b.error + a.size + b.size });

/** Units of u by which tanh or σ, at most 1, may err, besides what its argument brings. */
const OF_FUNCTION = 8;

/** Running error analysis that knows of bounded functions: |tanh′| ≤ 1, |σ′| ≤ ¼. */
export const errorFunctions: Functions<Error> = {
  of: (value) => ({ size: Math.abs(value), error: 0 }),
  add: added,
  sub: added,
  mul: (a, b) => ({ size: a.size * b.size, error: a.size * b.error + b.size * a.error + a.size * b.size }),
  tanh: ({ size, error }) => ({ size: Math.min(1, size), error: error + OF_FUNCTION }),
  logistic: ({ error }) => ({ size: 1, error: error / 4 + OF_FUNCTION }),
  relu: (a) => a,
  atMost: (most, { size, error }) => ({ size: Math.min(most, size), error }),
};

/**
 * How far two routes to the same value may be from each other: either may err by as much as this route, another order of summation
 * by twice as much.
 */
export function routesApart({ error }: Error): number {
  return 4 * UNIT_ROUNDOFF * error;
}

/** Dual numbers: σ′ = σ·(1 − σ), tanh′ = 1 − tanh². */
export function dualFunctions<T>(F: Functions<T>, positive: (a: T) => boolean): Functions<Dual<T>> {
  const one = F.of(1);
  const chain = ({ tangent }: Dual<T>, value: T, slope: T): Dual<T> => ({ value, tangent: F.mul(slope, tangent) });
  return {
    ...dualsOver(F),
    tanh(a) {
      const value = F.tanh(a.value);
      return chain(a, value, F.atMost(1, F.sub(one, F.mul(value, value))));
    },
    logistic(a) {
      const value = F.logistic(a.value);
      return chain(a, value, F.atMost(1 / 4, F.mul(value, F.sub(one, value))));
    },
    atMost: (most, { value, tangent }) => ({ value: F.atMost(most, value), tangent }),
    relu: (a) => chain(a, F.relu(a.value), positive(a.value) ? one : F.of(0)),
  };
}

export const duals = dualFunctions(realFunctions, (a) => a > 0);
/** Of duals: what a slope of 0 leaves out counts as well. */
export const dualErrors = dualFunctions(errorFunctions, () => true);

/** An agent's tensors over a ring, and what is no tensor of it. */
export interface AgentOver<T> {
  readonly tensors: {
    readonly M: Mat<T>;
    readonly W: Mat<T>;
    readonly Z: Mat<T>;
    readonly bih?: Mat<T>;
    readonly bhh?: Mat<T>;
    readonly bho?: Mat<T>;
  };
  readonly leak: number;
  /** Of a plain network. */
  readonly activation?: Activation;
  /** Of a GRU. */
  readonly resetAfter?: boolean;
  /** Whether it is an LSTM, whose state is (h, s). */
  readonly lstm?: boolean;
}

/** An agent over a ring, its entries as `lift` has them. */
export function agentOver<T>(agent: Agent, lift: (value: number, tensor: KernelTensor, k: number) => T): AgentOver<T> {
  const tensors = Object.fromEntries(
    tensorsOf(agent).map((name) => {
      const A = tensorIn(agent, name);
      return [name, build(A.rows, A.cols, (i, j) => lift(at(A, i, j), name, i * A.cols + j))];
    }),
  ) as unknown as AgentOver<T>['tensors'];
  return 'activation' in agent
    ? { tensors, leak: agent.leak, activation: agent.activation }
    : { tensors, leak: 1, ...('cell' in agent ? { lstm: true } : { resetAfter: agent.resetAfter ?? true }) };
}

/** A·v. */
export function applied<T>(R: Ring<T>, A: Mat<T>, v: readonly T[]): T[] {
  return Array.from({ length: A.rows }, (_, i) =>
    v.reduce((total, value, k) => R.add(total, R.mul(at(A, i, k), value)), R.of(0)),
  );
}

/** Numbers of an agent's state for each unit. */
export const statesOf = ({ lstm }: Pick<AgentOver<unknown>, 'lstm'>): number => (lstm ? 2 : 1);

/** The next state from the state and y'. */
export function stepOver<T>(F: Functions<T>, agent: AgentOver<T>, state: readonly T[], y: readonly T[]): T[] {
  const { M, W, bih, bhh } = agent.tensors;
  const h = state.slice(0, W.cols);
  const added = (sums: T[], bias: Mat<T> | undefined): T[] =>
    bias ? sums.map((value, k) => F.add(value, bias.data[k]!)) : sums;
  const [into, back] = [added(applied(F, M, y), bih), added(applied(F, W, h), bhh)];
  if (agent.activation) {
    const [keep, gain] = [F.of(1 - agent.leak), F.of(agent.leak)];
    const phi = { linear: (a: T) => a, tanh: F.tanh, relu: F.relu }[agent.activation];
    return h.map((value, i) => F.add(F.mul(keep, value), F.mul(gain, phi(F.add(into[i]!, back[i]!)))));
  }
  const N = h.length;
  if (agent.lstm) {
    const N = h.length;
    const drive = into.map((value, k) => F.add(value, back[k]!));
    const s = h.map((_, k) =>
      F.add(F.mul(F.logistic(drive[N + k]!), state[N + k]!), F.mul(F.logistic(drive[k]!), F.tanh(drive[2 * N + k]!))),
    );
    return [...s.map((value, k) => F.mul(F.logistic(drive[3 * N + k]!), F.tanh(value))), ...s];
  }
  const resets = h.map((_, i) => F.logistic(F.add(into[i]!, back[i]!)));
  const reset = h.map((value, i) => F.mul(resets[i]!, value));
  return h.map((value, i) => {
    const z = F.logistic(F.add(into[N + i]!, back[N + i]!));
    const byUnits =
      agent.resetAfter === false ? added(applied(F, W, reset), bhh)[2 * N + i]! : F.mul(resets[i]!, back[2 * N + i]!);
    const n = F.tanh(F.add(into[2 * N + i]!, byUnits));
    return F.add(F.mul(F.atMost(1, F.sub(F.of(1), z)), n), F.mul(z, value));
  });
}

/** u from the state. */
export function controlOver<T>(R: Ring<T>, { tensors: { Z, bho } }: AgentOver<T>, state: readonly T[]): T[] {
  return applied(R, Z, state.slice(0, Z.cols)).map((value, k) => (bho ? R.add(value, bho.data[k]!) : value));
}

/** Plant and agent from (x, h) to (x', h'). @param u what the agent does before, Z·h + bho but in the first step */
export function loopStepOver<T>(
  F: Functions<T>,
  { A, B, C }: Plant<T>,
  agent: AgentOver<T>,
  x: readonly T[],
  h: readonly T[],
  u = controlOver(F, agent, h),
  { push = [], error = [] }: { readonly push?: readonly T[]; readonly error?: readonly T[] } = {},
): { readonly x: T[]; readonly h: T[] } {
  const plus = (values: readonly T[], added: readonly T[]): T[] =>
    values.map((value, i) => (i < added.length ? F.add(value, added[i]!) : value));
  const next = plus(plus(applied(F, A, x), applied(F, B, u)), push);
  return { x: next, h: stepOver(F, agent, h, plus(applied(F, C, next), error)) };
}

/** The kinds of agents, with both forms of the GRU; with all biases, those of the read-out too. */
export type DrawnKind = Activation | 'gru' | 'gru, reset before' | 'lstm' | `${Activation | 'gru' | 'lstm'}, biases`;

export const isGated = (kind: DrawnKind): boolean => kind.startsWith('gru') || kind.startsWith('lstm');

/** An agent of a kind with weights of moderate size. */
export function drawnAgent(
  kind: DrawnKind,
  { N, c, p }: { readonly N: number; readonly c: number; readonly p: number },
  leak: number,
  random: Stream,
): Agent {
  const numbers = (rows: number, cols: number): Mat<number> => matrix(rows, cols, () => random.normal() / Math.sqrt(N));
  const lstm = kind.startsWith('lstm');
  const gates = lstm ? 4 : isGated(kind) ? 3 : 1;
  const tensors = { M: numbers(gates * N, c), W: numbers(gates * N, N), Z: numbers(p, N) };
  const biased = kind.endsWith('biases');
  const bho = biased ? { bho: numbers(p, 1) } : {};
  const into = biased || gates > 1 ? { bih: numbers(gates * N, 1), bhh: numbers(gates * N, 1) } : {};
  if (lstm) return { cell: 'lstm', ...tensors, ...into, ...bho } as Lstm;
  if (gates > 1) return { ...tensors, ...into, ...bho, resetAfter: !kind.endsWith('before') } as Gru;
  return { ...tensors, ...into, ...bho, leak, activation: kind.split(',')[0] as Activation };
}
