/**
 * `loopproof vectors`: test vectors for implementations in other languages, with a program that replays them.
 */
import { join } from 'node:path';
import { writeWhole } from '../runs/format/write.js';
import { conformanceVectors } from '../runs/vectors.js';
import { version } from '../version.js';
import { shipped } from './files.js';
import { defineCommand, FOLDER } from './options.js';
import { makeFolder } from './output.js';

/** The files of the vectors, by their names. */
export function vectorFiles(): Record<string, string> {
  const vectors = conformanceVectors();
  const provenance = { producer: 'loopproof', version: version() };
  const json = (value: object): string => `${JSON.stringify(value, undefined, 1)}\n`;
  return {
    ...Object.fromEntries(vectors.map(({ name, run }) => [`${name}.json`, json({ ...run, provenance })])),
    'coupled-steps.json': json(Object.fromEntries(vectors.map(({ name, step }) => [name, step]))),
    'README.md': shipped('runs/vectors/README.md'),
    'replay.py': shipped('runs/vectors/replay.py'),
  };
}

export default defineCommand({
  description:
    'Writes small learning problems with their steps, losses, gradients and updates in double precision, a README, and a Python program that replays them.',
  options: { out: { type: FOLDER, required: true, about: 'the folder for the files' } },
  examples: ['vectors --out vectors'],
  run({ out }) {
    makeFolder(out, '--out');
    const files = Object.entries(vectorFiles());
    for (const [name, text] of files) writeWhole(join(out, name), text);
    process.stdout.write(`${files.length} files in ${out}: see ${join(out, 'README.md')}\n`);
  },
});
