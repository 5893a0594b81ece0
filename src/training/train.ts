/**
 * The training loop: one for every learner, with observers.
 */
import type { Mat } from '../linalg/matrix.js';
import { unitRoundoff } from '../linalg/tolerance.js';
import type { RunProtocol } from '../problem/schema.js';
import { batchFactor, type DataSource, momentFactor, momentsOf, startsIn } from '../problem/start.js';
import { type Curve, emptyColumn, emptyCurve, type LearningCurve, rowOf, type TrackingCurve } from './curve.js';
import { clipFactor, type Memory, noMemory, updateRule } from './descent.js';
import type { Engine, Learner } from './engine.js';
import type { TrackingEngine } from './tracking.js';

/** What watches a run. */
export interface Observers<C extends Curve = Curve> {
  /** Called before each epoch: shadow runs perturb their engine here. */
  readonly beforeEpoch?: (epoch: number) => void;
  /** Called while the parameters are those of the epoch's row. */
  readonly observe?: (epoch: number) => void;
  /** Called after each epoch's row is written. */
  readonly afterEpoch?: (epoch: number, curve: C) => void;
  /** Whether the run may end with this epoch, whose row is written. */
  readonly enough?: (epoch: number) => boolean;
}

/** The part of a protocol that the loop itself follows. */
export type Schedule = Pick<RunProtocol, 'optimizer' | 'epochs' | 'firstUpdate' | 'rows' | 'precision'>;

/** A curve, and what writes the columns that only some learners have. */
interface CurveRecorder {
  readonly curve: Curve;
  /** From what the source draws to what the learner is evaluated on. */
  readonly dataOf?: (drawn: Mat<number>, epoch: number) => Mat<number>;
  readonly observe?: (epoch: number) => void;
}

/** The recorder of a linear agent: order parameters, Gram matrix and moments. */
function linearRecorder(engine: Engine, { epochs, precision = 'f64' }: Schedule, source: DataSource): CurveRecorder {
  const unit = unitRoundoff(precision);
  const { shape, trialsOf: n } = engine;
  const curve = emptyCurve(shape, n ?? source(0).rows, epochs);
  const read = (drawn: Mat<number>) =>
    n === undefined
      ? { drawn, moments: drawn, factor: momentFactor(drawn, unit) }
      : { drawn, moments: momentsOf(startsIn(drawn, n)), factor: batchFactor(drawn) };
  let last: ReturnType<typeof read> | undefined;
  return {
    curve,
    dataOf(drawn, epoch) {
      if (drawn !== last?.drawn) last = read(drawn);
      writeTriangle(last.moments, rowOf(curve.moments, epochs, epoch));
      return last.factor;
    },
    observe: (epoch) => engine.observe(rowOf(curve.overlaps, epochs, epoch), rowOf(curve.gram, epochs, epoch)),
  };
}

function writeTriangle(S: Mat<number>, out: Float64Array): void {
  for (let i = 0, k = 0; i < S.rows; i++) for (let j = 0; j <= i; j++, k++) out[k] = S.data[i * S.cols + j]!;
}

const plainCurve = (epochs: number): Curve => ({
  epochs,
  loss: emptyColumn(epochs),
  gradNorm: emptyColumn(epochs),
  clipFactor: emptyColumn(epochs),
});

/** The recorder of the tracking task: the loss of each harmonic. */
function trackingRecorder(engine: TrackingEngine, { epochs }: Schedule): CurveRecorder {
  const harmonics = engine.harmonicLoss.length;
  const harmonicLoss = emptyColumn(epochs, harmonics);
  const collapsed = new Uint8Array(epochs);
  const curve: TrackingCurve = { ...plainCurve(epochs), harmonics, harmonicLoss, collapsed };
  return {
    curve,
    observe(epoch) {
      harmonicLoss.set(engine.harmonicLoss, epoch * harmonics);
      collapsed[epoch] = engine.collapsed() ? 1 : 0;
    },
  };
}

function recorderOf(learner: Learner | Engine | TrackingEngine, schedule: Schedule, source: DataSource): CurveRecorder {
  if ('shape' in learner) return linearRecorder(learner, schedule, source);
  if ('harmonicLoss' in learner) return trackingRecorder(learner, schedule);
  return { curve: plainCurve(schedule.epochs) };
}

