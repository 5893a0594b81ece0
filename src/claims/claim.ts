/**
 * Claims: statements with cases to try them on, a check, and mutants that the check must refute.
 *
 * The check measures an implementation, the claim's subject, so that the same check can be turned on a faulty one.
 */
import type { Arbitrary } from 'fast-check';
import type { Proportion } from '../theory/odds.js';
import type { Regime } from '../theory/regime.js';
import type { Statement } from '../theory/statement.js';
import type { Evidence } from './evidence.js';
import type { Prediction } from './prediction.js';

/** Where a claim's cases come from: drawn at random, or a fixed list that is tried whole, of files or of anything else. */
export type Cases<Case> =
  | {
      readonly kind: 'drawn';
      readonly arbitrary: Arbitrary<Case>;
      /** Default number of cases. */
      readonly runs: number;
      /** Cases judged together by one worker. */
      readonly block: number;
      /** Cases judged even where fewer decide, so that a report says how good the predictions are. */
      readonly least?: number;
      /** Counterexamples found in the past, tried first. */
      readonly regressions?: readonly Case[];
    }
  | { readonly kind: 'listed'; readonly list: readonly Case[] }
  | {
      readonly kind: 'files';
      readonly list: readonly Case[];
      /** What a file holds, for files of a format of one's own; without it they are recorded runs, loop-run/1. */
      readonly read?: (file: string) => unknown;
    };

/** A faulty implementation, named after its fault. */
export interface Mutant<Subject> {
  readonly name: string;
  readonly subject: Subject;
}

/**
 * Mutants by the parts in which they differ from a subject, in the order of their names.
 * @example
 * mutantsOf({ square: (x) => x * x }, { 'a cube': { square: (x) => x ** 3 }, 'twice x': { square: (x) => 2 * x } })
 */
export function mutantsOf<Subject extends object>(
  subject: Subject,
  faults: Readonly<Record<string, Partial<Subject>>>,
): Mutant<Subject>[] {
  return Object.entries(faults).map(([name, fault]) => ({ name, subject: { ...subject, ...fault } }));
}

/** A claim about implementations of type Subject, tried on cases of type Case. */
export interface Claim<Case, Subject> {
  readonly statement: Statement;
  readonly cases: Cases<Case>;
  /** The implementation of this project. */
  readonly subject: Subject;
  /** Measures a subject on a case. Throwing refutes; evidence may also say that the case decides nothing. */
  readonly check: (subject: Subject, instance: Case, evidence: Evidence) => void;
  /** Where the statement is claimed, if that is data. */
  readonly regime?: Pick<Regime<never>, 'needs'>;
  /** What is claimed of a proportion of cases: the check tries each by name, and `runs` cases are the budget. */
  readonly proportions?: readonly Proportion[];
  /** What the check predicts before a run: null predictors, which know nothing of the case or err by 0.3 of it, must fail. */
  readonly predictions?: readonly Prediction[];
  /** A short name for a case whose data are too large to print. */
  readonly describe?: (instance: Case) => string;
  /** Least fraction of cases in each class, enforced by test: a generator that misses a class proves nothing about it. */
  readonly floors: Readonly<Record<string, number>>;
  /** At least two. */
  readonly mutants: readonly Mutant<Subject>[];
  /** Name of the mutant that is the subject, where `mutated` put one there. */
  readonly mutant?: string;
}

/** A claim whose types are known to itself only. */
export type AnyClaim = Claim<unknown, unknown>;

/**
 * Declares a claim, and forgets its types: the ledger holds claims of all kinds.
 * @example
 * const subject = { square: (x) => x * x };
 * export const claim = defineClaim({
 *   statement, // what `explain` shows: see `Statement`
 *   cases: { kind: 'drawn', arbitrary: fc.integer({ min: -99, max: 99 }), runs: 400, block: 100 },
 *   subject,
 *   check({ square }, x, evidence) {
 *     evidence.within('x²', Math.abs(square(x) - x ** 2), 0); // exact: integers
 *     evidence.classify('negative', x < 0);
 *   },
 *   floors: { negative: 0.3 }, // of the cases, at least
 *   mutants: mutantsOf(subject, { 'a cube': { square: (x) => x ** 3 }, 'twice x': { square: (x) => 2 * x } }),
 * });
 */
export function defineClaim<Case, Subject>(claim: Claim<Case, Subject>): AnyClaim {
  return claim as unknown as AnyClaim;
}

/** A claim turned on one of its mutants. Past counterexamples are left out: it must be refuted by what is drawn. */
export function mutated(claim: AnyClaim, { name, subject }: Mutant<unknown>): AnyClaim {
  const cases = claim.cases.kind === 'drawn' ? { ...claim.cases, regressions: [] } : claim.cases;
  return { ...claim, cases, subject, mutant: name };
}
