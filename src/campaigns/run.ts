/**
 * One run of a campaign, from its plan to its outcome.
 */
import { STAGE_THREE_GROWTH } from '../stages/spectral.js';
import { divergedAt } from '../training/curve.js';
import { version } from '../version.js';
import type { Plan } from './grid.js';
import type { TradeOffVerdict, VerdictName } from './names.js';
import type { RunOutcome } from './outcome.js';
import { pairOf } from './pair.js';
import { measuresOf, type PairedRun, type PhaseTrace, tradeOffOf } from './trace.js';

/** A student's final deployed loss this much above its teacher's is a gap. */
export const GAP = 0.05;

/** A run's outcome, and the curves behind it. */
export interface CompletedRun {
  readonly outcome: RunOutcome;
  readonly traces: Readonly<Record<string, PhaseTrace>>;
}

const prefixed = (prefix: string, measures: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(measures).map(([name, value]) => [`${prefix}.${name}`, value]));

function verdictsOf(
  measures: Readonly<Record<string, number>>,
  staged: boolean,
): Partial<Record<VerdictName, boolean>> {
  const growth = measures['closed.stage3Growth'];
  return {
    peak: measures['open.peakEpoch']! > 0,
    gap: (measures['gap'] ?? 0) > GAP,
    ...('closed.radius' in measures && { crossing: 'closed.crossing' in measures }),
    ...(staged && {
      stages: 'closed.stage1End' in measures && growth !== undefined && growth > STAGE_THREE_GROWTH,
    }),
  };
}

/** The outcome of a pair. @param ms what it took */
export function outcomeOf({ id, digest, measure }: Plan, { closed, open }: PairedRun, ms: number): RunOutcome {
  const origin = { id, digest, version: version() };
  const phase = open ? 'open' : 'closed';
  const epoch = divergedAt(open ?? closed);
  const measures: Record<string, number> = prefixed('closed', measuresOf(closed));
  if (open) Object.assign(measures, prefixed('open', measuresOf(open)));
  if (epoch !== undefined)
    return { ...origin, status: 'diverged', diverged: { phase, epoch }, measures, verdicts: {}, ms };
  const gap = measures['open.deployed']! / measures['closed.deployed']! - 1;
  if (!Number.isNaN(gap)) measures['gap'] = gap;
  const verdicts = verdictsOf(measures, closed.stages !== undefined);
  if (measure.horizons.length > 1 && 'closed.radius' in measures) {
    const { intervals, ...counts } = tradeOffOf(closed);
    measures['tradeOff.intervals'] = intervals;
    for (const [name, count] of Object.entries(counts)) {
      measures[`tradeOff.${name}`] = count;
      verdicts[name as TradeOffVerdict] = count > 0;
    }
  }
  return { ...origin, status: 'finished', measures, verdicts: { ...verdicts }, ms };
}

/** Runs a plan. */
export function runPlan(plan: Plan): CompletedRun {
  const start = performance.now();
  const pair = pairOf(plan);
  return { outcome: outcomeOf(plan, pair, Math.round(performance.now() - start)), traces: { ...pair } };
}
