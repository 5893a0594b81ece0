/**
 * The one door from the command line to the derivations (proofs/).
 */
import type { Derivation } from '../../proofs/derivation.js';
import { derivations } from '../../proofs/ledger.js';
import { claimsOf } from './suite.js';

export type { Derivation } from '../../proofs/derivation.js';
export { closeZ3, openZ3 } from '../../proofs/kernels/z3.js';
export { type MutationReport, mutate, type Proof, prove } from '../../proofs/prove.js';

/** The derivation of a claim; an empirical one has none. */
export function derivationOf(id: string): Derivation | undefined {
  return derivations.find(({ statement }) => statement.id === id);
}

/** The derivations of claims, all of them for no identifiers. @throws LoopproofError for an unknown identifier. */
export function derivationsOf(ids: readonly string[]): readonly Derivation[] {
  return claimsOf(ids).flatMap(({ statement }) => derivationOf(statement.id) ?? []);
}
