/**
 * The command line, spawned.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The compiled command. */
export const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** What a command came to. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `loopproof` to its end. It does not take itself to be in GitHub Actions, even where these tests are. */
export function run(
  args: readonly string[],
  input = '',
  env: NodeJS.ProcessEnv = {},
  cwd: string = process.cwd(),
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { ...process.env, GITHUB_ACTIONS: '', ...env }, cwd, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin!.end(input);
  });
}
