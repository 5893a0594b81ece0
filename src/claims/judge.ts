/**
 * The judge: one claim over many cases.
 */
import { FALSE_ALARM_PER_GENERATOR, FALSE_ALARM_PER_PROPORTION } from '../linalg/tolerance.js';
import {
  type BlockResult,
  blocksOf,
  type CaseBlock,
  type FailingTrial,
  judgeBlock,
  type SmallCase,
  smallestFailure,
} from './block.js';
import type { AnyClaim } from './claim.js';
import { addCounts, total } from './counts.js';
import { type Judged, missedBy } from './coverage.js';
import { ratioOf } from './evidence.js';
import { nullResults, type PredictionPair, type PredictionSummary, summarisePredictions } from './prediction.js';
import { decideProportion, type ProportionResult, percent } from './proportion.js';
import { SpreadTally } from './spread.js';
import type { Verdict, Worst } from './verdict.js';

/** What was predicted and measured in all blocks, by quantity. */
function pairsOf(results: readonly BlockResult[]): Record<string, PredictionPair[]> {
  const pairs: Record<string, PredictionPair[]> = {};
  for (const { predictions } of results)
    for (const [quantity, more] of Object.entries(predictions)) {
      pairs[quantity] ??= [];
      pairs[quantity].push(...more);
    }
  return pairs;
}

/** A null predictor that does as well as the claim's, or may. */
function uselessPrediction(
  predictions: readonly PredictionSummary[],
  status: 'holds' | 'undecided',
): string | undefined {
  for (const { quantity, nulls } of predictions) {
    const found = nulls.find((one) => one.status === status);
    const does = status === 'holds' ? 'is right as often as claimed of' : 'is not told apart from';
    const ratio = status === 'holds' ? '; the likelihood ratio exceeds bound 1/α' : '';
    if (found)
      return `${found.name} ${does} the prediction: ${found.successes} of ${found.trials}, ${quantity}${ratio}`;
  }
  return undefined;
}

/** Results of a claim's proportions over blocks in their order. */
function proportionsOver({ proportions = [] }: AnyClaim, results: readonly BlockResult[]): ProportionResult[] {
  return proportions.map((proportion) => {
    const trials = results.flatMap((result) => result.trials[proportion.name]?.outcomes ?? []);
    return decideProportion(proportion, trials, FALSE_ALARM_PER_PROPORTION);
  });
}

/**
 * How many blocks, from the first on, decide a claim: those up to the first counterexample, or to the block that decides the last
 * proportion. `undefined` while nothing is decided.
 * @param results in the order of the blocks, with gaps for those not judged (yet)
 */
export function decidedAfter(claim: AnyClaim, results: readonly (BlockResult | undefined)[]): number | undefined {
  const { cases, proportions, predictions = [] } = claim;
  const least = cases.kind === 'drawn' ? (cases.least ?? 0) : 0;
  const prefix: BlockResult[] = [];
  let tried = 0;
  for (const result of results) {
    if (!result) return undefined;
    prefix.push(result);
    if (result.counterexample) return prefix.length;
    tried += result.decided + total(result.undecided);
    if (!proportions) continue;
    const decisions = proportionsOver(claim, prefix);
    if (decisions.some(({ status }) => status === 'refuted')) return prefix.length;
    if (tried < least || decisions.some(({ status }) => status === 'undecided')) continue;
    const pairs = pairsOf(prefix);
    const nulls = predictions.flatMap((one) => nullResults(one, pairs[one.quantity] ?? [], FALSE_ALARM_PER_PROPORTION));
    if (nulls.every(({ status }) => status !== 'undecided')) return prefix.length;
  }
  return undefined;
}

/** The first trial of a refuted proportion that failed. */
function firstFailure(judged: Judged, { name }: ProportionResult): FailingTrial {
  const { seed, result } = judged.find((one) => one.result.trials[name]?.firstFailure !== undefined)!;
  return { name, seed, index: result.trials[name]!.firstFailure! };
}

