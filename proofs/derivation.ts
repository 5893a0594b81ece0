/**
 * Derivations: where a statement's formula comes from, and what has to be proved for it.
 */
import type { Statement } from '#src/theory/statement.js';
import type { Identity } from './kernels/identity.js';
import type { Decision } from './kernels/z3.js';

/** A general theorem, written by hand for Rocq in proofs/rocq/, in the file that bears its statement's name. */
export interface Theorem {
  readonly name: string;
  /** Its file, if that is another one. */
  readonly file?: string;
  /** What it says, and for which sizes. */
  readonly says: string;
  /** What its numbers are. Over rings and fields it assumes nothing, over the reals the axioms of the reals. */
  readonly over: 'rings' | 'reals';
}

/** The derivation of a statement. */
export interface Derivation {
  readonly statement: Statement;
  /** What the identities and decisions cover: sizes, ranks, horizons; beyond them the steps argue and the claim tries. */
  readonly scope: string;
  /** The steps in words, in order. */
  readonly steps: readonly string[];
  /** Identities that the steps rest on. */
  readonly identities: readonly Identity[];
  /** Statements over all reals that the steps rest on. */
  readonly decisions?: readonly Decision[];
  /** General theorems, which Rocq checks. */
  readonly theorems?: readonly Theorem[];
}

/**
 * Declares a derivation.
 * @example
 * export const derivation = defineDerivation({
 *   statement, // that of the claim
 *   scope: 'every a and b',
 *   steps: ['Expand (a + b)².'],
 *   identities: [{ name: '(a + b)² = a² + 2ab + b²', variables: ['a', 'b'], vanish: equal('(a+b)^2', 'a^2+2*a*b+b^2') }],
 * });
 */
export function defineDerivation(derivation: Derivation): Derivation {
  return derivation;
}
