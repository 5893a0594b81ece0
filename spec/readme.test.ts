/**
 * The README's table of claims is that of the ledger. `UPDATE_README=1 npm test` writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ledger } from '#spec/ledger.js';

const MARKS = /(<!-- claims -->\n)[\s\S]*(<!-- \/claims -->)/;

it('the README lists the claims as they are', () => {
  const rows = ledger.map(
    ({ statement: { id, kind, title }, mutants }) =>
      `| \`${id}\` | ${kind} | ${title.replaceAll('|', '\\|')} | ${mutants.length} |`,
  );
  const table = ['| claim | kind | says | mutants |', '|---|---|---|---|', ...rows, ''].join('\n');
  const readme = readFileSync('README.md', 'utf8');
  expect(readme).toMatch(MARKS);
  const current = readme.replace(MARKS, (_, open: string, close: string) => `${open}${table}${close}`);
  if (process.env['UPDATE_README']) writeFileSync('README.md', current);
  else expect(readme).toBe(current);
});
