/**
 * ZIP archives, read member by member and written. Own code, because the packages at hand hold a whole archive in memory and
 * check neither checksums nor duplicates; node:zlib inflates.
 */
import { crc32, inflateRawSync } from 'node:zlib';
import { LoopproofError } from '../../error.js';
import { LIMITS } from '../../limits.js';
import { pickled } from './pickle.js';

/** Bytes that can be read in any order. */
export interface Source {
  readonly size: number;
  /** Up to `length` bytes: fewer at the end. */
  read(offset: number, length: number): Buffer;
}

/** Bytes in memory as a source. */
export const bytesSource = (bytes: Buffer): Source => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

/** One file of an archive. */
export interface Member {
  /** Its levels, with / between them. */
  readonly name: string;
  /** Bytes of its contents, or those that hold them: the larger of the two. */
  readonly bytes: number;
  /** Its contents. @throws LoopproofError if they are not of the declared size and checksum */
  read(): Buffer;
}

const END = { signature: 0x06054b50, size: 22 } as const;
const ENTRY = { signature: 0x02014b50, size: 46 } as const;
const LOCAL = { signature: 0x04034b50, size: 30 } as const;
/** The longest comment after the end record. */
const LONGEST_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;
/** What macOS and Windows add to archives. */
const FOREIGN = /^__MACOSX\/|(?:^|\/)(?:\.DS_Store|Thumbs\.db|desktop\.ini)$/;
/** The value of a field whose number stands in the fields of Zip64. */
const ELSEWHERE = 0xffffffff;
const ZIP64 = { end: 0x06064b50, endSize: 56, locator: 0x07064b50, locatorSize: 20, extra: 1 } as const;

function malformed(where: string, received: string): LoopproofError {
  const [expected, hint] = ['a whole ZIP archive', 'save or copy the file again'];
  return new LoopproofError('malformed', { where, received, expected, hint });
}

function tooLarge(where: string, received: string, expected: string): LoopproofError {
  const hint = 'record fewer epochs, or leave out the Gram matrices, final weights and gradients';
  return new LoopproofError('too-large', { where, received, expected, hint });
}

/** What the central directory says of a member. */
interface DirectoryEntry {
  readonly name: string;
  readonly encrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** A number of eight bytes; beyond the exact integers it is beyond every file. */
const longAt = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

/** Where the central directory is, and how many entries it claims. */
interface Place {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

/** The same from the end record of Zip64, which stands before the usual one where its fields are too small. */
function longPlace(source: Source, end: number, where: string): Place {
  const locator = source.read(Math.max(0, end - ZIP64.locatorSize), ZIP64.locatorSize);
  if (locator.length < ZIP64.locatorSize || locator.readUInt32LE(0) !== ZIP64.locator)
    throw malformed(where, 'an archive of Zip64 without its end');
  const record = source.read(Math.min(longAt(locator, 8), source.size), ZIP64.endSize);
  if (record.length < ZIP64.endSize || record.readUInt32LE(0) !== ZIP64.end)
    throw malformed(where, 'an archive of Zip64 without its end');
  return { count: longAt(record, 32), size: longAt(record, 40), offset: longAt(record, 48) };
}

function placeOf(source: Source, where: string): Place {
  const start = Math.max(0, source.size - END.size - LONGEST_COMMENT);
  const tail = source.read(start, Math.min(source.size, END.size + LONGEST_COMMENT));
  for (let at = tail.length - END.size; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END.signature || at + END.size + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const place = {
      count: tail.readUInt16LE(at + 10),
      size: tail.readUInt32LE(at + 12),
      offset: tail.readUInt32LE(at + 16),
    };
    const long = place.count === 0xffff || place.size === ELSEWHERE || place.offset === ELSEWHERE;
    return long ? longPlace(source, start + at, where) : place;
  }
  throw malformed(where, 'an archive without its end: cut off, perhaps');
}

/** The central directory. */
function directory(source: Source, where: string): { readonly bytes: Buffer; readonly count: number } {
  const { count, size, offset } = placeOf(source, where);
  if (count > LIMITS.members) throw tooLarge(where, `${count} arrays`, `at most ${LIMITS.members}`);
  if (offset + size > source.size - END.size) throw malformed(where, 'a directory that reaches beyond the archive');
  // Names are short: a larger directory is not one of a run.
  return { bytes: source.read(offset, Math.min(size, LIMITS.members * 1024)), count };
}

/** Fields whose numbers stand in an entry's extra field of Zip64, in their order. */
function lengthened(fields: readonly number[], extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== ZIP64.extra) continue;
    let next = at + 4;
    return fields.map((value) => {
      if (value !== ELSEWHERE || next + 8 > extra.length) return value;
      next += 8;
      return longAt(extra, next - 8);
    });
  }
  return [...fields];
}

