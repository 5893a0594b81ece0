/**
 * Formats of run files: each reads back what was written, and refuses what is damaged, too large or dangerous.
 */
import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { testFolder } from '#spec/support/files.js';
import { refusalOf } from '#spec/support/refusal.js';
import { LIMITS } from '#src/limits.js';
import { Allowance } from '#src/runs/format/allowance.js';
import { contentsOf } from '#src/runs/format/file.js';
import { arrayOf, type Nested } from '#src/runs/format/npy.js';
import { archiveOfTree } from '#src/runs/format/npz.js';
import { type ReadOptions, readRun } from '#src/runs/format/read.js';
import { encoded } from '#src/runs/format/write.js';
import { archiveOf } from '#src/runs/format/zip.js';

const { folder, write } = testFolder('formats');
const text = readFileSync('fixtures/parity-lowrank.json', 'utf8');
const good = JSON.parse(text);

/** The error's code, what was received and what was expected. */
function refusal(act: () => unknown): string {
  const { code, where, received, expected, hint } = refusalOf(act);
  return `${code} ${where}: ${received} / ${expected} / ${hint}`;
}

/** A `.npy` file of version 1, 2 or 3. */
function npy(descr: string, fortran: boolean, shape: string, data: Buffer, version = 1): Buffer {
  const header = `{'descr': ${descr}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }\n`;
  const start = Buffer.alloc(version === 1 ? 10 : 12);
  start.write('\x93NUMPY', 'latin1');
  start.writeUInt8(version, 6);
  if (version === 1) start.writeUInt16LE(header.length, 8);
  else start.writeUInt32LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header), data]);
}

const bytesOf = (typed: { readonly buffer: ArrayBufferLike }): Buffer => Buffer.from(typed.buffer as ArrayBuffer);
const read = (bytes: Buffer): Nested => arrayOf(bytes, 'f', new Allowance());

describe('a run', () => {
  it.each(['run.json', 'run.json.gz', 'run.npz'])('reads back from %s', (name) => {
    const file = write(name, encoded(text, name));
    expect(readRun(file)).toEqual(readRun('fixtures/parity-lowrank.json'));
    // By its content, whatever it is called.
    expect(readRun(write(`${name}.data`, readFileSync(file)))).toEqual(readRun(file));
  });

  it('may have numbers that are not finite, and no rows, as NPZ', () => {
    const tree = {
      format: 'loop-run/1',
      curves: { loss: [1, 'NaN', '-Infinity'], gram: [[], []] },
      weights: { initial: { U: [] } },
    };
    expect(contentsOf(write('odd.npz', archiveOfTree(tree)))).toEqual(tree);
  });

  it('is of the kind that its name says', () => {
    expect(encoded(text, 'a.json')).toBe(text);
    expect([...encoded(text, 'a.json.gz').slice(0, 2)]).toEqual([0x1f, 0x8b]);
    expect(encoded(text, 'a.npz').slice(0, 2).toString()).toBe('PK');
  });

  it('has arrays as NumPy wants them: a line of a header, data from a multiple of 64 bytes on', () => {
    const archive = archiveOfTree({ format: 'loop-run/1', curves: { loss: [1, 2, 3], gram: [[1, 2]] } });
    let arrays = 0;
    for (
      let at = archive.indexOf('\x93NUMPY', 0, 'latin1');
      at >= 0;
      at = archive.indexOf('\x93NUMPY', at + 1, 'latin1')
    ) {
      const length = archive.readUInt16LE(at + 8);
      expect((10 + length) % 64).toBe(0);
      const header = archive.toString('latin1', at + 10, at + 10 + length);
      expect(header).toMatch(/^\{'descr': '<(f8|U10)', 'fortran_order': False, 'shape': \((1,|3,|1, 2,)\), \} *\n$/);
      arrays++;
    }
    expect(arrays).toBe(3);
  });

  it('is the same bytes each time', () => {
    expect(encoded(text, 'a.npz')).toEqual(encoded(text, 'b.npz'));
  });
});

