/**
 * `loopproof explain`: a statement with its derivation, validity, tolerance and what would refute it.
 */
import { percent } from '../claims/proportion.js';
import { FALSE_ALARM_PER_PROPORTION } from '../linalg/tolerance.js';
import { type Exposition, equationsOf, fullSource } from '../report/exposition.js';
import { standingOf } from './derivations.js';
import { commandLedger, type Ledger } from './ledger.js';
import { defineCommand, suiteOptions } from './options.js';
import { print } from './output.js';

/** Lines of at most 96 characters. */
const wrapped = (text: string, indent: string): string =>
  (text.match(/\S.{0,95}(?= |$)|\S+/g) ?? []).join(`\n${indent}`);

/** What there is to say of a claim. @throws LoopproofError for an unknown identifier */
export function expositionOf(ledger: Ledger, id: string): Exposition {
  const { statement, regime, mutants, proportions = [] } = ledger.claimOf(id);
  const derivation = ledger.derivationOf(id);
  return {
    statement,
    standing: standingOf(derivation),
    ...(derivation && {
      derivation: {
        scope: derivation.scope,
        steps: derivation.steps,
        identities: derivation.identities.map(({ name }) => name),
        decisions: (derivation.decisions ?? []).map(({ name }) => name),
        theorems: (derivation.theorems ?? []).map(({ says }) => says),
      },
    }),
    regime: regime?.needs ?? [],
    proportions,
    mutants: mutants.map(({ name }) => name),
  };
}

/**
 * A claim in words: statement, limits, derivation, and what would refute it.
 * @param inLatex whether the formula is in LaTeX
 * @throws LoopproofError for an unknown identifier
 */
export function explanationOf(ledger: Ledger, id: string, inLatex = false): string {
  const { statement, standing, derivation, regime, proportions, mutants } = expositionOf(ledger, id);
  const section = (title: string, text: string): string => `${title.padEnd(12)}${wrapped(text, ' '.repeat(12))}\n`;
  const lines = [
    `${statement.id} (${statement.kind})\n`,
    section('says', statement.statement),
    inLatex && statement.latex !== undefined
      ? `${'formula'.padEnd(12)}${equationsOf(statement.latex).join(`\n${' '.repeat(12)}`)}\n`
      : section('formula', statement.formula),
    section('assumes', statement.assumptions),
    ...(regime.length > 0 ? [section('regime', regime.join('; '))] : []),
    section('valid', statement.validity),
    section('tolerance', statement.tolerance),
    section('shown', standing.join(', ')),
    section('source', fullSource(statement.source)),
  ];
  if (derivation) {
    lines.push('\nderivation\n');
    derivation.steps.forEach((step, k) => {
      lines.push(`  ${k + 1}. ${wrapped(step, '     ')}\n`);
    });
    if (derivation.theorems.length > 0) lines.push('\nproved for all sizes by Rocq (loopproof prove --rocq)\n');
    for (const says of derivation.theorems) lines.push(`  theorem   ${wrapped(says, ' '.repeat(12))}\n`);
    lines.push('\nproved by independent kernels (loopproof prove)\n', section('covers', derivation.scope));
    for (const name of derivation.identities) lines.push(`  identity  ${name}\n`);
    for (const name of derivation.decisions) lines.push(`  decision  ${name}\n`);
  } else lines.push('\nderivation: none; stated and tried, not proved\n');
  const listed = (title: string, some: typeof proportions): void => {
    if (some.length === 0) return;
    lines.push(`\n${title}\n`);
    for (const { name, atLeast, refutedBelow, share } of some) {
      const part = share === undefined ? '' : `; at least ${percent(share)} of the cases try it`;
      lines.push(`  at least ${percent(atLeast)}  ${name} (refuted at ${percent(refutedBelow)} or less${part})\n`);
    }
  };
  listed(
    'claimed of random configurations, case after case until decided; verify shows the one nearest to refutation',
    proportions.filter(({ control }) => !control),
  );
  listed(
    'controls, tried where the statement is not claimed, to show that it stops there',
    proportions.filter(({ control }) => control),
  );
  if (proportions.length > 0)
    lines.push(`  probability of a false refutation, each: at most ${FALSE_ALARM_PER_PROPORTION.toExponential(0)}\n`);
  lines.push('\nwould be refuted by, for example\n');
  for (const name of mutants) lines.push(`  ${name}\n`);
  return lines.join('');
}

export default defineCommand({
  description: 'Explains a claim: statement, assumptions, derivation, validity, tolerance, and what would refute it.',
  argument: { name: 'claim', required: true, about: 'identifier, as `loopproof list` prints it' },
  options: { latex: { about: 'the formula in LaTeX' }, ...suiteOptions },
  examples: ['explain memoryless-loop-is-unstable', 'explain third-eigenvalue-follows-memory --latex'],
  run: async ({ latex, ...options }, id) =>
    print(explanationOf(await commandLedger(options, { claims: [id] }), id, latex)),
});
