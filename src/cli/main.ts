#!/usr/bin/env node
/**
 * The process of the command line, and its streams. Commands are run by run.ts.
 */
import { fstatSync, writeFileSync } from 'node:fs';
import { runCommand } from './run.js';

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

await runCommand(process.argv.slice(2));
