/**
 * Every derivation, in the order of the theory.
 */
import type { Derivation } from './derivation.js';
import { loadDerivations } from './load.js';

export const derivations: readonly Derivation[] = await loadDerivations();