describe('arrays', () => {
  const six = [1, 2, 3, 4, 5, 6];

  it.each([
    ['<f4', bytesOf(Float32Array.from(six))],
    ['<f8', bytesOf(Float64Array.from(six))],
    ['<i4', bytesOf(Int32Array.from(six))],
    ['<i8', bytesOf(BigInt64Array.from(six.map(BigInt)))],
  ])('of %s are rows in either order', (type, data) => {
    for (const version of [1, 2, 3]) {
      expect(read(npy(`'${type}'`, false, '(2, 3)', data, version))).toEqual([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      expect(read(npy(`'${type}'`, true, '(2, 3)', data, version))).toEqual([
        [1, 3, 5],
        [2, 4, 6],
      ]);
    }
    expect(read(npy(`'${type}'`, true, '(3, 1, 2)', data))).toEqual([[[1, 4]], [[2, 5]], [[3, 6]]]);
    expect(read(npy(`'${type}'`, false, '(6,)', data))).toEqual(six);
  });

  it('may be one number, or text of either kind', () => {
    expect(read(npy("'<f8'", false, '()', bytesOf(Float64Array.of(2.5))))).toBe(2.5);
    expect(read(npy("'<i4'", false, '(1,)', bytesOf(Int32Array.of(-7))))).toEqual([-7]);
    expect(read(npy("'<U3'", false, '(1,)', bytesOf(Uint32Array.of(0x3c3, 0x1f600, 0))))).toEqual(['σ😀']);
    expect(read(npy("'|S4'", false, '(2,)', Buffer.from('ab\0\0abcd')))).toEqual(['ab', 'abcd']);
    expect(read(npy("'<U1'", false, '()', bytesOf(Uint32Array.of(0xffffffff))))).toBe('\uFFFD');
  });

  it('may be written tightly or widely, in four dimensions, with text up to the last code point', () => {
    const one = bytesOf(Float64Array.of(1));
    for (const header of [
      "{'descr':'<f8','fortran_order':False,'shape':(1,1,1,1)}",
      "{'shape':  ( 1, 1, 1, 1 ),  'fortran_order':  False,  'descr':  '<f8'}",
    ]) {
      const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
      start.writeUInt16LE(header.length, 8);
      expect(read(Buffer.concat([start, Buffer.from(header), one]))).toEqual([[[[1]]]]);
      for (const field of ['descr', 'fortran_order', 'shape']) {
        const without = Buffer.concat([start, Buffer.from(header.replace(field, 'x'.repeat(field.length))), one]);
        expect(refusal(() => read(without))).toContain('/ the header of a NumPy array: descr, fortran_order, shape');
      }
    }
    expect(read(npy("'<U1'", false, '()', bytesOf(Uint32Array.of(0x10ffff))))).toBe('\u{10ffff}');
    // Only the padding at the end goes.
    expect(read(npy("'|S5'", false, '()', Buffer.from('a\0b\0\0')))).toBe('a\0b');
    expect(read(npy("'<f8'", false, '( )', one))).toBe(1);
  });

  const eight = Buffer.alloc(8);
  it.each([
    ['version 0', npy("'<f8'", false, '(1,)', eight, 0), 'malformed f: no array header of version 1, 2 or 3'],
    ['an empty header', Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1'), 'malformed f: "" / the header'],
    ['a type with more before it', npy("'x<U3'", false, '(1,)', eight), 'unsupported f: entries of type "x<U3"'],
    ['a type with more behind it', npy("'<U3x'", false, '(1,)', eight), 'unsupported f: entries of type "<U3x"'],
    ['a type of no length', npy("'<U0'", false, '(1,)', eight), 'unsupported f: entries of type "<U0"'],
    ['a type in UTF-8', npy("'σ'", false, '(1,)', eight, 3).subarray(0, -1), 'unsupported f: entries of type "σ"'],
    ['a type in Latin-1', npy("'\xe9'", false, '(1,)', eight, 1), 'unsupported f: entries of type "Ã©"'],
    ['a long header that is none', npy('x'.repeat(90), false, '(1,)', eight), `"{'descr': ${'x'.repeat(50)}" /`],
    ['objects', npy("'|O'", false, '(1,)', eight), 'pickle f: an array of Python objects'],
    ['records', npy("[('a', '<f8')]", false, '(1,)', eight), 'unsupported f: records'],
    ['text of no length', npy("'|S0'", false, '(1000000,)', Buffer.alloc(0)), 'unsupported f: entries of type "|S0"'],
    ['a type named as a method', npy("'toString'", false, '(1,)', eight), 'unsupported f: entries'],
    ['too few data', npy("'<f8'", false, '(2,)', eight), 'malformed f: 76 bytes / 84, for <f8 of shape (2)'],
    ['too many data', npy("'<f8'", false, '(0,)', eight), 'malformed f:'],
    ['1e12 elements', npy("'<f8'", false, '(1000000000000,)', eight), 'too-large f: 1000000000000 numbers'],
    ['1e24 elements', npy("'<f8'", false, '(1000000000000, 1000000000000)', eight), 'too-large f:'],
    ['1e9 lists of nothing', npy("'<f8'", false, '(1000000000, 0)', Buffer.alloc(0)), 'too-large f: 0 numbers in 1000'],
    ['a negative length', npy("'<f8'", false, '(-1,)', eight), 'malformed f:'],
    ['five dimensions', npy("'<f8'", false, '(1, 1, 1, 1, 1)', eight), 'malformed f: 5 dimensions / at most 4'],
    ['no header', Buffer.from('\x93NUMPY\x01\x00', 'latin1'), 'malformed f: no array header'],
    ['version 9', npy("'<f8'", false, '(1,)', eight, 9), 'malformed f: no array header of version 1, 2 or 3'],
    [
      'a header that ends beyond the file',
      npy("'<f8'", false, '(1,)', eight).subarray(0, 40),
      'malformed f: "{\'descr',
    ],
    ['other bytes', Buffer.from('nothing of the kind'), 'malformed f: no array header'],
  ])('are refused with %s', (_, bytes, message) => {
    expect(refusal(() => read(bytes))).toContain(message);
  });

  it('take from one allowance together', () => {
    const allowance = new Allowance();
    const big = npy("'<f8'", false, '(1000000, 0)', Buffer.alloc(0));
    expect(arrayOf(big, 'f', allowance)).toHaveLength(1_000_000);
    expect(refusal(() => arrayOf(big, 'f', allowance))).toContain(`at most ${LIMITS.numbers} numbers in a file`);
  });
});

describe('archives', () => {
  const loss = { name: 'curves/loss.npy', bytes: npy("'<f8'", false, '(1,)', bytesOf(Float64Array.of(1))) };
  const refused = (bytes: Buffer): string => refusal(() => contentsOf(write('hostile.npz', bytes)));
  /** An archive of one member with bytes of its directory (an offset from there) replaced. */
  const tampered = (archive: Buffer, offset: number, patch: Buffer): Buffer => {
    const copy = Buffer.from(archive);
    patch.copy(copy, copy.indexOf('PK\x01\x02', 0, 'latin1') + offset);
    return copy;
  };
  const u32 = (value: number): Buffer => bytesOf(Uint32Array.of(value));
  const one = archiveOf([loss]);

  it.each(['../escape.npy', '/etc/passwd.npy', 'curves/../loss.npy', 'curves//loss.npy', ''])(
    'are refused with a member named %j',
    (name) => {
      expect(refused(archiveOf([loss, { name, bytes: loss.bytes }]))).toContain(
        `malformed ${folder}/hostile.npz: a member named ${JSON.stringify(name)}`,
      );
    },
  );

  it('are refused with a member twice, or in the place of others', () => {
    expect(refused(archiveOf([loss, loss]))).toContain('two members named "curves/loss.npy"');
    const outer = { ...loss, name: 'curves.npy' };
    expect(refused(archiveOf([loss, outer]))).toContain('an array in the place of others');
    expect(refused(archiveOf([outer, loss]))).toContain('an array within an array');
    expect(contentsOf(write('notes.npz', archiveOf([{ ...loss, name: 'notes.txt' }])))).toEqual({
      'notes.txt': 'unknown',
    });
  });

  it('do not reach the prototype of objects', () => {
    const tree = contentsOf(write('proto.npz', archiveOf([{ ...loss, name: '__proto__/polluted.npy' }]))) as object;
    expect(Object.keys(tree)).toEqual(['__proto__']);
    expect('polluted' in {}).toBe(false);
  });

  it('are refused as checkpoints, with the lines that save NPZ', () => {
    const message = refused(archiveOf([{ name: 'archive/data.pkl', bytes: Buffer.from('x') }]));
    expect(message).toContain('pickle');
    expect(message).toContain('numpy.savez("run.npz"');
  });

  it('are refused where they declare more than can be held, before anything is read', () => {
    expect(refused(tampered(one, 24, u32(2 ** 31)))).toContain(`too-large ${folder}/hostile.npz: arrays of ${2 ** 31}`);
    const huge = write('huge.npz', one);
    truncateSync(huge, 2 ** 31 - 1);
    expect(refusal(() => contentsOf(huge))).toContain('without its end');
    const many = Array.from({ length: LIMITS.members + 1 }, (_, k) => ({ ...loss, name: `curves/a${k}.npy` }));
    expect(refused(archiveOf(many))).toContain(`${LIMITS.members + 1} arrays / at most ${LIMITS.members}`);
  });

  it('are refused where a member inflates to more or less than it declares', () => {
    const data = Buffer.alloc(1000);
    const packed = deflateRawSync(data);
    const declaring = (size: number): Buffer => {
      const archive = archiveOf([{ name: 'curves/loss.npy', bytes: packed }]);
      const patch = Buffer.concat([u32(0), u32(packed.length), u32(size)]);
      return tampered(tampered(archive, 10, Buffer.from([8, 0])), 16, patch);
    };
    expect(refused(declaring(10))).toContain('larger than the declared 10 bytes');
    expect(refused(declaring(2000))).toContain('1000 bytes where 2000 are declared');
    expect(refused(declaring(1000))).toContain('differ from their checksum');
  });

  it('may have comments and extra fields, and as many arrays as are allowed', () => {
    const other = { name: 'curves/gradNorm.npy', bytes: loss.bytes };
    const two = archiveOf([loss, other]);
    const parts = ['PK\x03\x04', 'PK\x01\x02', 'PK\x05\x06'].map((mark) => two.lastIndexOf(mark, undefined, 'latin1'));
    const [local, , end] = parts as [number, number, number];
    const directory = two.indexOf('PK\x01\x02', 0, 'latin1');
    const extra = Buffer.from([1, 2, 3, 4]);
    // The local header of the last array.
    const members = Buffer.from(two.subarray(0, directory));
    members.writeUInt16LE(extra.length, local + 28);
    const cut = local + 30 + other.name.length;
    // Each entry of the directory, with an extra field and a comment.
    const entries: Buffer[] = [];
    for (let at = directory; at < end; ) {
      const size = 46 + two.readUInt16LE(at + 28);
      const entry = Buffer.from(two.subarray(at, at + size));
      entry.writeUInt16LE(extra.length, 30);
      entry.writeUInt16LE(3, 32);
      entries.push(entry, extra, Buffer.from('abc'));
      at += size;
    }
    const last = Buffer.from(two.subarray(end));
    last.writeUInt32LE(Buffer.concat(entries).length, 12);
    last.writeUInt32LE(directory + extra.length, 16);
    last.writeUInt16LE(9, 20);
    const bytes = Buffer.concat([
      members.subarray(0, cut),
      extra,
      members.subarray(cut),
      ...entries,
      last,
      Buffer.from('a comment'),
    ]);
    expect(contentsOf(write('extras.npz', bytes))).toEqual({ curves: { loss: [1], gradNorm: [1] } });
    const most = Array.from({ length: LIMITS.members - 1 }, (_, k) => ({ ...loss, name: `curves/a${k}.npy` }));
    expect(contentsOf(write('most.npz', archiveOf([...most, loss])))).toEqual({ curves: { loss: [1] } });
  });

  it('are refused where their directory is not what their end says', () => {
    const ended = (offset: number, value: Buffer): string => {
      const copy = Buffer.from(one);
      value.copy(copy, copy.length - 22 + offset);
      return refused(copy);
    };
    expect(ended(16, u32(0xffffffff))).toContain('an archive of Zip64 without its end');
    for (const [offset, value] of [
      [12, 1e6],
      [16, one.length],
      [12, 100],
    ] as const)
      expect(ended(offset, u32(value))).toContain('a directory that reaches beyond the archive / a whole ZIP archive');
    expect(ended(10, Buffer.from([2, 0]))).toContain('1 of 2 entries in its directory');
    expect(refused(tampered(one, 42, u32(one.length - 10)))).toContain('no member where the directory says');
    const long = `../${'x'.repeat(90)}`;
    expect(refused(archiveOf([{ ...loss, name: long }]))).toContain(
      `a member named "../${'x'.repeat(57)}", which leads`,
    );
  });

  it('are refused when damaged', () => {
    const flipped = Buffer.from(one);
    flipped[flipped.indexOf('PK\x01\x02', 0, 'latin1') - 1]! ^= 1;
    expect(refused(flipped)).toContain('contents that differ from their checksum');
    expect(refused(one.subarray(0, one.length - 1))).toContain('without its end: cut off');
    expect(refused(Buffer.from('PK\x03\x04'))).toContain('without its end');
    expect(refused(tampered(one, 42, u32(7)))).toContain('no member where the directory says');
    expect(refused(tampered(one, 0, u32(7)))).toContain('0 of 1 entries in its directory');
    expect(refused(tampered(one, 10, Buffer.from([99, 0])))).toContain('compression method 99');
    expect(refused(tampered(tampered(one, 20, u32(1e6)), 24, u32(1e6)))).toContain('reaches beyond the archive');
  });

  it('hold their protocol as one text', () => {
    const protocol = { ...loss, name: 'protocol.npy' };
    expect(refused(archiveOf([protocol]))).toContain('an array of another kind / a list of one text');
    const text = (shape: string, bytes: string) => ({
      name: 'format.npy',
      bytes: npy("'|S1'", false, shape, Buffer.from(bytes)),
    });
    expect(contentsOf(write('format.npz', archiveOf([text('()', 'a')])))).toEqual({ format: 'a' });
    expect(refused(archiveOf([text('(2,)', 'ab')]))).toContain('an array of another kind');
    expect(contentsOf(write('format.npz', archiveOf([text('(1, 1)', 'a')])))).toEqual({ format: 'a' });
    const broken = { ...protocol, bytes: npy("'|S1'", false, '(1,)', Buffer.from('{')) };
    expect(refused(archiveOf([broken]))).toContain('not-json');
    expect(contentsOf(write('empty.npz', archiveOf([])))).toEqual({});
  });
});

describe('text', () => {
  it('is inflated up to a limit', () => {
    const bomb = gzipSync(Buffer.alloc(LIMITS.bytes + 1, ' '), { level: 1 });
    expect(refusal(() => contentsOf(write('bomb.json.gz', bomb)))).toContain(`too-large ${folder}/bomb.json.gz`);
    const cut = gzipSync(text).subarray(0, 1000);
    expect(refusal(() => contentsOf(write('cut.json.gz', cut)))).toContain('gzip data that are cut off or damaged');
  });

  it('is refused where it would take too much memory', () => {
    const lists = `[${'[],'.repeat(LIMITS.numbers / 8)}[]]`;
    expect(refusal(() => contentsOf(write('lists.json', lists)))).toContain('too-large');
    const cells = `loss${','.repeat(LIMITS.numbers + 1)}`;
    expect(refusal(() => contentsOf(write('cells.csv', cells)))).toContain('too-large');
  });

  it.each([
    ['a pickle', Buffer.from([0x80, 4, 0x4b, 3, 0x2e]), 'pickle'],
    ['a single array', npy("'<f8'", false, '(1,)', Buffer.alloc(8)), 'malformed'],
    ['a single array of objects', npy("'|O'", false, '(1,)', Buffer.alloc(8)), 'pickle'],
    ['other binary data', Buffer.from([1, 2, 0, 3]), 'malformed'],
  ])('is not %s', (_, bytes, code) => {
    expect(refusal(() => contentsOf(write('other', bytes)))).toContain(`${code} ${folder}/other`);
  });

  it('is told from a table by its beginning, or by its name', () => {
    expect(contentsOf(write('n.json', '3'))).toBe(3);
    expect(contentsOf(write('n.JSON', '3'))).toBe(3);
    expect(contentsOf(write('n.json.gz', gzipSync('3')))).toBe(3);
    expect(contentsOf(write('n.json.csv', 'loss\n3'))).toEqual({ curves: { loss: [3] } });
    expect(contentsOf(write('list.csv', '\uFEFF  [1]'))).toEqual([1]);
    expect(contentsOf(write('bracket.csv', 'a[0],loss\n1,2'))).toEqual({ curves: { loss: [2] } });
    expect(contentsOf(write('run.pt.json', '[3]'))).toEqual([3]);
    expect(refusal(() => contentsOf(write('other', Buffer.from([1, 2, 0, 3]))))).toContain('binary data of no known');
    expect(refusal(() => contentsOf(`${folder}/${'x'.repeat(300)}`))).toMatch(/^unreadable .*check the path and its/);
  });

  it('leaves no file open', () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    const file = write('closed.json', '[1]');
    for (let k = 0; k < 20; k++) contentsOf(file);
    for (let k = 0; k < 20; k++) refusal(() => contentsOf(write('other', Buffer.from([1, 2, 0, 3]))));
    expect(open()).toBeLessThan(before + 20);
  });

  it('is no pickle of the oldest kind', () => {
    expect(refusal(() => contentsOf(write('old.pkl', '(dp0\n.')))).toContain('pickle');
  });
});

describe('tables', () => {
  const config = write('config.json', JSON.stringify({ ...good, curves: undefined }));
  const { loss, overlaps } = good.curves;
  const table = (separator: string, header: readonly string[], cell = (value: number) => String(value)): string =>
    [
      header.join(separator),
      ...loss.map((value: number, e: number) =>
        [e, cell(value), ...['zm', 'zu', 'vm', 'vu'].map((name) => overlaps[name][e])].join(separator),
      ),
    ].join('\n');
  const readTable = (content: string, options: ReadOptions = { config }) => readRun(write('log.csv', content), options);
  const plain = ['PK #', 'loss', 'zm', 'zu', 'vm', 'vu'];

  it('are curves, with the rest from a configuration', () => {
    const expected = { ...readRun('fixtures/parity-lowrank.json'), curves: { loss, overlaps } };
    expect(readTable(table(',', plain))).toEqual(expected);
    expect(readTable(`# of yesterday\r\n${table(';', plain).replaceAll('\n', '\r\n')}`)).toEqual(expected);
    const others = ['epoch', '"train, loss"', 'a', 'zu', 'vm', 'vu'];
    const columns = { loss: 'train, loss', zm: 'a' };
    expect(readTable(table(',', others), { config, columns })).toEqual(expected);
    expect(readRun(write('log.csv.gz', gzipSync(table('\t', plain))), { config })).toEqual(expected);
  });

  it('may have numbers that are not finite', () => {
    const { curves } = readTable('loss\nnan\n-inf\nInfinity\n1e-3');
    expect(curves.loss).toEqual([Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1e-3]);
  });

  it('may have blanks and empty lines, and any curve in the first column', () => {
    const { curves } = readTable('gradNorm , loss\n\n 1 , 2 \n\n3,4\n');
    expect(curves).toEqual({ loss: [2, 4], gradNorm: [1, 3] });
  });

  it('are refused with names and cells cut short', () => {
    const names = Array.from({ length: 30 }, (_, k) => `${'n'.repeat(70)}${k}`);
    const message = refusal(() => readTable(names.join(',')));
    expect(message.match(/"n{60}"/g)).toHaveLength(20);
    expect(refusal(() => readTable(`loss\n${'x'.repeat(90)}`))).toContain(`line 2: "${'x'.repeat(60)}" /`);
  });

  it.each([
    ['no configuration', 'loss\n1', {}, 'nothing / the protocol of these curves / name a configuration'],
    ['no loss', 'a,b\n1,2', { config }, 'no column "loss" among "a", "b"'],
    ['two losses', 'loss,loss\n1,2', { config }, 'two columns "loss"'],
    ['no column of a name', 'loss\n1', { config, columns: { zm: 'sigma' } }, 'no column "sigma" among "loss"'],
    ['a cell left empty', 'loss,zm\n1,\n2,3', { config }, 'zm, line 2: an empty cell'],
    ['words', 'loss\none', { config }, 'loss, line 2: "one" / a number, nan or inf'],
    ['ragged rows', 'loss,zm\n1', { config }, 'line 2: 1 cell / 2, one for each name'],
    ['nothing else', 'loss', { config }, 'curves.loss: [] / a list of 1'],
    ['quotes left open', 'loss\n"1', { config }, 'rows of equally many cells'],
    ['some overlaps only', 'loss,zm\n1,2', { config }, 'curves.overlaps.zu: nothing'],
  ])('are refused with %s', (_, content, options, message) => {
    expect(refusal(() => readTable(content, options))).toContain(message);
  });

  const rows = (delimiter: string, ...more: readonly string[]): string =>
    [
      [0, 1.5],
      [1, 2.5],
      [2, 3.5],
    ]
      .map((cells) => [...cells, ...more].join(delimiter))
      .join('\n');

  it.each([
    ['of Markdown', `| epoch | loss |\n|------:|-----:|\n${rows(' | ').replaceAll(/^|$/gm, '|')}`],
    ['of Org', `| epoch | loss |\n|-------+------|\n${rows(' | ').replaceAll(/^|$/gm, '|')}`],
    ['of SQLite', `epoch  loss\n-----  ----\n${rows('   ')}\n`],
    ['of Stable Baselines', `#{"t_start": 1.5, "env_id": "x"}\nepoch,loss\n${rows(',')}`],
    ['of PowerShell', `#TYPE System.Object\n"epoch","loss"\n${rows(',')}`],
    ['with titles', `My "experiment"\n,\nsince yesterday,\nepoch,loss\n${rows(',')}`],
    ['with a comment of other delimiters', `# epoch, loss\n${rows(' ')}`],
    ['with more comments', `## epoch loss\n# [1] [a.u.]\n${rows(' ')}\n# done`],
    ['with blanks under tabs', `epoch\tloss\n${rows(' ')}`],
    ['with rows of nothing', `epoch,loss,,\n${rows(',', '', '')}\n,,,\n,,,\n`],
    ['with the mark of an end', `epoch,loss\n${rows(',')}\n\x1a`],
    ['with zeros of a crash', `epoch,loss\n${rows(',')}\n\0\0\0`],
    ['with texts of spreadsheets', `epoch,loss\n0,="1.5"\n1,="2.5"\n2,="3.5"`],
    ['with remarks in quotes', 'note,loss\n"# a\n# b",1.5\n"c\n\nd",2.5\n# e,3\nf,3.5'],
    ['as JSON Lines with commas', '{"loss":1.5},\r\n{"loss":2.5},\r\n{"loss":3.5}\r\n'],
    ['as a JSON text sequence', '\x1e{"loss":1.5}\n\x1e{"loss":2.5}\n\x1e{"loss":3.5}\n'],
    ['as JSON Lines after a configuration', '{"lr":{"of":1}}\n{"loss":1.5}\n{"loss":2.5}\n{"loss":3.5}'],
    [
      'in the state of a trainer',
      '{"best":null,"log_history":[{"loss":1.5},{"eval_loss":9},{"loss":2.5},{"loss":3.5}]}',
    ],
  ])('are read %s', (_, content) => {
    expect(contentsOf(write('log.csv', content))).toEqual({ curves: { loss: [1.5, 2.5, 3.5] } });
  });

  it.each([
    ['long tables', 'epoch,metric,value\n0,loss,1.5', 'no column "loss" among "epoch", "metric", "value"'],
    [
      'objects one behind the other',
      '{"loss":1.5}{"loss":2.5}',
      'more after the end of the value, in line 1, column 13',
    ],
    ['text after JSON', '{"loss":[1.5]} done', 'more after the end of the value'],
    ['a table of a web page', '<table><tr><td>loss</td></tr></table>', 'a table of a web page'],
    ['an HDF5 file', '\x89HDF\r\n\x1a\n', 'an HDF5 file'],
    ['an R object', 'structure(list(loss = c(1.5, 2.5)))', 'write.csv'],
    ['variables of Octave', '# Created by Octave 7.3.0\n# name: loss\n', 'as Octave saves them'],
    ['a pointer', 'version https://git-lfs.github.com/spec/v1\n', 'git lfs pull'],
    ['gzip in gzip', gzipSync(gzipSync('loss\n1')), 'twice'],
    ['a workbook', archiveOf([{ name: '[Content_Types].xml', bytes: Buffer.from('<x/>') }]), 'save the sheet as CSV'],
    ['safetensors', Buffer.from('\x10\x02\0\0\0\0\0\0{"a":{}}', 'latin1'), 'a file of safetensors'],
  ])('do not take %s for one', (_, content, message) => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    expect(refusal(() => contentsOf(write('no-table', bytes)))).toContain(message);
  });
});
