/**
 * The tables of the pages are those of the ledger, of the command line and of the tree. `UPDATE_README=1 npm test` writes the first anew.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ledger } from '#spec/claims/ledger.js';
import { standingOf } from '#src/cli/derivations.js';
import { openLedger } from '#src/cli/ledger.js';
import { COMMANDS } from '#src/cli/program.js';
import { sourceText } from '#src/report/exposition.js';
import { pageOf, rowsUnder } from './pages.js';

const derivations = new Map((await openLedger()).derivations.map((one) => [one.statement.id, one]));

const CLAIMS = 'spec/claims/README.md';
const MARKS = /(<!-- claims -->\n)[\s\S]*(<!-- \/claims -->)/;

it('the page of claims lists them as they are', () => {
  const rows = ledger.map(
    ({ statement: { id, kind, title, source }, mutants }) =>
      `| \`${id}\` | ${kind} | ${title.replaceAll('|', '\\|')} | ${sourceText(source)} | ${standingOf(derivations.get(id)).join(', ')} | ${mutants.length} |`,
  );
  const table = ['| claim | kind | says | source | shown | mutants |', '|---|---|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
  const page = pageOf(CLAIMS);
  expect(page).toMatch(MARKS);
  const current = page.replace(MARKS, (_, open: string, close: string) => `${open}${table}${close}`);
  if (process.env['UPDATE_README']) writeFileSync(CLAIMS, current);
  else expect(page).toBe(current);
});

/** First cells of the tables under a heading, as far as they are code. */
function entriesUnder(page: string, heading: string): string[] {
  return rowsUnder(pageOf(page), heading).flatMap(([cell]) => /^`([^`]+)`$/.exec(cell!)?.[1] ?? []);
}

it('the page of the command line lists every command', () => {
  const listed = entriesUnder('src/cli/README.md', 'The commands').map((entry) => entry.split(' ')[0]!);
  expect(listed.toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
});

it('the pages say of every folder what it holds', () => {
  const within = (parent: string): string[] =>
    readdirSync(parent, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  const sources = within('src');
  // The other folders of spec are named after those that they test.
  const own = within('spec').filter((name) => name === 'claims' || ![...sources, 'proofs'].includes(name));
  const folders = [
    ...sources.map((name) => `src/${name}`),
    'proofs',
    ...['proofs/kernels', 'proofs/support'],
    ...['spec', ...own.map((name) => `spec/${name}`)],
    'fixtures',
  ];
  const listed = [...entriesUnder('src/README.md', 'Folders'), ...entriesUnder('spec/README.md', 'Where tests live')];
  expect(listed.toSorted()).toEqual(folders.toSorted());
});
