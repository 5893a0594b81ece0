/**
 * Derivation: the open-loop loss is a function of the order parameters, with the gradient that the engine uses.
 */

import { ORDER_PARAMETERS, orderParametersOf, scalarOrderParameters } from '#src/agent/order-parameters.js';
import { impulseResponse } from '#src/agent/response.js';
import { type Mat, scalar, subtract, sumOfSquares } from '#src/linalg/matrix.js';
import { type Ring, sum } from '#src/linalg/ring.js';
import { drivenBy } from '#src/loop/rollout.js';
import { openLoopMismatch, statement } from '#src/theory/open-loop/open-loop-learning-closes-on-gram.js';
import type { Derivation } from '../derivation.js';
import type { Identity, Values } from '../kernels/identity.js';
import { derivatives } from '../support/derivatives.js';
import { flat, sequence, symbolicAgent, valuesOf, weightVariables } from '../support/symbols.js';

/** An impulse and silence after it. */
const impulse = <T>(R: Ring<T>, steps: number, at: number): Mat<T>[] =>
  Array.from({ length: steps }, (_, t) => scalar(R.of(t === at ? 1 : 0)));

const response = (steps: number): Identity => ({
  name: `an impulse gives g_0 … g_${steps - 1} of the order parameters, any leak, two units, rank 1`,
  variables: ['eta', ...weightVariables(2)],
  vanish(R, x) {
    const agent = symbolicAgent(x, x['eta']!, { N: 2, r: 1 });
    const predicted = impulseResponse(R, agent.leak, orderParametersOf(R, agent), steps);
    return drivenBy(R, agent, impulse(R, steps, 0)).flatMap((u, k) => flat(subtract(R, u, predicted[k]!)));
  },
});

/** The mismatch summed over one unit input at a time, any teacher. */
const expectation = (steps: number): Identity => ({
  name: `unit inputs, one step at a time, add up to Σ (m − k) (g_k − g*_k)², m = ${steps}`,
  variables: ['eta', ...weightVariables(1), ...sequence('t', steps)],
  vanish(R, x) {
    const agent = symbolicAgent(x, x['eta']!, { N: 1, r: 1 });
    const teacher = valuesOf(x, sequence('t', steps)).map(scalar);
    const direct = Array.from({ length: steps }, (_, input) =>
      sum(
        R,
        drivenBy(R, agent, impulse(R, steps, input)).map((u, t) =>
          sumOfSquares(R, t < input ? u : subtract(R, u, teacher[t - input]!)),
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
  variables: [...(leaky ? ['eta'] : []), ...ORDER_PARAMETERS, ...sequence('t', steps)],
  vanish(R, x) {
    const mismatch = <S>(S: Ring<S>, y: Values<S>) => {
      const [zm, zu, vm, vu] = valuesOf(y, ORDER_PARAMETERS) as [S, S, S, S];
      const teacher = valuesOf(y, sequence('t', steps)).map(scalar);
      const leak = y['eta'] ?? S.of(1);
      return openLoopMismatch(S, leak, scalarOrderParameters(zm, zu, vm, vu), teacher, scalar(S.of(1)));
    };
    const { E } = mismatch(R, x);
    return derivatives(R, x, ORDER_PARAMETERS, (S, y) => mismatch(S, y).loss).map((entry, k) =>
      R.sub(entry, E.data[k]!),
    );
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    '1 or 2 units of rank 1: response and expectation over 3 steps, E over 2 steps with any leak and over 3 without',
  steps: [
    'In the coordinates h = M a + U b an input y leaves a = η y, b = 0; then a decays by 1 − η, and [σ_vm σ_vu] (a, b) drives b. So the response g_k is a function of K and η.',
    'Inputs independent from step to step do not interfere in expectation. By invariance in time each contributes the squares of g_k − g*_k for the lags it reaches; lag k occurs m − k times.',
    'So L is a function of K, and the closed-loop results follow here too: ∂L/∂H = J Eᵀ, ∂L/∂J = H E, Q′ = Q R.',
    'The same recursion, run backwards, gives E: 1 − η and Kᵀ carry the adjoint of w_k.',
  ],
  identities: [response(3), expectation(3), gradient(2, true), gradient(3, false)],
};
