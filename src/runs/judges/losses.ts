/**
 * Judges a record's losses against its order parameters: exactly where the starts are known, sequentially where they are
 * not.
 */

import { canonicalAgent } from '../../agent/canonical.js';
import { fromLowerTriangle } from '../../agent/gram.js';
import { type Evidence, type Measurement, ratioOf } from '../../claims/evidence.js';
import { at, matrix, scalarMatrix, times, trace, transpose } from '../../linalg/matrix.js';
import { reals } from '../../linalg/ring.js';
import {
  adjointRoundings,
  binomialShortfall,
  FALSE_ALARM_PER_CASE,
  FALSE_ALARM_PER_FILE,
  FALSE_ALARM_PER_ROUNDING,
  largestNumber,
  recordedLossRounding,
  unitRoundoff,
} from '../../linalg/tolerance.js';
import type { StartSpec } from '../../problem/schema.js';
import { momentFactor, startVariance } from '../../problem/start.js';
import { lossThroughMoments } from '../../theory/learning/batches-collapse-to-moments.js';
import {
  lossMatrix,
  meanLoss,
  type UnitTrajectories,
  unitTrajectories,
} from '../../theory/records/recorded-losses-follow-overlaps.js';
import { rowOf } from '../../training/curve.js';
import { reducedLoss } from '../../training/reduced.js';
import { lossBets, startBets } from '../faults.js';
import type { RecordedRun } from '../format/schema.js';
import { asDeclared, type Implementation, loopOf } from '../implementation.js';
import { type RunRecord, recordOf, rowsInRange } from '../record.js';
import { affordableEpochs, BEYOND_BUDGET, LEAST_SHARE } from './budget.js';
import { type SequentialResult, type SequentialRow, type StartLaw, sequentialTest } from './sequential.js';

/**
 * Judges the losses of a run; adds measurements to the evidence, or says why they decide nothing.
 * @param effort multiple of the usual work (budget.ts)
 */
export function judgeLosses(run: RecordedRun, evidence: Evidence, effort?: number): void {
  const record = recordOf(run);
  if ('unsupported' in record) return evidence.decidesNothing(record.unsupported);
  const { protocol, orderParameters, moments, rows } = record;
  if (protocol.agent.kind === 'linear')
    return evidence.decidesNothing('losses of a full-rank agent do not follow from order parameters');
  if (!orderParameters) return evidence.decidesNothing('no order parameters: add curves.overlaps');
  if (protocol.rows === 'after-update')
    return evidence.decidesNothing('rows after the update depend on their own batch: record rows before it');
  const known = rowsInRange(record, ['loss', 'overlaps']);
  const end = rows[known.length];
  const refuted = end !== undefined && judgeEnd(record, orderParameters[end]!, end, evidence);
  if (known.length === 0) return refuted ? undefined : evidence.decidesNothing('out of range from the first epoch on');
  const epochs = known.slice(0, affordableEpochs(known.length, protocol, 'overlaps', effort));
  if (epochs.length === 0) return refuted ? undefined : evidence.leavesOpen(BEYOND_BUDGET);
  const then =
    epochs.length < known.length
      ? ', then beyond the budget: --effort'
      : end === undefined
        ? ''
        : ', then out of range';
  evidence.note(`${epochs.length} of ${rows.length} epochs${then}`);
  evidence.covers('loss', epochs.length, rows.length);
  // A file undergoes one sequential test at most: on its losses, or, where it has moments, on these.
  evidence.risks(epochs.length * FALSE_ALARM_PER_ROUNDING);
  if (moments) {
    const { quantity, residual, bound, at } = decisiveLoss(record, epochs)!;
    evidence.within(quantity, residual, bound, at);
  } else {
    const test = testOfLosses(record, epochs);
    if (!test) return evidence.decidesNothing('the starts have a mean other than zero: add curves.moments');
    addSequential('losses', test, evidence);
  }
  const test = testOfMoments(record);
  if (test) {
    addSequential('moments', test, evidence);
    judgeFreshness(record, evidence);
  }
  // What was judged may refute; it is too little to hold.
  if (epochs.length < LEAST_SHARE * known.length) evidence.leavesOpen(BEYOND_BUDGET);
}

