/**
 * Where stage 1 settles: hopping about a minimum of the exact loss of σ_zm alone.
 */
import { proportion } from '../odds.js';
import type { Statement } from '../statement.js';
import type { Turn } from './stage-one-lasts-as-predicted.js';

export const statement: Statement = {
  id: 'stage-one-settles-at-minimum',
  kind: 'empirical',
  title: 'stage 1 ends in hops across the predicted minimum of the loss of σ_zm alone',
  statement:
    'Clipped steps do not stop at a minimum. σ_zm hops across the first minimum whose basin is wider than a hop, between the point where its descent alone turns and one hop lr·c·‖M‖ back. The middle of the first hop lies within one hop of the predicted level in 70 of 100 configurations that descend, and in 70 of 100 that ascend from below the minima. The next minimum of the loss without memory, which needs no run of one variable, lies within three hops in 85.',
  formula: 'σ_set = σ_turn ± lr c ‖M‖ / 2, + from above, − from below',
  latex: String.raw`\sigma_{\mathrm{set}} = \sigma_{\mathrm{turn}} \pm \mathit{lr}\,c {\lVert M\rVert} / 2, +\text{ from above}, -\text{ from below}`,
  assumptions: 'as for stage-one-lasts-as-predicted',
  validity:
    'until memory grows; then the minimum itself moves and stage 2 begins. Where the first gradient’s share along M is below 0.9 the level is more than a hop away in two of three (tried as well)',
  tolerance: 'each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most',
  source: { paper: 'Fig. 3e', theory: '#stage-1', status: 'new' },
};

export const odds = {
  above: proportion(0.7, 0.6, 'from above, the middle of the first hop is within one hop of the predicted level', {
    share: 0.2,
  }),
  below: proportion(0.7, 0.6, 'from below, the middle of the first hop is within one hop of the predicted level', {
    share: 0.15,
  }),
  next: proportion(0.85, 0.75, 'it is within three hops of the next minimum of the loss without memory', {
    share: 0.4,
  }),
  beyond: proportion(0.65, 0.55, 'beyond the regime it is more than a hop away', { share: 0.04, control: true }),
};

/** The level about which σ_zm hops, from the turn that its descent alone takes. @param hop lr·c·‖M‖ */
export function settlingLevel({ zm, direction }: Turn, hop: number): number {
  return zm - (direction * hop) / 2;
}
