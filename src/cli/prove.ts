/**
 * `loopproof prove`: the symbolic side, every identity by independent kernels, every decision by Z3.
 */
import type { Status } from '../claims/verdict.js';
import { explanation } from '../report/finding.js';
import { finiteOrText } from '../report/json.js';
import { table } from '../report/table.js';
import type { Palette } from '../report/terminal.js';
import { version } from '../version.js';
import {
  closeZ3,
  type Derivation,
  derivationsOf,
  type MutationReport,
  mutate,
  openZ3,
  type Proof,
  prove,
} from './derivations.js';
import { spoken } from './output.js';
import { type Progress, progressOn, SILENT } from './progress.js';
import { type ReportOptions, reportsOf } from './reports.js';

/** Options as the command line reads them. */
export interface ProveOptions extends ReportOptions {
  readonly mutants?: boolean;
  /** Commander's negated option: false for --no-z3. */
  readonly z3: boolean;
}

/** A proof, with what it was in the baseline. */
type ReportedProof = Proof & { readonly baseline?: Status };

/** The kernels that prove every identity of a proof, with what each worked through. */
function kernelSummary({ identities, decisions }: Proof): string {
  const names = [...new Set(identities.flatMap(({ kernels }) => kernels.map(({ kernel }) => kernel)))];
  const parts = names.map((name) => {
    const own = identities.flatMap(({ kernels }) => kernels.filter(({ kernel, holds }) => kernel === name && holds));
    return `${name} ${own.length}/${identities.length}`;
  });
  const decided = decisions.filter(({ status }) => status === 'holds').length;
  return [...parts, ...(decisions.length > 0 ? [`z3 ${decided}/${decisions.length}`] : [])].join(', ');
}

function effort({ identities }: Proof): string {
  const totals = new Map<string, number>();
  for (const { kernels } of identities)
    for (const { effort, unit } of kernels) totals.set(unit, (totals.get(unit) ?? 0) + effort);
  return [...totals].map(([unit, total]) => `${total} ${unit}`).join(', ');
}

function jsonOf(proofs: readonly ReportedProof[]): string {
  const claims = proofs.map(({ id, status, reason, baseline, identities, decisions, ms }) => ({
    id,
    kind: 'derivation',
    status,
    ...(reason !== undefined && { reason }),
    ...(baseline !== undefined && { baseline }),
    cases: identities.length + decisions.length,
    kernels: Object.fromEntries(
      identities[0]?.kernels.map(({ kernel }) => [
        kernel,
        identities.filter((one) => one.kernels.some((verdict) => verdict.kernel === kernel && verdict.holds)).length,
      ]) ?? [],
    ),
    identities: identities.map((one) => ({
      ...one,
      kernels: one.kernels.map((verdict) => ({ ...verdict, ms: Math.round(verdict.ms) })),
    })),
    decisions: decisions.map((one) => ({ ...one, ms: Math.round(one.ms) })),
    ms: Math.round(ms),
  }));
  const count = (status: Proof['status']): number => proofs.filter((proof) => proof.status === status).length;
  const summary = { holds: count('holds'), refuted: count('refuted'), undecided: count('undecided') };
  return `${JSON.stringify({ tool: 'loopproof', version: version(), claims, summary }, finiteOrText, 2)}\n`;
}

/** Does something with one derivation after another, telling how far it is. @param z3 whether Z3 takes part, where it is installed */
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
    const which = `${what} ${results.length + 1} of ${derivations.length}: ${derivation.statement.id}`;
    progress.show(({ elapsed }) => [`${which} · ${spoken(elapsed)}`]);
    results.push(await work(derivation, solver));
  }
  if (solver) closeZ3(solver);
  progress.clear();
  return results;
}

/** Mutants of every identity, tried on every kernel, and of every decision, on Z3. */
async function proveMutants(ids: readonly string[], z3: boolean): Promise<void> {
  const reports = await withEach(ids, z3, 'trying mutants of', progressOn(process.stderr), mutate);
  const sum = (of: (report: MutationReport) => number): number => reports.reduce((a, b) => a + of(b), 0);
  const rows = reports.map(({ id, mutants, refuted, equivalent, missed }) =>
    [id, mutants, refuted, equivalent, missed.length].map(String),
  );
  const totals = [
    'all',
    sum((r) => r.mutants),
    sum((r) => r.refuted),
    sum((r) => r.equivalent),
    sum((r) => r.missed.length),
  ];
  const head = ['derivation', 'mutants', 'refuted', 'equal to the original', 'missed'];
  process.stdout.write(`${table([head, ...rows, totals.map(String)])}\n`);
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
 * @param ids as `loopproof list` names them; all for none
 * @param z3 whether to use it where it is installed; without it what it decides is undecided
 * @throws LoopproofError for an unknown identifier
 */
export async function proveClaims(ids: readonly string[], z3 = true, progress: Progress = SILENT): Promise<Proof[]> {
  return withEach(ids, z3, 'proving', progress, prove);
}

export async function proveCommand(ids: readonly string[], options: ProveOptions): Promise<void> {
  if (options.mutants) return proveMutants(ids, options.z3);
  const { publish } = reportsOf('prove', options);
  const findings: readonly ReportedProof[] = await proveClaims(ids, options.z3, progressOn(process.stderr));
  process.exitCode = publish({ findings, json: jsonOf, text: textOf });
}
