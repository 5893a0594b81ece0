/**
 * `loopproof prove`: proves every identity by independent kernels and every decision with Z3.
 */
import { type Status, summarise } from '../claims/verdict.js';
import { explanation } from '../report/finding.js';
import { table } from '../report/table.js';
import type { Palette } from '../report/terminal.js';
import { version } from '../version.js';
import { numbersAsJson } from '../words.js';
import { closeZ3, type Derivation, derivationsOf, mutate, openZ3, type Proof, prove } from './derivations.js';
import { defineCommand } from './options.js';
import { type Progress, progressOn, SILENT, showStep } from './progress.js';
import { reportOptions, reportsOf } from './reports.js';

/** A proof, with its status in the baseline. */
type ReportedProof = Proof & { readonly baseline?: Status };

/** How many identities each kernel proves. */
function provedBy({ identities }: Proof): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kernel, holds } of identities.flatMap(({ kernels }) => kernels))
    counts[kernel] = (counts[kernel] ?? 0) + (holds ? 1 : 0);
  return counts;
}

function kernelSummary(proof: Proof): string {
  const { identities, decisions } = proof;
  const decided = decisions.filter(({ status }) => status === 'holds').length;
  return [
    ...Object.entries(provedBy(proof)).map(([kernel, proved]) => `${kernel} ${proved}/${identities.length}`),
    ...(decisions.length > 0 ? [`z3 ${decided}/${decisions.length}`] : []),
  ].join(', ');
}

function effort({ identities }: Proof): string {
  const totals = new Map<string, number>();
  for (const { kernels } of identities)
    for (const { effort, unit } of kernels) totals.set(unit, (totals.get(unit) ?? 0) + effort);
  return [...totals].map(([unit, total]) => `${total} ${unit}`).join(', ');
}

function jsonOf(proofs: readonly ReportedProof[]): string {
  const claims = proofs.map((proof) => {
    const { id, status, reason, baseline, identities, decisions, ms } = proof;
    const cases = identities.length + decisions.length;
    const kernels = provedBy(proof);
    return { id, kind: 'derivation', status, reason, baseline, cases, kernels, identities, decisions, ms };
  });
  const report = { tool: 'loopproof', version: version(), claims, summary: summarise(proofs) };
  const entry = (key: string, value: unknown): unknown =>
    key === 'ms' ? Math.round(value as number) : numbersAsJson(key, value);
  return `${JSON.stringify(report, entry, 2)}\n`;
}

/** Works on one derivation after another, with progress. @param z3 whether to use Z3, if it is installed */
async function withEach<T>(
  ids: readonly string[],
  z3: boolean,
  what: string,
  progress: Progress,
  work: (derivation: Derivation, solver: Awaited<ReturnType<typeof openZ3>>) => Promise<T>,
): Promise<T[]> {
  const derivations = derivationsOf(ids);
  const solver = z3 ? await openZ3() : undefined;
  const results: T[] = [];
  for (const derivation of derivations) {
    showStep(progress, `${what} ${results.length + 1} of ${derivations.length}: ${derivation.statement.id}`);
    results.push(await work(derivation, solver));
  }
  if (solver) closeZ3(solver);
  progress.clear();
  return results;
}

/** Tests mutants of every identity on every kernel, and mutants of every decision on Z3. */
async function proveMutants(ids: readonly string[], z3: boolean): Promise<void> {
  const reports = await withEach(ids, z3, 'testing mutants of derivation', progressOn(process.stderr), mutate);
  const counts = reports.map(({ mutants, refuted, equivalent, missed }) => [
    mutants,
    refuted,
    equivalent,
    missed.length,
  ]);
  const totals = [0, 1, 2, 3].map((k) => counts.reduce((sum, row) => sum + row[k]!, 0));
  const rows = [...counts, totals].map((row, k) => [reports[k]?.id ?? 'all', ...row.map(String)]);
  const head = ['derivation', 'mutants', 'refuted', 'equal to the original', 'missed'];
  process.stdout.write(`${table([head, ...rows])}\n`);
  const missed = reports.flatMap((report) => report.missed);
  for (const name of missed) process.stdout.write(`missed: ${name}\n`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

function textOf(proofs: readonly ReportedProof[], colours: Palette): string {
  const paint = { holds: colours.green, refuted: colours.red, undecided: colours.yellow };
  const rows = proofs.map((proof) => [
    proof.status,
    proof.id,
    kernelSummary(proof),
    effort(proof),
    `${Math.round(proof.ms)} ms`,
  ]);
  const text = table(rows, (cell, row, column) => (column === 0 ? paint[proofs[row]!.status](cell) : cell));
  const notes = proofs.flatMap((proof) =>
    proof.status === 'holds'
      ? []
      : [`${paint[proof.status](proof.status)} ${proof.id}: ${explanation(proof).join('; ')}`],
  );
  return `${[text, ...notes].join('\n')}\n`;
}

/**
 * Proves the identities behind claims by every kernel, and decides universal statements by Z3.
 * @param ids as `loopproof list` prints them; none stands for all
 * @param z3 whether to use Z3, if it is installed; without it the decisions are undecided
 * @throws LoopproofError for an unknown identifier
 */
export async function proveClaims(ids: readonly string[], z3 = true, progress: Progress = SILENT): Promise<Proof[]> {
  return withEach(ids, z3, 'proving', progress, prove);
}

export default defineCommand({
  description: `Proves the identities behind the formulas by independent kernels, and decides universal statements with Z3.

Without claims on the command line, loopproof.config.json names them, if there is one.`,
  argument: { name: 'claims', many: true, about: 'identifiers, as `loopproof list` prints them (default: all)' },
  options: {
    z3: { off: 'do not use Z3: the statements that it decides stay undecided', default: true },
    mutants: { callOnly: true, about: 'test faulty identities and decisions instead: each must be refuted' },
    ...reportOptions,
  },
  examples: ['prove', 'prove stability-region-is-exact --json -', 'prove --mutants'],
  configurable: true,
  async run(options, ids) {
    if (options.mutants) return proveMutants(ids, options.z3);
    const { publish } = reportsOf('prove', options);
    const findings: readonly ReportedProof[] = await proveClaims(ids, options.z3, progressOn(process.stderr));
    process.exitCode = publish({ findings, json: jsonOf, text: textOf });
  },
});
