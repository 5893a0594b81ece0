/**
 * Paired runs of full-rank agents, nonlinear ones too, on whole batches.
 */
import type { Rnn } from '../agent/rnn.js';
import { dominantEigenvalues, type Product } from '../linalg/arnoldi.js';
import { modulus } from '../linalg/eigen.js';
import type { Mat } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { dot } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';
import { FIRM_GAIN, type StageRow } from '../stages/spectral.js';
import { divergedAt, type Spectrum } from '../training/curve.js';
import { flat } from '../training/network.js';
import { plantOf } from '../training/protocol.js';
import type { RnnEngine } from '../training/rnn.js';
import { batchSource, drawRnn, openLoopOf, type RnnProtocol, rnnLearner } from '../training/rnn-protocol.js';
import { trainRnn } from '../training/train-rnn.js';
import { deployment } from './deployed.js';
import type { Plan } from './grid.js';
import { deployedCost, isMeasured, trialsOf } from './measurement.js';
import type { Pair } from './pair.js';
import type { Trace } from './trace.js';

/** Eigenvalues of the loop settle to this, relative to the largest: far below what stages are told by. */
const SETTLED = 1e-7;

/** The dominant pair must have settled; a third eigenvalue is known well where it stands out of the rest. */
const DOMINANT = 2;

/** The product with the matrix of the loop linearised at rest: x' = A·x + B·Z·h, h' = (1−η)·h + η·(W·h + M·C·x'). */
function coupledProduct({ A, B, C }: Plant, { leak, M, W, Z }: Rnn): Product {
  const [n, N, c] = [A.rows, W.rows, C.rows];
  const times = ({ data, rows, cols }: Mat<number>, x: Float64Array, from: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, i) => {
      let value = 0;
      for (let j = 0; j < cols; j++) value += data[i * cols + j]! * x[from + j]!;
      return value;
    });
  const recurrence = flat(W);
  return (s, next) => {
    const u = times(Z, s, n);
    const moved = times(A, s, 0);
    const pushed = times(B, u, 0);
    for (let i = 0; i < n; i++) next[i] = moved[i]! + pushed[i]!;
    const y = times(C, next, 0);
    for (let i = 0; i < N; i++) {
      let drive = dot(recurrence, i * N, s, n, N);
      for (let j = 0; j < c; j++) drive += M.data[i * c + j]! * y[j]!;
      next[n + i] = (1 - leak) * s[n + i]! + leak * drive;
    }
  };
}

/** The spectrum of the loop linearised at rest, as far as it dominates; `undefined` if it is not finite. */
function spectrumOf(plant: Plant, rnn: Rnn): Spectrum | undefined {
  const product = coupledProduct(plant, rnn);
  const size = plant.A.rows + rnn.W.rows;
  try {
    const spectrum = dominantEigenvalues(product, size, DOMINANT, new Stream(0), SETTLED);
    const radius = modulus(spectrum[0]!);
    return { eigenvalues: spectrum, radius, stable: radius < 1 };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A phase of a run, and the agent of its last row. */
interface Followed {
  readonly trace: Trace;
  readonly final: Rnn;
}

/** Trains an engine and measures it on the way: the weights that the protocol's rows belong to. */
function follow(
  { measure }: Plan,
  protocol: RnnProtocol,
  engine: RnnEngine,
  trials: Mat<number>,
  random: Stream,
): Followed {
  const { epochs, rows, horizon, precision = 'f64' } = protocol;
  const { every, spectrumEvery, horizons } = measure;
  const plant = plantOf(protocol.plant);
  const column = (): Float64Array => new Float64Array(epochs).fill(Number.NaN);
  const deployed = horizons.map(column);
  const radius = column();
  const stages: StageRow[] = [];
  const deployments = horizons.map((steps) =>
    deployment(plant, deployedCost(protocol, steps), steps, trials, engine.kernel, precision),
  );
  const main = horizons.indexOf(horizon);
  let final = engine.rnn();
  const observe = (epoch: number): void => {
    if (isMeasured(every, epoch, epochs))
      for (const [k, { lossOf }] of deployments.entries()) deployed[k]![epoch] = lossOf(engine.kernel);
    if (isMeasured(spectrumEvery, epoch, epochs)) {
      const spectrum = spectrumOf(plant, engine.rnn());
      radius[epoch] = spectrum?.radius ?? Number.POSITIVE_INFINITY;
      if (every === 1 && spectrumEvery === 1)
        // Stage 1 ends at a gain that is firmly negative.
        stages[epoch] = { zm: (deployments[main]!.gains()?.data[0] ?? Number.NaN) - FIRM_GAIN, spectrum };
    }
    if (epoch === epochs - 1) final = engine.rnn();
  };
  // A row after its update would have its loss evaluated anew: twice the work for a number that is not used. The batch's loss
  // before the update is kept, and measurements are taken after it.
  const curve = trainRnn(
    engine,
    { ...protocol, rows: 'before-update' },
    batchSource(protocol, random),
    rows === 'after-update' ? { afterEpoch: observe } : { observe },
  );
  const gains = deployments[main]!.gains();
  const trace = {
    ...curve,
    deployed,
    own: deployed[main]!,
    radius,
    ...(gains && { gains: [...gains.data] }),
    ...(stages.length > 0 && { stages }),
  };
  return { trace, final };
}

/** The paired run of a full-rank agent. */
export function fullRankPair(plan: Plan, protocol: RnnProtocol): Pair {
  const random = new Stream(plan.seed);
  const initial = drawRnn(protocol, random.child('weights'), plan.problem.weightScale);
  const trials = trialsOf(plan);
  const closed = follow(plan, protocol, rnnLearner(protocol, initial), trials, random.child('starts'));
  if (divergedAt(closed.trace) !== undefined) return { closed: closed.trace };
  const imitation = openLoopOf(protocol);
  const student = rnnLearner(imitation, initial, closed.final);
  return { closed: closed.trace, open: follow(plan, imitation, student, trials, random.child('inputs')).trace };
}
