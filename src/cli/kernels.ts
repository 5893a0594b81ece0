/**
 * What the package takes from proofs/ to check derivations.
 */
export { equal, isItsText } from '../../proofs/kernels/formula-text.js';
export { closeRocq, openRocq, writeRocqFolder } from '../../proofs/kernels/rocq.js';
export { closeZ3, openZ3 } from '../../proofs/kernels/z3.js';
export { type DecisionProof, type IdentityProof, mutate, type Proof, prove, type Solvers } from '../../proofs/prove.js';
