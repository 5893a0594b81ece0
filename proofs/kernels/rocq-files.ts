/**
 * The files that Rocq checks for derivations, generated from the same identities and decisions that the other kernels read: one of
 * all identities and one of all decisions, for loading libraries takes longer than most proofs.
 */
import type { Derivation, Theorem } from '../derivation.js';
import type { Identity } from './identity.js';
import { operationsText, outputsText, programOf } from './program.js';
import { propOf } from './prop.js';
import type { Decision } from './z3.js';

/** The name of the library in Rocq. */
export const ROOT = 'Loop';

/** Axioms that the real numbers of the standard library rest on. */
export const AXIOMS_OF_THE_REALS: readonly string[] = [
  'ClassicalDedekindReals.sig_forall_dec',
  'ClassicalDedekindReals.sig_not_dec',
  'FunctionalExtensionality.functional_extensionality_dep',
];

/** One theorem of a generated file. */
export interface Item {
  readonly text: string;
  /** What its failure says: an identity that does not reduce is refuted, a decision without a proof is open. */
  readonly refuted: false | undefined;
  /** Why there is none. */
  readonly impossible?: string;
}

/** A generated file. */
export interface Generated {
  readonly stem: string;
  readonly head: string;
  readonly items: readonly Item[];
}

/** A statement's name as Rocq writes names. */
export const stemOf = (id: string): string => id.replaceAll('-', '_');

/** Words that Rocq does not read within a comment. */
const comment = (text: string): string => `(* ${text.replaceAll('*', '×').replaceAll('"', '”')} *)`;

/** Long lists broken at spaces. */
const lines = (text: string): string =>
  text
    .match(/.{1,118}(?: |$)/g)!
    .join('\n')
    .replaceAll(/ +$/gm, '');

/** What comes before an item, and how it is named: the statement and a number from 1 on. */
interface Place {
  readonly id: string;
  readonly label: string;
}

function identityItem({ id, label }: Place, identity: Identity): Item {
  try {
    const program = programOf(identity);
    if (program.outputs.length === 0) return { text: '', refuted: false, impossible: 'nothing to prove' };
    const text = `
${comment(`${id}: ${identity.name}; variables ${identity.variables.join(', ')}`)}
Definition program_${label} : list operation :=
${lines(operationsText(program))}.
Theorem identity_${label} : vanishes program_${label}
${lines(outputsText(program))}.
Proof. apply reduces_vanishes. vm_cast_no_check (eq_refl true). Qed.
`;
    return { text, refuted: false };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { text: '', refuted: false, impossible: error.message };
  }
}

function decisionItem({ id, label }: Place, decision: Decision): Item {
  const text = `
${comment(`${id}: ${decision.name}`)}
Theorem decision_${label} :
${lines(propOf(decision))}.
Proof. ${decision.rocq?.tactics ?? 'settle'}. Qed.
`;
  return { text, refuted: undefined };
}

/** The files of derivations: identities and decisions. One without items is not needed. */
export function generatedFor(derivations: readonly Derivation[]): readonly [Generated, Generated] {
  const itemsOf = <T>(all: (derivation: Derivation) => readonly T[], item: (place: Place, one: T) => Item): Item[] =>
    derivations.flatMap((derivation) => {
      const { id } = derivation.statement;
      return all(derivation).map((one, k) => item({ id, label: `${stemOf(id)}_${k + 1}` }, one));
    });
  const decisionsOf = ({ decisions = [] }: Derivation): readonly Decision[] => decisions;
  const used = derivations.flatMap(decisionsOf).flatMap(({ rocq }) => rocq?.from?.split(' ') ?? []);
  return [
    {
      stem: 'identities',
      head: `Require Import ZArith List. Import ListNotations.\nFrom ${ROOT} Require Import program.\n`,
      items: itemsOf(({ identities }) => identities, identityItem),
    },
    {
      stem: 'decisions',
      head: `Require Import Reals Lra Psatz.\nFrom ${ROOT} Require Import ${[...new Set(['settle', ...used])].join(' ')}.\nLocal Open Scope R_scope.\n`,
      items: itemsOf(decisionsOf, decisionItem),
    },
  ];
}

/** The text of a file. */
export const textOf = ({ head, items }: Generated): string => head + items.map(({ text }) => text).join('');

/** Axioms by theorem. */
export type Assumptions = ReadonlyMap<string, readonly string[]>;

/** What the theorems of a file assume: it asks with `Print Assumptions` at its end, and `coqc` answers in that order. */
export function assumptionsOf(source: string, output: string): Assumptions {
  const names = [...source.matchAll(/^Print Assumptions (\w+)\./gm)].map(([, name]) => name!);
  const answers = output
    .split(/^(?=Closed under the global context|Axioms:)/m)
    .filter((answer) => answer.trim() !== '');
  return new Map(
    answers.map((answer, k) => [
      names[k] ?? '',
      [...answer.matchAll(/^([\w.']+)(?=\s*:)/gm)].map(([, axiom]) => axiom!).filter((axiom) => axiom !== 'Axioms'),
    ]),
  );
}

/** A theorem holds if it stands in its file and assumes nothing beyond what is declared. */
export function theoremVerdict(
  { name, over }: Theorem,
  assumptions: Assumptions | string,
): { holds: boolean | undefined; reason?: string; axioms?: readonly string[] } {
  if (typeof assumptions === 'string') return { holds: undefined, reason: `${name}: ${assumptions}` };
  const axioms = assumptions.get(name);
  if (!axioms) return { holds: undefined, reason: `${name}: its file does not print what it assumes` };
  const beyond = axioms.filter((axiom) => over === 'rings' || !AXIOMS_OF_THE_REALS.includes(axiom));
  if (beyond.length > 0) return { holds: undefined, reason: `${name} assumes ${beyond.join(', ')}`, axioms };
  return { holds: true, axioms };
}
