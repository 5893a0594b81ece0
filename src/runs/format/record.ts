/**
 * From a trained run to the text of its file.
 */

import type { Agent } from '../../agent/agent.js';
import { orderParametersIn } from '../../agent/order-parameters.js';
import { type Mat, toRows, transpose } from '../../linalg/matrix.js';
import { type Initial, trainedNames, weightsOf } from '../../problem/agents.js';
import type { Protocol, RnnProtocol, TrackingProtocol } from '../../problem/protocol.js';
import { memoryFields, type RunWeights, type StartsField, type TensorName } from '../../problem/schema.js';
import { type Curve, divergedAt, type LearningCurve, rowOf, type TrackingCurve } from '../../training/curve.js';
import type { Snapshot } from '../../training/snapshots.js';
import { finiteOrText } from '../../words.js';

/** What a written run says of its origin. */
export interface Provenance {
  readonly producer: string;
  readonly version: string;
  readonly seed: number;
}

/** What is recorded of a run of any kind. */
export interface TrainedRun {
  readonly protocol: Protocol | RnnProtocol | TrackingProtocol;
  /** Of a run in open loop. */
  readonly teacher?: Agent;
  readonly curve: Curve | LearningCurve | TrackingCurve;
  /** Per epoch, if agents were deployed. */
  readonly deployedLoss?: Float64Array;
  /** What every epoch drew, a column per trial, and the field that it stands in. */
  readonly starts?: { readonly field: StartsField; readonly trials: readonly Mat<number>[] };
  readonly snapshots?: readonly Snapshot[];
  readonly initial: Initial | Agent;
  /** Left out by engines without explicit weights. */
  readonly final?: Initial | Agent;
  readonly provenance: Provenance;
}

const list = (values: ArrayLike<number>): (number | string)[] => Array.from(values, finiteOrText);

function perEpoch(column: Float64Array, epochs: number): (number | string)[][] {
  return Array.from({ length: epochs }, (_, e) => list(rowOf(column, epochs, e)));
}

/** The order parameters along a run, by name. */
function overlapsOf({ shape, epochs, overlaps }: LearningCurve): object {
  const { p, c, r } = shape;
  const along = Array.from({ length: epochs }, (_, e) =>
    orderParametersIn({ rows: p + r, cols: c + r, data: rowOf(overlaps, epochs, e) }, p, c),
  );
  const entry = (name: 'zm' | 'zu' | 'vm' | 'vu') =>
    along.map(({ [name]: A }) =>
      A.rows === 1 && A.cols === 1 ? finiteOrText(A.data[0]!) : toRows(A).map((row) => list(row)),
    );
  return { zm: entry('zm'), zu: entry('zu'), vm: entry('vm'), vu: entry('vu') };
}

/** The columns of a curve, as far as it has them. A full recurrence leaves no order parameters that determine the loss. */
function columnsOf({ protocol, curve, deployedLoss }: TrainedRun): object {
  const { loss, gradNorm, clipFactor, epochs } = curve;
  const linear = 'overlaps' in curve && curve;
  return {
    loss: list(loss),
    gradNorm: list(gradNorm),
    clipFactor: list(clipFactor),
    ...(linear &&
      protocol.agent.kind !== 'linear' && {
        overlaps: overlapsOf(linear),
        ...(linear.gram.length > 0 && { gram: perEpoch(linear.gram, epochs) }),
      }),
    ...(linear && { moments: perEpoch(linear.moments, epochs) }),
    ...(deployedLoss && { deployedLoss: list(deployedLoss) }),
    ...('harmonicLoss' in curve && { harmonicLoss: perEpoch(curve.harmonicLoss, epochs) }),
  };
}

/** Weights at some epochs, tensor by tensor. */
function tensorsOf(weights: readonly RunWeights[], names: readonly TensorName[]): object {
  return Object.fromEntries(names.map((name) => [name, weights.map((one) => one[name])]));
}

function snapshotsOf(snapshots: readonly Snapshot[], protocol: TrainedRun['protocol']): object {
  const weights = snapshots.map((one) => weightsOf(one.weights));
  const fields = memoryFields(protocol.optimizer);
  const memory = fields.map((field, k) => [
    field,
    tensorsOf(
      snapshots.map((one) => weightsOf(one.memory[k]!)),
      trainedNames(protocol),
    ),
  ]);
  return {
    epochs: snapshots.map(({ epoch }) => epoch),
    ...tensorsOf(weights, Object.keys(weights[0]!) as TensorName[]),
    ...(fields.length > 0 && { optimizer: Object.fromEntries(memory) }),
  };
}

/** The text of a run's file, `loop-run/1`. */
export function runText(run: TrainedRun): string {
  const { protocol, teacher, curve, starts, snapshots = [], initial, final, provenance } = run;
  // Weights of a run that diverged are no numbers any more.
  const finite = divergedAt(curve) === undefined;
  const file = {
    format: 'loop-run/1',
    protocol: { ...protocol, ...(teacher && { teacher: weightsOf(teacher) }) },
    curves: columnsOf(run),
    weights: { initial: weightsOf(initial), ...(final && finite && { final: weightsOf(final) }) },
    ...(starts && { starts: { [starts.field]: starts.trials.map((trials) => toRows(transpose(trials))) } }),
    ...(snapshots.length > 0 && { snapshots: snapshotsOf(snapshots, protocol) }),
    provenance,
  };
  return `${JSON.stringify(file)}\n`;
}
