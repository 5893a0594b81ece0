/**
 * Coverage: whether the cases that were tried are those that a claim is about.
 */
import { binomialShortfall, DOUBT_PER_FLOOR, FALSE_ALARM_PER_GENERATOR } from '../linalg/tolerance.js';
import type { BlockResult, CaseBlock } from './block.js';
import type { AnyClaim } from './claim.js';
import { shortfallText, total } from './counts.js';
import { REGIME_SHARE } from './proportion.js';

/** Blocks with their results, and the seeds that repeat them. */
export type Judged = readonly { readonly block: CaseBlock; readonly seed: number; readonly result: BlockResult }[];

/**
 * What a claim's cases miss: its regime, the cases that try one of its proportions, a class by its floor. Chance may do so to few draws:
 * then the claim is undecided. A class that is missed by no more than chance explains is not missed.
 * @param whole whether all of the claim's cases were tried
 */
export function missedBy(
  { cases, floors, mutant, proportions = [] }: AnyClaim,
  judged: Judged,
  whole: boolean,
): { readonly status: 'refuted' | 'undecided'; readonly reason: string } | undefined {
  const kind = cases.kind === 'drawn' ? 'drawn' : 'listed';
  // A mutant is to be refuted by what is measured; a list says nothing before its end.
  if (mutant !== undefined || (kind === 'listed' && !whole)) return undefined;
  const results = judged.filter(({ block }) => block.kind === kind).map(({ result }) => result);
  const sum = (count: (result: BlockResult) => number): number =>
    results.reduce((all, result) => all + count(result), 0);
  const decided = sum((result) => result.decided);
  const inside = decided + sum(({ undecided }) => total(undecided));
  // Cases that decide nothing, for a reason of their own, make no defect of it.
  if (decided === 0 && inside > 0) return undefined;
  const draws = inside + sum(({ discarded }) => discarded);
  const wanted = [
    ...Object.entries(floors).map(([name, share]) => {
      const count = sum(({ classes }) => classes[name] ?? 0);
      return { what: `class “${name}”`, of: inside, does: 'cases are in it', count, share, doubt: DOUBT_PER_FLOOR };
    }),
    // Listed cases are what was recorded; a generator that misses its claim's regime is a defect of the claim.
    ...(kind === 'drawn'
      ? [
          { what: 'its regime', of: draws, does: 'draws are inside it', count: inside, share: REGIME_SHARE, doubt: 1 },
          ...proportions.map(({ name, share = REGIME_SHARE }) => {
            const count = sum(({ trials }) => trials[name]?.outcomes.length ?? 0);
            return { what: 'its regime', of: draws, does: `draws try "${name}"`, count, share, doubt: 1 };
          }),
        ]
      : []),
  ];
  const missed = wanted
    .filter(({ count, of, share }) => count < share * of)
    .map((one) => ({ ...one, chance: kind === 'drawn' ? binomialShortfall(one.count, one.of, one.share) : 0 }))
    .filter(({ chance, doubt }) => chance <= doubt);
  const [worst] = missed.sort((a, b) => a.chance - b.chance);
  if (!worst) return undefined;
  const who = kind === 'drawn' ? 'generator misses' : 'cases miss';
  const lacking = results.map((result) => result.lacking);
  const reason = shortfallText({ who, ...worst }, lacking);
  return { status: worst.chance <= FALSE_ALARM_PER_GENERATOR ? 'refuted' : 'undecided', reason };
}
