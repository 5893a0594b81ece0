/**
 * One command from its arguments to its exit code, with what is said of errors. The commands are in program.ts.
 */
import { CommanderError } from 'commander';
import { LoopproofError } from '../error.js';
import { describeError } from './errors.js';
import { programOf } from './program.js';

/** Runs a command, and leaves its exit code in the process. @param args as on the command line, the command's name first */
export async function runCommand(args: readonly string[]): Promise<void> {
  try {
    await (await programOf(args)).parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = 2;
    if (error instanceof LoopproofError) process.stderr.write(describeError(error));
    // Commander has printed its message. Help and version are no errors.
    else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      const text = error instanceof Error ? (process.env['DEBUG'] ? error.stack : error.message) : String(error);
      process.stderr.write(
        `loopproof: internal error: ${text}\n  try       again with DEBUG=1, and report the output\n`,
      );
    }
  }
}
