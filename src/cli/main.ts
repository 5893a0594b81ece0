#!/usr/bin/env node
/**
 * The command line: its streams, its errors and its exit code. The commands are in program.ts.
 */
import { fstatSync, writeFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { LoopproofError } from '../error.js';
import { describeError } from './errors.js';
import { programOf } from './program.js';

// Node takes a file for written even when the disk had room for a part of it only.
if (fstatSync(process.stdout.fd).isFile())
  process.stdout._write = (chunk, _, done) => {
    try {
      writeFileSync(process.stdout.fd, chunk);
      done();
    } catch (error) {
      done(error as Error);
    }
  };

// A reader that closes the pipe early (| head) has what it wants. Any other failure to write is an error with exit code 2.
process.stdout.once('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`loopproof: standard output\n  ${error.message}\n`);
  process.once('exit', () => {
    process.exitCode = 2;
  });
});
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

try {
  await (await programOf(process.argv.slice(2))).parseAsync();
} catch (error) {
  process.exitCode = 2;
  if (error instanceof LoopproofError) process.stderr.write(describeError(error));
  // Commander has printed its message. Help and version are no errors.
  else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const text = error instanceof Error ? (process.env['DEBUG'] ? error.stack : error.message) : String(error);
    process.stderr.write(`loopproof: internal error: ${text}\n  try       again with DEBUG=1, and report the output\n`);
  }
}
