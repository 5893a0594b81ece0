/**
 * NPZ files as programs write them: whatever the types, shapes and containers, the numbers are the same; broken ones are refused with
 * a hint that works.
 */
import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arrayOf,
  arrayStyle,
  BESIDE,
  npyOf,
  textOf,
  valuesOf,
  zipOf,
  zipStyle,
} from '#spec/generators/written-archive.js';
import { fixture, testFolder } from '#spec/support/files.js';
import { forAllWith } from '#spec/support/for-all.js';
import { refusalOf } from '#spec/support/refusal.js';
import { contentsOf } from '#src/runs/format/file.js';
import { readRun } from '#src/runs/format/read.js';

const { write } = testFolder('archives');
const { format, protocol } = fixture('parity-effective');

/** Shapes that a list of E numbers may have. */
const SHAPES: readonly ((length: number) => readonly number[])[] = [
  (length) => [length],
  (length) => [1, length],
  (length) => [length, 1],
  (length) => [length, 1, 1],
  (length) => [1, length, 1],
];

const PLAIN = { deflated: false, zip64: 'none', streamed: false, comment: '' } as const;

describe('archives', () => {
  it('in any style hold the same numbers', () => {
    const drawn = fc
      .record({
        length: fc.integer({ min: 1, max: 6 }),
        style: arrayStyle,
        more: arrayStyle,
        zip: zipStyle,
        shape: fc.constantFrom(...SHAPES),
        text: fc.constantFrom('U' as const, '>U' as const, 'S' as const, 'bytes' as const),
        textShape: fc.constantFrom([], [1], [1, 1]),
        separator: fc.constantFrom('/', '\\'),
        suffix: fc.constantFrom('.npy', ''),
        prefix: fc.constantFrom('', './'),
        beside: fc.subarray([...BESIDE]),
      })
      .chain((one) =>
        fc.record({
          one: fc.constant(one),
          loss: valuesOf(one.style.type, one.length),
          zm: valuesOf(one.more.type, one.length),
        }),
      );
    forAllWith({ numRuns: 2500 }, drawn, ({ one, loss, zm }) => {
      const { length, style, more, zip, shape, text, textShape, separator, suffix, prefix, beside } = one;
      const member = (name: string, bytes: Buffer) => ({
        name: prefix + name.replaceAll('/', separator) + suffix,
        bytes,
      });
      const numbers = (values: number[], how: typeof style, dimensions = shape(length)) =>
        arrayOf({ shape: dimensions, values }, how);
      const file = write(
        'style.npz',
        zipOf(
          [
            member('format', textOf(format, text, textShape)),
            member('protocol', textOf(JSON.stringify(protocol), text, textShape)),
            ...beside,
            member('curves/loss', numbers(loss, style)),
            member('curves/overlaps/zm', numbers(zm, more)),
            member('curves/overlaps/zu', numbers(zm, more, [length, 1, 1])),
            member('curves/overlaps/vm', numbers(loss, style, [length])),
            member('curves/overlaps/vu', numbers(loss, style)),
          ],
          zip,
        ),
      );
      const { curves } = readRun(file);
      expect(curves.loss).toEqual(loss);
      const flat = (list: readonly unknown[]) => list.flat(2);
      expect(flat(curves.overlaps!.zm)).toEqual(zm);
      expect(flat(curves.overlaps!.zu)).toEqual(zm);
      expect(flat(curves.overlaps!.vm)).toEqual(loss);
      expect(flat(curves.overlaps!.vu)).toEqual(loss);
    });
  });

  it('hold matrices in either order, and the smallest numbers of half precision', () => {
    const values = [1, 2, 3, 4, 5, 6];
    const gram = (fortran: boolean) =>
      arrayOf({ shape: [2, 3], values }, { type: 'f8', big: false, fortran, version: 1 });
    for (const fortran of [true, false]) {
      const file = write('order.npz', zipOf([{ name: 'curves/gram.npy', bytes: gram(fortran) }], PLAIN));
      expect(contentsOf(file), `Fortran order ${fortran}`).toEqual({
        curves: {
          gram: [
            [1, 2, 3],
            [4, 5, 6],
          ],
        },
      });
    }
    // IEEE 754: the least and the largest subnormal number, and the least normal one.
    const halves = npyOf('<f2', false, [3], Buffer.from(Uint16Array.of(0x0001, 0x03ff, 0x0400).buffer));
    const file = write('half.npz', zipOf([{ name: 'curves/loss.npy', bytes: halves }], PLAIN));
    expect(contentsOf(file)).toEqual({ curves: { loss: [2 ** -24, 1023 * 2 ** -24, 2 ** -14] } });
  });

  it('may be of any size, if what is read of them is small', () => {
    const small = zipOf(
      [
        {
          name: 'curves/loss.npy',
          bytes: arrayOf({ shape: [2], values: [1, 2] }, { type: 'f8', big: false, fortran: false, version: 1 }),
        },
      ],
      {
        ...PLAIN,
        zip64: 'all',
      },
    );
    // The directory of a small archive, moved behind 5 GiB of nothing.
    const directory = small.indexOf('PK\x01\x02', 0, 'latin1');
    const end = small.indexOf('PK\x06\x06', 0, 'latin1');
    const moved = 5 * 2 ** 30;
    const tail = Buffer.from(small.subarray(directory));
    tail.writeBigUInt64LE(BigInt(moved), end - directory + 48);
    tail.writeBigUInt64LE(BigInt(moved + end - directory), end - directory + 56 + 8);
    const file = write('large.npz', small.subarray(0, directory));
    truncateSync(file, moved);
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, tail, 0, tail.length, moved);
    closeSync(descriptor);
    expect(contentsOf(file)).toEqual({ curves: { loss: [1, 2] } });
    truncateSync(file, 0);
  });

  const numbers = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 5 });
  const doubles = (values: readonly number[], shape: readonly number[] = [values.length]): Buffer =>
    arrayOf({ shape, values }, { type: 'f8', big: false, fortran: false, version: 1 });
  const bits = (value: number): number => Buffer.from(Float32Array.of(value).buffer).readUInt16LE(2);
  /** What is broken: the bytes of the loss, and what the hint makes of them. */
  const KINDS: Readonly<
    Record<
      string,
      { broken: (values: number[]) => Buffer; hint: RegExp; mended: (values: number[], bytes: Buffer) => Buffer }
    >
  > = {
    'truth values': {
      broken: (values) => npyOf('|b1', false, [values.length], Buffer.from(values.map((value) => (value > 0 ? 1 : 0)))),
      hint: /astype\("float64"\)/,
      mended: (values) => doubles(values),
    },
    'complex numbers': {
      broken: (values) =>
        npyOf(
          '<c16',
          false,
          [values.length],
          Buffer.from(Float64Array.from(values.flatMap((value) => [value, 0])).buffer),
        ),
      hint: /array\.real/,
      mended: (values) => doubles(values),
    },
    bfloat16: {
      broken: (values) => npyOf('<V2', false, [values.length], Buffer.from(Uint16Array.from(values, bits).buffer)),
      hint: /array\.view\("<u2"\)\.astype\("<u4"\) << 16\)\.view\("<f4"\)/,
      // The line of the hint, step by step.
      mended: (values, bytes) => {
        const halves = bytes.subarray(bytes.length - 2 * values.length);
        const words = Uint32Array.from(values, (_, k) => halves.readUInt16LE(2 * k) << 16);
        return npyOf('<f4', false, [values.length], Buffer.from(words.buffer));
      },
    },
    records: {
      broken: (values) =>
        npyOf("[('loss', '<f8')]", false, [values.length], Buffer.from(Float64Array.from(values).buffer)),
      hint: /array\["name"\]/,
      mended: (values) => doubles(values),
    },
    objects: {
      broken: (values) => npyOf('|O', false, [values.length], Buffer.from('\x80\x04N.')),
      hint: /numpy\.savez\("run\.npz"/,
      mended: (values) => doubles(values),
    },
    'extended precision': {
      broken: (values) => npyOf('<f16', false, [values.length], Buffer.alloc(16 * values.length)),
      hint: /astype\("float64"\)/,
      mended: (values) => doubles(values),
    },
    times: {
      broken: (values) =>
        npyOf('<m8[s]', false, [values.length], Buffer.from(BigInt64Array.from(values, BigInt).buffer)),
      hint: /astype\("float64"\)/,
      mended: (values) => doubles(values),
    },
    'data that are cut off': {
      broken: (values) => doubles(values).subarray(0, -3),
      hint: /save it again/,
      mended: (values) => doubles(values),
    },
  };

  it('with arrays that are no numbers are refused, with a hint that mends them', () => {
    const met: Record<string, number> = {};
    forAllWith({ numRuns: 2000 }, fc.constantFrom(...Object.keys(KINDS)), numbers, zipStyle, (kind, values, zip) => {
      const { broken, hint, mended } = KINDS[kind]!;
      const archive = (bytes: Buffer): string => write('broken.npz', zipOf([{ name: 'curves/loss.npy', bytes }], zip));
      const bytes = broken(values);
      const refused = refusalOf(() => contentsOf(archive(bytes)));
      expect(refused.where).toContain('curves/loss.npy');
      expect(refused.hint, kind).toMatch(hint);
      const loss = contentsOf(archive(mended(values, bytes))) as { curves: { loss: number[] } };
      expect(loss.curves.loss).toEqual(values);
      met[kind] = (met[kind] ?? 0) + 1;
    });
    for (const kind of Object.keys(KINDS)) expect(met[kind], kind).toBeGreaterThan(0);
  });
});
