/**
 * The process behind served.ts. It ends when its parent disconnects.
 */
import { captured } from './captured.js';

/** A command to run. */
export interface Request {
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
}

process.on('message', async ({ args, cwd, env }: Request) => {
  process.chdir(cwd);
  process.env = env;
  process.send!(await captured(args));
});

process.on('disconnect', () => process.exit());
