/**
 * Run files as NumPy archives: one array per field, levels joined by `/`; what is no array is JSON in a list of one text.
 */
import { LoopproofError } from '../../error.js';
import { Allowance } from './allowance.js';
import { jsonOf } from './json.js';
import { arrayOf, type Nested, numbersFile, textFile } from './npy.js';
import { archiveOf, membersOf, type Source } from './zip.js';

const SUFFIX = '.npy';
/** Fields that are no arrays. */
const TEXTS = ['format', 'protocol', 'provenance'] as const;

type Tree = { [name: string]: Tree | unknown };

const isText = (path: string): boolean => (TEXTS as readonly string[]).includes(path);

/** The value of a field from its array. */
function fieldOf(path: string, array: Nested, where: string): unknown {
  if (!isText(path)) return array;
  const text = Array.isArray(array) && array.length === 1 ? array[0] : array;
  if (typeof text !== 'string')
    throw new LoopproofError('invalid-run', {
      where,
      received: 'an array of another kind',
      expected: 'a list of one text',
      hint: `save numpy.array([json.dumps(${path})])`,
    });
  return path === 'format' ? text : jsonOf(text, where);
}

/**
 * What an archive holds, as JSON would have it.
 * @throws LoopproofError if the archive or one of its arrays is damaged, too large, or no part of a run
 */
export function treeOf(source: Source, where: string): Tree {
  const root: Tree = Object.create(null);
  const allowance = new Allowance();
  for (const { name, read } of membersOf(source, where)) {
    const place = `${where}: ${name}`;
    const misplaced = (received: string, expected: string): LoopproofError => {
      const hint = 'save arrays by their names in the run format, such as curves/loss';
      return new LoopproofError('invalid-run', { where: place, received, expected, hint });
    };
    if (!name.endsWith(SUFFIX)) throw misplaced('no array', 'arrays only');
    const path = name.slice(0, -SUFFIX.length);
    const levels = path.split('/');
    const last = levels.pop()!;
    let parent = root;
    for (const level of levels) {
      parent[level] ??= Object.create(null);
      const next = parent[level];
      if (typeof next !== 'object' || Array.isArray(next))
        throw misplaced('an array within an array', 'one of the two');
      parent = next as Tree;
    }
    if (last in parent) throw misplaced('an array in the place of others', 'one of the two');
    parent[last] = fieldOf(path, arrayOf(read(), place, allowance), place);
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