/**
 * Refutes batches that come again where each is drawn afresh. Recorded numbers of two batches are equal if they lie within one step
 * of their grid. P(|x₀|² within a step) is largest where a component is near 0, and a sum of independent parts is no more
 * concentrated than one of them.
 */
function judgeFreshness({ protocol, curve, rows, digits, plant }: RunRecord, evidence: Evidence): void {
  const { start, batch, precision = 'f32' } = protocol;
  const { kind, variance } = startLaw(start)!;
  const n = plant.A.rows;
  const size = n * variance;
  const step = 2 * Math.max(unitRoundoff(precision) * size, digits.moments?.half(size) ?? 0);
  const chance = Math.min(1, Math.sqrt(((kind === 'uniform' ? 1 / 3 : 2 / Math.PI) * n * batch * step) / variance));
  const row = (epoch: number): Float64Array => rowOf(curve.moments, curve.epochs, epoch);
  const again = rows.filter((epoch, k) => k > 0 && row(epoch).every((value, i) => value === row(rows[k - 1]!)[i]));
  if (again.length === 0 || chance === 1) return;
  const trials = rows.length - 1;
  const probability = binomialShortfall(trials - again.length, trials, 1 - chance);
  evidence.risks(FALSE_ALARM_PER_CASE);
  evidence.within(
    `${again.length} of ${trials} rows have the moments of the row before, from epoch ${again[0]} on: the same batch, where protocol.start draws one in every epoch: draw anew, or declare a "fixed" start; log evidence`,
    -Math.log(Math.max(probability, Number.MIN_VALUE)),
    -Math.log(FALSE_ALARM_PER_CASE),
  );
}

/** A sequential test, and the faults that it bet on. */
interface FaultTest {
  readonly result: SequentialResult;
  readonly faults: readonly string[];
}

/** The law of starts that are drawn around zero, component by component. */
export function startLaw(start: StartSpec): StartLaw | undefined {
  const variance = startVariance(start);
  if (variance === undefined || (start.kind !== 'uniform' && start.kind !== 'normal')) return undefined;
  return { kind: start.kind, variance };
}

/** What judging each epoch needs: sizes, roundings, and the loss with its sensitivity at given order parameters. */
function context({ protocol, shape, digits }: RunRecord, implementation = asDeclared(protocol)) {
  const { agent } = protocol;
  const { c, p, r } = shape;
  const { plant, cost, horizon, embedding } = loopOf(implementation);
  const n = plant.A.rows;
  const lossOf = reducedLoss({ plant, leak: agent.leak, cost, horizon, rank: r });
  const N = agent.kind === 'effective' ? c + r : agent.N;
  const roundings = adjointRoundings({ n, N, c, p, r }, horizon, n);
  const unit = unitRoundoff(protocol.precision ?? 'f32');
  const E = new Float64Array((p + r) * (c + r));
  const slackOf = (K: Float64Array, loss: number, starts: Parameters<typeof lossOf>[1]): number => {
    lossOf(K, starts, E);
    const sensitivity = E.reduce((sum, value, k) => sum + Math.abs(value) * (1 + Math.abs(K[k]!)), 0);
    return recordedLossRounding(loss, sensitivity, roundings, unit);
  };
  /**
   * How far a recorded loss may be off since it, or the order parameters, were recorded to few digits: half a step of each, times
   * the steepest slope on the way, at the recorded order parameters or half a step up or down the slope.
   */
  const digitSlackOf = (K: Float64Array, loss: number, starts: Parameters<typeof lossOf>[1]): number => {
    const own = digits.loss?.half(loss) ?? 0;
    if (!digits.overlaps) return own;
    const half = K.map((value) => digits.overlaps!.half(value));
    lossOf(K, starts, E);
    const up = E.map(Math.sign);
    const steepest = E.map(Math.abs);
    for (const way of [1, -1]) {
      lossOf(
        K.map((value, k) => value + way * up[k]! * half[k]!),
        starts,
        E,
      );
      E.forEach((value, k) => {
        steepest[k] = Math.max(steepest[k]!, Math.abs(value));
      });
    }
    return steepest.reduce((sum, slope, k) => sum + slope * half[k]!, own);
  };
  const trajectoriesOf = (K: Float64Array, steps: number): UnitTrajectories =>
    unitTrajectories(plant, canonicalAgent({ rows: p + r, cols: c + r, data: K }, agent.leak, p, c), steps);
  const weighed = lossMatrix(cost, horizon);
  const lossMatrixOf = (K: Float64Array): Float64Array => weighed(trajectoriesOf(K, horizon));
  return { n, embedding, slackOf, digitSlackOf, trajectoriesOf, lossMatrixOf };
}

