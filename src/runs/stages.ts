/**
 * What the theory says of a recorded run beside verdicts: its stages, and along it the spectrum of the loop and the effective gains,
 * computed from recorded order parameters or whole weights; and the losses that were predicted where it was repeated.
 */

import { type Agent, weightsIn } from '../agent/agent.js';
import { largestEntry, scalarMatrix } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { agentFrom, isRecurrent } from '../problem/agents.js';
import { plantOf, type RnnProtocol } from '../problem/protocol.js';
import type { RunWeights } from '../problem/schema.js';
import { drawBatch } from '../problem/start.js';
import { deployedGains, effectiveGains } from '../stages/gains.js';
import { hasSpectrum, localSpectrum } from '../stages/observation.js';
import { NEGATIVE, type SpectralStages, type StageRow, spectralStages } from '../stages/spectral.js';
import { orderParametersAt, rowOf, type Spectrum, spectrumOf } from '../training/curve.js';
import { DEPLOYED_TRIALS, deployedLoop } from '../training/deployed.js';
import { deployment } from '../training/rnn.js';
import type { RecordedRun } from './format/schema.js';
import { replayOf } from './judges/replay.js';
import { repetitionOf } from './judges/snapshots.js';
import { entryOf, problemIn } from './problem.js';
import { type RunRecord, recordOf, rowsOf } from './record.js';

/** The course of a run as the theory sees it. */
export interface RunStages {
  /** The epochs of what follows, ascending. */
  readonly epochs: readonly number[];
  /** Whether these are those of whole weights, and not of rows. */
  readonly ofSnapshots: boolean;
  /** Largest modulus of the eigenvalues of the loop near rest; `undefined` where there is none. */
  readonly radii: readonly (number | undefined)[];
  /** The gains k of the state feedback u ≈ k·x that explains the controls best, p·n numbers each. */
  readonly gains?: readonly (readonly number[])[];
  /** The ends of the stages, as epochs; of loops of one observation and one control. */
  readonly stages?: SpectralStages;
}

/** Epochs that are looked at, at most: a few eigenvalues each. */
const MOST = 1000;
/** Units of agents whose Jacobian is taken, at most. */
const LARGEST = 400;
/** The seed of trials that agents are deployed on: any will do, and the same makes reports repeatable. */
const SEED = 3;

/** At most so many entries of a list, evenly spread, the last among them. */
function spread<T>(list: readonly T[], most = MOST): readonly T[] {
  const stride = Math.ceil(list.length / most);
  return list.filter((_, k) => (list.length - 1 - k) % stride === 0);
}

/** Ends of stages from rows of some epochs. */
function endsOf(rows: readonly StageRow[], epochs: readonly number[]): SpectralStages {
  const { stage3Growth, ...ends } = spectralStages(rows);
  const at = Object.fromEntries(Object.entries(ends).map(([name, row]) => [name, epochs[row]]));
  return { ...at, ...(stage3Growth !== undefined && { stage3Growth }) };
}

const radiusOf = (spectrum: Spectrum | undefined): number | undefined => spectrum?.radius;

/** Of an agent whose order parameters are recorded in every row. */
function ofOrderParameters({ protocol, plant, shape, curve, rows }: RunRecord): RunStages {
  const epochs = spread(rows);
  const { leak } = protocol.agent;
  const spectra = epochs.map((epoch) => spectrumOf(plant, leak, orderParametersAt(curve, epoch)));
  const K = (epoch: number) => ({
    rows: shape.p + shape.r,
    cols: shape.c + shape.r,
    data: rowOf(curve.overlaps, curve.epochs, epoch),
  });
  // Gains do not depend on how wide starts are.
  const starts = scalarMatrix(plant.A.rows, 1);
  const gains = epochs.map(
    (epoch) =>
      [
        ...(largestEntry(K(epoch)) < Number.POSITIVE_INFINITY
          ? effectiveGains(plant, leak, K(epoch), protocol.horizon, starts).data
          : []),
      ] as number[],
  );
  const single = shape.p === 1 && shape.c === 1;
  const stageRows = epochs.map((epoch, k) => ({ gainNegative: K(epoch).data[0]! < NEGATIVE.zm, spectrum: spectra[k] }));
  return {
    epochs,
    ofSnapshots: false,
    radii: spectra.map(radiusOf),
    gains,
    ...(single && { stages: endsOf(stageRows, epochs) }),
  };
}

