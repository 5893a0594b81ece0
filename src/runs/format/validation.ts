/**
 * Values from outside held against a schema: every refusal names the file and the field, what was received, what was expected and
 * what to try.
 */
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { type ErrorCode, LoopproofError } from '../../error.js';

/** The value at a path within parsed JSON, printed short. */
function printed(value: unknown, path: readonly PropertyKey[]): string {
  let found = value;
  for (const key of path) found = (found as Record<PropertyKey, unknown> | undefined)?.[key];
  if (found === undefined) return 'nothing';
  if (typeof found === 'number') return String(found);
  let text: string;
  try {
    text = JSON.stringify(found) ?? `a ${typeof found}`;
  } catch {
    text = 'a value nested too deeply to print';
  }
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** A path as text: curves.overlaps.zm[3]. */
function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

/** The format that a file must have, for errors. */
export interface Format {
  readonly code: ErrorCode;
  readonly name: string;
  readonly hint: string;
  /** What to try for unknown fields of some names. */
  readonly hintOn?: (unknown: readonly string[]) => string | undefined;
}

const KINDS: Readonly<Record<string, string>> = {
  int: 'an integer',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const quoted = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

const ANOTHER_FORM = 'another form';

/** What a schema expects, in plain words. */
function inWords(issue: z.core.$ZodRawIssue): string {
  const amount = (count: number | bigint, origin: string): string => {
    const thing = { array: ['entry', 'entries'], string: ['character', 'characters'] }[origin];
    return thing ? `${count} ${thing[Number(count) === 1 ? 0 : 1]}` : String(count);
  };
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? quoted(issue.values) : `one of ${quoted(issue.values)}`;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${amount(issue.maximum, issue.origin)}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return issue.discriminator === undefined ? ANOTHER_FORM : `a known ${issue.discriminator}`;
    default:
      return ANOTHER_FORM;
  }
}

/** What a schema means where a value may be left out. */
function required(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodNullable)
    inner = inner.unwrap();
  return inner;
}

/** The fields that a schema has at a path, and whether there may be others; `undefined` where there are none by name. */
export function fieldsAt(
  schema: unknown,
  path: readonly PropertyKey[],
): { readonly names: readonly string[]; readonly open: boolean } | undefined {
  const object = path.reduce<unknown>((inner, key) => {
    const outer = required(inner);
    return outer instanceof z.ZodObject && Object.hasOwn(outer.shape, key) ? outer.shape[String(key)] : undefined;
  }, schema);
  const inner = required(object);
  if (!(inner instanceof z.ZodObject)) return undefined;
  return { names: Object.keys(inner.shape), open: !(inner.def.catchall instanceof z.ZodNever) };
}

/** A value that a schema accepts. @param where file, and field if it is a part of it @throws LoopproofError */
export function validated<S extends z.ZodType>(schema: S, value: unknown, where: string, format: Format): z.output<S> {
  const result = schema.safeParse(value, { error: inWords });
  if (result.success) return result.data;
  throw refusal(result.error.issues[0]!, value, where, format, schema);
}

/** Another name that may have been meant: one that is at most a third of its letters away. */
export function meant(unknown: string, names: readonly string[]): string | undefined {
  const nearest = closest(unknown, names);
  if (nearest === unknown) return undefined;
  return distance(unknown, nearest) <= Math.max(unknown.length, nearest.length) / 3 ? nearest : undefined;
}

/** The error for a schema's complaint. */
function refusal(
  issue: z.core.$ZodIssue,
  value: unknown,
  where: string,
  format: Format,
  schema: unknown,
): LoopproofError {
  // Of forms that a value may have, the one that it comes nearest to.
  if (issue.code === 'invalid_union' && issue.message === ANOTHER_FORM && issue.errors.length > 0) {
    const [nearest] = [...issue.errors].sort((a, b) => a.length - b.length);
    const [inner] = nearest!;
    if (inner) return refusal({ ...inner, path: [...issue.path, ...inner.path] }, value, where, format, schema);
  }
  const { code, name, hint, hintOn } = format;
  const field = `${where}: ${fieldName(issue.path) || 'the file'}`;
  const known = fieldsAt(schema, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const nearest = known && meant(issue.keys[0]!, known.names);
    return new LoopproofError(code, {
      where: field,
      received: `the unknown field ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`,
      expected: `fields of the ${name} format only${known ? `: ${known.names.join(', ')}` : ''}`,
      hint: hintOn?.(issue.keys) ?? (nearest === undefined ? hint : `did you mean "${nearest}"? ${hint}`),
    });
  }
  return new LoopproofError(code, {
    where: field,
    received: printed(value, issue.path),
    expected: issue.message,
    hint,
  });
}
