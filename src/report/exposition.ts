/**
 * What there is to say of a claim, whatever its verdict.
 */
import type { Proportion } from '../theory/odds.js';
import type { Source, Statement } from '../theory/statement.js';

/** A claim's statement, where it comes from, and what would refute it. */
export interface Exposition {
  readonly statement: Statement;
  /** How far it is shown, the strongest first. */
  readonly standing: readonly string[];
  /** Absent where there is none: the claim is stated and tried, not proved. */
  readonly derivation?: {
    /** What the kernels' proofs cover. */
    readonly scope: string;
    /** In words. */
    readonly steps: readonly string[];
    /** Equations that kernels prove, by name. */
    readonly identities: readonly string[];
    /** Statements over all reals that Z3 decides, by name. */
    readonly decisions: readonly string[];
    /** What Rocq proves for all sizes, in words. */
    readonly theorems: readonly string[];
  };
  /** What the regime needs, if it is data; empty if not. */
  readonly regime: readonly string[];
  readonly proportions: readonly Proportion[];
  /** Faulty implementations that it refutes, by name. */
  readonly mutants: readonly string[];
}

/** A statement's source in a few words: `paper, Fig. 3e`. */
export function sourceText({ paper, status }: Source): string {
  return paper === undefined ? status : `${status}, ${status === 'paper' ? '' : 'see '}${paper}`;
}

/** A statement's source in full, with the page that states it. */
export function fullSource(source: Source): string {
  return source.theory === undefined
    ? sourceText(source)
    : `${sourceText(source)}; src/theory/README.md${source.theory}`;
}

/** The equations of a statement's LaTeX. */
export function equationsOf(latex: string): string[] {
  return latex.split(String.raw` \newline `);
}
