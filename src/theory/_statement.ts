/**
 * What every statement of the theory says about itself.
 */

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
