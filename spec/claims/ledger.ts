/**
 * The ledger: every claim of the project, in the order of the theory.
 */
import type { AnyClaim } from '#src/claims/claim.js';
import { STATEMENTS, TOPICS } from '#src/theory/topics.js';

/** Each claim is the export `claim` of the file that bears its statement's name. */
export const ledger: readonly AnyClaim[] = await Promise.all(
  STATEMENTS.map(async ({ id, topic }) => ((await import(`./${topic}/${id}.js`)) as { claim: AnyClaim }).claim),
);

/** The claims about recorded runs, which `check` judges a user's files by. */
export const runClaims: readonly AnyClaim[] = ledger.filter(({ statement }) =>
  TOPICS.records.some((id) => id === statement.id),
);
