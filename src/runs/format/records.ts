/**
 * Tables as JSON: JSON Lines with one object per epoch, a list of such objects, or an object with a list per column.
 */
import type { Table } from './delimited.js';
import { malformed } from './delimited.js';
import { jsonOf } from './json.js';

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

/** The table of a text of one JSON object per line; `undefined` if its first line is no JSON of its own. */
export function tableOfLines(text: string, where: string): Table | undefined {
  const lines = text
    .split(/\r\n?|\n/)
    .map((line, k) => ({ place: `line ${k + 1}`, json: line.trim() }))
    .filter(({ json }) => json !== '');
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

/** The table of a value that is no run: objects in a list, or lists, or columns of numbers by index. */
export function tableOfValue(value: unknown, wanted: string): Table | undefined {
  if (Array.isArray(value))
    return value.length > 0 && value.every(isObject)
      ? tableOf(value.map((object, k) => ({ place: `entry ${k}`, object })))
      : undefined;
  if (!isObject(value) || 'format' in value || 'protocol' in value || 'curves' in value || !(wanted in value))
    return undefined;
  const column = (entries: unknown): unknown[] | undefined =>
    Array.isArray(entries) ? entries : isObject(entries) ? Object.values(entries) : undefined;
  const columns = Object.entries(value).flatMap(([name, entries]) => {
    const list = column(entries);
    return list ? [{ name, list }] : [];
  });
  const length = column(value[wanted])?.length;
  if (length === undefined) return tableOf([{ place: 'the object', object: value }]);
  return {
    names: columns.map(({ name }) => name),
    rows: Array.from({ length }, (_, k) => ({
      place: `entry ${k}`,
      cells: columns.map(({ list }) => cellOf(list[k])),
    })),
  };
}
