/**
 * The layers of src/: a folder imports only from those above it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { expect, it } from 'vitest';

/** From the top down. */
const LAYERS = [
  'linalg',
  'kernel',
  'plant',
  'agent',
  'loop',
  'problem',
  'training',
  'theory',
  'stages',
  'claims',
  'runs',
  'campaigns',
  'chart',
  'report',
  'figures',
  'cli',
];
/** Files beside the folders: errors, limits, the version and words are for all of them, and the package's doors open on all of them. */
const [ABOVE, BELOW] = [
  ['error.ts', 'limits.ts', 'version.ts', 'words.ts'],
  ['index.ts', 'vitest.ts', 'fast-check.ts'],
];

/** Where a path within src/ stands; the higher, the smaller. */
function layerOf(path: string): number {
  if (ABOVE.includes(path)) return -1;
  if (BELOW.includes(path)) return LAYERS.length;
  // proofs/ and spec/: their doors are in cli/.
  if (path.startsWith('..')) return LAYERS.indexOf('cli');
  const layer = LAYERS.indexOf(path.split(sep)[0]!);
  if (layer < 0) throw new RangeError(`${path} belongs to no layer`);
  return layer;
}

/** The files that a file imports. */
function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map(([, target]) =>
    normalize(join(dirname(file), target!)).replace(/\.js$/, '.ts'),
  );
}

/** Imports that go down, as text. */
function downward(files: Readonly<Record<string, string>>): string[] {
  return Object.entries(files).flatMap(([file, text]) =>
    importsOf(file, text)
      .filter((target) => layerOf(target) > layerOf(file))
      .map((target) => `${file} imports ${target}`),
  );
}

/** The files that are left once those are taken away, again and again, that import none that is left: those on circles, and those below. */
function onCircles(files: Readonly<Record<string, string>>): string[] {
  let left = new Map(Object.entries(files).map(([file, text]) => [file, importsOf(file, text)]));
  for (;;) {
    const next = new Map([...left].filter(([, targets]) => targets.some((target) => left.has(target))));
    if (next.size === left.size) return [...left.keys()];
    left = next;
  }
}

const sources = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.startsWith(join('kernel', 'assembly')))
      .map((file) => [file, readFileSync(join('src', file), 'utf8')]),
  );

it('folders import only from those above them', () => {
  const files = sources();
  expect(Object.keys(files).length).toBeGreaterThan(100);
  expect(downward(files)).toEqual([]);
});

it('what goes down is found: static, type-only, bare and dynamic', () => {
  const found = downward({
    'linalg/a.ts':
      "import { x } from '../agent/b.js';\nimport type { Y } from '../claims/c.js';\nimport { z } from './d.js';",
    'agent/b.ts': "import '../cli/e.js';\nexport { f } from '../runs/f.js';\nconst g = await import('../report/g.js');",
    'report/h.ts':
      "import { i } from '../campaigns/i.js';\nimport { LoopproofError } from '../error.js';\nimport fs from 'node:fs';",
    'error.ts': "import { j } from './linalg/j.js';",
  });
  expect(found).toHaveLength(6);
  expect(found.at(-1)).toBe('error.ts imports linalg/j.ts');
});

it('no file imports itself, through whatever files', () => {
  expect(onCircles(sources())).toEqual([]);
});

it('circles are found, type-only ones too, and nothing above them', () => {
  const found = onCircles({
    'linalg/a.ts': "import { b } from './b.js';",
    'linalg/b.ts': "import type { C } from '../agent/c.js';\nimport { d } from './d.js';",
    'agent/c.ts': "import { a } from '../linalg/a.js';",
    'linalg/d.ts': "import fs from 'node:fs';",
    'agent/e.ts': "import { d } from '../linalg/d.js';",
  });
  expect(found).toEqual(['linalg/a.ts', 'linalg/b.ts', 'agent/c.ts']);
});

it('the folders of src are the layers', () => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of folders) expect(LAYERS).toContain(name);
});

it('the command line loads no command before its name is known', () => {
  const files = sources();
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const [, target] of files[file]!.matchAll(/^import (?!type\b)[^;]*?'(\.[^']*)\.js';$/gm))
      load(normalize(join(dirname(file), `${target}.ts`)));
  };
  load(join('cli', 'main.ts'));
  expect([...loaded].toSorted()).toEqual(
    [
      'cli/config-file.ts',
      'cli/errors.ts',
      'cli/main.ts',
      'cli/program.ts',
      'cli/run.ts',
      'error.ts',
      'report/width.ts',
      'version.ts',
    ].map(normalize),
  );
});
