/**
 * Every derivation, in the order of the theory. A statement without a file here is stated and tried, not proved.
 */
import { existsSync } from 'node:fs';
import { STATEMENTS } from '#src/theory/topics.js';
import type { Derivation } from './derivation.js';

const files = STATEMENTS.map(({ id, topic }) => new URL(`./${topic}/${id}.js`, import.meta.url)).filter((file) =>
  existsSync(file),
);

/** Each derivation is the export `derivation` of the file that bears its statement's name. */
export const derivations: readonly Derivation[] = await Promise.all(
  files.map(async ({ href }) => ((await import(href)) as { derivation: Derivation }).derivation),
);
