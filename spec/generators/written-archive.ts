/**
 * NPZ files as programs write them: types and orders of numbers, shapes, containers, names, arrays besides; and broken ones.
 */
import fc from 'fast-check';
import { type ZipStyle, zipOf } from '#spec/support/zip.js';

/** Numbers of an array, flat, in the order of rows. */
export interface Entries {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Types of numbers that are read, with the bytes of an entry. */
const TYPES = {
  f2: 2,
  f4: 4,
  f8: 8,
  i1: 1,
  i2: 2,
  i4: 4,
  i8: 8,
  u1: 1,
  u2: 2,
  u4: 4,
  u8: 8,
} as const;
export type NumberType = keyof typeof TYPES;

/** How an array is written. */
export interface ArrayStyle {
  readonly type: NumberType;
  readonly big: boolean;
  readonly fortran: boolean;
  readonly version: 1 | 2 | 3;
}

/** Bits of a number in half precision that holds it exactly: integers up to 2048, and what is not finite. */
function halfBits(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (size === 0) return sign;
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}

function entry(value: number, { type, big }: ArrayStyle): Buffer {
  const size = TYPES[type];
  const view = new DataView(new ArrayBuffer(size));
  const put = {
    f2: () => view.setUint16(0, halfBits(value), !big),
    f4: () => view.setFloat32(0, value, !big),
    f8: () => view.setFloat64(0, value, !big),
    i1: () => view.setInt8(0, value),
    i2: () => view.setInt16(0, value, !big),
    i4: () => view.setInt32(0, value, !big),
    i8: () => view.setBigInt64(0, BigInt(value), !big),
    u1: () => view.setUint8(0, value),
    u2: () => view.setUint16(0, value, !big),
    u4: () => view.setUint32(0, value, !big),
    u8: () => view.setBigUint64(0, BigInt(value), !big),
  };
  put[type]();
  return Buffer.from(view.buffer);
}

/** A `.npy` file with a header of one's own. */
export function npyOf(
  descr: string,
  fortran: boolean,
  shape: readonly number[],
  data: Buffer,
  version: 1 | 2 | 3 = 1,
): Buffer {
  const lengths = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const quoted = descr.startsWith('[') ? descr : `'${descr}'`;
  const header = `{'descr': ${quoted}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${lengths}), }`;
  const start = version === 1 ? 10 : 12;
  const length = Math.ceil((start + header.length + 1) / 64) * 64 - start;
  const magic = Buffer.alloc(start);
  magic.write('\x93NUMPY', 'latin1');
  magic[6] = version;
  if (version === 1) magic.writeUInt16LE(length, 8);
  else magic.writeUInt32LE(length, 8);
  return Buffer.concat([magic, Buffer.from(`${header.padEnd(length - 1)}\n`), data]);
}

/** An array in a style. */
export function arrayOf({ shape, values }: Entries, style: ArrayStyle): Buffer {
  const { type, big, fortran, version } = style;
  // Columns first: the place of each entry among rows.
  const strides = shape.map((_, k) => shape.slice(k + 1).reduce((product, length) => product * length, 1));
  const order = values.map((_, place) => {
    let rest = place;
    return shape.reduce((at, length, k) => {
      const index = rest % length;
      rest = Math.floor(rest / length);
      return at + index * strides[k]!;
    }, 0);
  });
  const data = Buffer.concat(values.map((value, k) => entry(fortran ? values[order[k]!]! : value, style)));
  const mark = TYPES[type] === 1 ? '|' : big ? '>' : '<';
  return npyOf(`${mark}${type}`, fortran, shape, data, version);
}

/** Text as an array. */
export function textOf(text: string, kind: 'U' | '>U' | 'S' | 'bytes', shape: readonly number[]): Buffer {
  if (kind === 'S') return npyOf(`|S${Buffer.byteLength(text)}`, false, shape, Buffer.from(text));
  if (kind === 'bytes') return npyOf('|u1', false, [Buffer.byteLength(text)], Buffer.from(text));
  const codes = Buffer.from(Uint32Array.from([...text], (character) => character.codePointAt(0)!).buffer);
  return npyOf(`${kind === 'U' ? '<' : '>'}U${[...text].length}`, false, shape, kind === 'U' ? codes : codes.swap32());
}

export const arrayStyle: fc.Arbitrary<ArrayStyle> = fc.record({
  type: fc.constantFrom(...(Object.keys(TYPES) as NumberType[])),
  big: fc.boolean(),
  fortran: fc.boolean(),
  version: fc.constantFrom(1, 2, 3),
});

/** Numbers that a type holds exactly. */
export function valuesOf(type: NumberType, length: number): fc.Arbitrary<number[]> {
  const odd = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  const value = {
    f: {
      2: fc.oneof(fc.integer({ min: -2048, max: 2048 }), odd),
      4: fc.float(),
      8: fc.double(),
    },
    i: { 1: fc.integer({ min: -128, max: 127 }) },
    u: { 1: fc.integer({ min: 0, max: 255 }) },
  }[type[0] as 'f' | 'i' | 'u'] as Record<number, fc.Arbitrary<number>>;
  const whole = type.startsWith('u') ? fc.integer({ min: 0, max: 65_535 }) : fc.integer({ min: -32_768, max: 32_767 });
  return fc.array(value[TYPES[type]] ?? whole, { minLength: length, maxLength: length });
}

export const zipStyle: fc.Arbitrary<ZipStyle> = fc.record({
  deflated: fc.boolean(),
  zip64: fc.constantFrom('none', 'entries', 'all'),
  streamed: fc.boolean(),
  comment: fc.constantFrom('', 'of yesterday'),
});

/** Arrays that are no curves of the format, of any type, and what else archives hold. */
export const BESIDE: readonly { readonly name: string; readonly bytes: Buffer }[] = [
  { name: 'curves/stable.npy', bytes: npyOf('|b1', false, [3], Buffer.from([1, 0, 1])) },
  { name: 'curves/eigenvalues.npy', bytes: npyOf('<c16', false, [1], Buffer.alloc(16)) },
  { name: 'curves/hidden.npy', bytes: npyOf('<f4', true, [1, 1, 1, 1, 2], Buffer.alloc(8)) },
  { name: 'curves/objects.npy', bytes: npyOf('|O', false, [1], Buffer.from('\x80\x04N.')) },
  { name: 'curves/when.npy', bytes: npyOf('<M8[ns]', false, [1], Buffer.alloc(8)) },
  { name: 'curves/half.npy', bytes: npyOf('|V2', false, [2], Buffer.alloc(4)) },
  { name: 'curves/records.npy', bytes: npyOf("[('a', '<f8')]", false, [1], Buffer.alloc(8)) },
  { name: 'curves/layers.0.weight.npy', bytes: npyOf('<f8', false, [1], Buffer.alloc(8)) },
  { name: 'curves/not an array', bytes: Buffer.from('text') },
  { name: 'curves/', bytes: Buffer.alloc(0) },
  { name: '__MACOSX/curves/._loss.npy', bytes: Buffer.from('x') },
  { name: 'curves/.DS_Store', bytes: Buffer.from('x') },
];

export { zipOf };
