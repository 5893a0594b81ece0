/**
 * Files as bytes that can be read in any order, and the errors of those that cannot be read.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { LoopproofError } from '../../error.js';
import { LIMITS } from '../../limits.js';
import type { Source } from './zip.js';

export const FORMATS = 'a run as JSON (or .json.gz), NPZ or CSV, or the folder of a stream';

/** The error for a file. @param hint what to try @param format what was expected, unless it is too large */
export function refusal(
  code: 'unreadable' | 'too-large' | 'malformed',
  where: string,
  received: string,
  hint: string,
  format = FORMATS,
): LoopproofError {
  const expected = code === 'too-large' ? `at most ${LIMITS.bytes} bytes` : format;
  return new LoopproofError(code, { where, received, expected, hint });
}

/** Opens a file, and closes it after use. @throws LoopproofError if it is no file that can be read */
export function withSource<T>(file: string, use: (source: Source) => T): T {
  let descriptor: number | undefined;
  try {
    // Only a regular file may be opened: a pipe would wait for its writer.
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats) throw refusal('unreadable', file, 'no such file', 'check the path');
    if (stats.isDirectory())
      throw refusal('unreadable', file, 'a directory, and no stream: it has no run.json', 'name the files in it');
    if (!stats.isFile()) throw refusal('unreadable', file, 'no regular file', 'save it to a file first');
    const opened = openSync(file, 'r');
    descriptor = opened;
    const read = (offset: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(opened, bytes, 0, length, offset));
    };
    return use({ size: fstatSync(opened).size, read });
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw refusal('unreadable', file, error.message, 'check the path and its permissions');
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The error for too many bytes. */
export const tooLarge = (where: string, received: string): LoopproofError =>
  refusal('too-large', where, received, 'record fewer epochs, or leave out the Gram matrices');

/** The bytes of a file that is read whole. */
export function allOf(source: Source, where: string): Buffer {
  if (source.size > LIMITS.bytes) throw tooLarge(where, `${source.size} bytes`);
  return source.read(0, source.size);
}
