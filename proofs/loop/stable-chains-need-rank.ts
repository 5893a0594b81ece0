/**
 * Derivation: a memory of rank below k − 1 leaves coefficients of the loop's polynomial at 0.
 */
import type { OrderParameters } from '#src/agent/order-parameters.js';
import { scalar } from '#src/linalg/matrix.js';
import { characteristic, shift } from '#src/linalg/polynomial.js';
import type { Ring } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { deadbeat, halves, missingPowers, statement } from '#src/theory/loop/stable-chains-need-rank.js';
import type { Derivation } from '../derivation.js';
import type { Identity, Values } from '../kernels/identity.js';
import { entries, symbol } from '../support/symbols.js';

/** Variables of a memory of a rank. */
const memory = (rank: number): string[] => [
  'g',
  ...entries('p', 1, rank),
  ...entries('q', rank, 1),
  ...entries('w', rank, rank),
];

function memoryOf<T>(x: Values<T>, rank: number): OrderParameters<T> {
  return {
    zm: scalar(x['g']!),
    zu: symbol(x, 'p', 1, rank),
    vm: symbol(x, 'q', rank, 1),
    vu: symbol(x, 'w', rank, rank),
  };
}

const missing = (k: number, rank: number, leaky: boolean): Identity => {
  const { first, last } = missingPowers(k, rank, leaky);
  return {
    name: `k = ${k}, rank ${rank}${leaky ? ', with leak' : ''}: (λ−1)^${first}${last > first ? ` to (λ−1)^${last} are` : ' is'} missing`,
    variables: ['dt', ...(leaky ? ['eta'] : []), ...memory(rank)],
    vanish(R, x) {
      const overlaps = memoryOf(x, rank);
      const eta = leaky ? x['eta']! : R.of(1);
      const whole = characteristic(R, effectiveMatrix(R, integratorChainOver(R, k, x['dt']!), eta, overlaps));
      return shift(R, leaky ? whole : whole.slice(1), R.of(1)).slice(first, last + 1);
    },
  };
};

const half = (k: number, rank: number): Identity => ({
  name: `k = ${k}, rank ${rank}, any leak: the powers of λ − 1 below ${k} vanish at λ = 0, the others, divided by (λ−1)^${k}, at λ = 1 − η`,
  variables: ['dt', 'eta', ...memory(rank)],
  vanish(R, x) {
    const overlaps = memoryOf(x, rank);
    const whole = characteristic(R, effectiveMatrix(R, integratorChainOver(R, k, x['dt']!), x['eta']!, overlaps));
    return halves(R, k, shift(R, whole, R.of(1)), x['eta']!);
  },
});

/** det(λI − P_eff) of the loop that stops at once, without its leading coefficient. */
const stopped = <T>(R: Ring<T>, k: number): T[] =>
  characteristic(R, effectiveMatrix(R, integratorChainOver(R, k, R.of(1)), R.of(1), deadbeat(R, k, R.of(1)))).slice(
    0,
    -1,
  );

/** Coefficients a, b below and c, d above, whose ratios rise. @param leak what is said of η */
const ends = (leak: string): string =>
  `(and (> b 0) (> d 0) (> eta 0) ${leak} (>= a b) (<= c (* eta d)) (< (* a d) (* b c)))`;

export const derivation: Derivation = {
  statement,
  scope:
    'all order parameters and every dt for (k, r) = (3, 1), (4, 1), (4, 2) without leak and (4, 1) with leak; what vanishes for (2, 0) and (3, 1) with any leak; that ratios rise is argued for every k; the loop that stops for k = 1 to 5 and dt = 1; every k and every rank without leak by a theorem',
  steps: [
    'From control to position a chain of k integrators is dt^k/(λ−1)^k. From position to control a memory of rank r is b(λ)/a(λ), a monic of degree r, b of degree r at most.',
    'So det(λI − P_eff) = λ (μ^k a − dt^k b) with μ = λ − 1. The first term begins at μ^k, the second ends at μ^r: the powers from r + 1 to k − 1 are missing if r ≤ k − 2.',
    'In a stable loop every root has |1 + μ| < 1, so Re μ < 0. A polynomial with all roots left of 0 has no coefficient that is 0.',
    'With leak the sensor’s factor is μ + η: det(λI − P_eff) = μ^k (μ + η) a − dt^k (1 + μ) b. One power fewer is missing: none, at r = k − 2.',
    'Let r = k − 2, all roots left of 0, and c_j the coefficients. Even and odd part interlace on Re μ = 0 (Hermite, Biehler). So each combination of the two has real roots in μ², at most one of them positive, and its coefficients change sign once at most: c_j/c_{j+1} < c_{j+2}/c_{j+3}.',
    'Take j of the parity of k, and c_{−1} = 0. The powers below k vanish at μ = −1: their c_j and c_{j+1} have the same sum, so the largest of their ratios, the last, is at least 1. The others vanish at μ = −η: the sum of η^i c_{k+i} over even i is that over odd i, so the smallest of their ratios, the first, is at most η.',
    'So c_{k−2} ≥ c_{k−1} and c_k ≤ η c_{k+1}. With η ≤ 1 that contradicts c_{k−2}/c_{k−1} < c_k/c_{k+1}.',
    'Rank k − 1 is enough: (μ + 1)^(2k−1) is split at μ^k into a and b, which a memory of rank k − 1 in companion form has.',
  ],
  identities: [
    missing(3, 1, false),
    missing(4, 1, false),
    missing(4, 2, false),
    missing(4, 1, true),
    half(2, 0),
    half(3, 1),
    ...[1, 2, 3, 4, 5].map(
      (k): Identity => ({
        name: `k = ${k}: the loop of rank ${k - 1} that stops has the polynomial λ^${2 * k}`,
        variables: [],
        vanish: (R) => stopped(R, k),
      }),
    ),
  ],
  decisions: [
    {
      name: 'a last ratio of at least 1 below, a first one of at most η above: they do not rise',
      variables: ['a', 'b', 'c', 'd', 'eta'],
      negation: ends('(<= eta 1)'),
      control: ends('(<= eta 2)'),
      rocq: {
        tactics:
          'intros a b c d eta (B & D & E & F & L & H & X); assert (0 <= b * (eta * d - c)) by (apply Rmult_le_pos; lra); assert (0 <= b * d * (1 - eta)) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra); assert (0 <= d * (a - b)) by (apply Rmult_le_pos; lra); lra',
      },
    },
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
