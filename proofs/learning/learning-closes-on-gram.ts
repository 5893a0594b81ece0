/**
 * Derivation: gradients are combinations of the weight vectors, so one step is Q' = Q R.
 */

import { inputColumns, outputColumns } from '#src/agent/gram.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import { blocks, build, identity, type Mat, map, multiply, subtract, transpose } from '#src/linalg/matrix.js';
import { type Ring, sum } from '#src/linalg/ring.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { gramAfter, statement, stepMatrix } from '#src/theory/learning/learning-closes-on-gram.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { entries, flat, symbol, symbolicAgent } from '../symbols.js';

const shape = { c: 1, p: 1, r: 1 };

/** Σ_t ‖x_t‖² from the two unit starts of the double integrator. */
function loss<T>(R: Ring<T>, agent: LinearAgent<T>, horizon: number): T {
  const { x } = rollout(R, integratorChainOver(R, 2, R.of(1)), agent, identity(R, 2), horizon);
  return sum(
    R,
    x.flatMap((S) => flat(S).map((value) => R.mul(value, value))),
  );
}

/** Derivative of the loss by one entry of one weight. */
function derivative<T>(
  R: Ring<T>,
  agent: LinearAgent<T>,
  tensor: 'M' | 'Z' | 'U' | 'V',
  entry: number,
  horizon: number,
): T {
  const duals = dualsOver(R);
  const lift = (A: Mat<T>, moves: boolean): Mat<Dual<T>> => {
    const data = flat(A).map((value, k) => ({ value, tangent: R.of(moves && k === entry ? 1 : 0) }));
    return { rows: A.rows, cols: A.cols, data };
  };
  const moving = {
    leak: { value: agent.leak, tangent: R.of(0) },
    M: lift(agent.M, tensor === 'M'),
    Z: lift(agent.Z, tensor === 'Z'),
    U: lift(agent.U, tensor === 'U'),
    V: lift(agent.V, tensor === 'V'),
  };
  return loss(duals, moving, horizon).tangent;
}

/** The agent of two units whose order parameters are K: M and U unit vectors. */
function canonical<T>(R: Ring<T>, K: Mat<T>): LinearAgent<T> {
  const unit = (k: number) => build(2, 1, (i) => R.of(i === k ? 1 : 0));
  const row = (i: number) => build(2, 1, (j) => K.data[2 * i + j]!);
  return { leak: R.of(1), M: unit(0), U: unit(1), Z: transpose(row(0)), V: row(1) };
}

/** Every weight's derivative is the combination of columns that R takes, for two units. */
const combination = (horizon: number): Identity => ({
  name: `∂L/∂Q = combinations of the columns of Q, two units, rank 1, ${horizon} steps`,
  variables: [...entries('m', 2, 1), ...entries('z', 1, 2), ...entries('u', 2, 1), ...entries('v', 2, 1)],
  vanish(R, x) {
    const agent = symbolicAgent(x, R.of(1), { N: 2, r: 1 });
    const Q = blocks([[agent.M, transpose(agent.Z), agent.U, agent.V]]);
    const H = blocks([[transpose(agent.Z), agent.V]]);
    const J = blocks([[agent.M, agent.U]]);
    const reduced = canonical(R, multiply(R, transpose(H), J));
    // E by differentiating the agent of two units that has the same overlaps: Z and V are K's rows.
    const E = build(2, 2, (i, j) => derivative(R, reduced, i === 0 ? 'Z' : 'V', j, horizon));
    const step = stepMatrix(R, shape, E, R.of(1), ['M', 'Z', 'U', 'V']);
    const moved = subtract(R, Q, multiply(R, Q, step));
    const gradient = build(2, 4, (i, j) => derivative(R, agent, (['M', 'Z', 'U', 'V'] as const)[j]!, i, horizon));
    return flat(subtract(R, moved, gradient));
  },
});

export const derivation: Derivation = {
  statement,
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
        const expected = subtract(
          R,
          Q,
          map(gradient, (value) => R.mul(x['s']!, value)),
        );
        return flat(subtract(R, multiply(R, Q, step), expected));
      },
    },
  ],
};
