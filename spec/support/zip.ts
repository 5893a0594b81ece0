/**
 * ZIP archives as other programs write them, independent of `src/runs/format/zip.ts`: Zip64, folders, sizes after the data.
 */
import { crc32, deflateRawSync } from 'node:zlib';

/** How an archive is written. */
export interface ZipStyle {
  readonly deflated: boolean;
  /** Sizes and offsets in fields of Zip64: in the entries, in the end record. */
  readonly zip64: 'none' | 'entries' | 'all';
  /** Sizes and checksum after the data, as streams have them. */
  readonly streamed: boolean;
  readonly comment: string;
}

const bytes = (...fields: readonly [value: number | bigint, size: 2 | 4 | 8][]): Buffer =>
  Buffer.concat(
    fields.map(([value, size]) => {
      const field = Buffer.alloc(size);
      if (size === 8) field.writeBigUInt64LE(BigInt(value));
      else field.writeUIntLE(Number(value), 0, size);
      return field;
    }),
  );

const BEYOND = 0xffffffff;

/** An archive; members whose names end with / are folders. */
export function zipOf(
  members: readonly { readonly name: string; readonly bytes: Buffer }[],
  { deflated, zip64, streamed, comment }: ZipStyle,
): Buffer {
  const parts: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  const write = (...more: Buffer[]): void => {
    for (const part of more) {
      parts.push(part);
      offset += part.length;
    }
  };
  for (const { name, bytes: data } of members) {
    const packed = deflated ? deflateRawSync(data) : data;
    const [path, crc, method, flags] = [Buffer.from(name), crc32(data), deflated ? 8 : 0, streamed ? 8 : 0];
    const sizes: [number, number] = [packed.length, data.length];
    const at = offset;
    const long = zip64 !== 'none';
    const [localCrc, localSizes] = streamed ? [0, [0, 0]] : [crc, sizes];
    const localExtra = long && !streamed ? bytes([1, 2], [16, 2], [sizes[1], 8], [sizes[0], 8]) : Buffer.alloc(0);
    write(
      bytes([0x04034b50, 4], [45, 2], [flags, 2], [method, 2], [0, 2], [0x21, 2], [localCrc, 4]),
      long && !streamed ? bytes([BEYOND, 4], [BEYOND, 4]) : bytes([localSizes[0]!, 4], [localSizes[1]!, 4]),
      bytes([path.length, 2], [localExtra.length, 2]),
      path,
      localExtra,
      packed,
    );
    if (streamed) write(bytes([0x08074b50, 4], [crc, 4], [sizes[0], 4], [sizes[1], 4]));
    // A field of another program, then that of Zip64.
    const stamp = long ? bytes([0x5455, 2], [4, 2], [0, 4]) : Buffer.alloc(0);
    const fields = long ? bytes([1, 2], [24, 2], [sizes[1], 8], [sizes[0], 8], [at, 8]) : Buffer.alloc(0);
    entries.push(
      bytes([0x02014b50, 4], [45, 2], [45, 2], [flags, 2], [method, 2], [0, 2], [0x21, 2], [crc, 4]),
      long ? bytes([BEYOND, 4], [BEYOND, 4]) : bytes([sizes[0], 4], [sizes[1], 4]),
      bytes(
        [path.length, 2],
        [stamp.length + fields.length, 2],
        [0, 2],
        [0, 2],
        [0, 2],
        [0, 4],
        [long ? BEYOND : at, 4],
      ),
      path,
      stamp,
      fields,
    );
  }
  const start = offset;
  write(...entries);
  const [count, size] = [members.length, offset - start];
  const text = Buffer.from(comment);
  if (zip64 === 'all') {
    const end = offset;
    write(
      bytes([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [count, 8], [count, 8], [size, 8], [start, 8]),
      bytes([0x07064b50, 4], [0, 4], [end, 8], [1, 4]),
    );
  }
  const all = zip64 === 'all';
  write(
    bytes([0x06054b50, 4], [0, 2], [0, 2], [all ? 0xffff : count, 2], [all ? 0xffff : count, 2]),
    bytes([all ? BEYOND : size, 4], [all ? BEYOND : start, 4], [text.length, 2]),
    text,
  );
  return Buffer.concat(parts);
}
