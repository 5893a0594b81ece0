/**
 * What every statement of the theory says about itself.
 */
import type { Ring } from '../linalg/ring.js';

/** How a statement is held to be true. */
export type Kind = 'identity' | 'universal' | 'approximation' | 'empirical';

/** A statement of the theory: its conclusion is its identifier. */
export interface Statement {
  /** The stem shared by src/theory, proofs and spec. */
  readonly id: string;
  readonly kind: Kind;
  /** One line for tables. */
  readonly title: string;
  /** The statement in full, in words and plain formulas. */
  readonly statement: string;
  /** The formula that is computed, as text. */
  readonly formula: string;
  /** What must hold for the statement to apply. */
  readonly assumptions: string;
  /** Where it stops being true, as far as known. */
  readonly validity: string;
  /** Where the tolerance of its check comes from. */
  readonly tolerance: string;
  /** theory.md section or the paper. */
  readonly source: string;
}

/**
 * A formula as text beside the code that computes it: the bridge between the two is tested. Statements about matrices give
 * the case of one state, one unit or two components, entry by entry.
 */
export interface Formula {
  readonly name: string;
  readonly variables: readonly string[];
  /** One text per value: + − * ^ and parentheses only. */
  readonly texts: readonly string[];
  /** The project's code on the same variables. */
  readonly values: <T>(R: Ring<T>, x: Readonly<Record<string, T>>) => readonly T[];
}
