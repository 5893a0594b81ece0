/**
 * The training loop, the same for every engine.
 */
import type { Mat } from '../linalg/matrix.js';
import { unitRoundoff } from '../linalg/tolerance.js';
import { emptyCurve, type LearningCurve, rowOf } from './curve.js';
import { clipFactor, type Updatable, updateRule } from './descent.js';
import type { Engine, Evaluation } from './engine.js';
import type { Protocol } from './protocol.js';
import { type MomentSource, momentFactor } from './start.js';

/** Options of a training run. */
export interface TrainOptions {
  /** Called before each epoch, with the engine: shadow runs perturb it here. */
  readonly beforeEpoch?: (epoch: number) => void;
  /** Called after each epoch's row is written. */
  readonly afterEpoch?: (epoch: number, curve: LearningCurve) => void;
}

/** The part of a protocol that the loop itself follows. */
export type Schedule = Pick<Protocol, 'optimizer' | 'epochs' | 'firstUpdate' | 'rows' | 'precision'>;

/** What the loop needs of an engine. */
export interface Learner extends Updatable {
  evaluate(starts: Mat<number>): Evaluation;
}

/** What is done with an epoch. */
export interface Rows {
  /** Called before each epoch. */
  readonly beforeEpoch?: ((epoch: number) => void) | undefined;
  /** Called while the parameters are those of the epoch's row. */
  readonly observe?: (epoch: number) => void;
  /** Called with the epoch's row. */
  readonly record: (epoch: number, row: Evaluation & { readonly clip: number }) => void;
  /** Whether the run may end with an epoch that has been recorded. */
  readonly enough?: ((epoch: number) => boolean) | undefined;
}

/**
 * The epochs of a run, whatever is recorded of them. A run that leaves the finite numbers stops.
 * @param startsOf what an epoch is evaluated on
 */
export function descend(
  learner: Learner,
  schedule: Schedule,
  startsOf: (epoch: number) => Mat<number>,
  { beforeEpoch, observe, record, enough }: Rows,
): void {
  const { optimizer, epochs, firstUpdate = 0, rows = 'before-update' } = schedule;
  const update = updateRule(learner, optimizer);
  for (let epoch = 0; epoch < epochs; epoch++) {
    beforeEpoch?.(epoch);
    const starts = startsOf(epoch);
    let { loss, gradNorm } = learner.evaluate(starts);
    const clip = clipFactor(gradNorm, optimizer.clip);
    if (rows === 'before-update') observe?.(epoch);
    if (epoch >= firstUpdate) update(clip);
    if (rows === 'after-update') {
      observe?.(epoch);
      ({ loss, gradNorm } = learner.evaluate(starts));
    }
    record(epoch, { loss, gradNorm, clip });
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm) || enough?.(epoch)) break;
  }
}

/**
 * Trains an engine and records its learning curve. A run that leaves the finite numbers stops, its later rows stay NaN.
 *
 * @param engine the learner; holds the final parameters afterwards
 * @param schedule optimiser, number of epochs, first epoch that updates, whether rows follow the update, and the precision
 *   that the moments have (training itself is in double precision)
 * @param moments second moments of x₀ per epoch, n × n
 */
export function train(
  engine: Engine,
  schedule: Schedule,
  moments: MomentSource,
  { beforeEpoch, afterEpoch }: TrainOptions = {},
): LearningCurve {
  const { epochs } = schedule;
  let sigma = moments(0);
  const unit = unitRoundoff(schedule.precision ?? 'f64');
  let starts = momentFactor(sigma, unit);
  const curve = emptyCurve(engine.shape, sigma.rows, epochs);
  const startsOf = (epoch: number): Mat<number> => {
    const drawn = moments(epoch);
    if (drawn !== sigma) {
      sigma = drawn;
      starts = momentFactor(sigma, unit);
    }
    return starts;
  };
  descend(engine, schedule, startsOf, {
    beforeEpoch,
    observe: (epoch) => engine.observe(rowOf(curve.overlaps, epochs, epoch), rowOf(curve.gram, epochs, epoch)),
    record(epoch, { loss, gradNorm, clip }) {
      curve.loss[epoch] = loss;
      curve.gradNorm[epoch] = gradNorm;
      curve.clipFactor[epoch] = clip;
      writeTriangle(sigma, rowOf(curve.moments, epochs, epoch));
      afterEpoch?.(epoch, curve);
    },
  });
  return curve;
}

function writeTriangle(S: Mat<number>, out: Float64Array): void {
  for (let i = 0, k = 0; i < S.rows; i++) for (let j = 0; j <= i; j++, k++) out[k] = S.data[i * S.cols + j]!;
}
