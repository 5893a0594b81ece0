/**
 * The README's tables are those of the ledger, of the command line and of the tree. `UPDATE_README=1 npm test` writes the first anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ledger } from '#spec/claims/ledger.js';
import { COMMANDS } from '#src/cli/program.js';
import { sourceText } from '#src/report/exposition.js';

const MARKS = /(<!-- claims -->\n)[\s\S]*(<!-- \/claims -->)/;

it('the README lists the claims as they are', () => {
  const rows = ledger.map(
    ({ statement: { id, kind, title, source }, mutants }) =>
      `| \`${id}\` | ${kind} | ${title.replaceAll('|', '\\|')} | ${sourceText(source)} | ${mutants.length} |`,
  );
  const table = ['| claim | kind | says | source | mutants |', '|---|---|---|---|---|', ...rows, ''].join('\n');
  const readme = readFileSync('README.md', 'utf8');
  expect(readme).toMatch(MARKS);
  const current = readme.replace(MARKS, (_, open: string, close: string) => `${open}${table}${close}`);
  if (process.env['UPDATE_README']) writeFileSync('README.md', current);
  else expect(readme).toBe(current);
});

/** First cells of the table under a heading, as far as they are code. */
function entriesUnder(heading: string): string[] {
  const [, section = ''] = readFileSync('README.md', 'utf8').split(`\n## ${heading}\n`);
  const [table = ''] = section.split(/\n##+ /);
  return [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, entry]) => entry!);
}

it('the README lists every command of the command line', () => {
  const listed = entriesUnder('The command line').map((entry) => entry.split(' ')[0]!);
  expect(listed.toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
});

it('the README says of every folder what it holds', () => {
  const within = (parent: string): string[] =>
    readdirSync(parent, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  const sources = within('src');
  // The other folders of spec are named after those that they test.
  const own = within('spec').filter((name) => name === 'claims' || ![...sources, 'proofs'].includes(name));
  const folders = [
    ...sources.map((name) => `src/${name}`),
    'proofs',
    'proofs/kernels',
    ...['spec', ...own.map((name) => `spec/${name}`)],
    'fixtures',
  ];
  expect(entriesUnder('Where things are').toSorted()).toEqual(folders.toSorted());
});
