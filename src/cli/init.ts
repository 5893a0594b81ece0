/**
 * `loopproof init`: a suite to start from, with its configuration, a script for `npm test` and a workflow.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LoopproofError } from '../error.js';
import { readText } from '../runs/format/file.js';
import { jsonOf } from '../runs/format/json.js';
import { writeWhole } from '../runs/format/write.js';
import { shipped } from './files.js';
import { defineCommand } from './options.js';
import { makeFolder, print } from './output.js';

/** The files of the starter, by where they go. */
const FILES: Readonly<Record<string, string>> = {
  'suite.mjs': 'suite.mjs',
  'loopproof.config.json': 'loopproof.config.json',
  '.github/workflows/loopproof.yml': 'workflow.yml',
};

const TEST = 'loopproof verify && loopproof verify --mutants && loopproof prove';
/** What npm writes where there is no test yet. */
const NO_TEST = /^echo .*no test specified/;

/** The text of package.json with a script for `npm test`; `undefined` where it has one. @throws LoopproofError if it is no object */
function packageText(file: string): string | undefined {
  const before = existsSync(file) ? readText(file, 'a package.json') : '{}\n';
  const manifest = jsonOf(before, file, { code: 'not-json', hint: 'npm init' }) as {
    readonly scripts?: Readonly<Record<string, string>>;
  } | null;
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest))
    throw new LoopproofError('not-json', {
      where: file,
      received: 'no object',
      expected: 'the package.json of a project',
      hint: 'npm init',
    });
  const { test } = manifest.scripts ?? {};
  if (test !== undefined && !NO_TEST.test(test)) return undefined;
  const indent = /^\{\r?\n([ \t]+)/.exec(before)?.[1] ?? '  ';
  return `${JSON.stringify({ ...manifest, scripts: { ...manifest.scripts, test: TEST } }, undefined, indent)}\n`;
}

export default defineCommand({
  description:
    'Writes a suite to start from: a claim with its mutants and its derivation, a configuration, a script for `npm test`, and a workflow for GitHub Actions. No file is written over; a package.json keeps what it has.',
  argument: { name: 'folder', about: 'the folder of the project (default: this one)' },
  options: {},
  examples: ['init', 'init my-theory'],
  run(_, folder = '.') {
    makeFolder(folder, 'folder');
    const files = Object.entries(FILES).map(([to, from]) => ({ to: join(folder, to), from }));
    const there = files.find(({ to }) => existsSync(to));
    if (there)
      throw new LoopproofError('unwritable', {
        where: there.to,
        received: 'a file that is there',
        expected: 'a folder without the files of a suite',
        hint: 'move it away, or name another folder',
      });
    const manifest = join(folder, 'package.json');
    const text = packageText(manifest);
    for (const { to, from } of files) {
      makeFolder(dirname(to), 'folder');
      writeWhole(to, shipped(`cli/starter/${from}`));
    }
    if (text !== undefined) writeWhole(manifest, text);
    const written = [...files.map(({ to }) => to), ...(text === undefined ? [] : [manifest])];
    print(
      [
        ...written.map((file) => `wrote  ${file}`),
        ...(text === undefined ? [`kept   ${manifest}, which has a test script; that of the suite is: ${TEST}`] : []),
        '',
        'npm test                tests the claim, its mutants and its proof',
        'npx loopproof explain descent-shrinks-the-error-geometrically',
        'Then make suite.mjs your own: node_modules/loopproof/spec/own-theory/README.md is the tutorial.',
        '',
      ].join('\n'),
    );
  },
});
