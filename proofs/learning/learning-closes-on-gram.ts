/**
 * Derivation: gradients are combinations of the weight vectors, so one step is Q' = Q R.
 */

import { canonicalAgentOver } from '#src/agent/canonical.js';
import { inputColumns, outputColumns } from '#src/agent/gram.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { ORDER_PARAMETERS, scalarOrderParameters } from '#src/agent/order-parameters.js';
import { blocks, build, identity, multiply, scale, subtract, sumOfSquares, transpose } from '#src/linalg/matrix.js';
import type { Ring } from '#src/linalg/ring.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { gramAfter, statement, stepMatrix } from '#src/theory/learning/learning-closes-on-gram.js';
import type { Derivation } from '../derivation.js';
import type { Identity, Values } from '../kernels/identity.js';
import { derivatives } from '../support/derivatives.js';
import { entries, flat, symbol, symbolicAgent, weightVariables } from '../support/symbols.js';

const shape = { c: 1, p: 1, r: 1 };

/** Σ_t ‖x_t‖² from the two unit starts of the double integrator. */
const loss = <T>(R: Ring<T>, agent: LinearAgent<T>, horizon: number): T =>
  sumOfSquares(R, ...rollout(R, integratorChainOver(R, 2, R.of(1)), agent, identity(R, 2), horizon).x);

/** Every weight's derivative is the combination of columns that R takes, for two units. */
const combination = (horizon: number): Identity => ({
  name: `∂L/∂Q = combinations of the columns of Q, two units, rank 1, ${horizon} steps`,
  variables: weightVariables(2),
  vanish<T>(R: Ring<T>, x: Values<T>) {
    const { M, Z, U, V } = symbolicAgent(x, R.of(1), { N: 2, r: 1 });
    const Q = blocks([[M, transpose(Z), U, V]]);
    const K = multiply(R, transpose(blocks([[transpose(Z), V]])), blocks([[M, U]]));
    // E by differentiating the smallest agent of these order parameters.
    const order = Object.fromEntries(ORDER_PARAMETERS.map((name, k) => [name, K.data[k]!]));
    const slopes = derivatives(R, order, ORDER_PARAMETERS, (S, { zm, zu, vm, vu }) =>
      loss(S, canonicalAgentOver(S, scalarOrderParameters(zm!, zu!, vm!, vu!)), horizon),
    );
    const step = stepMatrix(R, shape, { rows: 2, cols: 2, data: slopes }, R.of(1), ['M', 'Z', 'U', 'V']);
    const moved = subtract(R, Q, multiply(R, Q, step));
    const columns = ['m11', 'm21', 'z11', 'z12', 'u11', 'u21', 'v11', 'v21'];
    const gradient = derivatives(R, x, columns, (S, y) => loss(S, symbolicAgent(y, S.of(1), { N: 2, r: 1 }), horizon));
    return flat(transpose(moved)).map((entry, k) => R.sub(entry, gradient[k]!));
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    '2 units of rank 1 with the double integrator over 3 and 4 steps; all sizes by theorems, for W = U Vᵀ and E and s that depend on the Gram matrix only',
  steps: [
    'The loss depends on the weights through K = HᵀJ, H = [Zᵀ V], J = [M U] (confinement), so ∂L/∂H = J Eᵀ and ∂L/∂J = H E: columns of Q combined by entries of E = ∂L/∂K.',
    'The clip’s norm is that of these combinations, a function of QᵀQ.',
    'One step is therefore Q′ = Q R with R = I − s C, and G′ = Q′ᵀQ′ = RᵀG R; K and E are functions of G: learning closes on G.',
    'With Q = Q₀ F, Q₀ of orthonormal columns, F′ = F R gives G = FᵀF, positive semidefinite by construction.',
  ],
  identities: [
    combination(3),
    combination(4),
    {
      name: 'Q′ = Q R ⇒ G′ = Rᵀ G R, and Q = Q₀ F ⇒ F′ = F R, two units, rank 1',
      variables: [...entries('q', 2, 4), ...entries('e', 2, 2), 's'],
      vanish(R, x) {
        const [Q, E] = [symbol(x, 'q', 2, 4), symbol(x, 'e', 2, 2)];
        const step = stepMatrix(R, shape, E, x['s']!, ['Z', 'U', 'V']);
        const moved = multiply(R, Q, step);
        const G = multiply(R, transpose(Q), Q);
        return flat(subtract(R, multiply(R, transpose(moved), moved), gramAfter(R, G, step)));
      },
    },
    {
      name: 'Q R = Q − s ∂L/∂Q with ∂L/∂H = J Eᵀ, ∂L/∂J = H E',
      variables: [...entries('q', 2, 4), ...entries('e', 2, 2), 's'],
      vanish(R, x) {
        const [Q, E] = [symbol(x, 'q', 2, 4), symbol(x, 'e', 2, 2)];
        const pick = (columns: readonly number[]) => build(2, 2, (i, j) => Q.data[4 * i + columns[j]!]!);
        const [outs, ins] = [outputColumns(shape), inputColumns(shape)];
        const [H, J] = [pick(outs), pick(ins)];
        const [dH, dJ] = [multiply(R, J, transpose(E)), multiply(R, H, E)];
        const gradient = build(2, 4, (i, j) =>
          outs.includes(j) ? dH.data[2 * i + outs.indexOf(j)]! : dJ.data[2 * i + ins.indexOf(j)]!,
        );
        const step = stepMatrix(R, shape, E, x['s']!, ['M', 'Z', 'U', 'V']);
        const expected = subtract(R, Q, scale(R, x['s']!, gradient));
        return flat(subtract(R, multiply(R, Q, step), expected));
      },
    },
  ],
  theorems: [
    {
      name: 'descent_closes',
      says: 'descent by any function of the Gram matrix closes on it at every step, for all sizes and any choice of trained columns',
      over: 'rings',
    },
    {
      name: 'same_gram_for_ever',
      says: 'learners of any two sizes with equal Gram matrices keep them equal for ever',
      over: 'rings',
    },
    {
      name: 'chain_rule',
      says: 'the gradients of a loss of K are J Eᵀ and H E, for all sizes',
      over: 'rings',
    },
    {
      name: 'step_moves_columns',
      says: 'a step is one matrix on the right of all columns',
      over: 'rings',
    },
    {
      name: 'kernel_of_gram',
      says: 'K is a block of the Gram matrix',
      over: 'rings',
    },
    {
      name: 'norm_of_gram',
      says: 'the squared norm of the gradients is read off the Gram matrix',
      over: 'rings',
    },
    {
      name: 'factor_moves',
      says: 'a factor of the columns moves by the same matrices at every step',
      over: 'rings',
    },
  ],
};
