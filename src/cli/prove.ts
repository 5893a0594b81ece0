/**
 * `loopproof prove`: the symbolic side, every identity by independent kernels, every decision by Z3.
 */
import { exitCode } from '../claims/verdict.js';
import { finiteOrText } from '../report/json.js';
import { table } from '../report/terminal.js';
import { version } from '../version.js';
import { closeZ3, derivationsOf, mutate, openZ3, type Proof, prove } from './derivations.js';
import { palette, writeTo } from './output.js';
import { progressOn } from './progress.js';

/** Options as the command line reads them. */
export interface ProveOptions {
  readonly json?: string;
  readonly mutants?: boolean;
  /** Commander's negated option: false for --no-z3. */
  readonly z3: boolean;
}

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

function jsonOf(proofs: readonly Proof[]): string {
  const claims = proofs.map(({ id, status, reason, identities, decisions, ms }) => ({
    id,
    kind: 'derivation',
    status,
    ...(reason !== undefined && { reason }),
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

/** Mutants of every identity, tried on every kernel. */
function proveMutants(ids: readonly string[]): void {
  const progress = progressOn(process.stderr);
  const derivations = derivationsOf(ids);
  const reports = derivations.map((derivation, k) => {
    progress.show(`mutants: ${k + 1} of ${derivations.length} derivations`);
    return mutate(derivation);
  });
  progress.clear();
  const sum = (of: (report: (typeof reports)[number]) => number): number => reports.reduce((a, b) => a + of(b), 0);
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
  const head = ['derivation', 'mutants', 'refuted', 'equal to the original', 'missed by a kernel'];
  process.stdout.write(`${table([head, ...rows, totals.map(String)])}\n`);
  const missed = reports.flatMap((report) => report.missed);
  for (const name of missed) process.stdout.write(`missed: ${name}\n`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

export async function proveCommand(ids: readonly string[], { json, mutants, z3: wanted }: ProveOptions): Promise<void> {
  if (mutants) return proveMutants(ids);
  const derivations = derivationsOf(ids);
  const progress = progressOn(process.stderr);
  const z3 = wanted ? await openZ3() : undefined;
  const proofs: Proof[] = [];
  for (const derivation of derivations) {
    progress.show(`proving ${proofs.length + 1} of ${derivations.length}: ${derivation.statement.id}`);
    proofs.push(await prove(derivation, z3));
  }
  if (z3) closeZ3(z3);
  progress.clear();
  if (json !== undefined) writeTo(json, jsonOf(proofs));
  if (json !== '-') {
    const colours = palette();
    const paint = { holds: colours.green, refuted: colours.red, undecided: colours.yellow };
    const rows = proofs.map((proof) => [
      proof.status,
      proof.id,
      kernelSummary(proof),
      effort(proof),
      `${Math.round(proof.ms)} ms`,
    ]);
    const text = table(rows, (cell, row, column) => (column === 0 ? paint[proofs[row]!.status](cell) : cell));
    const notes = proofs.flatMap(({ status, id, reason }) =>
      status === 'holds' ? [] : [`${paint[status](status)} ${id}: ${reason ?? ''}`],
    );
    process.stdout.write(`${[text, ...notes].join('\n')}\n`);
  }
  process.exitCode = exitCode(proofs);
}
