/**
 * The formulas that compute, written out as SMT-LIB terms for Z3.
 */
import type { Ring } from '#src/linalg/ring.js';
import { polynomialRing } from './kernels/polynomials.js';

const literal = (value: number): string => {
  const text = Math.abs(value)
    .toFixed(20)
    .replace(/\.?0+$/, '');
  if (Number(text) !== Math.abs(value)) throw new RangeError(`${value} has no short decimal form`);
  return value < 0 ? `(- ${text})` : text;
};

/**
 * A formula over variables as one expanded polynomial: Z3 decides that where nested terms make it give up.
 * @param formula with integer constants
 */
export function expanded(
  variables: readonly string[],
  formula: <T>(R: Ring<T>, x: Readonly<Record<string, T>>) => T,
): string {
  const R = polynomialRing(variables.length);
  const polynomial = formula(R, Object.fromEntries(variables.map((name, k) => [name, R.variable(k)])));
  const monomials = [...polynomial].map(([monomial, coefficient]) => {
    const factors = variables.flatMap((name, k) => Array<string>(monomial.charCodeAt(k)).fill(name));
    return `(* ${[literal(Number(coefficient)), ...factors].join(' ')} 1)`;
  });
  return `(+ ${[...monomials, '0', '0'].join(' ')})`;
}

/** low ≤ x ≤ high. */
export const between = (x: string, low: number, high: number): string =>
  `(and (<= ${literal(low)} ${x}) (<= ${x} ${literal(high)}))`;
