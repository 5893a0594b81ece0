/**
 * Blocks: parts of a claim's cases. Each has its own seed, so that the verdict does not depend on the number of workers.
 */
import fc from 'fast-check';
import { deriveSeed } from '../linalg/random.js';
import { binomialShortfall, FALSE_ALARM_PER_GENERATOR } from '../linalg/tolerance.js';
import type { AnyClaim } from './claim.js';
import { type Counts, shortfallText, total } from './counts.js';
import { type Coverage, Evidence, type Measurement, Outside, ratioOf } from './evidence.js';
import type { PredictionPair } from './prediction.js';
import { REGIME_SHARE } from './proportion.js';
import { type Spread, SpreadTally } from './spread.js';
import type { Worst } from './verdict.js';

/** A part of a claim's cases: `runs` draws of a seed, or entry number `entry` of its list (of regressions, if it draws). */
export type CaseBlock =
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

/** The trials of one proportion in a block. */
export interface ProportionTrials {
  /** In the order of the cases. */
  readonly outcomes: readonly boolean[];
  /** Index of the first case that failed. */
  readonly firstFailure?: number;
}

/** The result of judging a block. */
export interface BlockResult {
  readonly decided: number;
  /** Draws discarded: the claim says nothing of them. */
  readonly discarded: number;
  /** Those that lack what the check requires, by what it is. */
  readonly lacking: Counts;
  readonly trials: Readonly<Record<string, ProportionTrials>>;
  readonly predictions: Readonly<Record<string, readonly PredictionPair[]>>;
  readonly undecided: Counts;
  readonly classes: Counts;
  /** With the path that leads to it, from the block's seed. */
  readonly worst?: Worst & { readonly path: string };
  readonly spread?: Spread;
  readonly counterexample?: Counterexample;
  readonly note?: string;
  readonly coverage?: readonly Coverage[];
  /** Whether a case is undecided though its evidence is there. */
  readonly open?: true;
  /** Probability that chance alone refutes one of the cases: the largest of them. */
  readonly falseAlarm: number;
  readonly ms: number;
}

/** Attempts at a smaller counterexample; beyond them the smallest so far is reported. */
const SHRINK_ATTEMPTS = 200;

/** The blocks of a claim for a seed. @param runs number of cases, the claim's own by default */
export function blocksOf({ statement, cases }: AnyClaim, seed: number, runs?: number): CaseBlock[] {
  const listed = listOf(cases).map((_, entry): CaseBlock => ({ kind: 'listed', entry }));
  if (cases.kind !== 'drawn') return listed;
  const total = runs ?? cases.runs;
  const drawn = Array.from(
    { length: Math.ceil(total / cases.block) },
    (_, index): CaseBlock => ({
      kind: 'drawn',
      seed: deriveSeed(seed, `${statement.id} ${index}`),
      runs: Math.min(cases.block, total - index * cases.block),
    }),
  );
  return [...listed, ...drawn];
}

/** The cases that are written down: all of a claim's that draws none, the regressions of one that does. */
export function listOf(cases: AnyClaim['cases']): readonly unknown[] {
  return cases.kind === 'drawn' ? (cases.regressions ?? []) : cases.list;
}

/**
 * What a claim's cases are drawn from. For a proportion every case has the same law: fast-check's bias towards edges, which
 * fades from run to run, is off.
 */
export function arbitraryOf({ cases, proportions }: AnyClaim): fc.Arbitrary<unknown> {
  if (cases.kind !== 'drawn') throw new RangeError('listed cases are not drawn');
  return proportions ? fc.noBias(cases.arbitrary) : cases.arbitrary;
}

/** A case as text. Whether a drawn record has a prototype says nothing to a reader. */
function printed({ describe = fc.stringify }: AnyClaim, instance: unknown): string {
  return String(describe(instance)).replaceAll(/__proto__:null,?/g, '');
}

/** A claim fails on a case, by a measurement beyond its bound. */
class Refuted extends Error {
  readonly measurement: Measurement;
  readonly evidence: Evidence;

  constructor(measurement: Measurement, evidence: Evidence) {
    const { quantity, residual, bound } = measurement;
    super(
      residual === Number.POSITIVE_INFINITY && bound === 0
        ? `${quantity}: it is not so`
        : `${quantity}: residual ${residual.toExponential(2)} exceeds bound ${bound.toExponential(2)}`,
    );
    this.measurement = measurement;
    this.evidence = evidence;
  }
}

