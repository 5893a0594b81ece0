/**
 * `loopproof verify`: claims tried on random configurations and recorded runs.
 */
import { randomInt } from 'node:crypto';
import { mutated } from '../claims/claim.js';
import { exitCode, mutantExitCode } from '../claims/verdict.js';
import { jsonReport } from '../report/json.js';
import { mutantReport, terminalReport } from '../report/terminal.js';
import { version } from '../version.js';
import { palette, writeTo } from './output.js';
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
  readonly mutants?: boolean;
}

export async function verify(ids: readonly string[], options: VerifyOptions): Promise<void> {
  const { explore, shard, json, runs, budget, workers, mutants } = options;
  const seed = explore ? randomInt(2 ** 31) : options.seed;
  const claims = claimsOf(ids).filter((_, k) => !shard || k % shard.count === shard.index - 1);
  const quiet = json === '-';
  const judged = mutants ? claims.flatMap((claim) => claim.mutants.map((mutant) => mutated(claim, mutant))) : claims;
  const what = `${mutants ? `${judged.length} mutants of ` : ''}${claims.length} claims`;
  if (!quiet) process.stdout.write(`loopproof ${version()} · ${what} · seed ${seed}\n\n`);
  const verdicts = await judgeAll(judged, what, {
    seed,
    progress: progressOn(process.stderr),
    ...(runs !== undefined && { runs }),
    ...(budget !== undefined && { budget }),
    ...(workers !== undefined && { workers }),
  });
  const header = { tool: 'loopproof', version: version(), seed } as const;
  if (mutants) {
    const named = verdicts.map((verdict, k) => ({ ...verdict, mutant: judged[k]!.mutant! }));
    if (json !== undefined) writeTo(json, jsonReport(header, named));
    if (!quiet) process.stdout.write(mutantReport(named, palette()));
    process.exitCode = mutantExitCode(verdicts);
    return;
  }
  if (json !== undefined) writeTo(json, jsonReport(header, verdicts));
  if (!quiet) process.stdout.write(terminalReport(verdicts, palette()));
  process.exitCode = exitCode(verdicts);
}