/**
 * Refutes a loss that is out of range where order parameters keep it far within, at the root of the precision's range at most: no
 * sum of squares overflows there, and a mean of positive numbers is exceeded by the range with a probability of one to its root
 * (Markov). @returns whether it is refuted
 */
function judgeEnd(record: RunRecord, K: Float64Array, epoch: number, evidence: Evidence): boolean {
  const { protocol, moments, curve } = record;
  const variance = startVariance(protocol.start);
  if (!K.every(Number.isFinite) || (!moments && variance === undefined)) return false;
  const Q = context(record).lossMatrixOf(K);
  const predicted = moments ? lossThroughMoments(reals, Q, moments(epoch).data) : meanLoss(Q, variance!);
  const root = Math.sqrt(largestNumber(protocol.precision ?? 'f32'));
  if (!(predicted <= root)) return false;
  evidence.risks(1 / root);
  const recorded = curve.loss[epoch]!;
  evidence.within('loss', Math.abs(recorded - predicted), root, { epoch, recorded, predicted });
  return true;
}

/** By how much the loss of an epoch, its starts known, is off under an implementation, and what is allowed. */
export function lossesUnder(
  record: RunRecord,
  implementation?: Implementation,
): (epoch: number) => Required<Measurement> {
  const { n, embedding, slackOf, digitSlackOf, lossMatrixOf } = context(record, implementation);
  const { digits, curve, protocol } = record;
  const unit = unitRoundoff(protocol.precision ?? 'f32');
  return (epoch) => {
    const K = record.orderParameters![epoch]!;
    const sigma = times(embedding, record.moments!(epoch), transpose(embedding));
    const Q = lossMatrixOf(K);
    const predicted = lossThroughMoments(reals, Q, sigma.data);
    const ofMoments = digits.moments
      ? Q.reduce(
          (sum, q, k) => sum + Math.abs(q) * (n + 1) * digits.moments!.half(at(sigma, Math.floor(k / n), k % n)),
          0,
        )
      : 0;
    const recorded = curve.loss[epoch]!;
    const ofDigits = digits.loss || digits.overlaps ? digitSlackOf(K, recorded, momentFactor(sigma, unit)) : 0;
    let variance = 0;
    for (let i = 0; i < n; i++) variance = Math.max(variance, at(sigma, i, i));
    // All starts of the largest size at once majorise the moments.
    const wide = matrix(n, 1, () => Math.sqrt(n * variance));
    return {
      quantity: 'loss',
      residual: Math.abs(recorded - predicted),
      bound: slackOf(K, predicted, wide) + ofMoments + ofDigits,
      at: { epoch, recorded, predicted },
    };
  };
}

/** Of the losses of these epochs, starts known, the first that breaks under an implementation, or else the one nearest to its bound. */
export function decisiveLoss(
  record: RunRecord,
  epochs: readonly number[],
  implementation?: Implementation,
): Required<Measurement> | undefined {
  const lossAt = lossesUnder(record, implementation);
  let decisive: Required<Measurement> | undefined;
  for (const epoch of epochs) {
    if (decisive && ratioOf(decisive) > 1) break;
    const measurement = lossAt(epoch);
    if (!decisive || ratioOf(measurement) > ratioOf(decisive)) decisive = measurement;
  }
  return decisive;
}

