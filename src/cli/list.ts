/**
 * `loopproof list`: the claims.
 */
import { sourceText } from '../report/exposition.js';
import { table } from '../report/table.js';
import { commandLedger } from './ledger.js';
import { defineCommand, suiteOptions } from './options.js';
import { print } from './output.js';

export default defineCommand({
  description: 'Lists the claims.',
  options: { json: { about: 'as a JSON array' }, ...suiteOptions },
  examples: ['list', 'list --json'],
  async run({ json, ...options }) {
    const ledger = await commandLedger(options);
    const claims = ledger.claims.map(({ statement: { id, kind, title, source } }) => ({
      id,
      kind,
      title,
      status: ledger.derivationOf(id) ? 'derived' : 'stated, not proved',
      source,
    }));
    if (json) print(`${JSON.stringify(claims, undefined, 2)}\n`);
    else
      print(
        `${table(claims.map(({ id, kind, title, status, source }) => [kind, status, sourceText(source), id, title]))}\n`,
      );
  },
});
