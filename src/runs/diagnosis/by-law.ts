/**
 * Faults tested by the law of the losses, where batches are unknown, and by the law of recorded moments.
 *
 * A fault is fitted by normal likelihood: the mean of a batch's losses, and its variance, follow from the order
 * parameters. It explains the record if what is left looks drawn from that law.
 */

import { canonicalAgent } from '../../agent/canonical.js';
import { fromLowerTriangle } from '../../agent/gram.js';
import { ratioOf } from '../../claims/evidence.js';
import { type Mat, times, trace, transpose } from '../../linalg/matrix.js';
import { reals } from '../../linalg/ring.js';
import { FALSE_ALARM_PER_FILE, NORMAL_TAIL } from '../../linalg/tolerance.js';
import {
  lossMatrix,
  meanLoss,
  unitTrajectories,
  varianceOfLoss,
} from '../../theory/records/recorded-losses-follow-overlaps.js';
import { type Fault, type FaultId, lossFaults, noticeably, WIDER_STARTS } from '../faults.js';
import { asDeclared, type Implementation, loopOf } from '../implementation.js';
import { affordableEpochs } from '../judges/budget.js';
import { decisiveLoss, lossesUnder, startLaw, testOfLosses, testOfMoments } from '../judges/losses.js';
import { type RunRecord, rowsInRange } from '../record.js';
import { fitParameter, type Route, type Suspect } from './suspect.js';

