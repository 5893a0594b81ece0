/**
 * The judge: one claim over many cases.
 */
import { FALSE_ALARM_PER_PROPORTION } from '../linalg/tolerance.js';
import { type BlockResult, blocksOf, judgeBlock, smallestFailure } from './block.js';
import type { AnyClaim } from './claim.js';
import { ratioOf } from './evidence.js';
import { type Pair, summarisePredictions } from './prediction.js';
import { decideProportion, type ProportionResult, percent } from './proportion.js';
import type { Verdict, Worst } from './verdict.js';

function addCounts(into: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) into[name] = (into[name] ?? 0) + count;
}

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

/** What a claim's proportions come to over blocks in their order. */
function proportionsOver({ proportions = [] }: AnyClaim, results: readonly BlockResult[]): ProportionResult[] {
  return proportions.map((proportion) => {
    const trials = results.flatMap((result) => result.trials[proportion.name]?.outcomes ?? []);
    return decideProportion(proportion, trials, FALSE_ALARM_PER_PROPORTION);
  });
}

/**
 * How many blocks, from the first on, decide a claim: up to the first counterexample; for proportions up to the block that
 * decides the last of them. `undefined` while nothing is decided: more blocks are wanted.
 * @param results in the order of the blocks, with gaps for those not judged (yet)
 */
export function decidedAfter(claim: AnyClaim, results: readonly (BlockResult | undefined)[]): number | undefined {
  const { cases, proportions } = claim;
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
    if (tried >= least && decisions.every(({ status }) => status === 'holds')) return prefix.length;
  }
  return undefined;
}

/** A block with its result, as `mergeBlocks` needs it for a replay line. */
type Judged = readonly { readonly seed: number; readonly result: BlockResult }[];

/** Why a proportion is refuted, with a small case that counts against it. */
function refutation(
  claim: AnyClaim,
  { name, successes, trials, atLeast, refutedBelow }: ProportionResult,
  judged: Judged,
): Pick<Verdict, 'reason' | 'replay'> {
  const reason = `${name}: ${successes} of ${trials}, claimed of ${percent(atLeast)} at least; the likelihood ratio to ${percent(refutedBelow)} exceeds bound 1/α`;
  const first = judged.find(({ result }) => result.trials[name]?.firstFailure !== undefined)!;
  const index = first.result.trials[name]!.firstFailure!;
  const smallest = smallestFailure(claim, name, first.seed, index);
  if (!smallest) return { reason };
  return {
    reason: `${reason}; for example, case ${smallest.case}`,
    replay: replayLine(claim, first.seed, smallest.path),
  };
}

function replayLine({ statement, mutant }: AnyClaim, seed: number, path: string): string {
  const line = `loopproof replay ${statement.id} --seed ${seed} --path ${path}`;
  return mutant === undefined ? line : `${line} --mutant "${mutant}"`;
}

/**
 * The verdict that blocks come to, in their order. Blocks beyond those that decide (`decidedAfter`) change nothing, so that
 * the verdict does not depend on how many were judged beside each other.
 * @param results one per block of `blocksOf`, with gaps for those not judged for lack of budget
 * @param runs number of cases, the claim's own by default
 */
export function mergeBlocks(
  claim: AnyClaim,
  seed: number,
  results: readonly (BlockResult | undefined)[],
  runs?: number,
): Verdict {
  const { id, kind, title } = claim.statement;
  const blocks = blocksOf(claim, seed, runs);
  const judged = blocks.slice(0, decidedAfter(claim, results) ?? blocks.length).flatMap((block, k) => {
    const result = results[k];
    return result ? [{ seed: block.kind === 'drawn' ? block.seed : 0, result }] : [];
  });
  const undecided: Record<string, number> = {};
  const classes: Record<string, number> = {};
  const pairs: Record<string, Pair[]> = {};
  let [cases, discarded, ms] = [0, 0, 0];
  let worst: Worst | undefined;
  for (const { result } of judged) {
    cases += result.decided;
    discarded += result.discarded;
    ms += result.ms;
    addCounts(undecided, result.undecided);
    addCounts(classes, result.classes);
    for (const [quantity, more] of Object.entries(result.predictions)) {
      pairs[quantity] ??= [];
      pairs[quantity].push(...more);
    }
    if (result.worst && (!worst || ratioOf(result.worst) > ratioOf(worst))) worst = result.worst;
  }
  const proportions = proportionsOver(
    claim,
    judged.map(({ result }) => result),
  );
  const note = judged.length === 1 ? judged[0]!.result.note : undefined;
  const predictions = Object.entries(pairs).map(([quantity, list]) => summarisePredictions(quantity, list));
  const base = {
    id,
    kind,
    title,
    cases,
    undecided,
    discarded,
    classes,
    ms,
    ...(worst && { worst }),
    ...(proportions.length > 0 && { proportions }),
    ...(predictions.length > 0 && { predictions }),
    ...(note !== undefined && { note }),
  };
  const counterexample = judged.find(({ result }) => result.counterexample)?.result.counterexample;
  if (counterexample) {
    const { case: instance, reason } = counterexample;
    return {
      ...base,
      // The refuting case was judged too.
      cases: cases + 1,
      ...(counterexample.worst && { worst: counterexample.worst }),
      status: 'refuted',
      reason: `${reason}; case ${instance}`,
      replay: replayLine(claim, counterexample.seed, counterexample.path),
    };
  }
  const refuted = proportions.find(({ status }) => status === 'refuted');
  if (refuted) return { ...base, status: 'refuted', ...refutation(claim, refuted, judged) };
  const open = (reason: string): Verdict => ({ ...base, status: 'undecided', reason });
  const settled = proportions.length > 0 && proportions.every(({ status }) => status === 'holds');
  const missing = blocks.length - judged.length;
  if (missing > 0 && !settled) return open(`budget spent: ${missing} blocks of cases not tried`);
  if (cases === 0) return open(Object.keys(undecided).join('; ') || 'no cases');
  const idle = total(undecided) + discarded;
  // Listed cases are what was recorded; a generator that misses its claim's regime is a defect of the claim.
  if (claim.cases.kind === 'drawn' && idle > cases)
    return open(`${idle} of ${idle + cases} draws decided nothing: the claim’s generator misses its regime`);
  const unsettled = proportions.find(({ status }) => status === 'undecided');
  if (unsettled) {
    const { name, successes, trials, refutedBelow, atLeast } = unsettled;
    return open(
      `${name}: ${successes} of ${trials} does not decide between ${percent(refutedBelow)} and ${percent(atLeast)}; budget of cases spent`,
    );
  }
  return { ...base, status: 'holds' };
}

/** How to judge in this thread. */
export interface JudgeOptions {
  readonly seed: number;
  /** Number of cases, the claim's own by default. */
  readonly runs?: number;
  /** Whether to look for a smaller counterexample; yes by default. */
  readonly shrink?: boolean;
}

/** Judges a claim in this thread, block after block until they decide. */
export function judge(claim: AnyClaim, { seed, runs, shrink }: JudgeOptions): Verdict {
  const results: BlockResult[] = [];
  for (const block of blocksOf(claim, seed, runs)) {
    results.push(judgeBlock(claim, block, shrink));
    if (decidedAfter(claim, results) !== undefined) break;
  }
  return mergeBlocks(claim, seed, results, runs);
}