function entriesOf(source: Source, where: string): DirectoryEntry[] {
  const { bytes, count } = directory(source, where);
  const entries: DirectoryEntry[] = [];
  let at = 0;
  for (let k = 0; k < count; k++) {
    if (at + ENTRY.size > bytes.length || bytes.readUInt32LE(at) !== ENTRY.signature)
      throw malformed(where, `${k} of ${count} entries in its directory`);
    const end = at + ENTRY.size + bytes.readUInt16LE(at + 28);
    const extra = bytes.subarray(end, end + bytes.readUInt16LE(at + 30));
    const [size, packed, offset] = lengthened(
      [24, 20, 42].map((field) => bytes.readUInt32LE(at + field)),
      extra,
    );
    entries.push({
      // Some programs of Windows write their own separator.
      name: bytes
        .toString('utf8', at + ENTRY.size, end)
        .replaceAll('\\', '/')
        .replace(/^(?:\.\/)+/, ''),
      encrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      packed: packed!,
      size: size!,
      offset: offset!,
    });
    at = end + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 60));

/** Refuses names that lead elsewhere, and pickles. */
function checkEntries(entries: readonly DirectoryEntry[], where: string): void {
  if (entries.some(({ name }) => name.endsWith('.pkl')))
    throw pickled(where, 'a PyTorch checkpoint, which holds a pickle');
  if (entries.some(({ name }) => name === '[Content_Types].xml' || name === 'content.xml'))
    throw new LoopproofError('malformed', {
      where,
      received: 'a workbook of a spreadsheet',
      expected: 'a run as JSON, NPZ or CSV',
      hint: 'save the sheet as CSV',
    });
  const astray = entries.find(({ name }) => name.split('/').some((level) => ['', '.', '..'].includes(level)));
  if (astray) throw malformed(where, `a member named ${shown(astray.name)}, which leads elsewhere`);
}

/** Refuses members that come twice, and more than can be held. */
export function expectHoldable(members: readonly Member[], where: string): void {
  const seen = new Set<string>();
  for (const { name } of members) {
    if (seen.has(name)) throw malformed(where, `two members named ${shown(name)}`);
    seen.add(name);
  }
  const total = members.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > LIMITS.bytes)
    throw tooLarge(where, `arrays of ${total} bytes`, `at most ${LIMITS.bytes} bytes, all of them together`);
}

function contents(source: Source, entry: DirectoryEntry, where: string): Buffer {
  const { name, method, crc, packed, size, offset } = entry;
  const at = `${where}: ${name}`;
  if (entry.encrypted) throw malformed(at, 'encrypted data');
  if (method !== STORED && method !== DEFLATED)
    throw malformed(at, `compression method ${method}, neither stored nor deflated`);
  const header = source.read(offset, LOCAL.size);
  if (header.length < LOCAL.size || header.readUInt32LE(0) !== LOCAL.signature)
    throw malformed(at, 'no member where the directory says');
  const start = offset + LOCAL.size + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (start + packed > source.size) throw malformed(at, 'a member that reaches beyond the archive');
  const raw = source.read(start, packed);
  let bytes = raw;
  if (method === DEFLATED) {
    try {
      bytes = inflateRawSync(raw, { maxOutputLength: Math.max(1, size) });
    } catch {
      throw malformed(at, `compressed data that are damaged, or larger than the declared ${size} bytes`);
    }
  }
  if (bytes.length !== size) throw malformed(at, `${bytes.length} bytes where ${size} are declared`);
  if (crc32(bytes) !== crc) throw malformed(at, 'contents that differ from their checksum');
  return bytes;
}

/**
 * The members of an archive, in its order, without folders.
 * @param where the archive's name, for errors
 * @throws LoopproofError if it is cut off or damaged, or has a name that leads elsewhere
 */
export function membersOf(source: Source, where: string): Member[] {
  const entries = entriesOf(source, where).filter(({ name }) => !name.endsWith('/') && !FOREIGN.test(name));
  checkEntries(entries, where);
  return entries.map((entry) => ({
    name: entry.name,
    bytes: Math.max(entry.size, entry.packed),
    read: () => contents(source, entry, where),
  }));
}

/** An archive of members, stored as they are, of no date: the same members give the same bytes. */
export function archiveOf(members: readonly { readonly name: string; readonly bytes: Buffer }[]): Buffer {
  const EARLIEST_DATE = 0x21;
  const body: Buffer[] = [];
  const index: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of members) {
    // From "version needed" to "extra length", local and central headers are alike.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(EARLIEST_DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.alloc(4);
    local.writeUInt32LE(LOCAL.signature);
    const entry = Buffer.alloc(6);
    entry.writeUInt32LE(ENTRY.signature);
    entry.writeUInt16LE(20, 4);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    body.push(local, common, Buffer.from(name), bytes);
    index.push(entry, common, rest, Buffer.from(name));
    offset += LOCAL.size + name.length + bytes.length;
  }
  const end = Buffer.alloc(END.size);
  end.writeUInt32LE(END.signature);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(
    index.reduce((sum, part) => sum + part.length, 0),
    12,
  );
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...body, ...index, end]);
}
