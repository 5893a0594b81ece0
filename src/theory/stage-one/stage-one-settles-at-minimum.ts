/**
 * Where stage 1 settles: hopping about a minimum of the exact loss of σ_zm alone.
 */
import type { Formula, Statement } from '../statement.js';
import type { Turn } from './stage-one-lasts-as-predicted.js';

export const statement: Statement = {
  id: 'stage-one-settles-at-minimum',
  kind: 'empirical',
  title: 'stage 1 settles, hopping, at the predicted minimum of the loss of σ_zm alone',
  statement:
    'Clipped steps neither stop at the minimum nor know its depth: σ_zm hops across the first one whose basin is wider than a hop, between the point where its descent alone turns and one hop lr·c·‖M‖ back. The middle of the first hop lies within one hop of the predicted one in 70 of 100 configurations that descend, and in as many that ascend from below the minima. The next minimum of the loss without memory, which needs no run of one variable, is within three hops in 80.',
  formula: 'σ_set = σ_turn ± lr c ‖M‖ / 2, + from above, − from below',
  assumptions: 'as for stage-one-lasts-as-predicted',
  validity:
    'until memory grows: then the minimum itself moves, and stage 2 begins; where the first gradient’s share along M is below 0.9 the level is more than a hop away in two of three (tried as well)',
  tolerance: 'a proportion, decided sequentially with a false-alarm rate of 2^-20',
  source: 'theory.md §4 (new; both set points: paper, Fig. 3e)',
};

/** The level about which σ_zm hops, from the turn that its descent alone takes. @param hop lr·c·‖M‖ */
export function settlingLevel({ zm, direction }: Turn, hop: number): number {
  return zm - (direction * hop) / 2;
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [];
