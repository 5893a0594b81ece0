/**
 * Where stage 1 settles: hopping about a minimum of the exact loss of σ_zm alone.
 */
import type { Formula, Statement } from './_statement.js';
import type { Turn } from './stage-one-lasts-as-predicted.js';

export const statement: Statement = {
  id: 'stage-one-settles-at-minimum',
  kind: 'empirical',
  title: 'stage 1 settles, hopping, at the predicted minimum of the loss of σ_zm alone',
  statement:
    'Clipped steps neither stop at the minimum nor know its depth: σ_zm hops across the first one whose basin is wider than a hop, between the point where its descent alone turns and one hop lr·c·‖M‖ above. The middle of the first hop lies within one hop of the predicted one in 70 of 100 configurations.',
  formula: 'σ_set = σ_turn + lr c ‖M‖ / 2',
  assumptions: 'as for stage-one-lasts-as-predicted',
  validity: 'until memory grows: then the minimum itself moves, and stage 2 begins',
  tolerance: 'a proportion, decided sequentially with a false-alarm rate of 2^-20',
  source: 'theory.md §4 (new)',
};

/** The level about which σ_zm hops, from the turn that its descent alone takes. @param hop lr·c·‖M‖ */
export function settlingLevel({ zm }: Turn, hop: number): number {
  return zm + hop / 2;
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [];
