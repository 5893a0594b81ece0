/**
 * Loads derivations of the project: all of them, or those of the claims that are wanted.
 */
import { existsSync } from 'node:fs';
import { STATEMENTS } from '#src/theory/topics.js';
import type { Derivation } from './derivation.js';

/**
 * Each derivation is the export `derivation` of the file that bears its statement's name; a statement without a file here is stated
 * and tried, not proved. @returns them in the order of the theory
 */
export function loadDerivations(wanted: (id: string) => boolean = () => true): Promise<Derivation[]> {
  const files = STATEMENTS.filter(({ id }) => wanted(id))
    .map(({ id, topic }) => new URL(`./${topic}/${id}.js`, import.meta.url))
    .filter((file) => existsSync(file));
  return Promise.all(files.map(async ({ href }) => ((await import(href)) as { derivation: Derivation }).derivation));
}
