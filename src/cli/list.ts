/**
 * `loopproof list`: the claims.
 */
import { sourceText } from '../report/exposition.js';
import { table } from '../report/table.js';
import { derivationOf } from './derivations.js';
import { ledger } from './suite.js';

export function list({ json }: { readonly json?: boolean }): void {
  const claims = ledger.map(({ statement: { id, kind, title, source } }) => ({
    id,
    kind,
    title,
    status: derivationOf(id) ? 'derived' : 'stated, not proved',
    source,
  }));
  if (json) process.stdout.write(`${JSON.stringify(claims, undefined, 2)}\n`);
  else
    process.stdout.write(
      `${table(claims.map(({ id, kind, title, status, source }) => [kind, status, sourceText(source), id, title]))}\n`,
    );
}
