/**
 * Paired runs of the tracking task: a cursor learns to follow; then a student of the same initial weights learns to act as it
 * does, on what the teacher sees while it follows. The student trains its input weights too (theory.md §9).
 */
import type { Rnn } from '../agent/rnn.js';
import { Stream } from '../linalg/random.js';
import { drawPhases } from '../plant/reference.js';
import { acquisitions } from '../stages/acquisition.js';
import { localSpectrum } from '../stages/observation.js';
import { divergedAt } from '../training/curve.js';
import type { RnnEngine } from '../training/rnn.js';
import { deployedTracking, trackingStudent } from '../training/tracking-open-loop.js';
import {
  drawTracker,
  phaseSource,
  type TrackingProtocol,
  taskOf,
  trackingLearner,
} from '../training/tracking-protocol.js';
import { type RnnCurve, type TrainRnnOptions, trainRnn } from '../training/train-rnn.js';
import type { TrackingCurve } from '../training/train-tracking.js';
import { trainTracking } from '../training/train-tracking.js';
import type { Plan } from './grid.js';
import { isMeasured, trialCount } from './measurement.js';
import type { NumberedMeasure } from './names.js';
import type { Pair, Trace } from './trace.js';

/** Epochs at which the harmonics' losses were acquired, by name. */
function acquired(curve: TrackingCurve): Record<NumberedMeasure, number> {
  return Object.fromEntries(
    acquisitions(curve).flatMap((found, harmonic) => (found ? [[`acquired${harmonic + 1}`, found.epoch]] : [])),
  );
}

/** The paired run of a cursor. */
export function trackingPair(plan: Plan, protocol: TrackingProtocol): Pair {
  const { measure, seed, trialsSeed } = plan;
  const { every, spectrumEvery } = measure;
  const { epochs, batch, tracking } = protocol;
  const random = new Stream(seed);
  const task = taskOf(protocol);
  const initial = drawTracker(protocol, random.child('weights'));
  const deployedOf = deployedTracking(
    task,
    drawPhases(tracking.harmonics.length, trialCount(measure), new Stream(trialsSeed)),
    initial,
  );

  /** Trains an engine and measures it on the way. */
  function follow<Curve extends RnnCurve>(
    engine: RnnEngine,
    train: (options: TrainRnnOptions) => Curve,
    readings: (curve: Curve) => Record<string, number>,
  ): { trace: Trace; final: Rnn } {
    const own = new Float64Array(epochs).fill(Number.NaN);
    const radius = own.slice();
    let final = initial;
    const observe = (epoch: number): void => {
      const last = epoch === epochs - 1;
      const [deploys, looks] = [isMeasured(every, epoch, epochs), isMeasured(spectrumEvery, epoch, epochs)];
      if (!deploys && !looks && !last) return;
      final = engine.rnn();
      // Limits keep losses finite, unless the weights are not.
      const loss = deploys ? deployedOf(final) : 0;
      if (deploys) own[epoch] = Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY;
      if (looks)
        radius[epoch] =
          localSpectrum(task.plant, final, random.child(`spectrum ${epoch}`))?.radius ?? Number.POSITIVE_INFINITY;
    };
    const curve = train({ observe });
    return { trace: { ...curve, deployed: [own], own, radius, readings: readings(curve) }, final };
  }

  const learner = trackingLearner(protocol, initial);
  const closed = follow(
    learner,
    (options) => trainTracking(learner, protocol, phaseSource(protocol, random.child('starts')), options),
    acquired,
  );
  if (divergedAt(closed.trace) !== undefined) return { closed: closed.trace };
  const student = trackingStudent(task, batch, initial, closed.final, ['M', 'W', 'Z']);
  const open = follow(
    student,
    (options) => trainRnn(student, protocol, phaseSource(protocol, random.child('inputs')), options),
    () => ({}),
  );
  return { closed: closed.trace, open: open.trace };
}
