/**
 * The rank that a chain of integrators needs: one less than it has integrators.
 */
import type { OrderParameters } from '../../agent/order-parameters.js';
import { build, scalar } from '../../linalg/matrix.js';
import { evaluate, type Polynomial, shift } from '../../linalg/polynomial.js';
import { negate, type OrderedRing, power, type Ring } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'stable-chains-need-rank',
  kind: 'universal',
  title: 'k integrators cannot be stabilised by a memory of rank below k − 1',
  statement:
    'For a chain of k integrators, no agent of rank r ≤ k − 2 makes the loop stable, whatever its leak. Rank k − 1 is enough without leak: it can place all eigenvalues at 0.',
  formula: 'μ = λ − 1: det(λI − P_eff) = μ^k (μ + η) a(μ) − dt^k λ b(μ),  a of degree r, b of degree r at most',
  latex: String.raw`\mu = \lambda - 1:\quad \det(\lambda I - P_{\mathit{eff}}) = \mu^k (\mu + \eta)\,a(\mu) - \mathit{dt}^k \lambda\,b(\mu) \newline a\text{ of degree }r, b\text{ of degree }r\text{ at most}`,
  assumptions: 'chain of k integrators, one observation, one control, 0 < η ≤ 1',
  validity:
    'every k and r. A stable loop has all its roots left of μ = 0: its coefficients are positive, and the ratios of neighbours rise. Powers are missing without leak, or at lower ranks; with leak at rank k − 2 the ratios would have to fall. Whether rank k − 1 is enough with every leak is not decided',
  tolerance: 'none: coefficients are compared, and stability is decided, in rationals',
  source: { theory: '#stability', status: 'new' },
};

/**
 * The powers of μ = λ − 1 that are missing in the loop’s polynomial, without its factor λ where there is no leak, from the first to the
 * last; none if the first is above the last.
 */
export function missingPowers(
  k: number,
  rank: number,
  leaky: boolean,
): { readonly first: number; readonly last: number } {
  return { first: rank + (leaky ? 2 : 1), last: k - 1 };
}

/**
 * What vanishes for every rank up to k − 2: the powers of μ below k at μ = −1, where λ is 0, and the others, divided by μ^k, at μ = −η.
 * @param p the loop’s polynomial in powers of μ = λ − 1
 */
export function halves<T>(R: Ring<T>, k: number, p: Polynomial<T>, eta: T): readonly [low: T, high: T] {
  return [evaluate(R, p.slice(0, k), R.of(-1)), evaluate(R, p.slice(k), negate(R, eta))];
}

/**
 * Whether coefficients allow all roots to be left of 0: they are positive, and c_j/c_{j+1} < c_{j+2}/c_{j+3} (Hermite and Biehler: the
 * even and the odd part interlace). Necessary, not sufficient.
 */
export function ratiosRise<T>(R: OrderedRing<T>, c: Polynomial<T>): boolean {
  return c.every(
    (value, j) =>
      R.sign(value) === 1 &&
      (j + 3 >= c.length || R.sign(R.sub(R.mul(c[j + 1]!, c[j + 2]!), R.mul(value, c[j + 3]!))) === 1),
  );
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
