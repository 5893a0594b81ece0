/**
 * Loads claims of the project: all of them, or those that are wanted.
 */
import type { AnyClaim } from '#src/claims/claim.js';
import { STATEMENTS } from '#src/theory/topics.js';

/** Each claim is the export `claim` of the file that bears its statement's name. @returns them in the order of the theory */
export function loadClaims(wanted: (id: string) => boolean = () => true): Promise<AnyClaim[]> {
  return Promise.all(
    STATEMENTS.filter(({ id }) => wanted(id)).map(
      async ({ id, topic }) => ((await import(`./${topic}/${id}.js`)) as { claim: AnyClaim }).claim,
    ),
  );
}
