/**
 * Judges a record by repeating it from its initial weights, within what rounding at its precision can explain.
 */

import { overlapsIn } from '../agent/overlaps.js';
import type { Evidence } from '../claims/evidence.js';
import { matrix } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { SHADOWS, shadowNoise, unitRoundoff } from '../linalg/tolerance.js';
import { emptyCurve, type LearningCurve, rowOf } from '../training/curve.js';
import type { Engine } from '../training/engine.js';
import { closesOnGram, effectiveLearner, fullLearner, gramLearner, type Initial } from '../training/learner.js';
import { type Protocol, plantOf } from '../training/protocol.js';
import { CHANNELS, type Channel, compareCurves, shadowTolerances } from '../training/shadow.js';
import { train } from '../training/train.js';
import { initialFrom, knownMoments, recordedCouplings, supportOf } from './problem.js';
import type { RecordedRun } from './schema.js';

/** The seed of the shadow runs: any will do, and the same makes verdicts repeatable. */
const SHADOW_SEED = 1;

/** A record as a learning curve; what was not recorded is NaN. */
export function recordedCurve(run: RecordedRun, protocol: Protocol, shape: Engine['shape']): LearningCurve {
  const epochs = run.curves.loss.length;
  const curve = emptyCurve(shape, plantOf(protocol.plant).A.rows, epochs);
  curve.loss.set(run.curves.loss);
  if (run.curves.gradNorm) curve.gradNorm.set(run.curves.gradNorm);
  recordedCouplings(run, protocol)?.forEach((K, e) => {
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

/** A learner whose parameters can be read at the end. */
interface Repeatable {
  readonly engine: Engine;
  readonly final: () => Initial;
}

function repeatable(protocol: Protocol, initial: Initial): Repeatable {
  if ('agent' in initial) {
    const engine = fullLearner(protocol, initial.agent);
    return { engine, final: () => ({ agent: engine.agent() }) };
  }
  const engine = effectiveLearner(protocol, initial.overlaps);
  const { p, c, r } = engine.shape;
  const K = matrix(p + r, c + r);
  return {
    engine,
    final: () => {
      engine.observe(K.data, new Float64Array(0));
      return { overlaps: overlapsIn(K, p, c) };
    },
  };
}

/** Judges a run by replay; adds measurements to the evidence, or says why it decides nothing. */
export function judgeReplay(run: RecordedRun, evidence: Evidence): void {
  const support = supportOf(run.protocol);
  if ('unsupported' in support) return evidence.decidesNothing(support.unsupported);
  const protocol: Protocol = { ...support.protocol, epochs: run.curves.loss.length };
  if (!run.weights?.initial) return evidence.decidesNothing('no initial weights recorded: record weights.initial');
  const moments = knownMoments(run, protocol);
  if (!moments) return evidence.decidesNothing('starts unknown: record curves.moments');
  const initial = initialFrom(run.weights.initial, protocol);
  const { agent, horizon, precision = 'f32' } = protocol;
  const units = agent.kind === 'effective' ? agent.rank + 1 : agent.N;
  const noise = shadowNoise(units + 2 * horizon + 16, unitRoundoff(precision));

  const main = repeatable(protocol, initial);
  const reference = train(main.engine, protocol, moments);
  const shadows: Repeatable[] = [];
  const tolerances = shadowTolerances(
    () => {
      const shadow = repeatable(protocol, initial);
      shadows.push(shadow);
      return shadow.engine;
    },
    protocol,
    moments,
    reference,
    noise,
    new Stream(SHADOW_SEED),
  );
  const recorded = recordedCurve(run, protocol, main.engine.shape);
  const present: Record<Channel, boolean> = {
    loss: true,
    gradNorm: run.curves.gradNorm !== undefined,
    overlaps: run.curves.overlaps !== undefined,
  };
  const channels = (Object.keys(CHANNELS) as Channel[]).filter((channel) => present[channel]);

  const against = (name: string, curve: LearningCurve): number => {
    const { worst, firstBreak, compared } = compareCurves(recorded, curve, tolerances, channels);
    if (worst) {
      const { channel, epoch } = firstBreak ?? worst;
      const values =
        channel === 'overlaps' ? '' : `: recorded ${recorded[channel][epoch]}, predicted ${curve[channel][epoch]}`;
      const place = firstBreak ? `leaves the record at epoch ${epoch}` : `nearest to its bound at epoch ${epoch}`;
      evidence.within(`${channel} of the ${name} ${place}${values}`, worst.difference, worst.tolerance);
    }
    return compared;
  };
  const compared = against('agent itself', reference);
  if ('agent' in initial && closesOnGram(protocol))
    against('Gram dynamics', train(gramLearner(protocol, initial.agent), protocol, moments));
  if (compared === 0) return evidence.decidesNothing('chaotic at the declared precision from the first epoch on');

  const toEnd = compared === protocol.epochs && protocol.epochs === support.protocol.epochs;
  if (toEnd && run.weights.final) {
    const reached = flatten(main.final());
    const spread = Math.max(noise, ...shadows.map(({ final }) => distance(reached, flatten(final()))));
    const claimed = flatten(initialFrom(run.weights.final, protocol));
    evidence.within('final weights', distance(reached, claimed), SHADOWS.multiple * spread);
  }
  evidence.classify('replayed to the end', toEnd);
  evidence.classify('becomes chaotic', compared < protocol.epochs);
}