/** Where a run begins: at an epoch, with what the optimiser remembers. */
export interface Beginning {
  readonly from: number;
  readonly memory?: Memory;
}

/** A run under way: it is advanced epoch by epoch. */
export interface Training<C extends Curve = Curve> {
  /** Its rows so far; those to come are NaN. */
  readonly curve: C;
  /** What the optimiser remembers as it is. */
  readonly memory: Memory;
  /** Runs the next epoch. @returns whether another may follow */
  step(): boolean;
}

/**
 * A learner about to be trained. A run that leaves the finite numbers ends; its later rows stay NaN.
 *
 * @param learner holds the parameters as they are
 * @param schedule optimiser, number of epochs, first epoch that updates, whether rows follow the update, and the precision
 *   of the moments
 * @param source what each epoch is evaluated on: for an `Engine` the second moments of x₀, n × n, for others the batch itself
 * @param beginning at epoch 0 by default, with nothing to remember
 * @throws RangeError if the optimiser needs parameter arrays that the learner does not have
 */
export function training(
  learner: Engine,
  schedule: Schedule,
  source: DataSource,
  observers?: Observers<LearningCurve>,
  beginning?: Beginning,
): Training<LearningCurve>;
export function training<C extends Curve>(
  learner: Learner,
  schedule: Schedule,
  source: DataSource,
  observers?: Observers<C>,
  beginning?: Beginning,
): Training<C>;
export function training<C extends Curve>(
  learner: Learner,
  schedule: Schedule,
  source: DataSource,
  { beforeEpoch, observe, afterEpoch, enough }: Observers<C> = {},
  { from, memory: given }: Beginning = { from: 0 },
): Training<C> {
  const { optimizer, epochs, firstUpdate = 0, rows = 'before-update' } = schedule;
  const memory = given ?? noMemory(learner);
  const update = learner.updater?.(memory) ?? updateRule(learner, optimizer, memory);
  const { curve, dataOf, observe: record } = recorderOf(learner, schedule, source);
  const look = (epoch: number): void => {
    record?.(epoch);
    observe?.(epoch);
  };
  let next = from;
  return {
    curve: curve as C,
    memory,
    step() {
      if (next >= epochs) return false;
      const epoch = next++;
      beforeEpoch?.(epoch);
      const drawn = source(epoch);
      const data = dataOf ? dataOf(drawn, epoch) : drawn;
      learner.begin?.(epoch);
      let evaluation = learner.evaluate(data);
      const clip = clipFactor(evaluation.gradNorm, optimizer.clip);
      if (rows === 'before-update' && !learner.logsLate) look(epoch);
      if (epoch >= firstUpdate) update(clip, epoch);
      if (rows === 'before-update' && learner.logsLate) look(epoch);
      if (rows === 'after-update') {
        evaluation = learner.evaluate(data);
        look(epoch);
      }
      const { loss, gradNorm, clipFactor: logged } = evaluation.logged ?? { ...evaluation, clipFactor: clip };
      curve.loss[epoch] = loss;
      curve.gradNorm[epoch] = gradNorm;
      curve.clipFactor[epoch] = logged;
      afterEpoch?.(epoch, curve as C);
      if (!Number.isFinite(loss) || !Number.isFinite(gradNorm) || enough?.(epoch)) next = epochs;
      return next < epochs;
    },
  };
}

/** Trains a learner to the end, and records its learning curve; the rest as `training`. */
export function train(
  learner: Engine,
  schedule: Schedule,
  source: DataSource,
  observers?: Observers<LearningCurve>,
  beginning?: Beginning,
): LearningCurve;
export function train(
  learner: TrackingEngine,
  schedule: Schedule,
  source: DataSource,
  observers?: Observers<TrackingCurve>,
  beginning?: Beginning,
): TrackingCurve;
export function train(
  learner: Learner,
  schedule: Schedule,
  source: DataSource,
  observers?: Observers,
  beginning?: Beginning,
): Curve;
export function train<C extends Curve>(
  learner: Learner,
  schedule: Schedule,
  source: DataSource,
  observers?: Observers<C>,
  beginning?: Beginning,
): C {
  const run = training(learner, schedule, source, observers, beginning);
  while (run.step());
  return run.curve;
}
