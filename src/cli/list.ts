/**
 * `loopproof list`: the claims.
 */
import { sourceText } from '../report/exposition.js';
import { table } from '../report/table.js';
import { derivationOf } from './derivations.js';
import { defineCommand } from './options.js';
import { ledger } from './suite.js';

export default defineCommand({
  description: 'Lists the claims.',
  options: { json: { about: 'as a JSON array' } },
  examples: ['list', 'list --json'],
  run({ json }) {
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
  },
});
