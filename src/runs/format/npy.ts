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
export const MOST_DIMENSIONS = 4;
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

/** A number of IEEE's half precision. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Numbers by kind and size; `little` is the order of their bytes. */
const NUMBERS: Readonly<Record<string, (view: DataView, little: boolean) => number>> = {
  f2: (view, little) => half(view.getUint16(0, little)),
  f4: (view, little) => view.getFloat32(0, little),
  f8: (view, little) => view.getFloat64(0, little),
  i1: (view) => view.getInt8(0),
  i2: (view, little) => view.getInt16(0, little),
  i4: (view, little) => view.getInt32(0, little),
  i8: (view, little) => Number(view.getBigInt64(0, little)),
  u1: (view) => view.getUint8(0),
  u2: (view, little) => view.getUint16(0, little),
  u4: (view, little) => view.getUint32(0, little),
  u8: (view, little) => Number(view.getBigUint64(0, little)),
};

/** Entries that are neither numbers nor text: their type, what it is, what to do. */
const OTHERS: readonly (readonly [type: RegExp, what: string, hint: string])[] = [
  [/^\[/, 'records', 'save each field as an array of its own: array["name"]'],
  [/^\|b1$/, 'truth values', 'save numbers: array.astype("float64")'],
  [/^.c\d+$/, 'complex numbers', 'save the real part: array.real'],
  [
    /^.V2$/,
    'entries of two bytes (V2): bfloat16, perhaps, which NumPy does not know',
    'save array.astype("float32"); from a file, take (array.view("<u2").astype("<u4") << 16).view("<f4")',
  ],
];

const withoutPadding = (text: string): string => text.replace(/\0+$/, '');

/** Text of UCS-4, as NumPy has it. */
function unicode(bytes: Buffer, little: boolean): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const code = little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    text += code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD';
  }
  return withoutPadding(text);
}

function entryType(descr: string, where: string): EntryType {
  if (descr.includes('O')) throw pickled(where, 'an array of Python objects, which is a pickle');
  const [, order, kind, digits] = /^([<>|=])([a-zA-Z])(\d{1,9})$/.exec(descr) ?? [];
  const [type, length, little] = [`${kind}${digits}`, Number(digits ?? 0), order !== '>'];
  if (Object.hasOwn(NUMBERS, type)) {
    const number = NUMBERS[type]!;
    return {
      size: length,
      read: (bytes, at) => finiteOrText(number(new DataView(bytes.buffer, bytes.byteOffset + at, length), little)),
    };
  }
  if (kind === 'U' && length > 0)
    return { size: 4 * length, read: (bytes, at) => unicode(bytes.subarray(at, at + 4 * length), little) };
  if (kind === 'S' && length > 0)
    return { size: length, read: (bytes, at) => withoutPadding(bytes.toString('utf8', at, at + length)) };
  const [
    ,
    what = `entries of type ${JSON.stringify(descr)}`,
    hint = 'convert the array before it is saved: array.astype("float64")',
  ] = OTHERS.find(([pattern]) => pattern.test(descr)) ?? [];
  throw new LoopproofError('unsupported', {
    where,
    received: what,
    expected: 'floating-point numbers of 2, 4 or 8 bytes, integers, or text',
    hint,
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
