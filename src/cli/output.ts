/**
 * What all commands share: where output goes, how flags are read, how errors end.
 */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { LoopproofError } from '../error.js';
import { LIMITS } from '../limits.js';
import type { Palette } from '../report/terminal.js';
import { printable } from '../report/width.js';
import { type Columns, TABLE_CURVES } from '../runs/format/csv.js';
import { expectWritable, writeWhole } from '../runs/format/write.js';

/** Colours on a terminal only, and never where NO_COLOR is set. @param stream that they are for */
export function palette(stream: Pick<NodeJS.WriteStream, 'isTTY'> = process.stdout): Palette {
  return pc.createColors(stream.isTTY === true && !process.env['NO_COLOR']);
}

/** Seconds as people say them. */
export function spoken(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Writes text to a file, or to standard output for `-`. */
export function writeTo(file: string, text: string | Buffer): void {
  if (file === '-') process.stdout.write(text);
  else writeWhole(file, text);
}

/** Refuses files that `writeTo` could not write, before any work is done. @throws LoopproofError */
export function expectPlaces(...files: readonly (string | undefined)[]): void {
  for (const file of files) if (file !== undefined && file !== '-') expectWritable(file);
}

/** Makes a folder and those above it. Where a file system takes none, as /proc, Node's own way would try for ever. */
function makeFolders(folder: string): void {
  const exists = (): boolean => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (exists()) return;
  if (dirname(folder) !== folder) makeFolders(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have been quicker.
    if (!exists()) throw error;
  }
}

/** Makes the folder that files go to. @param option that names it @throws LoopproofError if it cannot be made, or written to */
export function makeFolder(folder: string, option: '--out' | '--tracking' | '--curves'): void {
  try {
    makeFolders(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new LoopproofError('unwritable', {
      where: `${option} ${folder}`,
      received: error instanceof Error ? error.message : String(error),
      expected: 'a folder that can be written, which is made where there is none',
      hint: `name another folder with ${option}`,
    });
  }
}

/** An option parser for integers. */
export function integer(min: number, max = 2 ** 31 - 1): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`expected an integer from ${min} to ${max}.`);
    return value;
  };
}

/** An option parser for numbers of a size that squares and products survive. */
export function real(min = -LIMITS.magnitude): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= LIMITS.magnitude))
      throw new InvalidArgumentError(`expected a number from ${min} to ${LIMITS.magnitude}.`);
    return value;
  };
}

/** An option parser for durations: 90, 90s, 2m. In seconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|)$/.exec(text);
  const seconds = match ? Number(match[1]) * (match[2] === 'm' ? 60 : 1) : 0;
  if (!(seconds > 0)) throw new InvalidArgumentError('expected a duration such as 60s or 2m.');
  return seconds;
}

/** An option parser for shares of work: 2/3 is the second of three. */
export function shard(text: string): { readonly index: number; readonly count: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || index < 1 || index > count) throw new InvalidArgumentError('expected a share such as 1/3.');
  return { index, count };
}

/** An option parser for columns of a table: loss=train_loss,zm=a. */
export function columnsOption(text: string): Columns {
  const pairs = text.split(',').map((pair) => /^([^=]*)=(.+)$/.exec(pair) ?? []);
  if (!pairs.every(([, curve = '']) => TABLE_CURVES.some((known) => known === curve)))
    throw new InvalidArgumentError(`expected pairs such as loss=NAME, of ${TABLE_CURVES.join(', ')}.`);
  return Object.fromEntries(pairs.map(([, curve, column]) => [curve, column]));
}

/** An error as people read it. */
export function describeError({ details: { where, received, expected, hint } }: LoopproofError): string {
  return `loopproof: ${printable(where)}\n  received  ${printable(received)}\n  expected  ${expected}\n  try       ${hint}\n`;
}

/** A refusal of how the command was called. */
export function usage(where: string, received: string, expected: string, hint: string): LoopproofError {
  return new LoopproofError('usage', { where, received, expected, hint });
}
