/**
 * Derivation: a gradient step cancels at first order in the balance.
 */
import { multiply, scale, subtract, transpose } from '#src/linalg/matrix.js';
import {
  balance,
  balanceChange,
  recurrentBalance,
  recurrentBalanceChange,
  statement,
} from '#src/theory/learning/balance-changes-at-second-order.js';
import type { Derivation } from '../derivation.js';
import { entries, flat, symbol } from '../support/symbols.js';

export const derivation: Derivation = {
  statement,
  scope: '2 units, 1 control, 1 observation, rank 1; any H, J, E and s; all sizes by theorems',
  steps: [
    'The loss depends on H = [Zᵀ V] and J = [M U] through K = HᵀJ only: ∂L/∂H = J Eᵀ and ∂L/∂J = H E, E = ∂L/∂K.',
    'One step gives H′ = H − s J Eᵀ, J′ = J − s H E. In H′H′ᵀ − J′J′ᵀ the first-order terms are −s (J EᵀHᵀ + H E Jᵀ), twice with opposite signs. They cancel.',
    'What is left is s² (J EᵀE Jᵀ − H E EᵀHᵀ).',
    'Likewise W = U Vᵀ with D = ∂L/∂W gives ∂L/∂U = D V, ∂L/∂V = Dᵀ U, whatever else is fixed.',
  ],
  identities: [
    {
      name: 'Δ(H Hᵀ − J Jᵀ) for two units, one control, one observation, rank 1',
      variables: [...entries('h', 2, 2), ...entries('j', 2, 2), ...entries('e', 2, 2), 's'],
      vanish(R, x) {
        const [H, J, E] = [symbol(x, 'h', 2, 2), symbol(x, 'j', 2, 2), symbol(x, 'e', 2, 2)];
        const H1 = subtract(R, H, scale(R, x['s']!, multiply(R, J, transpose(E))));
        const J1 = subtract(R, J, scale(R, x['s']!, multiply(R, H, E)));
        const change = subtract(R, balance(R, H1, J1), balance(R, H, J));
        return flat(subtract(R, change, balanceChange(R, H, J, E, x['s']!)));
      },
    },
    {
      name: 'Δ(UᵀU − VᵀV) for two units, rank 1',
      variables: [...entries('u', 2, 1), ...entries('v', 2, 1), ...entries('d', 2, 2), 's'],
      vanish(R, x) {
        const [U, V, D] = [symbol(x, 'u', 2, 1), symbol(x, 'v', 2, 1), symbol(x, 'd', 2, 2)];
        const U1 = subtract(R, U, scale(R, x['s']!, multiply(R, D, V)));
        const V1 = subtract(R, V, scale(R, x['s']!, multiply(R, transpose(D), U)));
        const change = subtract(R, recurrentBalance(R, U1, V1), recurrentBalance(R, U, V));
        return flat(subtract(R, change, recurrentBalanceChange(R, U, V, D, x['s']!)));
      },
    },
  ],
  theorems: [
    {
      name: 'balance',
      says: 'the exact change of H Hᵀ − J Jᵀ in one step, for all sizes',
      over: 'rings',
    },
    {
      name: 'balance_recurrent',
      says: 'the exact change of UᵀU − VᵀV in one step, for all sizes',
      over: 'rings',
    },
  ],
};
