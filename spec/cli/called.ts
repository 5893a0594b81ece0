/**
 * The command line, called: as spawned.ts runs it, without a process of its own. Modules are loaded once, so that a call takes as
 * long as its work. What a process has of its own (standard input, environment, signals, memory between commands) is for spawned.ts.
 */
import { runCommand } from '#src/cli/run.js';
import { asking, type Outcome } from './spawned.js';

// It does not take itself to be in GitHub Actions, even where these tests are.
process.env['GITHUB_ACTIONS'] = '';

/** The call before: calls share standard output, so that each waits for its turn. */
let before: Promise<unknown> = Promise.resolve();

async function called(args: readonly string[]): Promise<Outcome> {
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

/** Runs `loopproof` to its end. */
export function run(args: readonly string[]): Promise<Outcome> {
  const outcome = before.then(() => called(args));
  before = outcome.catch(() => undefined);
  return outcome;
}

export const { refused, printed } = asking(run);
