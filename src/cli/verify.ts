/**
 * `loopproof verify`: claims tried on random configurations and recorded runs.
 */
import { randomInt } from 'node:crypto';
import { exitCode } from '../claims/verdict.js';
import { jsonReport } from '../report/json.js';
import { terminalReport } from '../report/terminal.js';
import { palette, version, writeTo } from './output.js';
import { judgeAll } from './pool.js';
import { progressOn } from './progress.js';
import { claimsOf } from './suite.js';

/** Options as the command line reads them. */
export interface VerifyOptions {
  readonly seed: number;
  readonly runs?: number;
  readonly explore?: boolean;
  readonly budget?: number;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly workers?: number;
  readonly json?: string;
}

export async function verify(ids: readonly string[], options: VerifyOptions): Promise<void> {
  const { explore, shard, json, runs, budget, workers } = options;
  const seed = explore ? randomInt(2 ** 31) : options.seed;
  const claims = claimsOf(ids).filter((_, k) => !shard || k % shard.count === shard.index - 1);
  const quiet = json === '-';
  if (!quiet) process.stdout.write(`loopproof ${version()} · ${claims.length} claims · seed ${seed}\n\n`);
  const verdicts = await judgeAll(claims, {
    seed,
    progress: progressOn(process.stderr),
    ...(runs !== undefined && { runs }),
    ...(budget !== undefined && { budget }),
    ...(workers !== undefined && { workers }),
  });
  if (json !== undefined) writeTo(json, jsonReport({ tool: 'loopproof', version: version(), seed }, verdicts));
  if (!quiet) process.stdout.write(terminalReport(verdicts, palette()));
  process.exitCode = exitCode(verdicts);
}
