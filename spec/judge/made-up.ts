/**
 * The statement of claims that tests make up: what is judged is the claim.
 */
import type { Statement } from '#src/theory/statement.js';

export const statement: Statement = {
  id: 'test-claim',
  kind: 'identity',
  title: 'a claim',
  statement: '',
  formula: '',
  latex: '',
  assumptions: '',
  validity: '',
  tolerance: '',
  source: { theory: '#the-loop', status: 'new' },
};
