/**
 * The suite of this project: a module as users write theirs, and the one door to spec/ and proofs/ for what it exports.
 */
export { derivations } from '../../proofs/ledger.js';
export { ledger as claims } from '../../spec/claims/ledger.js';
