/**
 * What the package takes from proofs/ to speak of derivations; what checks them is in kernels.ts.
 */
export { type Derivation, defineDerivation } from '../../proofs/derivation.js';
export type { Identity, KernelVerdict, Values } from '../../proofs/kernels/identity.js';
export type { Decision } from '../../proofs/kernels/z3.js';
export { standingOf } from '../../proofs/standing.js';
