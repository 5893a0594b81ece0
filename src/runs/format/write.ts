/**
 * Writing files whole or not at all, in the format that their names ask for.
 */

import { accessSync, constants, realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { unwritable } from '../../error.js';
import { archiveOfTree } from './npz.js';

/** The file that links lead to, what is there, and whether it is written to directly, as a pipe or a device is. */
function placeOf(file: string): {
  readonly target: string;
  readonly existing: Stats | undefined;
  readonly direct: boolean;
} {
  const existing = statSync(file, { throwIfNoEntry: false });
  if (existing?.isDirectory()) throw new Error('EISDIR: the name of a folder');
  return { target: existing ? realpathSync(file) : file, existing, direct: existing?.isFile() === false };
}

/**
 * Refuses a file that `writeWhole` could not write, as far as can be told before there is anything to write: work whose result has no
 * place is not begun.
 * @throws LoopproofError
 */
export function expectWritable(file: string): void {
  try {
    const { target, direct } = placeOf(file);
    accessSync(direct ? target : dirname(target), constants.W_OK);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/**
 * Writes a file under another name first and renames it: a reader never sees half of it, and a failure leaves the old one.
 * Links are followed, the file keeps its mode; what is no regular file (a pipe, a device) is written to directly. A process that is
 * killed meanwhile leaves `FILE.PID.draft`, which nothing reads.
 * @throws LoopproofError if it cannot be written, whole.
 */
export function writeWhole(file: string, text: string | Buffer): void {
  let draft: string | undefined;
  try {
    const { target, existing, direct } = placeOf(file);
    if (direct) {
      writeFileSync(file, text);
      return;
    }
    draft = `${target}.${process.pid}.draft`;
    writeFileSync(draft, text, { flush: true, ...(existing && { mode: existing.mode }) });
    renameSync(draft, target);
  } catch (error) {
    if (draft !== undefined) rmSync(draft, { force: true });
    throw unwritable(file, error);
  }
}

/** The text of a run in the format that a file's name asks for: `.npz`, or JSON, compressed for `.gz`. */
export function encoded(text: string, file: string): string | Buffer {
  if (file.endsWith('.npz')) return archiveOfTree(JSON.parse(text) as object);
  return file.endsWith('.gz') ? gzipSync(text) : text;
}