/** What a failure says, and the measurement that it comes from; a check that crashes has none. */
function failureOf(error: unknown, instance: string): Pick<Counterexample, 'reason' | 'worst'> {
  const reason = error instanceof Error ? error.message : String(error);
  return error instanceof Refuted ? { reason, worst: { ...error.measurement, case: instance } } : { reason };
}

/** Checks one case; throws `Refuted` with the reason if the claim fails on it. */
function checkCase(claim: AnyClaim, instance: unknown): Evidence {
  const evidence = new Evidence(claim);
  const returned: unknown = claim.check(claim.subject, instance, evidence);
  if (returned instanceof Promise) {
    // Whatever it ends with: nobody waits for it.
    returned.catch(() => undefined);
    throw new Error('the check returned a promise; checks are synchronous');
  }
  const worst = evidence.worst();
  if (worst && !(ratioOf(worst) <= 1)) throw new Refuted(worst, evidence);
  const silent = !worst && evidence.trials.length === 0;
  if (silent && evidence.undecided === undefined) throw new Error('the check measured nothing');
  for (const { name } of evidence.trials)
    if (!claim.proportions?.some((proportion) => proportion.name === name))
      throw new Error(`the check tried "${name}", which the claim does not declare`);
  return evidence;
}

/** Counts the results of a block's cases. */
class Tally {
  #note: string | undefined;
  #coverage: readonly Coverage[] = [];
  #open = false;
  decided = 0;
  discarded = 0;
  readonly lacking: Record<string, number> = {};
  readonly undecided: Record<string, number> = {};
  readonly classes: Record<string, number> = {};
  readonly trials: Record<string, { outcomes: boolean[]; firstFailure?: number }> = {};
  readonly predictions: Record<string, PredictionPair[]> = {};
  worst: BlockResult['worst'];
  readonly #spread = new SpreadTally();
  falseAlarm = 0;

  /** Adds the probability that chance alone refutes a case, refuted or not. */
  risk({ falseAlarm }: Evidence): void {
    this.falseAlarm = Math.max(this.falseAlarm, falseAlarm);
  }

  /** Counts a draw that the claim says nothing of. */
  discard(error: unknown): void {
    this.discarded++;
    if (error instanceof Outside) this.lacking[error.need] = (this.lacking[error.need] ?? 0) + 1;
  }

  /** @param index of the case within its block @param path that leads to it */
  count(evidence: Evidence, index: number, path: string, name: () => string): void {
    if (evidence.notes.length > 0) this.#note = evidence.notes.join('; ');
    this.#coverage = evidence.coverage;
    this.#open ||= evidence.open;
    this.risk(evidence);
    for (const name of evidence.classes) this.classes[name] = (this.classes[name] ?? 0) + 1;
    if (evidence.undecided !== undefined) {
      this.undecided[evidence.undecided] = (this.undecided[evidence.undecided] ?? 0) + 1;
      return;
    }
    this.decided++;
    for (const { name, success } of evidence.trials) {
      this.trials[name] ??= { outcomes: [] };
      const trials = this.trials[name];
      trials.outcomes.push(success);
      if (!success) trials.firstFailure ??= index;
    }
    for (const { quantity, pair } of evidence.predictions) {
      this.predictions[quantity] ??= [];
      this.predictions[quantity].push(pair);
    }
    const worst = evidence.worst();
    if (!worst) return;
    this.#spread.count(ratioOf(worst));
    if (!this.worst || ratioOf(worst) > ratioOf(this.worst)) this.worst = { ...worst, case: name(), path };
  }

