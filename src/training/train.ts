/**
 * The training loop, the same for every engine.
 */
import type { Mat } from '../linalg/matrix.js';
import { unitRoundoff } from '../linalg/tolerance.js';
import { emptyCurve, type LearningCurve, rowOf } from './curve.js';
import { clipFactor, updateRule } from './descent.js';
import type { Engine } from './engine.js';
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
  const { optimizer, epochs, firstUpdate = 0, rows = 'before-update' } = schedule;
  const update = updateRule(engine, optimizer);
  let sigma = moments(0);
  const unit = unitRoundoff(schedule.precision ?? 'f64');
  let starts = momentFactor(sigma, unit);
  const n = sigma.rows;
  const curve = emptyCurve(engine.shape, n, epochs);
  for (let epoch = 0; epoch < epochs; epoch++) {
    beforeEpoch?.(epoch);
    const drawn = moments(epoch);
    if (drawn !== sigma) {
      sigma = drawn;
      starts = momentFactor(sigma, unit);
    }
    let { loss, gradNorm } = engine.evaluate(starts);
    const clip = clipFactor(gradNorm, optimizer.clip);
    if (rows === 'before-update')
      engine.observe(rowOf(curve.overlaps, epochs, epoch), rowOf(curve.gram, epochs, epoch));
    if (epoch >= firstUpdate) update(clip);
    if (rows === 'after-update') {
      engine.observe(rowOf(curve.overlaps, epochs, epoch), rowOf(curve.gram, epochs, epoch));
      ({ loss, gradNorm } = engine.evaluate(starts));
    }
    curve.loss[epoch] = loss;
    curve.gradNorm[epoch] = gradNorm;
    curve.clipFactor[epoch] = clip;
    writeTriangle(sigma, rowOf(curve.moments, epochs, epoch));
    afterEpoch?.(epoch, curve);
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) break;
  }
  return curve;
}

function writeTriangle(S: Mat<number>, out: Float64Array): void {
  for (let i = 0, k = 0; i < S.rows; i++) for (let j = 0; j <= i; j++, k++) out[k] = S.data[i * S.cols + j]!;
}
