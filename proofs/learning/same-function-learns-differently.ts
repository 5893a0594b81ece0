/**
 * Derivation: one step of K from the Gram matrix, and what a change of basis of the hidden units leaves alone.
 */
import { inputColumns, outputColumns } from '#src/agent/gram.js';
import { orderParameterMatrix, orderParametersOf } from '#src/agent/order-parameters.js';
import { build, identity, type Mat, multiply, scale, subtract, transpose } from '#src/linalg/matrix.js';
import type { Ring } from '#src/linalg/ring.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { gramAfter, stepMatrix } from '#src/theory/learning/learning-closes-on-gram.js';
import { changedBasis, nextOrderParameters, statement } from '#src/theory/learning/same-function-learns-differently.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { entries, flat, inner, symbol, symbolicAgent, weightVariables } from '../support/symbols.js';

const shape = { c: 1, p: 1, r: 1 };

/** Every unit's basis vectors: T = I + α·e₁e₂ᵀ and S = T⁻ᵀ, a shear, over two units. */
const shear = <T>(R: Ring<T>, alpha: T): { T: Mat<T>; S: Mat<T> } => ({
  T: build(2, 2, (i, j) => (i === j ? R.of(1) : i < j ? alpha : R.of(0))),
  S: build(2, 2, (i, j) => (i === j ? R.of(1) : i > j ? R.sub(R.of(0), alpha) : R.of(0))),
});

const alike = (horizon: number): Identity => ({
  name: `sheared units, SᵀT = I: equal overlaps and equal states of the double integrator, any leak, ${horizon} steps`,
  variables: ['eta', 'alpha', ...weightVariables(2)],
  vanish(R, x) {
    const agent = symbolicAgent(x, x['eta']!, { N: 2, r: 1 });
    const { T, S } = shear(R, x['alpha']!);
    const other = changedBasis(R, agent, T, S);
    const [before, after] = [agent, other].map((each) => orderParameterMatrix(orderParametersOf(R, each)));
    const plant = integratorChainOver(R, 2, R.of(1));
    const [one, two] = [agent, other].map((each) => rollout(R, plant, each, identity(R, 2), horizon));
    return [
      ...flat(subtract(R, before!, after!)),
      ...one!.x.flatMap((states, t) => flat(subtract(R, states, two!.x[t]!))),
    ];
  },
});

export const derivation: Derivation = {
  statement,
  scope: '2 units of rank 1, sheared, over 3 steps, and 4 units under one reflection; all sizes by theorems',
  steps: [
    'H′ᵀJ′ = HᵀSᵀT J = K. So the order parameters agree, and with them the response, the loss, E = ∂L/∂K and the spectrum of P_eff.',
    'A step moves H to H − s J EᵀP_H and J to J − s H E P_J (learning-closes-on-gram); their product is K′, with A = JᵀJ and B = HᵀH.',
    '‖∇L‖² = ⟨E, P_H E A⟩ + ⟨E, B E P_J⟩, which is linear in A and B. The term in s² depends on K only. So a difference of A and B shows in K′: along E it is −s times the difference of ‖∇L‖².',
    'For T = S with TᵀT = I, A and B agree too, and so do the Gram matrices of all later steps.',
  ],
  identities: [
    alike(3),
    {
      name: 'K′ is the block HᵀJ of Rᵀ G R, two units, rank 1, all trained',
      variables: [...entries('q', 2, 4), ...entries('e', 2, 2), 's'],
      vanish(R, x) {
        const [Q, E] = [symbol(x, 'q', 2, 4), symbol(x, 'e', 2, 2)];
        const G = multiply(R, transpose(Q), Q);
        const [outs, ins] = [outputColumns(shape), inputColumns(shape)];
        const block = (from: Mat<(typeof x)[string]>, rows: readonly number[], cols: readonly number[]) =>
          build(2, 2, (i, j) => from.data[4 * rows[i]! + cols[j]!]!);
        const after = gramAfter(R, G, stepMatrix(R, shape, E, x['s']!, ['M', 'Z', 'U', 'V']));
        const step = { E, s: x['s']!, inputs: [true, true], outputs: [true, true] };
        const next = nextOrderParameters(R, block(G, outs, ins), block(G, ins, ins), block(G, outs, outs), step);
        return flat(subtract(R, block(after, outs, ins), next));
      },
    },
    {
      name: '⟨E, K′₂ − K′₁⟩ = −s (‖∇L₂‖² − ‖∇L₁‖²) for equal K: Z, U and V trained, sheared units',
      variables: ['alpha', ...entries('j', 2, 2), ...entries('h', 2, 2), ...entries('e', 2, 2), 's'],
      vanish(R, x) {
        const [J, H, E] = [symbol(x, 'j', 2, 2), symbol(x, 'h', 2, 2), symbol(x, 'e', 2, 2)];
        const { T, S } = shear(R, x['alpha']!);
        const step = { E, s: x['s']!, inputs: [false, true], outputs: [true, true] };
        const right = build(2, 2, (i, j) => (j === 0 ? R.of(0) : E.data[2 * i + j]!));
        const pair = [
          { J, H },
          { J: multiply(R, T, J), H: multiply(R, S, H) },
        ].map(({ J, H }) => {
          const [dH, dJ] = [multiply(R, J, transpose(E)), multiply(R, H, right)];
          const norm = R.add(inner(R, dH, dH), inner(R, dJ, dJ));
          const [A, B, K] = [multiply(R, transpose(J), J), multiply(R, transpose(H), H), multiply(R, transpose(H), J)];
          return { norm, next: nextOrderParameters(R, K, A, B, step) };
        });
        const [one, two] = [pair[0]!, pair[1]!];
        const along = inner(R, E, subtract(R, two.next, one.next));
        return [R.add(along, R.mul(x['s']!, R.sub(two.norm, one.norm)))];
      },
    },
    {
      name: 'four units mixed by I − ½ 1 1ᵀ: TᵀT = I, and equal Gram matrices',
      variables: [...entries('q', 4, 2)],
      vanish(R, x) {
        const Q = symbol(x, 'q', 4, 2);
        // Twice the reflection, so that constants are integers.
        const twice = build(4, 4, (i, j) => R.of(i === j ? 1 : -1));
        const mixed = multiply(R, twice, Q);
        return flat(subtract(R, multiply(R, transpose(mixed), mixed), scale(R, R.of(4), multiply(R, transpose(Q), Q))));
      },
    },
  ],
  theorems: [
    {
      name: 'same_kernel',
      says: 'SᵀT = I leaves K alone, for all sizes',
      over: 'rings',
    },
    {
      name: 'same_gram',
      says: 'TᵀT = I leaves the Gram matrix alone, for all sizes',
      over: 'rings',
    },
    {
      name: 'next_kernel',
      says: 'K′ from K, A and B, for all sizes and any choice of trained columns',
      over: 'rings',
    },
    {
      name: 'next_differs',
      says: 'equal K: the next K differ along E by −s times the difference of the squared norms, for all sizes',
      over: 'rings',
    },
  ],
};
