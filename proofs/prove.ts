/**
 * Proving: every identity of a derivation by every kernel, every decision by Z3.
 */
import type { Derivation } from './derivation.js';
import { grid } from './kernels/grid.js';
import type { Identity, Kernel, KernelVerdict } from './kernels/identity.js';
import { nerdamerKernel } from './kernels/nerdamer.js';
import { polynomials } from './kernels/polynomials.js';
import { type DecisionVerdict, decideZ3, type openZ3 } from './kernels/z3.js';
import { mutantsOf } from './mutation.js';

/** The kernels, exact ones first. */
export const kernels: readonly Kernel[] = [polynomials, grid, nerdamerKernel];

/** An identity's verdicts, one for each kernel. */
export interface IdentityProof {
  readonly name: string;
  readonly kernels: readonly (KernelVerdict & { readonly kernel: Kernel['name']; readonly ms: number })[];
  /** Two kernels or more prove it and none refutes it. */
  readonly status: 'holds' | 'refuted' | 'undecided';
  readonly reason?: string;
}

/** A decision's verdict. */
export interface DecisionProof extends DecisionVerdict {
  readonly name: string;
  readonly ms: number;
  readonly status: 'holds' | 'refuted' | 'undecided';
}

/** The outcome of proving a derivation. */
export interface Proof {
  readonly id: string;
  readonly title: string;
  readonly identities: readonly IdentityProof[];
  readonly decisions: readonly DecisionProof[];
  readonly status: 'holds' | 'refuted' | 'undecided';
  readonly reason?: string;
  readonly ms: number;
}

/** Proves one identity by all kernels. Kernels that disagree are a refutation that names both. */
export function proveIdentity(identity: Identity, using: readonly Kernel[] = kernels): IdentityProof {
  const verdicts = using.map((kernel) => {
    const start = performance.now();
    const verdict = kernel.decide(identity);
    return { kernel: kernel.name, ...verdict, ms: performance.now() - start };
  });
  const by = (holds: boolean) => verdicts.filter((verdict) => verdict.holds === holds);
  const [agreed, refused] = [by(true), by(false)];
  const base = { name: identity.name, kernels: verdicts };
  if (refused.length > 0) {
    const against = refused.map(({ kernel, reason }) => `${kernel}: ${reason}`).join('; ');
    const dissent = agreed.length > 0 ? `; but proved by ${agreed.map(({ kernel }) => kernel).join(', ')}` : '';
    return { ...base, status: 'refuted', reason: `${identity.name}: ${against}${dissent}` };
  }
  if (agreed.length < 2)
    return { ...base, status: 'undecided', reason: `${identity.name}: fewer than two kernels reach it` };
  return { ...base, status: 'holds' };
}

const NOT_INSTALLED = 'not decided: install z3-solver';

/** Proves a derivation. @param z3 the solver, or `undefined` where it is not installed */
export async function prove(derivation: Derivation, z3: Awaited<ReturnType<typeof openZ3>>): Promise<Proof> {
  const start = performance.now();
  const { id, title } = derivation.statement;
  const identities = derivation.identities.map((identity) => proveIdentity(identity));
  const decisions: DecisionProof[] = [];
  for (const decision of derivation.decisions ?? []) {
    const began = performance.now();
    const verdict: DecisionVerdict = z3 ? await decideZ3(z3, decision) : { holds: undefined, reason: NOT_INSTALLED };
    const status = verdict.holds === undefined ? 'undecided' : verdict.holds ? 'holds' : 'refuted';
    decisions.push({ name: decision.name, ...verdict, status, ms: performance.now() - began });
  }
  const parts = [...identities, ...decisions];
  const worst = parts.find(({ status }) => status === 'refuted') ?? parts.find(({ status }) => status === 'undecided');
  return {
    id,
    title,
    identities,
    decisions,
    status: worst?.status ?? 'holds',
    ...(worst?.reason !== undefined && { reason: worst.reason }),
    ms: performance.now() - start,
  };
}

/** The outcome of a derivation's mutants. */
export interface MutationReport {
  readonly id: string;
  readonly mutants: number;
  /** Refuted, by every kernel that reaches them. */
  readonly refuted: number;
  /** Equal to the original, by the exact polynomials. */
  readonly equivalent: number;
  /** Mutants that were not refuted, or that some kernel took for true though the polynomials refute them, or the other way round. */
  readonly missed: readonly string[];
}

/** Mutants tried per identity and fault. */
const MOST_MUTANTS = 2;

/**
 * Tries to prove a derivation that has a mutant of an identity, or a decision's false control, in place of all that it states.
 * @param z3 the solver; without it decisions have no mutants
 */
export async function mutate(derivation: Derivation, z3: Awaited<ReturnType<typeof openZ3>>): Promise<MutationReport> {
  let [mutants, refuted, equivalent] = [0, 0, 0];
  const missed: string[] = [];
  for (const changed of derivation.identities.flatMap((identity) => mutantsOf(identity, MOST_MUTANTS))) {
    mutants++;
    const { identities, status } = await prove({ ...derivation, identities: [changed], decisions: [] }, z3);
    const verdicts = identities.flatMap((one) => one.kernels);
    const truth = verdicts[0]?.holds;
    const dissent = verdicts.filter(({ holds }) => holds !== undefined && holds !== truth);
    if (dissent.length > 0) missed.push(`${changed.name}: ${dissent.map(({ kernel }) => kernel).join(', ')}`);
    else if (truth) equivalent++;
    else if (status === 'refuted') refuted++;
    else missed.push(`${changed.name}: ${status}, though every kernel refutes it`);
  }
  for (const decision of z3 ? (derivation.decisions ?? []) : []) {
    mutants++;
    const control = { ...decision, negation: decision.control };
    const { status } = await prove({ ...derivation, identities: [], decisions: [control] }, z3);
    if (status === 'refuted') refuted++;
    else missed.push(`${decision.name}, its false control: ${status}`);
  }
  return { id: derivation.statement.id, mutants, refuted, equivalent, missed };
}
