/**
 * The command line, spawned.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** The compiled command. */
export const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** How a command ended. */
export interface Outcome {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface Command {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** What it has written so far. */
  readonly said: { stdout: string; stderr: string };
  readonly ended: Promise<Outcome>;
}

/** How a command is called. */
export interface Call {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly detached?: boolean;
  /** Its standard input; empty by default. */
  readonly input?: string;
}

/** The environment of a command. It does not take itself to be in GitHub Actions, even where these tests are. */
export const environmentOf = (own: NodeJS.ProcessEnv | undefined): NodeJS.ProcessEnv => ({
  ...process.env,
  GITHUB_ACTIONS: '',
  ...own,
});

/** Begins a command. */
export function begin(command: string, args: readonly string[], { input = '', env, ...options }: Call = {}): Command {
  const child = spawn(command, args, {
    ...options,
    env: environmentOf(env),
    stdio: 'pipe',
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      said[name] += chunk;
    });
  // A command that reads none may end before its input does.
  child.stdin.on('error', () => undefined).end(input);
  const ended = new Promise<Outcome>((resolve) => child.on('close', (code) => resolve({ code, ...said })));
  return { child, said, ended };
}

/** Runs `loopproof` to its end. */
export function run(args: readonly string[], call: Call = {}): Promise<Outcome> {
  return begin(process.execPath, [MAIN, ...args], call).ended;
}

/** What is asked of a way to run `loopproof`. */
export function asking<Rest extends readonly unknown[]>(
  runner: (args: readonly string[], ...rest: Rest) => Promise<Outcome>,
) {
  return {
    /** Runs a `loopproof` that refuses: exit code 2, and nothing on standard output. @returns its error */
    async refused(args: readonly string[], ...rest: Rest): Promise<string> {
      const { code, stdout, stderr } = await runner(args, ...rest);
      expect([code, stdout], stderr).toEqual([2, '']);
      return stderr;
    },
    /** Runs a `loopproof` that succeeds. @returns its standard output */
    async printed(args: readonly string[], ...rest: Rest): Promise<string> {
      const { code, stdout, stderr } = await runner(args, ...rest);
      expect(code, stderr).toBe(0);
      return stdout;
    },
  };
}

export const { refused, printed } = asking(run);
