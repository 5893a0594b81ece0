/**
 * The zig-zag of stage 2: clipped steps hop along M with period two.
 */
import { proportion } from '../odds.js';
import { CLIPPED, NAMED_LOSS, regimeOf } from '../regime.js';
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'clipped-steps-hop-along-input-weights',
  kind: 'empirical',
  title: 'clipping makes the zig-zag: a period-two hop along M of width lr c ‖M‖',
  statement:
    'With M fixed, no clipped step moves σ_zm by more than lr·c·‖M‖, in any configuration. Consider the plateau of stage 2 after a descent along M. Three steps in four turn, and their mean width is at least half of lr·c·‖M‖, in 85 of 100 configurations. The median step is lr·c·‖M‖, as predicted before the run, to within a factor 1.3, in 80. Clipping causes the turns: continue from the plateau’s first epoch without clipping, at a rate that makes the steepest step a quarter as wide, or under Adam with a first step as wide as that. Fewer than one step in four then turns within 50 epochs, in 95 of 100.',
  formula: '|σ_zm(e+1) − σ_zm(e)| = s |∂L/∂Z·M| ≤ lr κ ‖g‖ ‖M‖ ≤ lr c ‖M‖',
  latex: String.raw`{\lvert\sigma_{zm}(e+1) - \sigma_{zm}(e)\rvert} = s {\lvert\partial L/\partial Z\cdot M\rvert} \le \mathit{lr}\,\kappa {\lVert g\rVert} {\lVert M\rVert} \le \mathit{lr}\,c {\lVert M\rVert}`,
  assumptions:
    'M fixed; clip by the global norm. The bound: any rank, order, batch. The zig-zag: population of starts, T ≥ 30, a first gradient along M (share 0.95 or more), a plateau of 20 epochs or more',
  validity:
    'the bound always; argued and tried, not proved. The alternation fades where batches are small, since their noise decides the sign. At horizons of 5 to 15 fewer steps turn or the hops are narrower, in 65 of 100 plateaus (tried as well)',
  tolerance:
    'the bound: rounding of the order parameters; the zig-zag: each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most',
  source: { paper: 'Fig. 4c', theory: '#stage-2', status: 'new' },
};

/** Of a protocol, for the bound on a step. */
export const regime = regimeOf(CLIPPED, NAMED_LOSS, {
  needs: 'M fixed',
  holds: ({ trained }) => !trained.includes('m'),
});

export const odds = {
  alternates: proportion(0.85, 0.75, 'on the plateau three steps of four turn, half as wide as the bound or more', {
    share: 0.3,
  }),
  width: proportion(0.8, 0.7, 'the median step on the plateau is lr·c·‖M‖ within a factor 1.3', { share: 0.3 }),
  short: proportion(0.65, 0.55, 'at horizons of 5 to 15 fewer steps turn, or they are narrower than half the bound', {
    share: 0.05,
    control: true,
  }),
  unclipped: proportion(0.95, 0.85, 'on from the plateau without clipping, fewer than one step in four turns', {
    share: 0.08,
  }),
  adam: proportion(0.95, 0.85, 'on from the plateau under Adam, fewer than one step in four turns', { share: 0.08 }),
};

/** The zig-zag of a stretch of a curve. */
export interface ZigZag {
  /** Share of epochs in which σ_zm turns. */
  readonly alternation: number;
  /** Mean size of its steps. */
  readonly width: number;
  /** Median size of its steps. */
  readonly median: number;
}

/**
 * The zig-zag of σ_zm, first entry of each epoch's overlaps.
 * @param overlaps one row per epoch @param from first epoch @param to one past the last, three epochs beyond `from` at least
 */
export function zigZag(overlaps: Float64Array, epochs: number, from: number, to: number): ZigZag {
  const size = overlaps.length / epochs;
  const step = (e: number): number => overlaps[(e + 1) * size]! - overlaps[e * size]!;
  const sizes: number[] = [];
  let turns = 0;
  for (let e = from; e < to - 2; e++) {
    if (step(e) * step(e + 1) < 0) turns++;
    sizes.push(Math.abs(step(e)));
  }
  const count = to - 2 - from;
  sizes.sort((a, b) => a - b);
  const width = sizes.reduce((a, b) => a + b, 0) / count;
  return { alternation: turns / count, width, median: sizes[Math.floor(count / 2)]! };
}
