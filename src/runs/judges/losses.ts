/**
 * Judges a record's losses against its order parameters: exactly where the starts are known, sequentially where they are
 * not.
 */

import { canonicalAgent } from '../../agent/canonical.js';
import { fromLowerTriangle } from '../../agent/gram.js';
import { type Evidence, type Measurement, ratioOf } from '../../claims/evidence.js';
import { matrix, scalarMatrix, trace } from '../../linalg/matrix.js';
import { reals } from '../../linalg/ring.js';
import {
  adjointRoundings,
  FALSE_ALARM_PER_FILE,
  FALSE_ALARM_PER_ROUNDING,
  largestNumber,
  recordedLossRounding,
  unitRoundoff,
} from '../../linalg/tolerance.js';
import { supportOf } from '../../problem/kinds.js';
import { costOf, type Protocol, plantOf } from '../../problem/protocol.js';
import { type DataSource, startVariance } from '../../problem/start.js';
import { lossThroughMoments } from '../../theory/learning/batches-collapse-to-moments.js';
import {
  lossMatrix,
  meanLoss,
  type TrajectoryProducts,
  trajectoryProducts,
} from '../../theory/records/recorded-losses-follow-overlaps.js';
import { reducedLoss } from '../../training/reduced.js';
import type { RecordedRun } from '../format/schema.js';
import { knownMoments, recordedOrderParameters } from '../problem.js';
import { affordableEpochs, BEYOND_BUDGET } from './budget.js';
import { type SequentialResult, type SequentialRow, type StartLaw, sequentialTest } from './sequential.js';

/** A protocol that was perhaps meant instead of the declared one, and the mean loss that it predicts. */
interface Departure {
  readonly name: string;
  readonly mean: (products: ReadonlyMap<number, TrajectoryProducts>) => number;
}

/** Starts that were perhaps drawn instead of the declared ones, by their width. */
const WIDTHS = [0.1, 0.5, 0.9, 0.95, 0.99, 1.01, 1.05, 1.1, 2, 10] as const;
const widthName = (factor: number): string => `starts ${factor} times as wide`;

/** Departures that losses alone can tell: each changes the predicted mean. */
function departuresOf(protocol: Protocol, n: number, p: number, v: number): Departure[] {
  const { horizon, loss } = protocol;
  const under = (name: string, change: Partial<Protocol>, variance = v): Departure => {
    const changed = { ...protocol, ...change };
    const cost = costOf(changed, n, p);
    return { name, mean: (products) => meanLoss(lossMatrix(products.get(changed.horizon)!, cost), variance) };
  };
  const states = (['mean', 'text', 'sum-mean', 'position'] as const).filter((state) => state !== loss.state);
  const controls = (['sum-time', 'sum-all', 'mean', 'sum-batch'] as const).filter((kind) => kind !== loss.control);
  return [
    ...(horizon > 1 ? [under(`horizon ${horizon - 1}`, { horizon: horizon - 1 })] : []),
    under(`horizon ${horizon + 1}`, { horizon: horizon + 1 }),
    ...states.map((state) => under(`loss.state "${state}"`, { loss: { ...loss, state } })),
    ...WIDTHS.map((factor) => under(widthName(factor), {}, v * factor ** 2)),
    ...(loss.beta > 0
      ? [
          under('no control penalty', { loss: { ...loss, beta: 0 } }),
          ...controls.map((control) => under(`loss.control "${control}"`, { loss: { ...loss, control } })),
        ]
      : [under('a control penalty of weight 0.01', { loss: { ...loss, beta: 0.01 } })]),
  ];
}

/** Epochs before losses or order parameters leave the numbers. Squares of losses enter variances: they must be numbers too. */
export function epochsInRange({ curves }: RecordedRun, orderParameters: readonly Float64Array[]): number {
  const range = Math.sqrt(Number.MAX_VALUE);
  const end = curves.loss.findIndex(
    (loss, e) => !(Math.abs(loss) <= range && orderParameters[e]!.every(Number.isFinite)),
  );
  return end < 0 ? curves.loss.length : end;
}

/**
 * Judges the losses of a run; adds measurements to the evidence, or says why they decide nothing.
 * @param effort multiple of the usual work (budget.ts)
 */
