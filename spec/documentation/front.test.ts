/**
 * What stands beside the README, CITATION.cff and .github/CONTRIBUTING.md, is true of the project.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '#spec/cli/spawned.js';

const { version, license, keywords, scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

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

describe('CONTRIBUTING.md', () => {
  const text = readFileSync('.github/CONTRIBUTING.md', 'utf8');
  const blocks = (language: string): string[] =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block]) => block!);
  const bare = (code: string): string => code.replaceAll(/\s+/g, ' ').trim();

  it('names files that exist', () => {
    const paths = [...text.matchAll(/(?:`| )((?:src|spec|proofs)\/[\w./-]+)/g)].map(([, path]) => path!);
    expect(new Set(paths).size).toBeGreaterThan(10);
    for (const path of paths) expect(existsSync(path), path).toBe(true);
  });

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
