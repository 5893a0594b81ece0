/**
 * Training on the tracking task, and what is recorded of it.
 */
import type { BatchSource } from './rnn-protocol.js';
import type { TrackingEngine } from './tracking.js';
import type { Schedule } from './train.js';
import { type RnnCurve, type TrainRnnOptions, trainRnn } from './train-rnn.js';

/** A learning curve with the loss of each harmonic: row `epoch` from epoch·harmonics on. */
export interface TrackingCurve extends RnnCurve {
  readonly harmonics: number;
  /** As `TrackingEngine.harmonicLoss`. */
  readonly harmonicLoss: Float64Array;
  /** 1 where the epoch was evaluated on basis signals. */
  readonly collapsed: Uint8Array;
}

/** Trains an engine, which holds the final weights afterwards, and records its learning curve. */
export function trainTracking(
  engine: TrackingEngine,
  schedule: Schedule,
  phases: BatchSource,
  { observe, ...others }: TrainRnnOptions = {},
): TrackingCurve {
  const { epochs } = schedule;
  const harmonics = engine.harmonicLoss.length;
  const harmonicLoss = new Float64Array(epochs * harmonics).fill(Number.NaN);
  const collapsed = new Uint8Array(epochs);
  const curve = trainRnn(engine, schedule, phases, {
    ...others,
    observe(epoch) {
      harmonicLoss.set(engine.harmonicLoss, epoch * harmonics);
      collapsed[epoch] = engine.collapsed() ? 1 : 0;
      observe?.(epoch);
    },
  });
  return { ...curve, harmonics, harmonicLoss, collapsed };
}
