/**
 * The suite of this project, and the one door to spec/ and proofs/ for what it exports.
 */
import { loadDerivations } from '../../proofs/load.js';
import { loadClaims } from '../../spec/claims/load.js';
import type { AnyClaim } from '../claims/claim.js';
import { STATEMENTS, TOPICS } from '../theory/topics.js';
import type { Derivation } from './derivations.js';

/** What a command needs of it: all by default. Suites of users are modules, and load whole. */
export interface Part {
  /** Identifiers, known or not, or the claims about files. */
  readonly claims?: readonly string[] | 'about files' | undefined;
  /** Whether the derivations of these claims are wanted. */
  readonly derivations?: boolean;
}

/** The identifiers of all of its claims. */
export const IDS: readonly string[] = STATEMENTS.map(({ id }) => id);

/** Those of its claims about files. */
const FILE_CLAIMS: readonly string[] = TOPICS.records;

/** As much of it as a command needs: loading modules takes most of the time of a short one. */
export async function ours({
  claims,
  derivations = true,
}: Part): Promise<{ readonly claims: AnyClaim[]; readonly derivations: Derivation[] }> {
  const ids = new Set(claims === 'about files' ? FILE_CLAIMS : (claims ?? IDS));
  const wanted = (id: string): boolean => ids.has(id);
  return { claims: await loadClaims(wanted), derivations: derivations ? await loadDerivations(wanted) : [] };
}
