/**
 * `loopproof vectors`: conformance vectors for implementations in other languages, with a program that replays them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../runs/format/write.js';
import { conformanceVectors } from '../runs/vectors.js';
import { version } from '../version.js';
import { makeFolder } from './output.js';

/** A file that is shipped beside the vectors' source. */
const shipped = (name: string): string =>
  readFileSync(new URL(`../../../src/runs/vectors/${name}`, import.meta.url), 'utf8');

/** The files of the vectors, by their names. */
export function vectorFiles(): Record<string, string> {
  const vectors = conformanceVectors();
  const provenance = { producer: 'loopproof', version: version() };
  const json = (value: object): string => `${JSON.stringify(value, undefined, 1)}\n`;
  return {
    ...Object.fromEntries(vectors.map(({ name, run }) => [`${name}.json`, json({ ...run, provenance })])),
    'coupled-steps.json': json(Object.fromEntries(vectors.map(({ name, step }) => [name, step]))),
    'README.md': shipped('README.md'),
    'replay.py': shipped('replay.py'),
  };
}

export function vectors({ out }: { readonly out: string }): void {
  makeFolder(out, '--out');
  const files = Object.entries(vectorFiles());
  for (const [name, text] of files) writeWhole(join(out, name), text);
  process.stdout.write(`${files.length} files in ${out}: see ${join(out, 'README.md')}\n`);
}