export function judgeLosses(run: RecordedRun, evidence: Evidence, effort?: number): void {
  const support = supportOf('moments', run.protocol);
  if ('unsupported' in support) return evidence.decidesNothing(support.unsupported);
  const { protocol } = support;
  if (protocol.agent.kind === 'linear')
    return evidence.decidesNothing('a full-rank agent has no order parameters to compute its losses from');
  const orderParameters = recordedOrderParameters(run, protocol);
  if (!orderParameters) return evidence.decidesNothing('no order parameters recorded: record curves.overlaps');
  if (protocol.rows === 'after-update')
    return evidence.decidesNothing('rows after the update depend on their own batch: record rows before it');
  const known = epochsInRange(run, orderParameters);
  const ends = known < run.curves.loss.length;
  const moments = knownMoments(run, protocol);
  const departs = ends && judgeEnd(run, protocol, orderParameters[known]!, known, moments, evidence);
  if (known === 0) return departs ? undefined : evidence.decidesNothing('out of range from the first epoch on');
  const epochs = affordableEpochs(known, protocol, 'overlaps', effort);
  if (epochs === 0) return evidence.decidesNothing(BEYOND_BUDGET);
  const then = epochs < known ? ', then beyond the budget: --effort' : ends ? ', then out of range' : '';
  evidence.note(`${epochs} of ${run.curves.loss.length} epochs${then}`);
  // A file undergoes one sequential test at most: on its losses, or, where it has moments, on these.
  evidence.risks(epochs * FALSE_ALARM_PER_ROUNDING);
  if (moments) judgeKnownStarts(run, protocol, orderParameters, epochs, moments, evidence);
  else {
    const test = testOfLosses(run, protocol, orderParameters, epochs);
    if (!test) return evidence.decidesNothing('starts with a mean other than zero: record curves.moments');
    addSequential('losses', test, evidence);
  }
  const test = testOfMoments(run, protocol);
  if (test) addSequential('moments', test, evidence);
}

/** A sequential test and the departures that it tried. */
interface NamedTest {
  readonly result: SequentialResult;
  readonly departures: readonly string[];
}

/** What judging each epoch needs: sizes, roundings, and the loss with its sensitivity at given order parameters. */
function context(protocol: Protocol) {
  const plant = plantOf(protocol.plant);
  const { agent, horizon } = protocol;
  const rank = agent.kind === 'linear' ? 0 : agent.rank;
  const [n, p, c] = [plant.A.rows, plant.B.cols, plant.C.rows];
  const cost = costOf(protocol, n, p);
  const lossOf = reducedLoss({ plant, leak: agent.leak, cost, horizon, rank });
  const N = agent.kind === 'effective' ? c + rank : agent.N;
  const roundings = adjointRoundings({ n, N, c, p, r: rank }, horizon, n);
  const unit = unitRoundoff(protocol.precision ?? 'f32');
  const E = new Float64Array((p + rank) * (c + rank));
  const slackOf = (K: Float64Array, loss: number, starts: Parameters<typeof lossOf>[1]): number => {
    lossOf(K, starts, E);
    const sensitivity = E.reduce((sum, value, k) => sum + Math.abs(value) * (1 + Math.abs(K[k]!)), 0);
    return recordedLossRounding(loss, sensitivity, roundings, unit);
  };
  const productsOf = (K: Float64Array, ...horizons: readonly number[]): Map<number, TrajectoryProducts> =>
    trajectoryProducts(plant, canonicalAgent({ rows: p + rank, cols: c + rank, data: K }, agent.leak, p, c), horizons);
  return { n, p, cost, slackOf, productsOf };
}

/**
 * Refutes a loss that is out of range where order parameters keep it far within, at the root of the precision's range at most: no
 * sum of squares overflows there, and a mean of positive numbers is exceeded by the range with a probability of one to its root
 * (Markov). @returns whether it is refuted
 */
function judgeEnd(
  run: RecordedRun,
  protocol: Protocol,
  K: Float64Array,
  epoch: number,
  moments: DataSource | undefined,
  evidence: Evidence,
): boolean {
  const variance = startVariance(protocol.start);
  if (!K.every(Number.isFinite) || (!moments && variance === undefined)) return false;
  const { cost, productsOf } = context(protocol);
  const { horizon } = protocol;
  const Q = lossMatrix(productsOf(K, horizon).get(horizon)!, cost);
  const predicted = moments ? lossThroughMoments(reals, Q, moments(epoch).data) : meanLoss(Q, variance!);
  const root = Math.sqrt(largestNumber(protocol.precision ?? 'f32'));
  if (!(predicted <= root)) return false;
  evidence.risks(1 / root);
  const recorded = run.curves.loss[epoch]!;
  const quantity = `loss at epoch ${epoch}: recorded ${recorded}, predicted ${predicted.toPrecision(7)}`;
  evidence.within(quantity, Math.abs(recorded - predicted), root);
  return true;
}

