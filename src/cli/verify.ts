/**
 * `loopproof verify`: claims tried on random configurations and recorded runs.
 */
import { randomInt } from 'node:crypto';
import { type AnyClaim, mutated } from '../claims/claim.js';
import { mutantExitCode, type Status, type Verdict } from '../claims/verdict.js';
import { LoopproofError } from '../error.js';
import { htmlReport } from '../report/html.js';
import { jsonReport } from '../report/json.js';
import { type Proofs, parseProofs } from '../report/proofs.js';
import { mutantReport, terminalReport } from '../report/terminal.js';
import { readText } from '../runs/format/file.js';
import { version } from '../version.js';
import { expositionOf } from './explain.js';
import { palette, writeTo } from './output.js';
import { judgeAll } from './pool.js';
import { type Frame, progressOn, SILENT } from './progress.js';
import { provenance } from './provenance.js';
import { type ReportOptions, reportsOf } from './reports.js';
import { claimsOf, recordedRuns } from './suite.js';

/** What to try claims on, and how long. */
export interface Trying {
  /** Seed of the random cases; the same seed gives the same verdicts with any number of workers. */
  readonly seed: number;
  /** Cases per claim; each claim's own number by default. */
  readonly runs?: number;
  /** Wall-clock seconds after which no new cases are begun; what is left is undecided. */
  readonly budget?: number;
  /** Threads; one per core by default. */
  readonly workers?: number;
}

/** Options as the command line reads them. */
export interface VerifyOptions extends ReportOptions, Trying {
  readonly explore?: boolean;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly mutants?: boolean;
  /** What `prove --json` wrote, for the HTML report. */
  readonly proofs?: string;
}

/**
 * Tries claims on random configurations and on the recorded runs that are shipped.
 * @param ids as `loopproof list` names them; all for none
 * @returns their verdicts, in the ledger's order
 * @throws LoopproofError for an unknown identifier
 */
export async function verifyClaims(ids: readonly string[], trying: Trying): Promise<Verdict[]> {
  return judgeAll(claimsOf(ids), 'claims', { ...trying, progress: SILENT });
}

/** What is printed at once: a claim that is refuted, a mutant that is not. */
export function announcement({ statement: { id }, mutant }: AnyClaim, status: Status, reason = ''): Frame | undefined {
  if (mutant === undefined)
    return status === 'refuted' ? ({ palette: { red } }) => [`${red('refuted')}  ${id}: ${reason}`] : undefined;
  return status === 'holds' ? ({ palette: { red } }) => [`${red('missed')}  ${id}: ${mutant}`] : undefined;
}

/** The proofs that the HTML report is to show. @throws LoopproofError if there is no such report, or they are none */
function proofsOf({ html, proofs }: VerifyOptions): Proofs | undefined {
  if (proofs === undefined) return undefined;
  if (html === undefined)
    throw new LoopproofError('usage', {
      where: 'verify: --proofs',
      received: `${proofs}, and no HTML report to show it in`,
      expected: '--html FILE as well',
      hint: 'leave --proofs out, or add --html report.html',
    });
  return parseProofs(readText(proofs, 'what prove wrote with --json'), proofs);
}

export async function verify(ids: readonly string[], options: VerifyOptions): Promise<void> {
  const { explore, shard, json, runs, budget, workers, mutants } = options;
  const { talks, publish } = reportsOf('verify', options);
  const proofs = proofsOf(options);
  const seed = explore ? randomInt(2 ** 31) : options.seed;
  const claims = claimsOf(ids).filter((_, k) => !shard || k % shard.count === shard.index - 1);
  const judged = mutants ? claims.flatMap((claim) => claim.mutants.map((mutant) => mutated(claim, mutant))) : claims;
  const what = `${mutants ? `${judged.length} mutants of ` : ''}${claims.length} claims`;
  if (talks) process.stdout.write(`loopproof ${version()} · ${what} · seed ${seed}\n\n`);
  const progress = progressOn(process.stderr);
  const verdicts = await judgeAll(judged, what, {
    seed,
    progress,
    decided(claim, status, reason) {
      const line = announcement(claim, status, reason);
      if (line) progress.say(line);
    },
    ...(runs !== undefined && { runs }),
    ...(budget !== undefined && { budget }),
    ...(workers !== undefined && { workers }),
  });
  const header = { tool: 'loopproof', version: version(), seed } as const;
  if (mutants) {
    const named = verdicts.map((verdict, k) => ({ ...verdict, mutant: judged[k]!.mutant! }));
    if (json !== undefined) writeTo(json, jsonReport(header, named));
    if (talks) process.stdout.write(mutantReport(named, palette()));
    process.exitCode = mutantExitCode(verdicts);
    return;
  }
  process.exitCode = publish({
    findings: verdicts,
    json: (findings) => jsonReport(header, findings),
    text: terminalReport,
    html: (findings) =>
      htmlReport({
        command: 'verify',
        provenance: provenance(seed),
        verdicts: findings,
        expositions: findings.map(({ id }) => expositionOf(id)),
        runs: recordedRuns(claims),
        proofs,
      }),
  });
}
