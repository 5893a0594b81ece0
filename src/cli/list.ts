/**
 * `loopproof list`: the claims.
 */
import { table } from '../report/terminal.js';
import { ledger } from './suite.js';

export function list({ json }: { readonly json?: boolean }): void {
  // Nothing is proved symbolically yet: the status says so.
  const claims = ledger.map(({ statement: { id, kind, title } }) => ({
    id,
    kind,
    title,
    status: 'stated, not proved',
  }));
  if (json) process.stdout.write(`${JSON.stringify(claims, undefined, 2)}\n`);
  else process.stdout.write(`${table(claims.map(({ id, kind, title }) => [kind, id, title]))}\n`);
}
