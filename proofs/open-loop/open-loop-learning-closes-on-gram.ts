/**
 * Derivation: the open-loop loss is a function of the order parameters, with the gradient that the engine uses.
 */
import type { LinearAgent } from '#src/agent/linear.js';
import { orderParametersOf, scalarOrderParameters } from '#src/agent/order-parameters.js';
import { impulseResponse } from '#src/agent/response.js';
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import { build, type Mat, subtract } from '#src/linalg/matrix.js';
import { type Ring, sum } from '#src/linalg/ring.js';
import {
  drivenBy,
  openLoopMismatch,
  squares,
  statement,
} from '#src/theory/open-loop/open-loop-learning-closes-on-gram.js';
import type { Derivation } from '../derivation.js';
import type { Identity, Values } from '../kernels/identity.js';
import { entries, flat, symbolicAgent } from '../symbols.js';

const orderParameterNames = ['zm', 'zu', 'vm', 'vu'] as const;
const scalar = <T>(value: T): Mat<T> => build(1, 1, () => value);

/** An impulse and silence after it. */
const impulse = <T>(R: Ring<T>, steps: number, at: number): Mat<T>[] =>
  Array.from({ length: steps }, (_, t) => scalar(R.of(t === at ? 1 : 0)));

const unitAgent = <T>(x: Values<T>): LinearAgent<T> => symbolicAgent(x, x['eta']!, { N: 2, r: 1 });

const response = (steps: number): Identity => ({
  name: `an impulse gives g_0 … g_${steps - 1} of the order parameters, any leak, two units, rank 1`,
  variables: ['eta', ...entries('m', 2, 1), ...entries('z', 1, 2), ...entries('u', 2, 1), ...entries('v', 2, 1)],
  vanish(R, x) {
    const agent = unitAgent(x);
    const predicted = impulseResponse(R, agent.leak, orderParametersOf(R, agent), steps);
    return drivenBy(R, agent, impulse(R, steps, 0)).flatMap((u, k) => flat(subtract(R, u, predicted[k]!)));
  },
});

/** The mismatch summed over one unit input at a time, any teacher. */
const expectation = (steps: number): Identity => ({
  name: `unit inputs, one step at a time, add up to Σ (m − k) (g_k − g*_k)², m = ${steps}`,
  variables: [
    'eta',
    ...entries('m', 1, 1),
    ...entries('z', 1, 1),
    ...entries('u', 1, 1),
    ...entries('v', 1, 1),
    ...Array.from({ length: steps }, (_, k) => `t${k}`),
  ],
  vanish(R, x) {
    const agent = symbolicAgent(x, x['eta']!, { N: 1, r: 1 });
    const teacher = Array.from({ length: steps }, (_, k) => scalar(x[`t${k}`]!));
    const direct = Array.from({ length: steps }, (_, input) =>
      sum(
        R,
        drivenBy(R, agent, impulse(R, steps, input)).map((u, t) =>
          squares(R, t < input ? u : subtract(R, u, teacher[t - input]!)),
        ),
      ),
    );
    const { loss } = openLoopMismatch(R, agent.leak, orderParametersOf(R, agent), teacher, scalar(R.of(1)));
    return [R.sub(sum(R, direct), loss)];
  },
});

/** Every entry of E is the derivative by that order parameter. */
const gradient = (steps: number, leaky: boolean): Identity => ({
  name: `E = ∂L/∂K, rank 1, ${leaky ? 'any leak' : 'η = 1'}, m = ${steps}`,
  variables: [...(leaky ? ['eta'] : []), ...orderParameterNames, ...Array.from({ length: steps }, (_, k) => `t${k}`)],
  vanish<T>(R: Ring<T>, x: Values<T>) {
    const duals = dualsOver(R);
    const teacher = Array.from({ length: steps }, (_, k) => x[`t${k}`]!);
    const dual = (value: T, moves = false): Dual<T> => ({ value, tangent: R.of(moves ? 1 : 0) });
    const [zm, zu, vm, vu] = orderParameterNames.map((name) => x[name]!);
    const leak = leaky ? x['eta']! : R.of(1);
    const still = scalarOrderParameters(zm!, zu!, vm!, vu!);
    const { E } = openLoopMismatch<T>(R, leak, still, teacher.map(scalar), scalar(R.of(1)));
    const lifted = teacher.map((value) => scalar(dual(value)));
    return orderParameterNames.map((_, k) => {
      const moving = scalarOrderParameters(
        dual(zm!, k === 0),
        dual(zu!, k === 1),
        dual(vm!, k === 2),
        dual(vu!, k === 3),
      );
      const { loss } = openLoopMismatch(duals, dual(leak), moving, lifted, scalar(duals.of(1)));
      return R.sub(loss.tangent, E.data[k]!);
    });
  },
});

export const derivation: Derivation = {
  statement,
  steps: [
    'In the coordinates h = M a + U b an input y leaves a = η y, b = 0; then a decays by 1 − η and b is driven by [σ_vm σ_vu] (a, b): the response g_k is a function of K and η.',
    'Inputs independent from step to step do not interfere in expectation, and by the invariance in time each contributes the squares of g_k − g*_k for the lags it reaches: lag k occurs m − k times.',
    'So L is a function of K, and all that follows for the closed-loop loss follows here: ∂L/∂H = J Eᵀ, ∂L/∂J = H E, Q′ = Q R.',
    'E comes from the same recursion backwards: the adjoint of w_k is carried by 1 − η and by Kᵀ.',
  ],
  identities: [response(3), expectation(3), gradient(2, true), gradient(3, false)],
};