/** Whole weights by epoch: initial, those of snapshots, final. */
function weightsAlong({ protocol, weights, snapshots }: RecordedRun): readonly (readonly [number, RunWeights])[] {
  const { epochs = [], optimizer: _, ...tensors } = snapshots ?? {};
  const along = new Map<number, RunWeights>();
  if (weights?.initial) along.set(0, weights.initial);
  for (const [k, epoch] of epochs.entries()) along.set(epoch, entryOf(tensors, k));
  if (weights?.final) along.set(protocol.epochs, weights.final);
  return [...along].sort(([a], [b]) => a - b);
}

/** Of an agent of whole matrices, from its weights. */
function ofWeights(run: RecordedRun): RunStages | undefined {
  const { protocol } = run;
  const { agent, start, tracking } = protocol;
  const along = spread(weightsAlong(run));
  if (!isRecurrent(agent) || agent.N > LARGEST || along.length < 2) return undefined;
  const plant = plantOf(protocol.plant);
  const [n, p, c] = [plant.A.rows, plant.B.cols, plant.C.rows];
  const random = new Stream(SEED);
  const agents = along.map(([, weights]): Agent => agentFrom(weights, { agent }));
  const spectra = agents.map((one, k) =>
    hasSpectrum(agent.kind) ? localSpectrum(plant, one, random.child(`spectrum ${k}`)) : undefined,
  );
  // A fixed batch has as many trials as the protocol says.
  const trials =
    start && !tracking && start.kind !== 'population'
      ? drawBatch(start, n, start.kind === 'fixed' ? protocol.batch : DEPLOYED_TRIALS, random.child('starts'))
      : undefined;
  const deployed =
    trials && deployment(deployedLoop(protocol as unknown as RnnProtocol, trials.cols), agents[0]!, trials);
  const gains =
    deployed &&
    agents.map((one): number[] =>
      Number.isFinite(deployed.run({ weights: () => weightsIn(one) }))
        ? ([...deployedGains(deployed, n, p).data] as number[])
        : [],
    );
  const epochs = along.map(([epoch]) => epoch);
  const single = gains && p === 1 && c === 1 && hasSpectrum(agent.kind);
  return {
    epochs,
    ofSnapshots: true,
    radii: spectra.map(radiusOf),
    ...(gains && { gains }),
    ...(single && {
      stages: endsOf(
        spectra.map((spectrum, k) => ({ gainNegative: gains[k]![0]! < NEGATIVE.k1, spectrum })),
        epochs,
      ),
    }),
  };
}

/** The stages of a run; `undefined` where its record does not show them. */
export function stagesOf(run: RecordedRun): RunStages | undefined {
  if ('unsupported' in problemIn(run).support) return undefined;
  const record = recordOf(run);
  if (!('unsupported' in record) && record.orderParameters) return ofOrderParameters(record);
  return ofWeights(run);
}

/** The loss that repeating a run predicted, a row each; NaN where it was not repeated. `undefined` where it was not at all. */
export function predictedLosses(run: RecordedRun): readonly number[] | undefined {
  const losses = Array<number>(run.curves.loss.length).fill(Number.NaN);
  const take = (loss: Float64Array, from: number, to: number): void => {
    for (let epoch = from; epoch < Math.min(to, losses.length); epoch++) losses[epoch] = loss[epoch]!;
  };
  const record = recordOf(run);
  const replay = 'unsupported' in record ? 'unsupported' : replayOf(record);
  if (typeof replay === 'object') take(replay.followed.predicted[0]!.loss, replay.from, rowsOf(run).at(-1)! + 1);
  else {
    const made = repetitionOf(run);
    if (typeof made === 'string') return undefined;
    for (const { window, followed } of made.found) take(followed.predicted[0]!.loss, window.from.epoch, window.to);
  }
  return losses.some(Number.isFinite) ? losses : undefined;
}
