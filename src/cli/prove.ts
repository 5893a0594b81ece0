/**
 * `loopproof prove`: proves every identity by independent kernels, every decision with Z3, and all of it, with the general
 * theorems, with Rocq.
 */
import { readdirSync } from 'node:fs';
import { type Status, summarise } from '../claims/verdict.js';
import { unwritable } from '../error.js';
import { explanation } from '../report/finding.js';
import { table } from '../report/table.js';
import type { Palette } from '../report/terminal.js';
import { version } from '../version.js';
import { numbersAsJson } from '../words.js';
import type { Derivation } from './derivations.js';
import {
  closeRocq,
  closeZ3,
  mutate,
  openRocq,
  openZ3,
  type Proof,
  prove as proveOne,
  type Solvers,
  writeRocqFolder,
} from './kernels.js';
import { commandLedger } from './ledger.js';
import { defineCommand, FOLDER, suiteOptions } from './options.js';
import { makeFolder, print } from './output.js';
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
  const { identities, decisions, theorems } = proof;
  const share = (name: string, all: readonly unknown[], done: readonly unknown[]): string[] =>
    all.length > 0 ? [`${name} ${done.length}/${all.length}`] : [];
  const asked = decisions.filter(({ rocq }) => rocq);
  return [
    ...Object.entries(provedBy(proof)).map(([kernel, proved]) => `${kernel} ${proved}/${identities.length}`),
    ...share(
      'z3',
      decisions,
      decisions.filter(({ model }) => model),
    ),
    ...share(
      'decided by rocq',
      asked,
      asked.filter(({ rocq }) => rocq!.holds),
    ),
    ...share(
      'theorems',
      theorems,
      theorems.filter(({ status }) => status === 'holds'),
    ),
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
    const { id, status, reason, baseline, identities, decisions, theorems, ms } = proof;
    const cases = identities.length + decisions.length + theorems.length;
    const kernels = provedBy(proof);
    return { id, kind: 'derivation', status, reason, baseline, cases, kernels, identities, decisions, theorems, ms };
  });
  const report = { tool: 'loopproof', version: version(), claims, summary: summarise(proofs) };
  const entry = (key: string, value: unknown): unknown =>
    key === 'ms' ? Math.round(value as number) : numbersAsJson(key, value);
  return `${JSON.stringify(report, entry, 2)}\n`;
}

/** Which optional solvers are asked. */
interface Asked {
  /** Used if it is installed. */
  readonly z3?: boolean;
  /** What it does not prove is undecided, all of it where it is not installed. */
  readonly rocq?: boolean;
}

/** Works on one derivation after another, with progress. */
async function withEach<T>(
  derivations: readonly Derivation[],
  { z3: useZ3 = true, rocq: useRocq = false }: Asked,
  what: string,
  progress: Progress,
  work: (derivation: Derivation, solvers: Solvers) => Promise<T>,
): Promise<T[]> {
  const z3 = useZ3 && derivations.some(({ decisions }) => decisions) ? await openZ3() : undefined;
  const rocq = useRocq ? await openRocq(derivations) : undefined;
  try {
    const results: T[] = [];
    for (const derivation of derivations) {
      showStep(progress, `${what} ${results.length + 1} of ${derivations.length}: ${derivation.statement.id}`);
      results.push(await work(derivation, { ...(z3 && { z3 }), ...(rocq && { rocq }) }));
    }
    return results;
  } finally {
    if (z3) closeZ3(z3);
    if (rocq) closeRocq(rocq);
    progress.clear();
  }
}

/** Leaves a folder that anyone with Rocq can check. */
function exportFolder(folder: string, derivations: readonly Derivation[]): void {
  makeFolder(folder, '--export');
  if (readdirSync(folder).length > 0)
    throw unwritable(`--export ${folder}`, 'a folder with files in it', 'a new or empty folder', 'name another folder');
  const files = writeRocqFolder(folder, derivations);
  print(`${folder}: ${files} files; check them with: make -C ${folder}\n`);
}

/** Tests mutants of every identity on every kernel, and mutants of every decision on Z3. */
async function proveMutants(derivations: readonly Derivation[], z3: boolean): Promise<void> {
  const reports = await withEach(
    derivations,
    { z3 },
    'testing mutants of derivation',
    progressOn(process.stderr),
    mutate,
  );
  const counts = reports.map(({ mutants, refuted, equivalent, missed }) => [
    mutants,
    refuted,
    equivalent,
    missed.length,
  ]);
  const totals = [0, 1, 2, 3].map((k) => counts.reduce((sum, row) => sum + row[k]!, 0));
  const rows = [...counts, totals].map((row, k) => [reports[k]?.id ?? 'all', ...row.map(String)]);
  const head = ['derivation', 'mutants', 'refuted', 'equal to the original', 'missed'];
  print(`${table([head, ...rows])}\n`);
  const missed = reports.flatMap((report) => report.missed);
  for (const name of missed) print(`missed: ${name}\n`);
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
 * Proves derivations: every identity by every kernel, every decision by Z3.
 * @param asked z3 (default: true): use it if it is installed, without it the decisions are undecided; rocq (default: false):
 *   have it check everything, and the general theorems
 * @example
 * const ledger = await openLedger({ suite: ['suite.mjs'], onlySuite: true });
 * const [proof] = await prove(ledger.derivations);
 * console.log(proof.status); // holds: by two kernels or more, and refuted by none
 */
export async function prove(
  derivations: readonly Derivation[],
  asked: Asked = {},
  progress: Progress = SILENT,
): Promise<Proof[]> {
  return withEach(derivations, asked, 'proving', progress, proveOne);
}

export default defineCommand({
  description: `Proves the identities behind the formulas by independent kernels, and decides universal statements with Z3.
With --rocq a proof assistant checks all of it, and general theorems: for every number of units, every horizon, every rank.

Without claims on the command line, loopproof.config.json names them, if there is one.`,
  argument: { name: 'claims', many: true, about: 'identifiers, as `loopproof list` prints them (default: all)' },
  options: {
    z3: { off: 'do not use Z3: the statements that it decides stay undecided', default: true },
    rocq: { about: 'have Rocq (coqc) check everything too, and the general theorems, which takes minutes' },
    export: {
      type: FOLDER,
      callOnly: true,
      about: 'write what Rocq checks into a new folder, with a Makefile, and stop',
    },
    mutants: { callOnly: true, about: 'test faulty identities and decisions instead: each must be refuted' },
    ...suiteOptions,
    ...reportOptions,
  },
  examples: [
    'prove',
    'prove stability-region-is-exact --json -',
    'prove spectrum-of-coupled-is-effective --rocq',
    'prove --export rocq',
    'prove --mutants',
  ],
  configurable: true,
  async run(options, ids) {
    const ledger = await commandLedger(options, { claims: ids.length > 0 ? ids : undefined });
    const derivations = ledger.derivationsOf(ids);
    if (options.export !== undefined) return exportFolder(options.export, derivations);
    if (options.mutants) return proveMutants(derivations, options.z3);
    const { publish } = reportsOf('prove', options);
    const findings: readonly ReportedProof[] = await prove(derivations, options, progressOn(process.stderr));
    process.exitCode = await publish({ findings, json: jsonOf, text: textOf });
  },
});
