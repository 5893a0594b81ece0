/**
 * Derivatives of formulas by dual numbers.
 */
import { dualsOver } from '#src/linalg/dual.js';
import { negate, product, type Ring } from '#src/linalg/ring.js';
import { memorySlope } from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import type { Values } from '../kernels/identity.js';
import { valuesOf } from './symbols.js';

/** A formula over any ring. */
export type Expression = <S>(R: Ring<S>, x: Values<S>) => S;

/** The derivatives of a formula by some of its variables, all others at rest. */
export function derivatives<T>(R: Ring<T>, x: Values<T>, by: readonly string[], formula: Expression): T[] {
  return by.map((moving) => {
    const lift = ([name, value]: [string, T]) => [name, { value, tangent: R.of(name === moving ? 1 : 0) }] as const;
    return formula(dualsOver(R), Object.fromEntries(Object.entries(x).map(lift))).tangent;
  });
}

/** Variables of formulas about λ₃; p stands for 1/D. */
export const PARAMETERS = ['zm', 'vu', 'q'] as const;
export const PARAMETERS_AND_P = [...PARAMETERS, 'p'];

/** σ_zm, σ_vu and q of an identity's variables. */
export function parametersOf<T>(x: Values<T>): Record<(typeof PARAMETERS)[number], T> {
  return { zm: x['zm']!, vu: x['vu']!, q: x['q']! };
}

/** The derivatives of a formula by σ_zm, σ_vu and q, with p = 1/D, which moves by −p²·dD. */
export function alongParameters<T>(R: Ring<T>, x: Values<T>, formula: Expression): T[] {
  const slopes = derivatives(R, x, PARAMETERS, (S, y) => memorySlope(S, parametersOf(y)));
  const [byP] = derivatives(R, x, ['p'], formula);
  return derivatives(R, x, PARAMETERS, formula).map((direct, k) =>
    R.add(direct, R.mul(byP!, negate(R, product(R, [x['p']!, x['p']!, slopes[k]!])))),
  );
}

/** What a gradient by σ_zm, σ_vu and q has beyond another. */
export function gradientDifference<T>(
  R: Ring<T>,
  derivative: readonly T[],
  gradient: Readonly<Record<(typeof PARAMETERS)[number], T>>,
): T[] {
  return valuesOf(gradient, PARAMETERS).map((entry, k) => R.sub(derivative[k]!, entry));
}
