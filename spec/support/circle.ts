/**
 * Whether all roots of a polynomial lie inside a circle about 0, decided in rationals.
 */
import { isSchurExactly } from '#src/linalg/jury.js';
import type { Polynomial } from '#src/linalg/polynomial.js';
import { type Rational, rationals } from '#src/linalg/rational.js';
import { power } from '#src/linalg/ring.js';

/** Whether every root has a modulus below `radius`. @param p coefficients, constant term first */
export function insideCircle(p: Polynomial<Rational>, radius: Rational): boolean {
  const scaled = p.map((value, k) => rationals.mul(value, power(rationals, radius, k)));
  const common = scaled.reduce(
    (all, { denominator }) =>
      all % denominator === 0n ? all : denominator % all === 0n ? denominator : all * denominator,
    1n,
  );
  return isSchurExactly(scaled.map(({ numerator, denominator }) => numerator * (common / denominator)));
}
