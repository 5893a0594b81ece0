/**
 * Coverage: whether the cases that were tried are those that a claim is about.
 */
import { binomialShortfall, FALSE_ALARM_PER_GENERATOR } from '../linalg/tolerance.js';
import type { BlockResult, CaseBlock } from './block.js';
import type { AnyClaim } from './claim.js';
import { percent, REGIME_SHARE } from './proportion.js';

/** Blocks with their results, and the seeds that repeat them. */
export type Judged = readonly { readonly block: CaseBlock; readonly seed: number; readonly result: BlockResult }[];

/** The sum of counts. */
export const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0);

/**
 * What a claim's cases miss: its regime, the cases that try one of its proportions, a class above its floor. Few draws may do so by
 * chance: then the claim is undecided. Where fewer cases were tried than the claim has, a class is missed only beyond chance.
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
      return { what: `class “${name}”`, of: inside, does: 'are in it', count, share, always: whole };
    }),
    // Listed cases are what was recorded; a generator that misses its claim's regime is a defect of the claim.
    ...(kind === 'drawn'
      ? [
          { what: 'regime', of: draws, does: 'are inside it', count: inside, share: REGIME_SHARE, always: true },
          ...proportions.map(({ name, share = REGIME_SHARE }) => {
            const count = sum(({ trials }) => trials[name]?.outcomes.length ?? 0);
            return { what: 'regime', of: draws, does: `try "${name}"`, count, share, always: true };
          }),
        ]
      : []),
  ];
  const chance = ({ count, of, share }: (typeof wanted)[number]): number =>
    kind === 'drawn' ? binomialShortfall(count, of, share) : 0;
  const [worst] = wanted.filter(({ count, of, share }) => count < share * of).sort((a, b) => chance(a) - chance(b));
  if (!worst) return undefined;
  const { what, of, does, count, share, always } = worst;
  const beyond = chance(worst) <= FALSE_ALARM_PER_GENERATOR;
  if (!beyond && !always) return undefined;
  const which = what === 'regime' ? 'its regime' : what;
  const reason = `the claim’s ${kind === 'drawn' ? 'generator misses' : 'cases miss'} ${which}: ${count} of ${of} ${what === 'regime' ? 'draws' : 'cases'} ${does}, ${percent(share)} must`;
  return { status: beyond ? 'refuted' : 'undecided', reason };
}
