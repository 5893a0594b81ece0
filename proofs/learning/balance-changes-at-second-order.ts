/**
 * Derivation: a gradient step cancels at first order in the balance.
 */
import { add, multiply, scale, subtract, transpose } from '#src/linalg/matrix.js';
import { negate } from '#src/linalg/ring.js';
import {
  balance,
  balanceChange,
  recurrentBalance,
  recurrentBalanceChange,
  statement,
} from '#src/theory/learning/balance-changes-at-second-order.js';
import type { Derivation } from '../derivation.js';
import { entries, flat, symbol } from '../symbols.js';

export const derivation: Derivation = {
  statement,
  steps: [
    'The loss depends on H = [Zᵀ V] and J = [M U] through K = HᵀJ only: ∂L/∂H = J Eᵀ and ∂L/∂J = H E, E = ∂L/∂K.',
    'One step gives H′ = H − s J Eᵀ, J′ = J − s H E. In H′H′ᵀ − J′J′ᵀ the terms of first order are −s (J EᵀHᵀ + H E Jᵀ) twice with opposite signs: they cancel.',
    'What is left is s² (J EᵀE Jᵀ − H E EᵀHᵀ).',
    'Likewise W = U Vᵀ with D = ∂L/∂W gives ∂L/∂U = D V, ∂L/∂V = Dᵀ U, whatever else is fixed.',
  ],
  identities: [
    {
      name: 'Δ(H Hᵀ − J Jᵀ) for two units, one control, one observation, rank 1',
      variables: [...entries('h', 2, 2), ...entries('j', 2, 2), ...entries('e', 2, 2), 's'],
      vanish(R, x) {
        const [H, J, E] = [symbol(x, 'h', 2, 2), symbol(x, 'j', 2, 2), symbol(x, 'e', 2, 2)];
        const back = negate(R, x['s']!);
        const H1 = add(R, H, scale(R, back, multiply(R, J, transpose(E))));
        const J1 = add(R, J, scale(R, back, multiply(R, H, E)));
        const change = subtract(R, balance(R, H1, J1), balance(R, H, J));
        return flat(subtract(R, change, balanceChange(R, H, J, E, x['s']!)));
      },
    },
    {
      name: 'Δ(UᵀU − VᵀV) for two units, rank 1',
      variables: [...entries('u', 2, 1), ...entries('v', 2, 1), ...entries('d', 2, 2), 's'],
      vanish(R, x) {
        const [U, V, D] = [symbol(x, 'u', 2, 1), symbol(x, 'v', 2, 1), symbol(x, 'd', 2, 2)];
        const back = negate(R, x['s']!);
        const U1 = add(R, U, scale(R, back, multiply(R, D, V)));
        const V1 = add(R, V, scale(R, back, multiply(R, transpose(D), U)));
        const change = subtract(R, recurrentBalance(R, U1, V1), recurrentBalance(R, U, V));
        return flat(subtract(R, change, recurrentBalanceChange(R, U, V, D, x['s']!)));
      },
    },
  ],
};
