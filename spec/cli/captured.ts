/**
 * A command run in this process, with what it writes.
 */
import { runCommand } from '#src/cli/run.js';
import type { Outcome } from './spawned.js';

/** Runs a command to its end. Commands share the process's streams: one at a time. */
export async function captured(args: readonly string[]): Promise<Outcome> {
  const said = { stdout: '', stderr: '' };
  const { stdout, stderr, exitCode } = process;
  const writers = [stdout.write, stderr.write] as const;
  const into =
    (name: keyof typeof said): typeof stdout.write =>
    (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    };
  process.exitCode = 0;
  [stdout.write, stderr.write] = [into('stdout'), into('stderr')];
  try {
    await runCommand(args);
    return { code: Number(process.exitCode), ...said };
  } finally {
    [stdout.write, stderr.write] = writers;
    process.exitCode = exitCode;
  }
}

/** Runs one function after the other, each when the one before has ended. */
export function oneByOne<Arguments extends readonly unknown[], Result>(
  act: (...given: Arguments) => Promise<Result>,
): (...given: Arguments) => Promise<Result> {
  let before: Promise<unknown> = Promise.resolve();
  return (...given) => {
    const result = before.then(() => act(...given));
    before = result.catch(() => undefined);
    return result;
  };
}
