/**
 * Training an RNN, and what is recorded of it.
 */
import type { BatchSource } from './rnn-protocol.js';
import { descend, type Learner, type Schedule } from './train.js';

/** Rows of a run, one per epoch; those after its end are NaN. */
export interface RnnCurve {
  readonly epochs: number;
  readonly loss: Float64Array;
  /** Global gradient norm before clipping. */
  readonly gradNorm: Float64Array;
  /** Clip factor κ. */
  readonly clipFactor: Float64Array;
}

/** Options of a training run. */
export interface TrainRnnOptions {
  /** Called while the engine's weights are those of the epoch's row: what else is recorded is read off here. */
  readonly observe?: (epoch: number) => void;
  /** Called after each epoch's row is written. */
  readonly afterEpoch?: (epoch: number, loss: number) => void;
  /** Whether the run may end with this epoch, which has been recorded. */
  readonly enough?: (epoch: number) => boolean;
}

/** Trains an engine, which holds the final weights afterwards, and records its learning curve. */
export function trainRnn(
  engine: Learner,
  schedule: Schedule,
  batches: BatchSource,
  { observe, afterEpoch, enough }: TrainRnnOptions = {},
): RnnCurve {
  const { epochs } = schedule;
  const column = (): Float64Array => new Float64Array(epochs).fill(Number.NaN);
  const curve = { epochs, loss: column(), gradNorm: column(), clipFactor: column() };
  descend(engine, schedule, batches, {
    ...(observe && { observe }),
    enough,
    record(epoch, { loss, gradNorm, clip }) {
      curve.loss[epoch] = loss;
      curve.gradNorm[epoch] = gradNorm;
      curve.clipFactor[epoch] = clip;
      afterEpoch?.(epoch, loss);
    },
  });
  return curve;
}