/** Why a proportion is refuted, with a small case that counts against it. */
function refutation(
  claim: AnyClaim,
  refuted: ProportionResult,
  judged: Judged,
  small: SmallCase | undefined,
): Pick<Verdict, 'reason' | 'replay'> {
  const { name, successes, trials, atLeast, refutedBelow } = refuted;
  const reason = `${name}: ${successes} of ${trials}, claimed of ${percent(atLeast)} at least; the likelihood ratio to ${percent(refutedBelow)} exceeds bound 1/α`;
  if (!small) return { reason };
  return {
    reason: `${reason}; for example, case ${small.case}`,
    replay: replayLine(claim, firstFailure(judged, refuted).seed, small.path),
  };
}

function replayLine({ statement, mutant }: AnyClaim, seed: number, path: string): string {
  const line = `loopproof replay ${statement.id} --seed ${seed} --path ${path}`;
  return mutant === undefined ? line : `${line} --mutant "${mutant}"`;
}

/** The union bound of a claim: over its cases, its proportions, and its generator after every block. */
function falseAlarmOf(
  { cases, floors, proportions = [] }: AnyClaim,
  blocks: readonly CaseBlock[],
  judged: Judged,
): number {
  const listed = judged.reduce((sum, { block, result }) => sum + (block.kind === 'listed' ? result.falseAlarm : 0), 0);
  if (cases.kind !== 'drawn') return listed;
  const drawn = judged.reduce(
    (most, { block, result }) => Math.max(most, block.kind === 'drawn' ? result.falseAlarm : 0),
    0,
  );
  const runs = blocks.reduce((sum, block) => sum + (block.kind === 'drawn' ? block.runs : 0), 0);
  // Each block may be starved; the regime, each proportion and each class may be missed after it.
  const asked = 2 + proportions.length + Object.keys(floors).length;
  const generator = asked * blocks.length * FALSE_ALARM_PER_GENERATOR;
  return listed + runs * drawn + proportions.length * FALSE_ALARM_PER_PROPORTION + generator;
}

/** The judged blocks, of those that decide a claim. */
function judgedOf(
  claim: AnyClaim,
  blocks: readonly CaseBlock[],
  results: readonly (BlockResult | undefined)[],
): Judged {
  return blocks.slice(0, decidedAfter(claim, results) ?? blocks.length).flatMap((block, k) => {
    const result = results[k];
    return result ? [{ block, seed: block.kind === 'drawn' ? block.seed : 0, result }] : [];
  });
}

/** A trial that failed, where blocks refute a claim by a proportion: an example is to be made of it (`smallestFailure`). */
export function failingTrial(
  claim: AnyClaim,
  seed: number,
  results: readonly (BlockResult | undefined)[],
  runs?: number,
): FailingTrial | undefined {
  const judged = judgedOf(claim, blocksOf(claim, seed, runs), results);
  if (judged.some(({ result }) => result.counterexample)) return undefined;
  const decisions = proportionsOver(
    claim,
    judged.map(({ result }) => result),
  );
  const refuted = decisions.find(({ status }) => status === 'refuted');
  return refuted && firstFailure(judged, refuted);
}

/**
 * The verdict of blocks in their order. Blocks beyond those that decide (`decidedAfter`) change nothing: the verdict does not depend
 * on how many were judged at the same time.
 * @param results one per block of `blocksOf`, with gaps for those not judged for lack of budget
 * @param runs number of cases, the claim's own by default
 * @param small an example against a refuted proportion, from its `failingTrial`
 */
