/**
 * Judges a record by repeating it from its initial weights, within what rounding at its precision can explain.
 */

import { orderParameterNames } from '../../agent/order-parameters.js';
import type { Comparison, Evidence } from '../../claims/evidence.js';
import { Stream } from '../../linalg/random.js';
import { overlapRoundings, SHADOWS, shadowNoise, unitRoundoff } from '../../linalg/tolerance.js';
import type { Initial } from '../../problem/agents.js';
import type { Protocol } from '../../problem/protocol.js';
import { type LearningCurve, rowOf } from '../../training/curve.js';
import { closesOnGram, explicitLearner, gramLearner } from '../../training/learner.js';
import { type Channel, type CurveComparison, compareCurves, shadowTolerances } from '../../training/shadow.js';
import { train } from '../../training/train.js';
import type { RecordedRun } from '../format/schema.js';
import { type RunRecord, recordOf } from '../record.js';
import { affordableEpochs, BEYOND_BUDGET } from './budget.js';

/** The class of runs whose replay ends early: rounding decides what comes after. */
export const BECOMES_CHAOTIC = 'becomes chaotic';

/** The seed of the shadow runs: any will do, and the same makes verdicts repeatable. */
const SHADOW_SEED = 1;

/** The parameters of an engine or of a record as one list. */
function flatten(initial: Initial): number[] {
  const { leak: _, ...matrices } = 'agent' in initial ? initial.agent : { leak: 0, ...initial.overlaps };
  return Object.values(matrices).flatMap((A) => Array.from({ length: A.data.length }, (_, k) => A.data[k]!));
}

const distance = (a: readonly number[], b: readonly number[]): number => {
  let [largest, size] = [0, 1];
  a.forEach((value, k) => {
    largest = Math.max(largest, Math.abs(value - b[k]!));
    size = Math.max(size, Math.abs(value));
  });
  return largest / size;
};

const SCALARS = { loss: 'loss', gradNorm: 'gradient norm', clipFactor: 'clip factor' } as const;

/** A number of a channel, beside what is predicted of it. */
export interface ChannelNumber {
  readonly quantity: string;
  at(epoch: number): Comparison;
}

/** The number of a channel that is furthest from its prediction at an epoch. */
export function furthestOff(
  { curve, shape }: Pick<RunRecord, 'curve' | 'shape'>,
  predicted: LearningCurve,
  channel: Channel,
  epoch: number,
): ChannelNumber {
  const row = (of: LearningCurve, e: number): Float64Array => rowOf(of[channel], of.epochs, e);
  const [a, b] = [row(curve, epoch), row(predicted, epoch)];
  let worst = 0;
  a.forEach((value, k) => {
    if (Math.abs(value - b[k]!) > Math.abs(a[worst]! - b[worst]!)) worst = k;
  });
  return {
    quantity:
      channel === 'overlaps'
        ? orderParameterNames(shape)[worst]!
        : channel === 'gram'
          ? `Gram entry ${worst}`
          : SCALARS[channel],
    at: (e) => ({ epoch: e, recorded: row(curve, e)[worst]!, predicted: row(predicted, e)[worst]! }),
  };
}

/**
 * Judges a run by replay; adds measurements to the evidence, or says why it decides nothing.
 * @param effort multiple of the usual work (budget.ts)
 */
export function judgeReplay(run: RecordedRun, evidence: Evidence, effort?: number): void {
  const record = recordOf(run);
  if ('unsupported' in record) return evidence.decidesNothing(record.unsupported);
  const { epochsWithMoments, moments, initial, final, channels } = record;
  if (epochsWithMoments === 0) return evidence.decidesNothing('the first epoch has no finite moments');
  const epochs = affordableEpochs(epochsWithMoments, record.protocol, 'units', effort);
  if (epochs === 0) return evidence.decidesNothing(BEYOND_BUDGET);
  if (!initial) return evidence.decidesNothing('no initial weights: add weights.initial');
  if (!moments) return evidence.decidesNothing('the starts are unknown: add curves.moments');
  const protocol: Protocol = { ...record.protocol, epochs };
  const { agent, horizon, precision = 'f32' } = protocol;
  const units = agent.kind === 'effective' ? agent.rank + 1 : agent.N;
  const noise = shadowNoise(overlapRoundings(units, horizon), unitRoundoff(precision));

  const main = explicitLearner(protocol, initial);
  const reference = train(main.engine, protocol, moments);
  const reached = flatten(main.current());
  let spread = noise;
  let shadow = main;
  const tolerances = shadowTolerances(
    () => {
      shadow = explicitLearner(protocol, initial);
      return shadow.engine;
    },
    protocol,
    moments,
    reference,
    noise,
    new Stream(SHADOW_SEED),
    {
      plan: SHADOWS.run,
      afterRun: () => {
        spread = Math.max(spread, distance(reached, flatten(shadow.current())));
      },
    },
  );

  const against = (how: string, predicted: LearningCurve): CurveComparison => {
    evidence.risks(SHADOWS.run.falseAlarm);
    const comparison = compareCurves(record.curve, predicted, tolerances, precision, channels);
    if (comparison.decisive) {
      const { channel, epoch, difference, tolerance } = comparison.decisive;
      const { quantity, at } = furthestOff(record, predicted, channel, epoch);
      const place = difference > tolerance ? 'first disagrees' : 'is nearest to its bound';
      evidence.within(`${how}, ${quantity} ${place}`, difference, tolerance, at(epoch));
    }
    return comparison;
  };
  const { decisive, compared, end } = against('re-simulating all units', reference);
  if ('agent' in initial && closesOnGram(protocol))
    against('by the Gram dynamics', train(gramLearner(protocol, initial.agent), protocol, moments));
  if (!decisive) return evidence.decidesNothing(`${end} at the declared precision from the first epoch on`);
  const beyond = epochs < epochsWithMoments ? ', then beyond the budget: --effort' : '';
  evidence.note(`${compared} of ${epochsWithMoments} epochs${end === 'complete' ? beyond : `, then ${end}`}`);

  const toEnd = end === 'complete' && compared === record.protocol.epochs;
  const followed = decisive.difference <= decisive.tolerance;
  if (followed && toEnd && final)
    evidence.within('final weights', distance(reached, flatten(final)), SHADOWS.run.multiple * spread);
  evidence.classify('replayed to the end', toEnd);
  evidence.classify(BECOMES_CHAOTIC, end === 'chaotic');
}
