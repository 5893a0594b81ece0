/**
 * Proving: every identity of a derivation by every kernel, every decision by Z3, and all of it and its theorems by Rocq.
 */
import type { Derivation } from './derivation.js';
import { grid } from './kernels/grid.js';
import { type Identity, type Kernel, type KernelVerdict, withIntegersOnly } from './kernels/identity.js';
import { nerdamerKernel } from './kernels/nerdamer.js';
import { polynomials } from './kernels/polynomials.js';
import { programOf } from './kernels/program.js';
import { checkWithRocq, type Rocq, type RocqVerdict } from './kernels/rocq.js';
import { type Decision, type DecisionVerdict, decideZ3, type openZ3 } from './kernels/z3.js';
import { mutantsOf } from './mutation.js';

/** What decides where it is installed and asked for. */
export interface Solvers {
  readonly z3?: Awaited<ReturnType<typeof openZ3>>;
  readonly rocq?: Rocq;
}

/** The kernels that are always there, exact ones first. */
export const kernels: readonly Kernel[] = [polynomials, grid, nerdamerKernel];

/** An identity's verdicts, one for each kernel. */
export interface IdentityProof {
  readonly name: string;
  readonly kernels: readonly (KernelVerdict & { readonly kernel: Kernel['name']; readonly ms: number })[];
  /** Two kernels or more prove it, Rocq too if it was asked, and none refutes it. */
  readonly status: 'holds' | 'refuted' | 'undecided';
  readonly reason?: string;
}

/** A decision's verdict, of Z3 and, if it was asked, of Rocq. */
export interface DecisionProof extends DecisionVerdict {
  readonly name: string;
  readonly rocq?: RocqVerdict;
  readonly ms: number;
  readonly status: 'holds' | 'refuted' | 'undecided';
}

/** A general theorem's verdict, by Rocq. */
export interface TheoremProof extends RocqVerdict {
  readonly name: string;
  readonly says: string;
  /** What it assumes. */
  readonly axioms?: readonly string[];
  readonly status: 'holds' | 'undecided';
}

/** The outcome of proving a derivation. */
export interface Proof {
  readonly id: string;
  readonly title: string;
  readonly identities: readonly IdentityProof[];
  readonly decisions: readonly DecisionProof[];
  /** Empty where Rocq was not asked. */
  readonly theorems: readonly TheoremProof[];
  readonly status: 'holds' | 'refuted' | 'undecided';
  readonly reason?: string;
  readonly ms: number;
}

/** What a kernel says. A derivation that throws shows nothing: it is refuted, with the reason, as a check that throws is. */
function verdictOf(kernel: Kernel, identity: Identity): KernelVerdict {
  try {
    return kernel.decide(withIntegersOnly(identity));
  } catch (error) {
    return {
      holds: false,
      effort: 0,
      unit: 'operations',
      reason: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Proves one identity by all kernels. Kernels that disagree are a refutation that names both. @param rocq what it says, if asked */
export function proveIdentity(
  identity: Identity,
  using: readonly Kernel[] = kernels,
  rocq?: RocqVerdict,
): IdentityProof {
  const verdicts: IdentityProof['kernels'][number][] = using.map((kernel) => {
    const start = performance.now();
    const verdict = verdictOf(kernel, identity);
    return { kernel: kernel.name, ...verdict, ms: performance.now() - start };
  });
  if (rocq) {
    const effort = rocq.holds === undefined ? 0 : programOf(identity).operations.length;
    verdicts.push({ kernel: 'rocq', ...rocq, effort, unit: 'operations', ms: 0 });
  }
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
  if (rocq && rocq.holds === undefined)
    return { ...base, status: 'undecided', reason: `${identity.name}: Rocq: ${rocq.reason}` };
  return { ...base, status: 'holds' };
}

const NOT_INSTALLED = 'not decided: install z3-solver';

/** Z3 refutes or decides. Rocq proves alone where Z3 is missing; where it was asked, it must. */
async function proveDecision(decision: Decision, z3: Solvers['z3'], rocq?: RocqVerdict): Promise<DecisionProof> {
  const began = performance.now();
  const verdict: DecisionVerdict = z3 ? await decideZ3(z3, decision) : { holds: undefined, reason: NOT_INSTALLED };
  const base = { name: decision.name, ...(rocq && { rocq }), ms: performance.now() - began };
  if (verdict.holds === false) return { ...base, ...verdict, status: 'refuted' };
  if (rocq && !rocq.holds) return { ...base, ...verdict, status: 'undecided', reason: `Rocq: ${rocq.reason}` };
  if (rocq && !z3) return { ...base, holds: true, status: 'holds' };
  return { ...base, ...verdict, status: verdict.holds ? 'holds' : 'undecided' };
}

/** Proves a derivation. @param solvers those that are installed and asked for */
export async function prove(derivation: Derivation, { z3, rocq }: Solvers = {}): Promise<Proof> {
  const { id, title } = derivation.statement;
  // Rocq works on all derivations at once: its time is no single one's.
  const found = rocq && (await checkWithRocq(rocq, derivation));
  const start = performance.now();
  const identities = derivation.identities.map((identity, k) => proveIdentity(identity, kernels, found?.identities[k]));
  const decisions: DecisionProof[] = [];
  for (const [k, decision] of (derivation.decisions ?? []).entries())
    decisions.push(await proveDecision(decision, z3, found?.decisions[k]));
  const theorems = (found ? (derivation.theorems ?? []) : []).map(({ name, says }, k): TheoremProof => {
    const verdict = found!.theorems[k]!;
    return { name, says, ...verdict, status: verdict.holds ? 'holds' : 'undecided' };
  });
  const parts = [...identities, ...decisions, ...theorems];
  const worst = parts.find(({ status }) => status === 'refuted') ?? parts.find(({ status }) => status === 'undecided');
  return {
    id,
    title,
    identities,
    decisions,
    theorems,
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
 * @param solvers without Z3 decisions have no mutants; Rocq is not asked (spec/proofs/rocq.test.ts compares it with the polynomials)
 */
export async function mutate(derivation: Derivation, { z3 }: Solvers = {}): Promise<MutationReport> {
  let [mutants, refuted, equivalent] = [0, 0, 0];
  const missed: string[] = [];
  for (const changed of derivation.identities.flatMap((identity) => mutantsOf(identity, MOST_MUTANTS))) {
    mutants++;
    const { identities, status } = await prove({ ...derivation, identities: [changed], decisions: [] });
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
    const { status } = await prove({ ...derivation, identities: [], decisions: [control] }, { z3 });
    if (status === 'refuted') refuted++;
    else missed.push(`${decision.name}, its false control: ${status}`);
  }
  return { id: derivation.statement.id, mutants, refuted, equivalent, missed };
}
