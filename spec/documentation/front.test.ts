/**
 * What contributors read, CITATION.cff, and how the pages hang together, is true of the project.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '#spec/cli/called.js';
import { testFolder } from '#spec/support/files.js';
import { anchorsOf, blocksOf, PAGES, pageOf } from './pages.js';

const { version, license, keywords, scripts, files } = JSON.parse(readFileSync('package.json', 'utf8'));

it('CITATION.cff has the fields of version 1.2.0 of its format, and those of the package', () => {
  const citation = parse(readFileSync('CITATION.cff', 'utf8'));
  // The fields that the format requires, and those of its optional ones that we use.
  const required = ['cff-version', 'message', 'title', 'authors'];
  const optional = ['abstract', 'type', 'license', 'version', 'keywords', 'references'];
  expect(Object.keys(citation).toSorted()).toEqual([...required, ...optional].toSorted());
  expect(citation).toMatchObject({ 'cff-version': '1.2.0', type: 'software', version, license, keywords });
  for (const { name } of citation.authors) expect(name).toBeTypeOf('string');
  for (const { type, title, authors, identifiers } of citation.references) {
    expect(['article', 'conference-paper']).toContain(type);
    expect(title).toBeTypeOf('string');
    for (const author of authors) expect(Object.keys(author)).toEqual(['family-names', 'given-names']);
    for (const identifier of identifiers) expect(['doi', 'url', 'swh', 'other']).toContain(identifier.type);
  }
});

const GUIDES = ['.github/CONTRIBUTING.md', 'src/README.md', 'spec/README.md'];

describe.each(PAGES)('%s', (page) => {
  const text = pageOf(page);

  it('links to files that exist, and to headings that they have', () => {
    for (const [, target, anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const file = target === '' ? page : join(dirname(page), target!);
      expect(existsSync(file), file).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(pageOf(file)), `${file}#${anchor}`).toContain(anchor);
    }
  });

  it('names files that exist', () => {
    for (const [, path] of text.matchAll(/(?:`| )((?:src|spec|proofs|fixtures)\/[\w./-]+)/g))
      expect(existsSync(path!), path).toBe(true);
  });
});

it('the front page is short, and every other page is reached from it', () => {
  expect(pageOf('README.md').split('\n').length).toBeLessThanOrEqual(200);
  const reached = new Set(['README.md']);
  for (const page of reached)
    for (const [, target] of pageOf(page).matchAll(/\]\((?!https?:)([^)#]+\.md)(?:#[^)]*)?\)/g))
      reached.add(normalize(join(dirname(page), target!)));
  // Written by `loopproof vectors` into a folder of its own.
  const others = PAGES.filter((page) => page !== 'src/runs/vectors/README.md');
  expect([...reached]).toEqual(expect.arrayContaining(others));
});

it('the package ships its pages', () => {
  const shipped = globSync(files.filter((pattern: string) => pattern.endsWith('.md') || !/[!*]|dist/.test(pattern)));
  // npm adds the front page itself.
  const pages = PAGES.filter((page) => page !== 'README.md' && !page.startsWith('.github'));
  expect(shipped).toEqual(expect.arrayContaining([...pages, 'spec/api.md']));
});

it('lint leaves files alone that readers write beside the project’s own', () => {
  const { folder, at } = testFolder('lint');
  const biome = resolve('node_modules/.bin/biome');
  const lint = () => spawnSync(biome, ['check', '.'], { cwd: folder, encoding: 'utf8' }).status;
  copyFileSync('.biome.json', at('.biome.json'));
  copyFileSync('package.json', at('package.json'));
  const ugly = '{"loss":[1,  2]}';
  for (const name of ['run.json', 'config.json', 'loopproof.config.json']) writeFileSync(at(name), ugly);
  for (const name of ['vectors', 'figures', 'runs']) {
    mkdirSync(at(name));
    writeFileSync(at(name, 'a.json'), ugly);
  }
  expect(lint()).toBe(0);
  writeFileSync(at('package.json'), ugly);
  expect(lint()).not.toBe(0);
  rmSync(folder, { recursive: true });
});

describe('what contributors read', () => {
  const blocks = (language: string): string[] =>
    GUIDES.flatMap((page) => blocksOf(pageOf(page)))
      .filter((block) => block.language === language)
      .map(({ text }) => text);
  const bare = (code: string): string => code.replaceAll(/\s+/g, ' ').trim();

  it('quotes the example as it is', () => {
    const example = ['src/theory', 'spec/claims', 'proofs'].map((folder) =>
      bare(readFileSync(`${folder}/stage-one/stage-one-eigenvalues.ts`, 'utf8')),
    );
    expect(blocks('ts')).toHaveLength(3);
    for (const block of blocks('ts'))
      expect(
        example.some((file) => file.includes(bare(block))),
        block,
      ).toBe(true);
  });

  it('names commands that exist, and those of the example do what is said', async () => {
    const commands = blocks('sh').flatMap((block) =>
      block
        .trim()
        .split('\n')
        .map((line) => line.replace(/ #.*/, '').trim()),
    );
    const loopproof = commands.filter((command) => command.startsWith('npx loopproof '));
    expect(loopproof).toHaveLength(2);
    for (const command of loopproof) expect(await run(command.split(' ').slice(2)), command).toMatchObject({ code: 0 });
    for (const command of commands.filter((each) => each.startsWith('npm run ')))
      expect(Object.keys(scripts)).toContain(command.split(' ')[2]);
    const kinds =
      /^(npm (ci|test|run [\w-]+( -- \w+)?)|npx loopproof .*|(UPDATE_README=1 )?npx vitest run --config spec\/vitest\.config\.ts .*)$/;
    for (const command of commands) expect(command).toMatch(kinds);
  });
});