/** The test of a record's losses where batches are unknown; `undefined` where starts have a mean other than zero. */
export function testOfLosses(record: RunRecord, epochs: readonly number[]): FaultTest | undefined {
  const { protocol, orderParameters, curve } = record;
  const { batch } = protocol;
  const law = startLaw(protocol.start);
  if (!law) return undefined;
  const { n, slackOf, digitSlackOf, trajectoriesOf } = context(record);
  // Bets on wider starts share a loss.
  const losses = new Map<string, ReturnType<typeof lossMatrix>>();
  let longest = 0;
  const lossOf = (implementation: Implementation): string => {
    const { cost, horizon } = loopOf(implementation);
    const name = JSON.stringify([cost, horizon]);
    longest = Math.max(longest, horizon);
    if (!losses.has(name)) losses.set(name, lossMatrix(cost, horizon));
    return name;
  };
  const declared = lossOf(asDeclared(protocol));
  const bets = lossBets(protocol).map(({ does, implementation }) => ({
    does,
    loss: lossOf(implementation),
    variance: law.variance * implementation.startScale ** 2,
  }));
  const population = scalarMatrix(n, Math.sqrt(law.variance));
  function* rows(): Generator<SequentialRow> {
    for (const epoch of epochs) {
      const K = orderParameters![epoch]!;
      const units = trajectoriesOf(K, longest);
      const matrices = new Map([...losses].map(([name, weighed]) => [name, weighed(units)]));
      const value = curve.loss[epoch]!;
      yield {
        epoch,
        value,
        Q: matrices.get(declared)!,
        slack: slackOf(K, value, population) + digitSlackOf(K, value, population),
        suspected: bets.map(({ loss, variance }) => meanLoss(matrices.get(loss)!, variance)),
      };
    }
  }
  return {
    result: sequentialTest(rows(), law, batch, FALSE_ALARM_PER_FILE),
    faults: bets.map(({ does }) => does),
  };
}

/**
 * The test that recorded moments are of the declared law: |x₀|² has mean n·v, and each epoch's trace is its mean over the batch.
 * `undefined` where none are recorded or the law has a mean other than zero.
 */
export function testOfMoments({ protocol, plant, run, rows: recorded, digits }: RunRecord): FaultTest | undefined {
  const { batch, precision = 'f32' } = protocol;
  const law = startLaw(protocol.start);
  const { moments } = run.curves;
  if (!moments || !law) return undefined;
  const n = plant.A.rows;
  const Q = Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));
  const rounding = 4 * n * batch * unitRoundoff(precision) * law.variance;
  const bets = startBets(protocol);
  const suspected = bets.map(({ implementation }) => n * law.variance * implementation.startScale ** 2);
  const rows = recorded.map((epoch): SequentialRow => {
    const sigma = fromLowerTriangle(moments[epoch]!, n);
    const value = trace(reals, sigma);
    return { epoch, value, Q, slack: rounding + n * (digits.moments?.half(value) ?? 0), suspected };
  });
  return {
    result: sequentialTest(rows, law, batch, FALSE_ALARM_PER_FILE),
    faults: bets.map(({ does }) => does),
  };
}

function addSequential(
  what: string,
  { result: { evidence: against, crossing, likeliest }, faults }: FaultTest,
  evidence: Evidence,
): void {
  const where =
    crossing === undefined
      ? 'no fault shows'
      : `refuted by epoch ${crossing}, best explained by a program that ${faults[likeliest]}`;
  evidence.risks(FALSE_ALARM_PER_FILE);
  evidence.within(`sequential test of the ${what}: ${where}; log evidence`, against, -Math.log(FALSE_ALARM_PER_FILE));
}
