/**
 * The ledger: every claim of the project, in the order of the theory.
 */
import type { AnyClaim } from '#src/claims/claim.js';
import { loadClaims } from './load.js';

export const ledger: readonly AnyClaim[] = await loadClaims();

/** The claims about recorded runs, which `check` judges a user's files by. */
export const runClaims: readonly AnyClaim[] = ledger.filter(({ cases }) => cases.kind === 'files');
