/**
 * Output of commands: streams, files and folders.
 */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import pc from 'picocolors';
import { unwritable } from '../error.js';
import type { Palette } from '../report/terminal.js';
import { expectWritable, writeWhole } from '../runs/format/write.js';

/** Colours for a stream: none unless it is a terminal, and none where NO_COLOR is set. */
export function palette(stream: Pick<NodeJS.WriteStream, 'isTTY'> = process.stdout): Palette {
  return pc.createColors(stream.isTTY === true && !process.env['NO_COLOR']);
}

/** A duration for people. */
export function spoken(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const { stdout, stderr } = process;
let toStdout = (text: string | Uint8Array): boolean => stdout.write(text);

/** Writes to standard output, which is the command's own. */
export function print(text: string | Uint8Array): void {
  toStdout(text);
}

/**
 * Keeps standard output and the exit code for the command, once modules of users are loaded: what they print goes to standard error,
 * and they end no process.
 */
export function keepToCommand(): void {
  toStdout = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  const exit = process.exit.bind(process);
  process.exit = (code): never => {
    throw new Error(`a suite called process.exit(${code ?? ''})`);
  };
  // In a thread, the error ends the task that it works on.
  if (isMainThread)
    process.on('uncaughtException', (error) => {
      stderr.write(`loopproof: a suite failed\n${error instanceof Error ? error.stack : String(error)}\n`);
      exit(2);
    });
}

/** Writes text to a file, or to standard output for `-`. */
export function writeTo(file: string, text: string | Buffer): void {
  if (file === '-') print(text);
  else writeWhole(file, text);
}

/** Refuses files that `writeTo` could not write, before any work. @throws LoopproofError */
export function expectPlaces(...files: readonly (string | undefined)[]): void {
  for (const file of files) if (file !== undefined && file !== '-') expectWritable(file);
}

/** Makes a folder and its parents. Node's own way never ends where a file system refuses folders, as /proc does. */
function makeFolders(folder: string): void {
  const exists = (): boolean => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (exists()) return;
  if (dirname(folder) !== folder) makeFolders(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!exists()) throw error;
  }
}

/** Makes the folder for a command's files. @param option that names it @throws LoopproofError if it cannot be made or written */
export function makeFolder(folder: string, option: '--out' | '--tracking' | '--curves' | '--export' | 'folder'): void {
  try {
    makeFolders(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(
      `${option} ${folder}`,
      error,
      'a writable folder; loopproof creates it if needed',
      option === 'folder' ? 'name another folder' : `name another folder with ${option}`,
    );
  }
}
