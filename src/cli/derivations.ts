/**
 * What the package takes from proofs/.
 */
export { type Derivation, defineDerivation } from '../../proofs/derivation.js';
export { equal, isItsText } from '../../proofs/kernels/formula-text.js';
export type { Identity, KernelVerdict, Values } from '../../proofs/kernels/identity.js';
export { closeRocq, openRocq, writeRocqFolder } from '../../proofs/kernels/rocq.js';
export { closeZ3, type Decision, openZ3 } from '../../proofs/kernels/z3.js';
export { type DecisionProof, type IdentityProof, mutate, type Proof, prove, type Solvers } from '../../proofs/prove.js';
export { standingOf } from '../../proofs/standing.js';
