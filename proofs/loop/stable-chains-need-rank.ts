/**
 * Derivation: a memory of rank below k − 1 leaves coefficients of the loop's polynomial at 0.
 */
import { characteristic, shift } from '#src/linalg/polynomial.js';
import type { Ring } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { deadbeat, missingPowers, statement } from '#src/theory/loop/stable-chains-need-rank.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { entries, symbol } from '../support/symbols.js';

/** Variables of a memory of a rank. */
const memory = (rank: number): string[] => [
  'g',
  ...entries('p', 1, rank),
  ...entries('q', rank, 1),
  ...entries('w', rank, rank),
];

const missing = (k: number, rank: number, leaky: boolean): Identity => {
  const { first, last } = missingPowers(k, rank, leaky);
  return {
    name: `k = ${k}, rank ${rank}${leaky ? ', with leak' : ''}: (λ−1)^${first}${last > first ? ` to (λ−1)^${last} are` : ' is'} missing`,
    variables: ['dt', ...(leaky ? ['eta'] : []), ...memory(rank)],
    vanish(R, x) {
      const overlaps = {
        zm: { rows: 1, cols: 1, data: [x['g']!] },
        zu: symbol(x, 'p', 1, rank),
        vm: symbol(x, 'q', rank, 1),
        vu: symbol(x, 'w', rank, rank),
      };
      const eta = leaky ? x['eta']! : R.of(1);
      const whole = characteristic(R, effectiveMatrix(R, integratorChainOver(R, k, x['dt']!), eta, overlaps));
      return shift(R, leaky ? whole : whole.slice(1), R.of(1)).slice(first, last + 1);
    },
  };
};

/** det(λI − P_eff) of the loop that stops at once, without its leading coefficient. */
const stopped = <T>(R: Ring<T>, k: number): T[] =>
  characteristic(R, effectiveMatrix(R, integratorChainOver(R, k, R.of(1)), R.of(1), deadbeat(R, k, R.of(1)))).slice(
    0,
    -1,
  );

export const derivation: Derivation = {
  statement,
  scope:
    'all order parameters and every dt for (k, r) = (3, 1), (4, 1), (4, 2) without leak and (4, 1) with leak; the loop that stops for k = 1 to 5 and dt = 1; every k and every rank without leak by a theorem',
  steps: [
    'From control to position a chain of k integrators is dt^k/(λ−1)^k. From position to control a memory of rank r is b(λ)/a(λ), a monic of degree r, b of degree r at most.',
    'So det(λI − P_eff) = λ (μ^k a − dt^k b) with μ = λ − 1. The first term begins at μ^k, the second ends at μ^r: the powers from r + 1 to k − 1 are missing if r ≤ k − 2.',
    'In a stable loop every root has |1 + μ| < 1, so Re μ < 0. A polynomial with all roots left of 0 has no coefficient that is 0.',
    'With leak the sensor’s factor is μ + η, and b is multiplied by λ = 1 + μ: one power fewer is missing.',
    'Rank k − 1 is enough: (μ + 1)^(2k−1) is split at μ^k into a and b, which a memory of rank k − 1 in companion form has.',
  ],
  identities: [
    missing(3, 1, false),
    missing(4, 1, false),
    missing(4, 2, false),
    missing(4, 1, true),
    ...[1, 2, 3, 4, 5].map(
      (k): Identity => ({
        name: `k = ${k}: the loop of rank ${k - 1} that stops has the polynomial λ^${2 * k}`,
        variables: [],
        vanish: (R) => stopped(R, k),
      }),
    ),
  ],
  theorems: [
    {
      name: 'rank_too_low',
      file: 'memoryless_loop_is_unstable',
      says: 'for every rank r ≤ k − 2, whatever the memory, P has an eigenvalue of modulus 1 or more, η = 1',
      over: 'rings',
    },
  ],
};
