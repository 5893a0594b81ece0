/**
 * Judges a record by repeating it from its initial weights, within what rounding at its precision can explain.
 */

import type { Evidence } from '../../claims/evidence.js';
import { Stream } from '../../linalg/random.js';
import { SHADOWS, shadowNoise, unitRoundoff } from '../../linalg/tolerance.js';
import { type Initial, initialFrom } from '../../problem/agents.js';
import { supportOf } from '../../problem/kinds.js';
import { type Protocol, plantOf } from '../../problem/protocol.js';
import { emptyCurve, type LearningCurve, rowOf } from '../../training/curve.js';
import type { Engine } from '../../training/engine.js';
import { closesOnGram, explicitLearner, gramLearner } from '../../training/learner.js';
import {
  CHANNELS,
  type Channel,
  type CurveComparison,
  compareCurves,
  shadowTolerances,
} from '../../training/shadow.js';
import { train } from '../../training/train.js';
import type { RecordedRun } from '../format/schema.js';
import { knownMoments, recordedOrderParameters } from '../problem.js';
import { affordableEpochs, BEYOND_BUDGET } from './budget.js';

/** The seed of the shadow runs: any will do, and the same makes verdicts repeatable. */
const SHADOW_SEED = 1;

/** A record as a learning curve; what was not recorded is NaN. */
export function recordedCurve(run: RecordedRun, protocol: Protocol, shape: Engine['shape']): LearningCurve {
  const epochs = run.curves.loss.length;
  const curve = emptyCurve(shape, plantOf(protocol.plant).A.rows, epochs);
  curve.loss.set(run.curves.loss);
  if (run.curves.gradNorm) curve.gradNorm.set(run.curves.gradNorm);
  if (run.curves.clipFactor) curve.clipFactor.set(run.curves.clipFactor);
  run.curves.gram?.forEach((triangle, e) => {
    rowOf(curve.gram, epochs, e).set(triangle);
  });
  recordedOrderParameters(run, protocol)?.forEach((K, e) => {
    rowOf(curve.overlaps, epochs, e).set(K);
  });
  return curve;
}

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

/**
 * Judges a run by replay; adds measurements to the evidence, or says why it decides nothing.
 * @param effort multiple of the usual work (budget.ts)
 */
export function judgeReplay(run: RecordedRun, evidence: Evidence, effort?: number): void {
  const support = supportOf('moments', run.protocol);
  if ('unsupported' in support) return evidence.decidesNothing(support.unsupported);
  // A run that diverged may record no moments any more.
  const unknown = run.curves.moments?.findIndex((triangle) => !triangle.every(Number.isFinite)) ?? -1;
  const known = unknown < 0 ? run.curves.loss.length : unknown;
  if (known === 0) return evidence.decidesNothing('no moments of the first epoch');
  const epochs = affordableEpochs(known, support.protocol, 'units', effort);
  if (epochs === 0) return evidence.decidesNothing(BEYOND_BUDGET);
  const protocol: Protocol = { ...support.protocol, epochs };
  if (!run.weights?.initial) return evidence.decidesNothing('no initial weights recorded: record weights.initial');
  const moments = knownMoments(run, protocol);
  if (!moments) return evidence.decidesNothing('starts unknown: record curves.moments');
  const initial = initialFrom(run.weights.initial, protocol);
  const { agent, horizon, precision = 'f32' } = protocol;
  const units = agent.kind === 'effective' ? agent.rank + 1 : agent.N;
  const noise = shadowNoise(units + 2 * horizon + 16, unitRoundoff(precision));
  const { multiple, falseAlarm } = SHADOWS.run;

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
  const recorded = recordedCurve(run, protocol, main.engine.shape);
  const channels = (Object.keys(CHANNELS) as Channel[]).filter((channel) => run.curves[channel] !== undefined);

  const against = (name: string, curve: LearningCurve): CurveComparison => {
    evidence.risks(falseAlarm);
    const comparison = compareCurves(recorded, curve, tolerances, precision, channels);
    if (comparison.decisive) {
      const { channel, epoch, difference, tolerance } = comparison.decisive;
      const values =
        channel === 'overlaps' || channel === 'gram'
          ? ''
          : `: recorded ${recorded[channel][epoch]}, predicted ${curve[channel][epoch]}`;
      const place = difference > tolerance ? 'leaves the record' : 'nearest to its bound';
      evidence.within(`${channel} of the ${name}, ${place} at epoch ${epoch}${values}`, difference, tolerance);
    }
    return comparison;
  };
  const { decisive, compared, end } = against('agent itself', reference);
  if ('agent' in initial && closesOnGram(protocol))
    against('Gram dynamics', train(gramLearner(protocol, initial.agent), protocol, moments));
  if (!decisive) return evidence.decidesNothing(`${end} at the declared precision from the first epoch on`);
  const then = end !== 'complete' ? `, then ${end}` : epochs < known ? ', then beyond the budget: --effort' : '';
  evidence.note(`${compared} of ${known} epochs${then}`);

  const toEnd = end === 'complete' && compared === support.protocol.epochs;
  const followed = decisive.difference <= decisive.tolerance;
  if (followed && toEnd && run.weights.final) {
    const claimed = flatten(initialFrom(run.weights.final, protocol));
    evidence.within('final weights', distance(reached, claimed), multiple * spread);
  }
  evidence.classify('replayed to the end', toEnd);
  evidence.classify('becomes chaotic', end === 'chaotic');
}
