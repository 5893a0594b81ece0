/**
 * The rank that a chain of integrators needs: one less than it has integrators.
 */
import type { OrderParameters } from '../../agent/order-parameters.js';
import { build, scalar } from '../../linalg/matrix.js';
import { type Polynomial, shift } from '../../linalg/polynomial.js';
import { negate, power, type Ring } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'stable-chains-need-rank',
  kind: 'universal',
  title: 'k integrators cannot be stabilised by a memory of rank below k − 1',
  statement:
    'For a chain of k integrators, no agent of rank r ≤ k − 2 without leak, and none of rank r ≤ k − 3 with leak, makes the loop stable. Rank k − 1 is enough: it can place all eigenvalues at 0.',
  formula: 'μ = λ − 1: det(λI − P_eff) = λ (μ^k a(μ) − dt^k b(μ)),  a of degree r, b of degree r at most',
  latex: String.raw`\mu = \lambda - 1:\quad \det(\lambda I - P_{\mathit{eff}}) = \lambda\,(\mu^k a(\mu) - \mathit{dt}^k b(\mu)) \newline a\text{ of degree }r, b\text{ of degree }r\text{ at most}`,
  assumptions: 'chain of k integrators, one observation, one control, 0 < η ≤ 1',
  validity:
    'every k and r. Between the degrees of b and of μ^k no coefficient is left; a stable loop has all its roots left of μ = 0, so none of its coefficients vanishes. With leak b has one degree more: rank k − 2 is not decided there, and no stable loop of that rank is known',
  tolerance: 'none: coefficients are compared, and stability is decided, in rationals',
  source: { theory: '#stability', status: 'new' },
};

/** The powers of μ = λ − 1 that are missing in the loop’s polynomial, from the first to the last; none if the first is above the last. */
export function missingPowers(
  k: number,
  rank: number,
  leaky: boolean,
): { readonly first: number; readonly last: number } {
  return { first: rank + (leaky ? 2 : 1), last: k - 1 };
}

/** The coefficients of (μ + 1)^degree. */
function binomials(degree: number): number[] {
  const row = [1];
  for (let j = 0; j < degree; j++) row.push((row[j]! * (degree - j)) / (j + 1));
  return row;
}

/**
 * Order parameters of rank k − 1 that place all eigenvalues of a chain of k integrators without leak at 0: (μ + 1)^(2k−1) is split at μ^k.
 * @param perStep 1/dt
 */
export function deadbeat<T>(R: Ring<T>, k: number, perStep: T): OrderParameters<T> {
  const whole = binomials(2 * k - 1).map((value) => R.of(value));
  const inverse = power(R, perStep, k);
  // In powers of λ: μ = λ − 1.
  const denominator = shift(R, whole.slice(k), R.of(-1));
  const numerator: Polynomial<T> = shift(R, whole.slice(0, k), R.of(-1)).map((value) =>
    negate(R, R.mul(inverse, value)),
  );
  const [rank, zm] = [k - 1, numerator[k - 1]!];
  return {
    zm: scalar(zm),
    zu: build(1, rank, (_, j) => R.sub(numerator[j]!, R.mul(zm, denominator[j]!))),
    vm: build(rank, 1, (i) => R.of(i === rank - 1 ? 1 : 0)),
    vu: build(rank, rank, (i, j) => (i === rank - 1 ? negate(R, denominator[j]!) : R.of(j === i + 1 ? 1 : 0))),
  };
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'the order parameters that stop a double integrator: zm, zu, vm, vu',
    variables: ['i'],
    texts: ['-3*i^2', '8*i^2', '1', '-2'],
    values: (R, { i }) => {
      const { zm, zu, vm, vu } = deadbeat(R, 2, i!);
      return [zm, zu, vm, vu].map(({ data }) => data[0]!);
    },
  },
];
