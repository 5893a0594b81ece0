/**
 * Forecasts of stage 1: σ_zm descends alone.
 */

import type { Protocol } from '../../problem/protocol.js';
import { steadyRate } from '../../problem/schema.js';
import { promise } from '../../theory/odds.js';
import * as lasting from '../../theory/stage-one/stage-one-lasts-as-predicted.js';
import * as settling from '../../theory/stage-one/stage-one-settles-at-minimum.js';
import * as hopping from '../../theory/stage-two/clipped-steps-hop-along-input-weights.js';
import { type Forecast, none, outside, type Voucher, vouched } from './forecast.js';

/** Stage 1: σ_zm descends alone. */
export interface StageOne {
  /** Share of the first gradient along M, signed so that 1 lowers σ_zm; `null` for a gradient of zero or not finite. */
  readonly alignment: number | null;
  /** Outside, the forecasts are known to miss; between, nothing is claimed. */
  readonly regime: 'inside' | 'between' | 'outside';
  /** lr·c·‖M‖: no clipped step moves σ_zm further. */
  readonly hop: Forecast;
  /** Updates until σ_zm turns, by descending it alone. */
  readonly turn: Forecast;
  /** σ*: the first minimum that σ_zm(0) descends to. */
  readonly minimum: Forecast;
  /** |σ_zm(0) − σ*|/(lr·c·‖M‖), in updates. */
  readonly duration: Forecast;
  /** The σ_zm about which it then hops. */
  readonly level: Forecast;
}

/** Forecasts stage 1 of a run. */
export function stageOneOf(protocol: Protocol, start: lasting.StageOneStart): StageOne {
  const { clip } = protocol.optimizer;
  const unbounded = hopping.regime.doubts(protocol);
  const width = lasting.hopWidth(steadyRate(protocol.optimizer) ?? Number.NaN, clip ?? Number.NaN, start.inputNorm);
  const hop = unbounded.length > 0 ? outside(hopping, unbounded) : vouched(hopping, width, 'at most');
  const known = {
    alignment: Number.isFinite(start.gradNorm) && Number.isFinite(start.alignment) ? start.alignment : null,
    regime: lasting.stageOneRegime(start, protocol),
    hop,
  };
  const each = (of: (claim: Voucher) => Forecast): StageOne => {
    const long = of(lasting);
    return { ...known, turn: long, minimum: long, duration: long, level: of(settling) };
  };
  const doubts = lasting.regime.doubts({ ...protocol, ...start });
  if (doubts.length > 0) return each((claim) => outside(claim, doubts));
  const turn = lasting.descendAlone(start, protocol);
  if (turn === undefined) return each((claim) => none(claim, `σ_zm does not turn within ${protocol.epochs} epochs`));
  const { above, below } = settling.odds;
  const level =
    turn.epoch === 0
      ? outside(settling, ['σ_zm turns at once'])
      : vouched(
          settling,
          settling.settlingLevel(turn, width),
          promise('within a hop', turn.direction < 0 ? above : below),
        );
  if (turn.epoch < lasting.SHORTEST_STAGE)
    return {
      ...each((claim) =>
        outside(claim, [`needs a stage of ${lasting.SHORTEST_STAGE} updates or more, found ${turn.epoch}`]),
      ),
      level,
    };
  // The descent alone steps by a hop at most and passes no minimum that is wider.
  const minimum = lasting.firstMinimum(start, width, turn.epoch + 1);
  const lasts = (updates: number, odds: typeof lasting.odds.flow): Forecast =>
    vouched(lasting, updates, promise('within 1 epoch + 10 %', odds));
  return {
    ...each((claim) => none(claim, 'no minimum')),
    turn: lasts(turn.epoch, lasting.odds.flow),
    ...(minimum !== undefined && {
      minimum: vouched(lasting, minimum),
      duration: lasts(Math.abs(start.zm - minimum) / width, lasting.odds.closed),
    }),
    level,
  };
}
