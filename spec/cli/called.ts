/**
 * The command line, called: as spawned.ts runs it, without a process of its own. Modules are loaded once, so that a call takes as
 * long as its work. A folder or an environment of its own is for served.ts; standard input, signals and memory between commands are
 * for spawned.ts.
 */
import { captured, oneByOne } from './captured.js';
import { asking } from './spawned.js';

// It does not take itself to be in GitHub Actions, even where these tests are.
process.env['GITHUB_ACTIONS'] = '';

/** Runs `loopproof` to its end. */
export const run = oneByOne(captured);

export const { refused, printed } = asking(run);
