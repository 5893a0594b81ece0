/**
 * SMT-LIB terms for Z3: the formulas that compute, written out, and the Jury conditions, for statements about stability over all reals.
 */
import type { Ring } from '#src/linalg/ring.js';
import { polynomialRing } from '../kernels/polynomials.js';

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

/** All roots of λ² − t λ + d inside the unit circle. */
export const jury2 = (t: string, d: string): string =>
  `(and (> (+ (- 1 ${t}) ${d}) 0) (> (+ 1 ${t} ${d}) 0) (< ${d} 1))`;

/** All roots of λ³ + b2 λ² + b1 λ + b0 inside the unit circle. */
export const jury3 = (b2: string, b1: string, b0: string): string =>
  `(and (> (+ 1 ${b2} ${b1} ${b0}) 0) (> (- (+ 1 ${b1}) ${b2} ${b0}) 0) (< ${b0} 1) (> ${b0} (- 1)) (> (- 1 (* ${b0} ${b0})) (- ${b1} (* ${b0} ${b2}))))`;

/** Stability of χ for k = 2, dt = 1. */
export const stableLoop = (zm: string, vu: string, q: string): string =>
  jury3(`(- (+ ${vu} 2))`, `(+ (- (* 2 ${vu}) ${zm}) 1)`, `(- (- (* ${vu} ${zm}) ${vu}) ${q})`);

/** The negation of an equivalence. */
export const differs = (a: string, b: string): string => `(not (= ${a} ${b}))`;
