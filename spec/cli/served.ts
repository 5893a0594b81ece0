/**
 * The command line, served: one process runs the commands of a file of tests, each in its folder and environment. Modules are loaded
 * once, as by called.ts. Standard input, signals and memory between commands are for spawned.ts.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { oneByOne } from './captured.js';
import type { Request } from './server.js';
import { asking, type Call, environmentOf, type Outcome } from './spawned.js';

let server: ChildProcess | undefined;

afterAll(async () => {
  if (!server) return;
  const ended = once(server, 'exit');
  server.disconnect();
  await ended;
});

/** Runs `loopproof` to its end. */
export const run = oneByOne(
  async (args: readonly string[], { cwd = process.cwd(), env }: Pick<Call, 'cwd' | 'env'> = {}): Promise<Outcome> => {
    server ??= fork(fileURLToPath(new URL('server.js', import.meta.url)), { execArgv: [] });
    const request: Request = { args, cwd, env: environmentOf(env) };
    server.send(request);
    const [outcome] = await once(server, 'message');
    return outcome;
  },
);

export const { refused, printed } = asking(run);