export function mergeBlocks(
  claim: AnyClaim,
  seed: number,
  results: readonly (BlockResult | undefined)[],
  runs?: number,
  small?: SmallCase,
): Verdict {
  const { id, kind, title } = claim.statement;
  const blocks = blocksOf(claim, seed, runs);
  const judged = judgedOf(claim, blocks, results);
  const undecided: Record<string, number> = {};
  const classes: Record<string, number> = {};
  let [cases, discarded, ms] = [0, 0, 0];
  const near = new SpreadTally();
  let worst: Worst | undefined;
  for (const { seed: blockSeed, result } of judged) {
    cases += result.decided;
    discarded += result.discarded;
    ms += result.ms;
    addCounts(undecided, result.undecided);
    addCounts(classes, result.classes);
    if (result.spread) near.add(result.spread);
    if (result.worst && (!worst || ratioOf(result.worst) > ratioOf(worst))) {
      const { path, ...measured } = result.worst;
      worst = { ...measured, replay: replayLine(claim, blockSeed, path) };
    }
  }
  const { spread } = near;
  const judgedResults = judged.map(({ result }) => result);
  const proportions = proportionsOver(claim, judgedResults);
  const pairs = pairsOf(judgedResults);
  const { note, coverage, open: left }: Partial<BlockResult> = judged.length === 1 ? judged[0]!.result : {};
  const predictions =
    claim.cases.kind !== 'drawn'
      ? []
      : (claim.predictions ?? []).map((one) =>
          summarisePredictions(one, pairs[one.quantity] ?? [], FALSE_ALARM_PER_PROPORTION),
        );
  const base = {
    id,
    kind,
    title,
    cases,
    undecided,
    discarded,
    classes,
    falseAlarm: falseAlarmOf(claim, blocks, judged),
    ms,
    ...(worst && { worst }),
    ...(spread && { spread }),
    ...(proportions.length > 0 && { proportions }),
    ...(predictions.length > 0 && { predictions }),
    ...(note !== undefined && { note }),
    ...(coverage && { coverage }),
    ...(left && { open: left }),
  };
  const counterexample = judged.find(({ result }) => result.counterexample)?.result.counterexample;
  if (counterexample) {
    const { case: instance, reason } = counterexample;
    // Whoever crashes is not caught by the claim.
    if (claim.mutant !== undefined && !counterexample.worst)
      return { ...base, status: 'undecided', reason: `not measured: ${reason}; case ${instance}` };
    const line = replayLine(claim, counterexample.seed, counterexample.path);
    return {
      ...base,
      // The refuting case was judged too.
      cases: cases + 1,
      ...(counterexample.worst && { worst: { ...counterexample.worst, replay: line } }),
      status: 'refuted',
      reason: `${reason}; case ${instance}`,
      replay: line,
    };
  }
  const refuted = proportions.find(({ status }) => status === 'refuted');
  if (refuted) return { ...base, status: 'refuted', ...refutation(claim, refuted, judged, small) };
  const useless = claim.mutant === undefined ? uselessPrediction(predictions, 'holds') : undefined;
  if (useless !== undefined) return { ...base, status: 'refuted', reason: useless };
  const missed = missedBy(claim, judged, judged.length === blocks.length);
  if (missed?.status === 'refuted') return { ...base, ...missed };
  const open = (reason: string): Verdict => ({ ...base, status: 'undecided', reason });
  const settled = proportions.length > 0 && proportions.every(({ status }) => status === 'holds');
  const missing = blocks.length - judged.length;
  if (missing > 0 && !settled) return open(`budget spent: ${missing} blocks of cases not tried`);
  if (cases === 0) return open(Object.keys(undecided).join('; ') || 'no cases');
  if (missed) return open(missed.reason);
  if (claim.cases.kind === 'drawn' && total(undecided) > cases)
    return open(
      `${total(undecided)} of ${total(undecided) + cases} cases decided nothing: ${Object.keys(undecided).join('; ')}`,
    );
  const unsettled = proportions.find(({ status }) => status === 'undecided');
  if (unsettled) {
    const { name, successes, trials, refutedBelow, atLeast } = unsettled;
    return open(
      `${name}: ${successes} of ${trials} does not decide between ${percent(refutedBelow)} and ${percent(atLeast)}; budget of cases spent`,
    );
  }
  const vague = uselessPrediction(predictions, 'undecided');
  return vague === undefined ? { ...base, status: 'holds' } : open(vague);
}

/** How to judge in this thread. */
export interface JudgingOptions {
  readonly seed: number;
  /** Number of cases, the claim's own by default. */
  readonly runs?: number;
  /** Whether to look for a smaller counterexample; yes by default. */
  readonly shrink?: boolean;
}

/**
 * Judges a claim in this thread, block after block until they decide.
 * @example
 * const { status, reason, replay } = judge(claim, { seed: 1, runs: 100 });
 * const faulty = judge(mutated(claim, claim.mutants[0]), { seed: 1 }); // is to be refuted
 */
export function judge(claim: AnyClaim, { seed, runs, shrink }: JudgingOptions): Verdict {
  const results: BlockResult[] = [];
  for (const block of blocksOf(claim, seed, runs)) {
    results.push(judgeBlock(claim, block, shrink));
    if (decidedAfter(claim, results) !== undefined) break;
  }
  const trial = failingTrial(claim, seed, results, runs);
  return mergeBlocks(claim, seed, results, runs, trial && smallestFailure(claim, trial, shrink));
}