  result(start: number, counterexample?: Counterexample): BlockResult {
    const { decided, discarded, lacking, undecided, classes, trials, predictions, worst, falseAlarm } = this;
    const note = this.#note;
    const { spread } = this.#spread;
    return {
      decided,
      discarded,
      lacking,
      undecided,
      classes,
      trials,
      predictions,
      ...(worst && { worst }),
      ...(spread && { spread }),
      ...(counterexample && { counterexample }),
      ...(note !== undefined && { note }),
      ...(this.#coverage.length > 0 && { coverage: this.#coverage }),
      ...(this.#open && { open: true }),
      falseAlarm,
      ms: performance.now() - start,
    };
  }
}

/** Draws that a block of cases may discard: more are not chance where a generator meets the claim's regime as often as it must. */
function mostDiscarded(runs: number): number {
  let most = 0;
  while (binomialShortfall(runs - 1, runs + most, REGIME_SHARE) > FALSE_ALARM_PER_GENERATOR) most++;
  return most;
}

/** Why a block ended that discarded more. */
function starvation({ decided, undecided, discarded, lacking }: Tally): string {
  const count = decided + total(undecided);
  const regime = { what: 'its regime', of: count + discarded, does: 'draws are inside it', share: REGIME_SHARE };
  return shortfallText({ who: 'generator misses', count, ...regime }, [lacking]);
}

/** What fast-check returns, or why its generator failed. */
function drawn<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    return `the generator failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * Judges a block of a claim's cases. Deterministic but for `ms`.
 * @param shrink whether to look for a smaller counterexample
 */
export function judgeBlock(claim: AnyClaim, block: CaseBlock, shrink = true): BlockResult {
  const start = performance.now();
  const tally = new Tally();
  const { cases } = claim;
  if (block.kind === 'listed') {
    const instance = listOf(cases)[block.entry];
    if (instance === undefined) throw new RangeError(`${claim.statement.id} has no listed case ${block.entry}`);
    const name = printed(claim, instance);
    const path = `listed-${block.entry}`;
    try {
      tally.count(checkCase(claim, instance), 0, path, () => name);
      // A case that was chosen says nothing of a proportion, nor of how good predictions are.
      return { ...tally.result(start), trials: {}, predictions: {} };
    } catch (error) {
      if (error instanceof Refuted) tally.risk(error.evidence);
      return tally.result(start, { case: name, ...failureOf(error, name), seed: 0, path });
    }
  }
  if (cases.kind !== 'drawn') throw new RangeError(`${claim.statement.id} has listed cases`);
  let failed = false;
  let attempts = 0;
  let index = -1;
  const property = fc.property(arbitraryOf(claim), (instance) => {
    if (failed && ++attempts > SHRINK_ATTEMPTS) return;
    index++;
    try {
      const evidence = checkCase(claim, instance);
      if (!failed) tally.count(evidence, index, String(index), () => printed(claim, instance));
    } catch (error) {
      if (error instanceof Refuted) tally.risk(error.evidence);
      if (!fc.PreconditionFailure.isFailure(error)) failed = true;
      else if (!failed) tally.discard(error);
      throw error;
    }
  });
  const report = drawn(() =>
    fc.check(property, {
      seed: block.seed,
      numRuns: block.runs,
      maxSkipsPerRun: mostDiscarded(block.runs) / block.runs,
      endOnFailure: !shrink,
    }),
  );
  if (typeof report === 'string')
    return tally.result(start, { case: 'none', reason: report, seed: block.seed, path: String(index + 1) });
  if (!report.failed) return tally.result(start);
  if (report.counterexample === null)
    return tally.result(start, {
      case: 'none',
      reason: starvation(tally),
      seed: block.seed,
      path: '0',
    });
  const name = printed(claim, report.counterexample[0]);
  const failure = failureOf(report.errorInstance, name);
  return tally.result(start, { case: name, ...failure, seed: block.seed, path: report.counterexamplePath! });
}

/** A trial that failed. */
export interface FailingTrial {
  /** Of the proportion. */
  readonly name: string;
  /** Of the block. */
  readonly seed: number;
  /** Of the case within the block. */
  readonly index: number;
}

/** A case, printed, with the path that leads to it from its block's seed. */
export interface SmallCase {
  readonly case: string;
  readonly path: string;
}

/**
 * A case on which a trial fails, made as small as shrinking finds: what a refuted proportion shows for an example.
 * @param shrink whether to look for a smaller one than the first
 */
export function smallestFailure(
  claim: AnyClaim,
  { name, seed, index }: FailingTrial,
  shrink = true,
): SmallCase | undefined {
  const { cases } = claim;
  if (cases.kind !== 'drawn') return undefined;
  let attempts = 0;
  const fails = (instance: unknown): boolean => {
    if (++attempts > SHRINK_ATTEMPTS) return false;
    try {
      const { trials, undecided } = checkCase(claim, instance);
      return undecided === undefined && trials.some((trial) => trial.name === name && !trial.success);
    } catch {
      return false;
    }
  };
  const property = fc.property(arbitraryOf(claim), (instance) => !fails(instance));
  const report = fc.check(property, { seed, path: String(index), numRuns: 1, endOnFailure: !shrink });
  if (!report.failed || report.counterexample === null) return undefined;
  return { case: printed(claim, report.counterexample[0]), path: report.counterexamplePath! };
}