function judgeKnownStarts(
  run: RecordedRun,
  protocol: Protocol,
  orderParameters: readonly Float64Array[],
  epochs: number,
  moments: DataSource,
  evidence: Evidence,
): void {
  const { n, cost, slackOf, productsOf } = context(protocol);
  let decisive: Measurement | undefined;
  for (let e = 0; e < epochs && !(decisive && ratioOf(decisive) > 1); e++) {
    const sigma = moments(e);
    const Q = lossMatrix(productsOf(orderParameters[e]!, protocol.horizon).get(protocol.horizon)!, cost);
    const predicted = lossThroughMoments(reals, Q, sigma.data);
    let variance = 0;
    for (let i = 0; i < n; i++) variance = Math.max(variance, sigma.data[i * n + i]!);
    // All starts of the largest size at once majorise the moments.
    const wide = matrix(n, 1, () => Math.sqrt(n * variance));
    const recorded = run.curves.loss[e]!;
    const measurement = {
      quantity: `loss at epoch ${e}: recorded ${recorded.toPrecision(7)}, predicted ${predicted.toPrecision(7)}`,
      residual: Math.abs(recorded - predicted),
      bound: slackOf(orderParameters[e]!, predicted, wide),
    };
    // The first epoch that breaks, or else the one nearest to its bound.
    if (!decisive || ratioOf(measurement) > ratioOf(decisive)) decisive = measurement;
  }
  if (decisive) evidence.within(decisive.quantity, decisive.residual, decisive.bound);
}

/** The test of a record's losses where batches are unknown; `undefined` where starts have a mean other than zero. */
export function testOfLosses(
  { curves }: RecordedRun,
  protocol: Protocol,
  orderParameters: readonly Float64Array[],
  epochs: number,
): NamedTest | undefined {
  const { start, horizon, batch } = protocol;
  const variance = startVariance(start);
  if (variance === undefined || (start.kind !== 'uniform' && start.kind !== 'normal')) return undefined;
  const law: StartLaw = { kind: start.kind, variance };
  const { n, p, cost, slackOf, productsOf } = context(protocol);
  const departures = departuresOf(protocol, n, p, variance);
  const population = scalarMatrix(n, Math.sqrt(variance));
  function* rows(): Generator<SequentialRow> {
    for (let e = 0; e < epochs; e++) {
      const products = productsOf(orderParameters[e]!, horizon - 1, horizon, horizon + 1);
      const value = curves.loss[e]!;
      yield {
        epoch: e,
        value,
        Q: lossMatrix(products.get(horizon)!, cost),
        slack: slackOf(orderParameters[e]!, value, population),
        suspected: departures.map(({ mean }) => mean(products)),
      };
    }
  }
  return {
    result: sequentialTest(rows(), law, batch, FALSE_ALARM_PER_FILE),
    departures: departures.map(({ name }) => name),
  };
}

/**
 * The test that recorded moments are of the declared law: |x₀|² has mean n·v, and each epoch's trace is its mean over the batch.
 * `undefined` where none are recorded or the law has a mean other than zero.
 */
export function testOfMoments({ curves }: RecordedRun, protocol: Protocol): NamedTest | undefined {
  const { start, batch } = protocol;
  const variance = startVariance(start);
  if (!curves.moments || variance === undefined || (start.kind !== 'uniform' && start.kind !== 'normal'))
    return undefined;
  const n = plantOf(protocol.plant).A.rows;
  const Q = Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));
  const slack = 4 * n * batch * unitRoundoff(protocol.precision ?? 'f32') * variance;
  const suspected = WIDTHS.map((factor) => n * variance * factor ** 2);
  const rows = curves.moments.map((triangle, epoch): SequentialRow => {
    const sigma = fromLowerTriangle(triangle, n);
    return { epoch, value: trace(reals, sigma), Q, slack, suspected };
  });
  return {
    result: sequentialTest(rows, { kind: start.kind, variance }, batch, FALSE_ALARM_PER_FILE),
    departures: WIDTHS.map(widthName),
  };
}

function addSequential(
  what: string,
  { result: { evidence: against, crossing, likeliest }, departures }: NamedTest,
  evidence: Evidence,
): void {
  const where =
    crossing === undefined
      ? 'does not cross'
      : `crosses at epoch ${crossing}; of the departures tried, ${departures[likeliest]} explains the record best`;
  evidence.risks(FALSE_ALARM_PER_FILE);
  evidence.within(`sequential test of the ${what}: ${where}; log evidence`, against, -Math.log(FALSE_ALARM_PER_FILE));
}
