/**
 * NumPy arrays as lists within lists, as JSON would have them, and back (format versions 1 to 3).
 */
import { LoopproofError } from '../../error.js';
import { finiteOrText } from '../../words.js';
import type { Allowance, Size } from './allowance.js';
import { pickled } from './pickle.js';

/** An array as JSON has it; numbers that are not finite are text. */
export type Nested = number | string | readonly Nested[];

export const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
const MOST_DIMENSIONS = 4;
/** The least alignment of an array's data. */
const ALIGNMENT = 64;
function malformed(where: string, received: string, expected: string): LoopproofError {
  return new LoopproofError('malformed', { where, received, expected, hint: 'save it again, with numpy.savez' });
}

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the data begin. */
  readonly data: number;
}

function headerOf(bytes: Buffer, where: string): Header {
  const version = bytes[6] ?? 0;
  const start = version === 1 ? 10 : 12;
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || version < 1 || version > 3 || bytes.length < start)
    throw malformed(where, 'no array header of version 1, 2 or 3', 'a NumPy array');
  const data = start + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  const text = bytes.toString(version === 3 ? 'utf8' : 'latin1', start, Math.min(data, start + 4096));
  const descr = /'descr':\s*('[^']*'|\[)/.exec(text)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (data > bytes.length || descr === undefined || fortran === undefined || shape === undefined)
    throw malformed(
      where,
      JSON.stringify(text.slice(0, 60)),
      'the header of a NumPy array: descr, fortran_order, shape',
    );
  const lengths = shape.split(',').flatMap((length) => (length.trim() === '' ? [] : [Number(length)]));
  return { descr: descr.replaceAll("'", ''), fortran: fortran === 'True', shape: lengths, data };
}

/** How entries of one type are read. */
interface EntryType {
  readonly size: number;
  readonly read: (bytes: Buffer, at: number) => number | string;
}

const NUMBERS: Readonly<Record<string, EntryType>> = {
  '<f4': { size: 4, read: (bytes, at) => finiteOrText(bytes.readFloatLE(at)) },
  '<f8': { size: 8, read: (bytes, at) => finiteOrText(bytes.readDoubleLE(at)) },
  '<i4': { size: 4, read: (bytes, at) => bytes.readInt32LE(at) },
  '<i8': { size: 8, read: (bytes, at) => Number(bytes.readBigInt64LE(at)) },
};

const withoutPadding = (text: string): string => text.replace(/\0+$/, '');

/** Text of UCS-4, as NumPy has it. */
function unicode(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const code = bytes.readUInt32LE(at);
    text += code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD';
  }
  return withoutPadding(text);
}

function entryType(descr: string, where: string): EntryType {
  const known = Object.hasOwn(NUMBERS, descr) ? NUMBERS[descr] : undefined;
  if (known) return known;
  if (descr.includes('O')) throw pickled(where, 'an array of Python objects, which is a pickle');
  const [, kind, digits] = /^(<U|\|S)(\d{1,9})$/.exec(descr) ?? [];
  const length = Number(digits ?? 0);
  if (kind === '<U' && length > 0)
    return { size: 4 * length, read: (bytes, at) => unicode(bytes.subarray(at, at + 4 * length)) };
  if (kind === '|S' && length > 0)
    return { size: length, read: (bytes, at) => withoutPadding(bytes.toString('utf8', at, at + length)) };
  throw new LoopproofError('unsupported', {
    where,
    received: descr === '[' ? 'records' : `entries of type ${JSON.stringify(descr)}`,
    expected: `${Object.keys(NUMBERS).join(', ')}, or text`,
    hint: 'convert the array before it is saved: .astype("float64")',
  });
}

/** Numbers and lists of an array; a list without entries is one too. */
function sizeOf(shape: readonly number[]): Size {
  let [lists, numbers] = [0, 1];
  for (const length of shape) {
    lists += numbers;
    numbers *= length;
  }
  return { numbers, lists };
}

/**
 * The array of a `.npy` file. Its size is checked before anything is allocated.
 * @param where file and member, for errors
 * @param allowance what the file may still take in memory
 * @throws LoopproofError if it is damaged, too large, a pickle, or of entries that are neither numbers nor text
 */
export function arrayOf(bytes: Buffer, where: string, allowance: Allowance): Nested {
  const { descr, fortran, shape, data } = headerOf(bytes, where);
  const { size, read } = entryType(descr, where);
  if (shape.length > MOST_DIMENSIONS)
    throw malformed(where, `${shape.length} dimensions`, `at most ${MOST_DIMENSIONS}`);
  allowance.take(sizeOf(shape), where);
  const declared = data + size * shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== declared)
    throw malformed(where, `${bytes.length} bytes`, `${declared}, for ${descr} of shape (${shape.join(', ')})`);
  const strides: number[] = [];
  let stride = size;
  for (const k of fortran ? shape.keys() : [...shape.keys()].reverse()) {
    strides[k] = stride;
    stride *= shape[k]!;
  }
  const nest = (dimension: number, at: number): Nested => {
    if (dimension === shape.length) return read(bytes, at);
    const list: Nested[] = [];
    for (let i = 0; i < shape[dimension]!; i++) list.push(nest(dimension + 1, at + i * strides[dimension]!));
    return list;
  };
  return nest(0, data);
}

function file(descr: string, shape: readonly number[], data: Buffer): Buffer {
  const lengths = shape.map((length) => `${length},`).join(' ');
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${lengths}), }`;
  const padded = Math.ceil((10 + header.length + 1) / ALIGNMENT) * ALIGNMENT - 10;
  const start = Buffer.alloc(10);
  MAGIC.copy(start);
  start.writeUInt8(1, 6);
  start.writeUInt16LE(padded, 8);
  return Buffer.concat([start, Buffer.from(`${header.padEnd(padded - 1)}\n`, 'latin1'), data]);
}

/** Lists within lists of equal lengths as an array of doubles; "NaN", "Infinity" and "-Infinity" are numbers. */
export function numbersFile(array: Nested): Buffer {
  const shape: number[] = [];
  for (let level: Nested | undefined = array; Array.isArray(level); level = level[0]) shape.push(level.length);
  const flat = (Array.isArray(array) ? array.flat(MOST_DIMENSIONS) : [array]) as (number | string)[];
  return file('<f8', shape, Buffer.from(Float64Array.from(flat, Number).buffer));
}

/** A list of one text as an array. */
export function textFile(text: string): Buffer {
  const codes = Uint32Array.from([...text], (character) => character.codePointAt(0)!);
  return file(`<U${codes.length}`, [1], Buffer.from(codes.buffer));
}
