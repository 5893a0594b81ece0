/**
 * `loopproof verify`: claims tried on random configurations and recorded runs.
 */
import { randomInt } from 'node:crypto';
import { type AnyClaim, mutated } from '../claims/claim.js';
import { mutantExitCode, type Status, type Verdict } from '../claims/verdict.js';
import { jsonReport } from '../report/json.js';
import { parseProofs } from '../report/proofs.js';
import { mutantReport, terminalReport } from '../report/terminal.js';
import { readText } from '../runs/format/file.js';
import { version } from '../version.js';
import { counted } from '../words.js';
import { expositionOf } from './explain.js';
import { commandLedger, type Ledger, recordedRuns } from './ledger.js';
import { DURATION, defineCommand, FILE, integer, SHARE, seed, shareOf, suiteOptions, workers } from './options.js';
import { palette, print, writeTo } from './output.js';
import { judgeAll, type Trying } from './pool.js';
import { type Frame, progressOn, SILENT } from './progress.js';
import { provenance } from './provenance.js';
import { htmlOption, REPORTS, reportOptions, reportsOf } from './reports.js';

/**
 * Tries claims on random configurations and on the files that they list, on several threads.
 * @param ids as `loopproof list` names them; all for none
 * @returns their verdicts, in the ledger's order
 * @throws LoopproofError for an unknown identifier
 */
export async function verifyClaims(ledger: Ledger, ids: readonly string[], trying: Trying): Promise<Verdict[]> {
  return judgeAll(ledger, ledger.claimsOf(ids), 'claims', { ...trying, progress: SILENT });
}

/** The line that is printed at once for a verdict that should not be: a refuted claim, or a mutant that holds. */
export function announcement({ statement: { id }, mutant }: AnyClaim, status: Status, reason = ''): Frame | undefined {
  if (mutant === undefined)
    return status === 'refuted' ? ({ palette: { red } }) => [`${red('refuted')}  ${id}: ${reason}`] : undefined;
  return status === 'holds' ? ({ palette: { red } }) => [`${red('missed')}  ${id}: ${mutant}`] : undefined;
}

export default defineCommand({
  description:
    'Tests claims (default: all) on random networks and on the recorded runs of the package.\n\nWithout claims on the command line, loopproof.config.json names them, if there is one.',
  argument: { name: 'claims', many: true, about: 'identifiers, as `loopproof list` prints them (default: all)' },
  options: {
    runs: { type: integer(1, 10_000_000), about: 'cases per claim, in place of each claim’s own number' },
    seed: seed('seed of the random cases'),
    explore: { callOnly: true, about: 'draw a new seed and print it' },
    budget: { type: DURATION, about: 'end after this time, e.g. 60s; unfinished claims are undecided' },
    shard: { type: SHARE, callOnly: true, about: 'test only the i-th of n shares of the claims' },
    workers,
    mutants: {
      about: 'judge the faulty implementations of each claim instead: each must be refuted',
      callOnly: true,
      conflicts: ['junit', 'sarif', 'markdown', 'html', 'baseline'],
    },
    ...suiteOptions,
    ...reportOptions,
    ...htmlOption,
    proofs: { type: FILE, needs: 'html', group: REPORTS, about: 'a report of prove --json, for the HTML page' },
  },
  examples: [
    'verify --json verdicts.json',
    'verify learning-closes-on-gram --mutants',
    'verify --explore --budget 2m',
    'verify --html report.html --proofs proofs.json',
    'verify --suite my-theory.mjs --only-suite',
  ],
  configurable: true,
  async run(options, ids) {
    const { explore, shard, json, mutants, proofs } = options;
    const { talks, publish } = reportsOf('verify', options);
    const proved = proofs === undefined ? undefined : parseProofs(readText(proofs, 'a report of prove --json'), proofs);
    const seed = explore ? randomInt(2 ** 31) : options.seed;
    const ledger = await commandLedger(options, {
      claims: ids.length > 0 ? ids : undefined,
      derivations: options.html !== undefined,
    });
    const claims = shareOf(ledger.claimsOf(ids), shard);
    const judged = mutants ? claims.flatMap((claim) => claim.mutants.map((mutant) => mutated(claim, mutant))) : claims;
    const what = `${mutants ? `${counted(judged.length, 'mutant')} of ` : ''}${counted(claims.length, 'claim')}`;
    if (talks) print(`loopproof ${version()} · ${what} · seed ${seed}\n\n`);
    const progress = progressOn(process.stderr);
    const verdicts = await judgeAll(ledger, judged, what, {
      ...options,
      seed,
      progress,
      decided(claim, status, reason) {
        const line = announcement(claim, status, reason);
        if (line) progress.say(line);
      },
    });
    const header = { tool: 'loopproof', version: version(), seed } as const;
    if (mutants) {
      const named = verdicts.map((verdict, k) => ({ ...verdict, mutant: judged[k]!.mutant! }));
      if (json !== undefined) writeTo(json, jsonReport(header, named));
      if (talks) print(mutantReport(named, palette()));
      process.exitCode = mutantExitCode(verdicts);
      return;
    }
    process.exitCode = await publish({
      findings: verdicts,
      json: (findings) => jsonReport(header, findings),
      text: terminalReport,
      html: async (findings) =>
        (await import('../report/html.js')).htmlReport({
          command: 'verify',
          provenance: provenance(seed),
          verdicts: findings,
          expositions: findings.map(({ id }) => expositionOf(ledger, id)),
          runs: recordedRuns(claims),
          proofs: proved,
        }),
    });
  },
});