/** Recorded numbers with their predicted means and deviations. */
interface Law {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** Rows used at most, spread over the record; a parameter that moves the loop is fitted to fewer. */
const MOST_ROWS = 1000;
const FITTED_ROWS = 100;
/** The part of the usual work that the law under one implementation may take. */
const SHARE_OF_LAW = 1 / 16;

/** A fault that explains a record by likelihood beats another by this many nats at least, or both are named. */
const NATS = 7;

/** How far the mean and the mean square of standardised numbers are from 0 and 1, in units of what chance allows. */
function misfitOf(values: Float64Array, { means, deviations }: Law): number {
  const z = values.map((value, k) => (value - means[k]!) / deviations[k]!);
  const count = z.length;
  const mean = z.reduce((a, b) => a + b, 0) / count;
  const square = z.reduce((a, b) => a + b * b, 0) / count;
  return Math.max(Math.abs(mean) * Math.sqrt(count), Math.abs(square - 1) * Math.sqrt(count / 4)) / NORMAL_TAIL;
}

/** The route that compares numbers with laws. */
function lawRoute(
  evidence: string,
  quantity: string,
  equation: string,
  epochs: readonly number[],
  values: Float64Array,
  declared: Implementation,
  testable: readonly Fault[],
  /** The epoch at which a sequential test (losses.ts) refutes the record, if one does. */
  crossing: number | undefined,
  /** Of every stride-th row. */
  lawOf: (implementation: Implementation, stride: number) => Law,
): Route | undefined {
  /** Half the deviance per row: −log likelihood but for a constant. */
  const deviances = ({ means, deviations }: Law): Float64Array =>
    values.map((value, k) => ((value - means[k]!) / deviations[k]!) ** 2 / 2 + Math.log(deviations[k]!));
  const total = (law: Law): number => deviances(law).reduce((a, b) => a + b, 0);
  const before = lawOf(declared, 1);
  const excess = misfitOf(values, before);
  const suspects = new Map<Fault, { readonly suspect: Suspect; readonly deviance: number }>();
  const measure = (fault: Fault): { readonly suspect: Suspect; readonly deviance: number } => {
    // Wider starts scale a law that is known already.
    const stride = fault === WIDER_STARTS ? 1 : Math.ceil(values.length / FITTED_ROWS);
    const fit = fault.parameter
      ? fitParameter(fault, (value) => {
          const { means, deviations } = lawOf(fault.of(declared, value), stride);
          return means.map((mean, k) => (values[k * stride]! - mean) / deviations[k]!);
        })
      : { value: Number.NaN };
    const law = lawOf(fault.of(declared, fit.value), 1);
    const misfit = misfitOf(values, law);
    return {
      suspect: { fault, ...fit, misfit, epochs: epochs.length, follows: misfit <= 1 },
      deviance: total(law),
    };
  };
  for (const fault of testable) suspects.set(fault, measure(fault));
  const best = Math.min(...[...suspects.values()].map(({ deviance }) => deviance));
  if (!(total(before) > best - Math.log(FALSE_ALARM_PER_FILE))) return undefined;
  const worst = values.reduce(
    (at, value, k) =>
      Math.abs(value - before.means[k]!) / before.deviations[k]! >
      Math.abs(values[at]! - before.means[at]!) / before.deviations[at]!
        ? k
        : at,
    0,
  );
  const around = [worst - 1, worst, worst + 1]
    .filter((k) => k >= 0 && k < values.length)
    .map((k) => ({ epoch: epochs[k]!, recorded: values[k]!, predicted: before.means[k]! }));
  return {
    evidence,
    break: { epoch: crossing ?? epochs[0]!, equation, quantity, around, excess },
    testable,
    test: (fault) => {
      const { suspect, deviance } = suspects.get(fault)!;
      return { ...suspect, follows: suspect.follows && deviance <= best + NATS };
    },
  };
}

/** Rows spread over a record. */
const spreadOver = (epochs: readonly number[], most = MOST_ROWS): number[] => {
  const count = Math.min(epochs.length, most);
  return Array.from({ length: count }, (_, k) => epochs[Math.floor((k * epochs.length) / count)]!);
};

/** The laws of a record's losses where batches are unknown. */
interface LossLaws {
  /** Epochs with rows, before losses or order parameters leave the numbers. */
  readonly rows: readonly number[];
  /** Epochs used, spread over those. */
  readonly epochs: readonly number[];
  /** Under a implementation, of every stride-th epoch used. */
  readonly lawAt: (implementation: Implementation, stride: number) => Law;
}

function lossLaws(record: RunRecord, mostRows: number): LossLaws | undefined {
  const { protocol, orderParameters, moments, shape } = record;
  const { agent, start, batch } = protocol;
  const law = startLaw(start);
  if (agent.kind === 'linear' || !orderParameters || !law || moments || protocol.rows === 'after-update')
    return undefined;
  const { kind, variance } = law;
  const rows = rowsInRange(record, ['loss', 'overlaps']);
  const epochs = spreadOver(rows, affordableEpochs(mostRows, protocol, 'overlaps', SHARE_OF_LAW));
  if (epochs.length === 0) return undefined;
  const { p, c, r } = shape;
  const agents = epochs.map((e) =>
    canonicalAgent({ rows: p + r, cols: c + r, data: orderParameters[e]! }, agent.leak, p, c),
  );
  const lawAt = (implementation: Implementation, stride: number): Law => {
    const { plant, cost, horizon, embedding } = loopOf(implementation);
    const back = transpose(embedding);
    const weighed = lossMatrix(cost, horizon);
    const size = plant.A.rows;
    const chosen = agents.filter((_, k) => k % stride === 0);
    const law = { means: new Float64Array(chosen.length), deviations: new Float64Array(chosen.length) };
    chosen.forEach((at, k) => {
      const whole: Mat<number> = {
        rows: size,
        cols: size,
        data: weighed(unitTrajectories(plant, at, horizon)),
      };
      const Q = Float64Array.from(times(back, whole, embedding).data as ArrayLike<number>);
      law.means[k] = meanLoss(Q, variance);
      law.deviations[k] = Math.sqrt(varianceOfLoss(Q, variance, kind) / batch);
    });
    return law;
  };
  return { rows, epochs, lawAt };
}

/** Faults tested by losses and order parameters, batches unknown; `undefined` where they are as declared. */
export function lossesRoute(record: RunRecord): Route | undefined {
  const { protocol, curve } = record;
  const laws = lossLaws(record, MOST_ROWS);
  if (!laws) return undefined;
  const { rows, epochs, lawAt } = laws;
  const declared = asDeclared(protocol);
  const unscaled = lawAt(declared, 1);
  const lawOf = (implementation: Implementation, stride: number): Law => {
    const { startScale, ...rest } = implementation;
    if (stride !== 1 || startScale === 1 || rest.protocol !== protocol) return lawAt(implementation, stride);
    const scaled = (column: Float64Array): Float64Array => column.map((value) => startScale ** 2 * value);
    return { means: scaled(unscaled.means), deviations: scaled(unscaled.deviations) };
  };
  const values = Float64Array.from(epochs, (e) => curve.loss[e]!);
  return lawRoute(
    'the law of the losses given the order parameters',
    'loss',
    'the loss as a function of the order parameters and the starts (shown where it is furthest off)',
    epochs,
    values,
    declared,
    [WIDER_STARTS, ...lossFaults(protocol)],
    testOfLosses(record, rows.slice(0, affordableEpochs(rows.length, protocol, 'overlaps')))?.result.crossing,
    lawOf,
  );
}

/** Faults tested by losses and order parameters, number by number, where starts are known; `undefined` where they are as declared. */
export function knownLossesRoute(record: RunRecord): Route | undefined {
  const { protocol, orderParameters, moments } = record;
  if (protocol.agent.kind === 'linear' || !orderParameters || !moments || protocol.rows === 'after-update')
    return undefined;
  const rows = rowsInRange(record, ['loss', 'overlaps']).filter((e) => e < record.epochsWithMoments);
  const epochs = rows.slice(0, affordableEpochs(rows.length, protocol, 'overlaps'));
  const broken = decisiveLoss(record, epochs);
  if (!broken || ratioOf(broken) <= 1) return undefined;
  const declared = asDeclared(protocol);
  const fitted = spreadOver(epochs, affordableEpochs(FITTED_ROWS, protocol, 'overlaps', SHARE_OF_LAW));
  const test = (fault: Fault): Suspect => {
    const fit = fault.parameter
      ? fitParameter(fault, (value) =>
          Float64Array.from(
            fitted.map(lossesUnder(record, fault.of(declared, value))),
            ({ at, bound }) => (at.recorded - at.predicted) / bound,
          ),
        )
      : { value: Number.NaN };
    const decisive = decisiveLoss(record, epochs, fault.of(declared, fit.value))!;
    const misfit = ratioOf(decisive);
    return {
      fault,
      ...fit,
      misfit,
      epochs: misfit > 1 ? epochs.indexOf(decisive.at.epoch) + 1 : epochs.length,
      follows: misfit <= 1,
    };
  };
  return {
    evidence: 'the losses at the recorded order parameters and starts',
    break: {
      epoch: broken.at.epoch,
      equation: 'the loss as a function of the order parameters',
      quantity: 'loss',
      around: [broken.at],
      excess: ratioOf(broken),
    },
    testable: lossFaults(protocol),
    test,
  };
}

/**
 * Whether the losses of a record, batches unknown, exclude what a fault makes of the loop; `undefined` where they say nothing of it.
 */
export function lossesExclude(record: RunRecord): ((fault: Fault, value: number) => boolean) | undefined {
  const laws = lossLaws(record, FITTED_ROWS);
  if (!laws) return undefined;
  const declared = asDeclared(record.protocol);
  const values = Float64Array.from(laws.epochs, (e) => record.curve.loss[e]!);
  const ofLoop = new Set([WIDER_STARTS, ...lossFaults(record.protocol)].map(({ id }) => id));
  return (fault, value) => ofLoop.has(fault.id) && !(misfitOf(values, laws.lawAt(fault.of(declared, value), 1)) <= 1);
}

/**
 * Nats by which the losses of a fault have to speak against the declared law: twice what the sequential test needs, since it
 * knows neither the fault nor how large it is.
 */
const TELLING = -2 * Math.log(FALSE_ALARM_PER_FILE);

/** Identifiers of faults that would show in losses as many, and with as large batches, as those of a record. */
export function shownByLosses(record: RunRecord): ReadonlySet<FaultId> {
  const { protocol, moments } = record;
  const faults = [WIDER_STARTS, ...lossFaults(protocol)];
  const ids = new Set(faults.map(({ id }) => id));
  // Number by number, where starts are known.
  if (moments) return ids;
  const laws = lossLaws(record, FITTED_ROWS);
  if (!laws) return new Set();
  const declared = asDeclared(protocol);
  const { means, deviations } = laws.lawAt(declared, 1);
  for (const fault of faults) {
    const other = laws.lawAt(noticeably(declared, fault), 1);
    const nats = means.reduce((sum, mean, k) => sum + ((other.means[k]! - mean) / deviations[k]!) ** 2 / 2, 0);
    // Of several faults of one name all have to show.
    if (!((nats * laws.rows.length) / means.length >= TELLING)) ids.delete(fault.id);
  }
  return ids;
}

/** Wider or narrower starts, seen in recorded moments; `undefined` where they are as declared. */
export function momentsRoute(record: RunRecord): Route | undefined {
  const { protocol, run, plant, rows } = record;
  const { start, batch } = protocol;
  const law = startLaw(start);
  const recorded = run.curves.moments;
  if (!recorded || !law) return undefined;
  const { kind, variance } = law;
  const n = plant.A.rows;
  const epochs = spreadOver(rows.filter((e) => recorded[e]!.every(Number.isFinite)));
  const values = Float64Array.from(epochs, (e) => trace(reals, fromLowerTriangle(recorded[e]!, n)));
  const deviation = variance * Math.sqrt(((kind === 'uniform' ? 4 / 5 : 2) * n) / batch);
  return lawRoute(
    'the law of the recorded moments',
    'mean of |x₀|²',
    'the second moments of the starts (shown where they are furthest off)',
    epochs,
    values,
    asDeclared(protocol),
    [WIDER_STARTS],
    testOfMoments(record)?.result.crossing,
    ({ startScale }) => ({
      means: values.map(() => startScale ** 2 * n * variance),
      deviations: values.map(() => startScale ** 2 * deviation),
    }),
  );
}
