/**
 * The only import of the derivations (proofs/) by the command line.
 */
import type { Derivation } from '../../proofs/derivation.js';
import { derivations } from '../../proofs/ledger.js';
import { claimsOf } from './suite.js';

export type { Derivation } from '../../proofs/derivation.js';
export { closeRocq, openRocq, writeRocqFolder } from '../../proofs/kernels/rocq.js';
export { closeZ3, openZ3 } from '../../proofs/kernels/z3.js';
export { mutate, type Proof, prove, type Solvers } from '../../proofs/prove.js';
export { standingOf } from '../../proofs/standing.js';

/** The derivation of a claim; an empirical one has none. */
export function derivationOf(id: string): Derivation | undefined {
  return derivations.find(({ statement }) => statement.id === id);
}

/** The derivations of claims; of all for no identifiers. @throws LoopproofError for an unknown identifier. */
export function derivationsOf(ids: readonly string[]): readonly Derivation[] {
  return claimsOf(ids).flatMap(({ statement }) => derivationOf(statement.id) ?? []);
}
