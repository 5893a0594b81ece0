/**
 * The judge: tries one claim on many cases.
 *
 * Cases are judged in blocks, each with a seed of its own, so that the verdict is the same whatever the number of workers
 * that share the blocks.
 */
import fc from 'fast-check';
import { deriveSeed } from '../linalg/random.js';
import type { AnyClaim } from './claim.js';
import { Evidence, type Measurement, ratioOf } from './evidence.js';
import type { Verdict, Worst } from './verdict.js';

/** A part of a claim's cases: `runs` draws of a seed, or entry number `entry` of its list (of regressions, if it draws). */
export type Block =
  | { readonly kind: 'drawn'; readonly seed: number; readonly runs: number }
  | { readonly kind: 'listed'; readonly entry: number };

/** A case that refutes a claim. */
export interface Counterexample {
  readonly case: string;
  readonly reason: string;
  readonly worst?: Worst;
  /** Seed and path that lead to the case again. */
  readonly seed: number;
  readonly path: string;
}

/** What judging a block came to. */
export interface BlockResult {
  readonly decided: number;
  readonly undecided: Readonly<Record<string, number>>;
  readonly classes: Readonly<Record<string, number>>;
  readonly worst?: Worst;
  readonly counterexample?: Counterexample;
  readonly note?: string;
  readonly ms: number;
}

/** Attempts at a smaller counterexample; beyond them the smallest so far is reported. */
const SHRINK_ATTEMPTS = 200;

/** The blocks of a claim for a seed. @param runs number of cases, the claim's own by default */
export function blocksOf({ statement, cases }: AnyClaim, seed: number, runs?: number): Block[] {
  const listed = listOf(cases).map((_, entry): Block => ({ kind: 'listed', entry }));
  if (cases.kind === 'listed') return listed;
  const total = runs ?? cases.runs;
  const drawn = Array.from(
    { length: Math.ceil(total / cases.block) },
    (_, index): Block => ({
      kind: 'drawn',
      seed: deriveSeed(seed, `${statement.id} ${index}`),
      runs: Math.min(cases.block, total - index * cases.block),
    }),
  );
  return [...listed, ...drawn];
}

/** The cases that are written down: all of a listed claim's, the regressions of one that draws. */
export function listOf(cases: AnyClaim['cases']): readonly unknown[] {
  return cases.kind === 'listed' ? cases.list : (cases.regressions ?? []);
}

/** A claim fails on a case, by a measurement beyond its bound. */
class Refuted extends Error {
  readonly measurement: Measurement;

  constructor(measurement: Measurement) {
    const { quantity, residual, bound } = measurement;
    super(`${quantity}: residual ${residual.toExponential(2)} exceeds bound ${bound.toExponential(2)}`);
    this.measurement = measurement;
  }
}

/** What a failure says, and the measurement that it comes from; a check that crashes has none. */
function failureOf(error: unknown, instance: string): Pick<Counterexample, 'reason' | 'worst'> {
  const reason = error instanceof Error ? error.message : String(error);
  return error instanceof Refuted ? { reason, worst: { ...error.measurement, case: instance } } : { reason };
}

/** Checks one case; throws `Refuted` with the reason if the claim fails on it. */
function checkCase(claim: AnyClaim, subject: unknown, instance: unknown): Evidence {
  const evidence = new Evidence();
  claim.check(subject, instance, evidence);
  const worst = evidence.worst();
  if (worst && !(ratioOf(worst) <= 1)) throw new Refuted(worst);
  if (!worst && evidence.undecided === undefined) throw new Error('the check measured nothing');
  return evidence;
}

/** Counts what the cases of a block came to. */
class Tally {
  #note: string | undefined;
  decided = 0;
  readonly undecided: Record<string, number> = {};
  readonly classes: Record<string, number> = {};
  worst: Worst | undefined;

  count(evidence: Evidence, name: () => string): void {
    if (evidence.notes.length > 0) this.#note = evidence.notes.join('; ');
    for (const name of evidence.classes) this.classes[name] = (this.classes[name] ?? 0) + 1;
    if (evidence.undecided !== undefined) {
      this.undecided[evidence.undecided] = (this.undecided[evidence.undecided] ?? 0) + 1;
      return;
    }
    this.decided++;
    const worst = evidence.worst()!;
    if (!this.worst || ratioOf(worst) > ratioOf(this.worst)) this.worst = { ...worst, case: name() };
  }

  result(start: number, counterexample?: Counterexample): BlockResult {
    const { decided, undecided, classes, worst } = this;
    const note = this.#note;
    return {
      decided,
      undecided,
      classes,
      ...(worst && { worst }),
      ...(counterexample && { counterexample }),
      ...(note !== undefined && { note }),
      ms: performance.now() - start,
    };
  }
}

