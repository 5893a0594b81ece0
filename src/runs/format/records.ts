/**
 * Tables of records: JSON Lines with one object per epoch, a list of such objects, an object with a list per column, or lines of
 * name=value.
 */
import type { LoopproofError } from '../../error.js';
import { COMMENT, malformed, type Table } from './delimited.js';
import { jsonOf } from './json.js';

/** What stands before each value of a JSON text sequence (RFC 7464). */
export const MARK = '\x1e';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A cell as a table of text has it. */
function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value.trim() : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Fields of objects within objects by their path; order parameters may stand where a run has them. */
function flattened(object: Json, path = ''): [name: string, value: unknown][] {
  return Object.entries(object).flatMap(([key, value]): [string, unknown][] => {
    const name = path + key;
    return isObject(value) ? flattened(value, name === 'overlaps' ? '' : `${name}/`) : [[name, value]];
  });
}

function tableOf(objects: readonly { readonly place: string; readonly object: Json }[]): Table {
  const rows = objects.map(({ place, object }) => ({ place, fields: new Map(flattened(object)) }));
  const names = [...new Set(rows.flatMap(({ fields }) => [...fields.keys()]))];
  return {
    names,
    rows: rows.map(({ place, fields }) => ({ place, cells: names.map((name) => cellOf(fields.get(name))) })),
  };
}

/** The lines of a text that are not empty. */
const linesOf = (text: string): { readonly place: string; readonly line: string }[] =>
  text
    .split(/\r\n?|\n/)
    .map((line, k) => ({ place: `line ${k + 1}`, line: line.trim() }))
    .filter(({ line }) => line !== '');

/** The table of a text of one JSON object per line, perhaps with a mark before or a comma behind it; `undefined` if its first line is no JSON of its own. */
export function tableOfLines(text: string, where: string): Table | undefined {
  const lines = linesOf(text).map(({ place, line }) => ({ place, json: line.replace(MARK, '').replace(/,$/, '') }));
  try {
    JSON.parse(lines[0]!.json);
  } catch {
    return undefined;
  }
  return tableOf(
    lines.map(({ place, json }) => {
      const object = jsonOf(json, `${where}: ${place}`);
      if (isObject(object)) return { place, object };
      throw malformed(
        `${where}: ${place}`,
        json.slice(0, 60),
        'one JSON object per line',
        'write each epoch as an object',
      );
    }),
  );
}

/** What may stand behind a name and a blank. */
const NUMBER = /[+\u2212-]?(?:\.?\d[\d.,]*(?:[edf]?[+-]?\d+)?|1\.#\w+|nan(?:[qs\d]+|\(\w+\))?|inf(?:inity|\d+)?|∞)/u;
/** A name and its value, as loggers print them: epoch=1, loss: 0.5, loss 0.5. A value may be a quote, a call or a list. */
const PAIR = [
  /(?<![\p{L}\p{N}_./-])([\p{L}_][\p{L}\p{N}_./-]*)/u,
  RegExp(String.raw`(\s*[=:]\s*|\s+(?=${NUMBER.source}(?:[\s,;|]|$)))`, 'u'),
  /("[^"]*"|[\w.]*(?:\([^()]*\)|\[[^[\]]*\])|(?:[^\s,;|=:]|(?<=\d):(?=\d)|,(?=\d))+)/u,
  /(?:\s+-\s+|[\s,;|]+|$)/u,
];
const PAIRS = new RegExp(PAIR.map(({ source }) => source).join(''), 'giu');

/**
 * The table of a log with a line of names and values per epoch; `undefined` if the first line that has the name of a column does not
 * give it a number.
 */
export function tableOfPairs(text: string, where: string, wanted: string): Table | undefined {
  const lines = linesOf(text).filter(({ line }) => !COMMENT.test(line));
  const pairsOf = (line: string) =>
    [...line.matchAll(PAIRS)].map(([, name, sign, value]) => ({ name: name!, sign: sign!, value: value! }));
  const first = lines.find(({ line }) => line.includes(wanted))?.line ?? '';
  const own = pairsOf(first).find(({ name }) => name === wanted);
  // A cell of text stands before a number in a row of a table, too; and a column may be called loss=mse.
  if (!own || /^(?!nan|inf)\p{L}+$/iu.test(own.value) || (own.sign.trim() === '' && first.replace(PAIRS, '') !== ''))
    return undefined;
  return tableOf(
    lines.map(({ place, line }) => {
      const refused = (received: string, hint: string): LoopproofError =>
        malformed(`${where}: ${place}`, received, 'a line such as epoch=1 loss=0.5', hint);
      const pairs = pairsOf(line);
      const rest = line.replace(PAIRS, '');
      const again = pairs.find(({ name }, k) => pairs.findIndex((other) => other.name === name) < k);
      if (rest !== '')
        throw refused(
          `besides names and values ${JSON.stringify(rest.slice(0, 60))}`,
          'remove from every line what is no name=value; remove the last line if it is cut off',
        );
      if (again) throw refused(`two values of ${again.name}`, 'give each value a name of its own');
      return {
        place,
        object: Object.fromEntries(pairs.map(({ name, value }) => [name, value.replace(/^"(.*)"$/, '$1')])),
      };
    }),
  );
}

/** The lists of a value, or of an object with one entry per epoch by its index, as pandas writes columns. */
const listOf = (value: unknown): readonly unknown[] | undefined =>
  Array.isArray(value) ? value : isObject(value) ? Object.values(value) : undefined;

/** The table of an object with a list per column. */
function tableOfColumns(value: Json, wanted: string): Table {
  const length = listOf(value[wanted])?.length;
  if (length === undefined) return tableOf([{ place: 'the object', object: value }]);
  const columns = Object.entries(value).flatMap(([name, entries]) => {
    const list = listOf(entries);
    return list ? [{ name, list }] : [];
  });
  return {
    names: columns.map(({ name }) => name),
    rows: Array.from({ length }, (_, k) => ({
      place: `entry ${k}`,
      cells: columns.map(({ list }) => cellOf(list[k])),
    })),
  };
}

/** The table of a list of objects, one per epoch, if it is one. */
function tableOfList(list: readonly unknown[]): Table | undefined {
  return list.length > 0 && list.every(isObject)
    ? tableOf(list.map((object, k) => ({ place: `entry ${k}`, object })))
    : undefined;
}

/**
 * The table of a value that is no run: objects in a list or by their index, lists by column, or names and rows apart. It may stand in
 * one field of an object, as the log in the state of a trainer.
 */
export function tableOfValue(value: unknown, wanted: string): Table | undefined {
  if (Array.isArray(value)) return tableOfList(value);
  if (!isObject(value) || 'format' in value || 'protocol' in value || 'curves' in value) return undefined;
  if (wanted in value) return tableOfColumns(value, wanted);
  const { columns, data } = value;
  if (Array.isArray(columns) && columns.includes(wanted) && Array.isArray(data) && data.every(Array.isArray))
    return tableOfList(data.map((row) => Object.fromEntries(columns.map((name, k) => [String(name), row[k]]))));
  return [Object.values(value), ...Object.values(value).filter(Array.isArray)]
    .map(tableOfList)
    .find((table) => table?.names.includes(wanted));
}
