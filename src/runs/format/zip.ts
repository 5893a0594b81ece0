/**
 * ZIP archives, read member by member and written. Own code, because the packages at hand hold a whole archive in memory and
 * check neither checksums nor duplicates; node:zlib inflates. Zip64 is left out: what needs it is beyond the limits.
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

/** One file of an archive. */
export interface Member {
  readonly name: string;
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
/** Names of members: levels of words, nothing that leads out of a folder. */
const NAME = /^\w[\w-]*(\/\w[\w-]*)*\.\w+$/;

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
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** The central directory, and how many entries it claims. */
function directory(source: Source, where: string): { readonly bytes: Buffer; readonly count: number } {
  const tail = source.read(
    Math.max(0, source.size - END.size - LONGEST_COMMENT),
    Math.min(source.size, END.size + LONGEST_COMMENT),
  );
  for (let at = tail.length - END.size; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END.signature || at + END.size + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const count = tail.readUInt16LE(at + 10);
    const [size, offset] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
    if (offset === 0xffffffff) throw tooLarge(where, 'an archive of 4 GiB or more', `at most ${LIMITS.bytes} bytes`);
    if (count > LIMITS.members) throw tooLarge(where, `${count} arrays`, `at most ${LIMITS.members}`);
    if (offset + size > source.size - END.size) throw malformed(where, 'a directory that reaches beyond the archive');
    // Names are short: a larger directory is not one of a run.
    return { bytes: source.read(offset, Math.min(size, LIMITS.members * 1024)), count };
  }
  throw malformed(where, 'an archive without its end: cut off, perhaps');
}

function entriesOf(source: Source, where: string): DirectoryEntry[] {
  const { bytes, count } = directory(source, where);
  const entries: DirectoryEntry[] = [];
  let at = 0;
  for (let k = 0; k < count; k++) {
    if (at + ENTRY.size > bytes.length || bytes.readUInt32LE(at) !== ENTRY.signature)
      throw malformed(where, `${k} of ${count} entries in its directory`);
    const end = at + ENTRY.size + bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + ENTRY.size, end);
    entries.push({
      name,
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      packed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      offset: bytes.readUInt32LE(at + 42),
    });
    at = end + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

/** Refuses names that lead elsewhere or come twice, methods that are not known, and more than can be held. */
function checkEntries(entries: readonly DirectoryEntry[], where: string): void {
  if (entries.some(({ name }) => name.endsWith('.pkl')))
    throw pickled(where, 'a PyTorch checkpoint, which holds a pickle');
  const seen = new Set<string>();
  for (const { name, method } of entries) {
    const shown = JSON.stringify(name.slice(0, 60));
    if (!NAME.test(name)) throw malformed(where, `a member named ${shown}: levels are words, with / between them`);
    if (seen.has(name)) throw malformed(where, `two members named ${shown}`);
    if (method !== STORED && method !== DEFLATED)
      throw malformed(`${where}: ${name}`, `compression method ${method}, neither stored nor deflated`);
    seen.add(name);
  }
  const total = entries.reduce((sum, { size, packed }) => sum + Math.max(size, packed), 0);
  if (total > LIMITS.bytes)
    throw tooLarge(where, `arrays of ${total} bytes`, `at most ${LIMITS.bytes} bytes, all of them together`);
}

function contents(source: Source, { name, method, crc, packed, size, offset }: DirectoryEntry, where: string): Buffer {
  const at = `${where}: ${name}`;
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
 * The members of an archive, in its order. Names and the sum of the declared sizes are checked before anything is inflated.
 * @param where the archive's name, for errors
 * @throws LoopproofError if it is cut off, damaged or too large, or has a name that leads elsewhere or comes twice
 */
export function membersOf(source: Source, where: string): Member[] {
  const entries = entriesOf(source, where);
  checkEntries(entries, where);
  return entries.map((entry) => ({ name: entry.name, read: () => contents(source, entry, where) }));
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
