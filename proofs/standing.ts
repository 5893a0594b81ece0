/**
 * How far a statement is shown: by theorems for all sizes, by kernels in the scope that its derivation names, by deciding it over the reals, or by trying.
 */
import type { Derivation } from './derivation.js';

/** What is shown of a statement, the strongest first. Every statement is tried; of one without a derivation there is no more. */
export function standingOf(derivation: Derivation | undefined): readonly string[] {
  if (!derivation) return ['tried'];
  const { theorems = [], identities, decisions = [] } = derivation;
  return [
    ...(theorems.length > 0 ? ['proved for all sizes (Rocq)'] : []),
    ...(identities.length > 0 ? ['proved in its scope (kernels, Rocq)'] : []),
    ...(decisions.length > 0 ? ['decided (Z3, Rocq)'] : []),
  ];
}
