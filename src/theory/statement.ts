/**
 * What every statement of the theory says about itself.
 */
import type { Ring } from '../linalg/ring.js';

export const KINDS = ['identity', 'universal', 'approximation', 'empirical'] as const;
/** How a statement is held to be true. */
export type Kind = (typeof KINDS)[number];

export const ORIGINS = ['paper', 'new', 'audit'] as const;

/** A statement of the theory: its conclusion is its identifier. */
export interface Statement {
  /** Its conclusion, in words joined by hyphens. Of ours, the stem shared by src/theory, proofs and spec. */
  readonly id: string;
  readonly kind: Kind;
  /** One line for tables. */
  readonly title: string;
  /** The statement in full, in words and plain formulas. */
  readonly statement: string;
  /** The formula that is computed, as text; equations are separated by two spaces. */
  readonly formula: string;
  /** The same in LaTeX; equations are separated by `\newline`. Reports show the text where there is none. */
  readonly latex?: string;
  /** What must hold for the statement to apply. */
  readonly assumptions: string;
  /** Where it stops being true, as far as known. */
  readonly validity: string;
  /** Where the tolerance of its check comes from. */
  readonly tolerance: string;
  readonly source: Source;
}

/** Where a statement comes from. */
export interface Source {
  /** The place that shows it or what it is about: `Fig. 3e`, `Eq. 7`; with its paper, where that is not ours. */
  readonly paper?: string;
  /** Of ours, the section of src/theory/README.md that states it, as an anchor: `#stage-1`. */
  readonly theory?: string;
  /**
   * `paper`: in the paper or its public notebooks · `new`: derived for this project · `audit`: found by the independent audit of
   * the paper that src/theory/README.md names.
   */
  readonly status: (typeof ORIGINS)[number];
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
