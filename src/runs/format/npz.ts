/**
 * Run files as NumPy archives: one array per field, levels joined by `/`; what is no array is JSON in a list of one text.
 */
import { LoopproofError } from '../../error.js';
import { Allowance } from './allowance.js';
import { jsonOf } from './json.js';
import { arrayOf, MOST_DIMENSIONS, type Nested, numbersFile, textFile } from './npy.js';
import { configurationSchema } from './schema.js';
import { fieldsAt } from './validation.js';
import { archiveOf, expectHoldable, membersOf, type Source } from './zip.js';

const SUFFIX = '.npy';
/** Fields that are no arrays. */
const TEXTS = ['format', 'protocol', 'provenance'] as const;

type Tree = { [name: string]: Tree | unknown };

const isText = (path: string): boolean => (TEXTS as readonly string[]).includes(path);

/** The value of a field from its array. */
function fieldOf(path: string, array: Nested, where: string): unknown {
  if (!isText(path)) return array;
  const entries = Array.isArray(array)
    ? (array.flat(MOST_DIMENSIONS) as (number | string)[])
    : [array as number | string];
  // Programs without arrays of text have the bytes of one.
  const bytes = entries.length > 1 && entries.every((entry) => Number.isInteger(entry) && (entry as number) < 256);
  const text = bytes ? Buffer.from(entries as number[]).toString() : entries.length === 1 && entries[0];
  if (typeof text !== 'string')
    throw new LoopproofError('invalid-run', {
      where,
      received: 'an array of another kind',
      expected: 'a list of one text',
      hint: `save numpy.array([json.dumps(${path})])`,
    });
  return path === 'format' ? text : jsonOf(text, where);
}

/** How much of a path is of the format: all of it, or up to a level that it has not, within one that may have others or may not. */
function standing(levels: readonly string[]): 'known' | 'other' | { readonly unknown: readonly string[] } {
  for (const k of levels.keys()) {
    const fields = fieldsAt(configurationSchema, levels.slice(0, k));
    if (!fields) break;
    if (!fields.names.includes(levels[k]!)) return fields.open ? 'other' : { unknown: levels.slice(0, k + 1) };
  }
  return 'known';
}

/** An array in a place of the format, read when it is needed. */
export interface Field {
  /** Levels joined by `/`. */
  readonly path: string;
  /** Where it stands, for errors. */
  readonly place: string;
  readonly read: () => unknown;
}

/** The arrays of an archive. @throws LoopproofError if the archive, or, when it is read, an array is damaged or too large */
export function fieldsOf(source: Source, where: string, allowance = new Allowance()): Field[] {
  const members = membersOf(source, where).map((member) => ({
    ...member,
    path: member.name.endsWith(SUFFIX) ? member.name.slice(0, -SUFFIX.length) : member.name,
  }));
  expectHoldable(
    members.filter(({ path }) => standing(path.split('/')) === 'known'),
    where,
  );
  return members.map(({ name, path, read }) => {
    const place = `${where}: ${name}`;
    return { path, place, read: () => fieldOf(path, arrayOf(read(), place, allowance), place) };
  });
}

/**
 * Arrays as JSON would have them. Those that are no fields of the format are not read.
 * @throws LoopproofError if one of them is damaged, too large, or no part of a run
 */
export function treeOf(fields: readonly Field[]): Tree {
  const root: Tree = Object.create(null);
  for (const { path, place, read } of fields) {
    const found = standing(path.split('/'));
    if (found === 'other') continue;
    const misplaced = (received: string): LoopproofError => {
      const hint = 'save arrays by their names in the run format, such as curves/loss';
      return new LoopproofError('invalid-run', { where: place, received, expected: 'one of the two', hint });
    };
    const levels = found === 'known' ? path.split('/') : [...found.unknown];
    const last = levels.pop()!;
    let parent = root;
    for (const level of levels) {
      parent[level] ??= Object.create(null);
      const next = parent[level];
      if (typeof next !== 'object' || Array.isArray(next)) throw misplaced('an array within an array');
      parent = next as Tree;
    }
    if (found !== 'known') {
      parent[last] = 'unknown';
      continue;
    }
    if (last in parent) throw misplaced('an array in the place of others');
    parent[last] = read();
  }
  return root;
}

/** An archive of what `treeOf` gives: objects are levels, lists are arrays. */
export function archiveOfTree(tree: object): Buffer {
  const members: { name: string; bytes: Buffer }[] = [];
  const add = (path: string, value: unknown): void => {
    if (isText(path)) {
      const text = path === 'format' ? String(value) : JSON.stringify(value);
      members.push({ name: path + SUFFIX, bytes: textFile(text) });
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [name, part] of Object.entries(value)) add(path === '' ? name : `${path}/${name}`, part);
    else members.push({ name: path + SUFFIX, bytes: numbersFile(value as Nested) });
  };
  add('', tree);
  return archiveOf(members);
}