/** Options of judging a block. */
export interface JudgeOptions {
  /** The implementation to judge, the claim's own by default. */
  readonly subject?: unknown;
  /** Whether to look for a smaller counterexample; yes by default. */
  readonly shrink?: boolean;
}

/** Judges a block of a claim's cases. Deterministic but for `ms`. */
export function judgeBlock(claim: AnyClaim, block: Block, options: JudgeOptions = {}): BlockResult {
  const { subject = claim.subject, shrink = true } = options;
  const start = performance.now();
  const tally = new Tally();
  const { cases } = claim;
  const print = (instance: unknown): string => (claim.describe ?? fc.stringify)(instance);
  if (block.kind === 'listed') {
    const instance = listOf(cases)[block.entry];
    if (instance === undefined) throw new RangeError(`${claim.statement.id} has no listed case ${block.entry}`);
    const name = print(instance);
    try {
      tally.count(checkCase(claim, subject, instance), () => name);
      return tally.result(start);
    } catch (error) {
      return tally.result(start, { case: name, ...failureOf(error, name), seed: 0, path: `listed-${block.entry}` });
    }
  }
  if (cases.kind === 'listed') throw new RangeError(`${claim.statement.id} has listed cases`);
  let failed = false;
  let attempts = 0;
  const property = fc.property(cases.arbitrary, (instance) => {
    if (failed && ++attempts > SHRINK_ATTEMPTS) return;
    try {
      const evidence = checkCase(claim, subject, instance);
      if (!failed) tally.count(evidence, () => print(instance));
    } catch (error) {
      if (!fc.PreconditionFailure.isFailure(error)) failed = true;
      throw error;
    }
  });
  const report = fc.check(property, {
    seed: block.seed,
    numRuns: block.runs,
    endOnFailure: !shrink,
  });
  if (!report.failed) return tally.result(start);
  if (report.counterexample === null)
    return tally.result(start, {
      case: 'none',
      reason: 'the generator discards nearly everything that it draws',
      seed: block.seed,
      path: '0',
    });
  const name = print(report.counterexample[0]);
  const failure = failureOf(report.errorInstance, name);
  return tally.result(start, { case: name, ...failure, seed: block.seed, path: report.counterexamplePath! });
}

function addCounts(into: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) into[name] = (into[name] ?? 0) + count;
}

/**
 * The verdict that blocks come to, in their order.
 * @param missing number of blocks that were not judged, for lack of budget
 */
export function mergeBlocks(claim: AnyClaim, results: readonly BlockResult[], missing = 0): Verdict {
  const { id, kind, title } = claim.statement;
  const undecided: Record<string, number> = {};
  const classes: Record<string, number> = {};
  let cases = 0;
  let ms = 0;
  let worst: Worst | undefined;
  let counterexample: Counterexample | undefined;
  for (const result of results) {
    cases += result.decided;
    ms += result.ms;
    addCounts(undecided, result.undecided);
    addCounts(classes, result.classes);
    if (result.worst && (!worst || ratioOf(result.worst) > ratioOf(worst))) worst = result.worst;
    counterexample ??= result.counterexample;
  }
  const note = results.length === 1 ? results[0]!.note : undefined;
  const base = {
    id,
    kind,
    title,
    cases,
    undecided,
    classes,
    ms,
    ...(worst && { worst }),
    ...(note !== undefined && { note }),
  };
  if (counterexample) {
    const replay = `loopproof replay ${id} --seed ${counterexample.seed} --path ${counterexample.path}`;
    const { case: instance, reason } = counterexample;
    return {
      ...base,
      // The refuting case was judged too.
      cases: cases + 1,
      ...(counterexample.worst && { worst: counterexample.worst }),
      status: 'refuted',
      reason: `${reason}; case ${instance}`,
      replay,
    };
  }
  if (missing > 0)
    return { ...base, status: 'undecided', reason: `budget spent: ${missing} blocks of cases not tried` };
  if (cases === 0) {
    const reasons = Object.keys(undecided).join('; ') || 'no cases';
    return { ...base, status: 'undecided', reason: `${reasons}` };
  }
  return { ...base, status: 'holds' };
}

/** Judges a claim on all its blocks in this thread; stops at the first refuted block. */
export function judge(
  claim: AnyClaim,
  { seed, runs, ...options }: JudgeOptions & { readonly seed: number; readonly runs?: number },
): Verdict {
  const results: BlockResult[] = [];
  for (const block of blocksOf(claim, seed, runs)) {
    const result = judgeBlock(claim, block, options);
    results.push(result);
    if (result.counterexample) break;
  }
  return mergeBlocks(claim, results);
}
