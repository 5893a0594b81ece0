/**
 * JSON from outside, and what is wrong with what is none.
 */
import { type ErrorCode, LoopproofError } from '../../error.js';

const COMPLAINT = { code: 'not-json', hint: 'write the file with a library for JSON' } as const;

/** What is wrong at a place, and what to do about it. */
interface Fault {
  readonly received: string;
  readonly hint?: string;
}

const CUT_OFF: Fault = { received: 'JSON that is cut off', hint: 'write or copy the file again, whole' };

/** What programs write that JSON does not have, by what stands at the place. */
const FOREIGN: readonly (readonly [RegExp, Fault])[] = [
  [
    /^[+-]?(?:nan|inf)/i,
    {
      received: 'a number that JSON does not have',
      hint: 'JSON has no NaN or Infinity: in curves, write the strings "NaN", "Infinity", "-Infinity"',
    },
  ],
  [
    /^(?:'|(?:True|False|None)\b|\()/,
    { received: 'a value as Python prints it', hint: 'write the file with json.dump, not with print or str' },
  ],
  [/^(?:\/\/|\/\*|#)/, { received: 'a comment', hint: 'remove the comment: JSON has none' }],
  [
    /^[+.]?\d/,
    {
      received: 'a number that is written otherwise',
      hint: 'write numbers as JSON has them: 0.5, not .5, +0.5 or 00.5',
    },
  ],
  [/^[\n\r\t]/, { received: 'a line end or a tab within a text', hint: 'write \\n or \\t in its place' }],
];

/** The end of a text in quotes, or minus what it breaks off at. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return -at;
    if (code === 0x5c) at++;
  }
  return -text.length;
}

/** Where a text stops being JSON; its length if more is to come, `undefined` if it is JSON as far as this can tell. */
function breakOf(text: string): number | undefined {
  const blank = /[ \t\n\r]*/y;
  const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
  const open: string[] = [];
  let [at, state] = [0, 'value'];
  for (;;) {
    blank.lastIndex = at;
    at += blank.exec(text)![0].length;
    const character = text[at];
    if (character === undefined) return state === 'more' && open.length === 0 ? undefined : text.length;
    const closes = character === (open.at(-1) === '{' ? '}' : ']') && open.length > 0;
    if (closes && (state === 'more' || state.startsWith('first'))) {
      open.pop();
      [at, state] = [at + 1, 'more'];
    } else if (state === 'more') {
      if (character !== ',' || open.length === 0) return at;
      [at, state] = [at + 1, open.at(-1) === '{' ? 'key' : 'value'];
    } else if (state === 'colon') {
      if (character !== ':') return at;
      [at, state] = [at + 1, 'value'];
    } else if (character === '"') {
      const end = endOfText(text, at);
      if (end < 0) return -end;
      [at, state] = [end, state.endsWith('key') ? 'colon' : 'more'];
    } else if (state.endsWith('key')) return at;
    else if (character === '{' || character === '[') {
      open.push(character);
      [at, state] = [at + 1, character === '{' ? 'first key' : 'first value'];
    } else {
      scalar.lastIndex = at;
      const length = scalar.exec(text)?.[0].length;
      if (length === undefined) return at;
      [at, state] = [at + length, 'more'];
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with a text that is no JSON. */
function faultOf(text: string, error: unknown): Fault {
  const at = breakOf(text);
  if (at === undefined) return { received: error instanceof Error ? error.message : 'no JSON' };
  if (at === text.length) return CUT_OFF;
  const before = text.slice(0, at).trimEnd();
  const lines = text.slice(0, at).split('\n');
  const place = `in line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
  const rest = text.slice(at, at + 24);
  if (/^[}\]]/.test(rest) && before.endsWith(','))
    return {
      received: `a comma before ${rest[0]} ${place}`,
      hint: 'remove the comma: JSON has none at the end of a list',
    };
  if (isJson(before))
    return {
      received: `more after the end of the value, ${place}`,
      hint: 'write one JSON value; or, for a table, one object per line',
    };
  const foreign = FOREIGN.find(([pattern]) => pattern.test(rest))?.[1];
  // The beginning of a word or of a number, and then nothing.
  if (!/^[+-]?(?:nan|inf|true|false|none)/i.test(rest) && /^[\w.+-]*$/.test(text.slice(at, at + 400))) return CUT_OFF;
  const word = JSON.stringify(/^[^\s,\]}]*/.exec(rest)?.[0] || rest[0]);
  return {
    ...foreign,
    received: `${foreign ? `${foreign.received}, ${word},` : `${word}, which is no JSON there,`} ${place}`,
  };
}

/** The value of a text. @param complaint code and hint of the error @throws LoopproofError if it is no JSON */
export function jsonOf(
  text: string,
  where: string,
  { code, hint }: { readonly code: ErrorCode; readonly hint: string } = COMPLAINT,
): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LoopproofError(code, { where, expected: 'one JSON value', hint, ...faultOf(text, error) });
  }
}
