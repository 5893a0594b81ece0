/**
 * Departures tested by replay: from the initial weights or the first Gram matrix, with the starts known.
 *
 * An agent without a full-rank part is replaced by one of as many units as it has weight vectors: what it learns depends on
 * their Gram matrix only (src/theory/README.md#learning-closes-on-gram), and hundreds of replays then cost what one did.
 */

import { agentOfGram, columnCount, columnsOf, fromLowerTriangle } from '../../agent/gram.js';
import { shapeOf } from '../../agent/linear.js';
import { orderParameterNames } from '../../agent/order-parameters.js';
import { triangularFactor } from '../../linalg/factor.js';
import type { Meter } from '../../linalg/least-squares.js';
import { at, type Mat, matrix, times, transpose } from '../../linalg/matrix.js';
import { Stream } from '../../linalg/random.js';
import { SHADOWS, shadowNoise, unitRoundoff } from '../../linalg/tolerance.js';
import { type Initial, initialFrom } from '../../problem/agents.js';
import { type Protocol, plantOf } from '../../problem/protocol.js';
import type { DataSource } from '../../problem/start.js';
import { type LearningCurve, rowOf } from '../../training/curve.js';
import {
  CHANNELS,
  type Channel,
  type CurveComparison,
  compareCurves,
  shadowTolerances,
  type Tolerances,
} from '../../training/shadow.js';
import { train } from '../../training/train.js';
import {
  asDeclared,
  type Departure,
  departuresFrom,
  engineOf,
  type Implementation,
  loopOf,
  updateDepartures,
  WIDER_STARTS,
} from '../diagnosis/departures.js';
import { type Break, type Comparison, fitParameter, type Route, type Suspect, untested } from '../diagnosis/suspect.js';
import type { RecordedRun } from '../format/schema.js';
import { knownMoments } from '../problem.js';
import { Budget, workOf } from './budget.js';
import { recordedCurve } from './replay.js';

const SHADOW_SEED = 2;
/** Epochs from the break on that a parameter is fitted to, and that a departure has to follow. */
const INFORMATIVE = 5;
const FOLLOWED = 40;
/** The work that testing all departures may take, in multiples of what judging a run may. */
const DIAGNOSIS = 2;
/** Epochs shown before and after the break. */
const SHOWN = 2;

/** The parameters that a replay starts from, with as few units as they allow. */
function startOf(run: RecordedRun, protocol: Protocol): Initial | undefined {
  const given = run.weights?.initial;
  if (given) {
    const initial = initialFrom(given, protocol);
    if (!('agent' in initial) || initial.agent.W) return initial;
    const shape = shapeOf(initial.agent);
    const F = triangularFactor(columnsOf(initial.agent));
    const part = (first: number, count: number): Mat<number> => matrix(F.rows, count, (i, j) => at(F, i, first + j));
    const { c, p, r } = shape;
    return {
      agent: {
        leak: initial.agent.leak,
        M: part(0, c),
        Z: transpose(part(c, p)),
        U: part(c + p, r),
        V: part(c + p + r, r),
      },
    };
  }
  const triangle = run.curves.gram?.[0];
  const updatedBefore = protocol.rows === 'after-update' && (protocol.firstUpdate ?? 0) === 0;
  if (!triangle || updatedBefore || protocol.agent.kind !== 'linear-low-rank') return undefined;
  const { B, C } = plantOf(protocol.plant);
  const { rank: r, leak } = protocol.agent;
  const shape = { c: C.rows, p: B.cols, r };
  const gram = fromLowerTriangle(triangle, columnCount(shape));
  return { agent: agentOfGram(gram, shape, leak, unitRoundoff(protocol.precision ?? 'f32')) };
}

/** The first epoch at which two curves differ by more than any tolerance that decides something. */
function firstBeyond(record: LearningCurve, curve: LearningCurve, channels: readonly Channel[]): number {
  let epoch = 0;
  while (
    epoch < curve.epochs &&
    channels.every((channel) => CHANNELS[channel](record, curve, epoch) <= SHADOWS.ceiling)
  )
    epoch++;
  return epoch;
}

/** Replay of a record under any implementation; `undefined` where initial parameters or starts are unknown. */
export function replayRoute(run: RecordedRun, protocol: Protocol): Route | undefined {
  const initial = startOf(run, protocol);
  const known = knownMoments(run, protocol);
  if (!initial || !known) return undefined;
  const unknown = run.curves.moments?.findIndex((triangle) => !triangle.every(Number.isFinite)) ?? -1;
  const recordedEpochs = unknown < 0 ? run.curves.loss.length : unknown;
  const { agent, horizon, precision = 'f32' } = protocol;
  const channels = (Object.keys(CHANNELS) as Channel[]).filter((channel) => run.curves[channel] !== undefined);
  // The noise of an overlap is that of the agent's own number of units.
  const declaredUnits = agent.kind === 'effective' ? 1 : agent.N;
  const units = 'agent' in initial ? initial.agent.M.rows : 1;
  const noise =
    Math.sqrt(units / declaredUnits) * shadowNoise(declaredUnits + 2 * horizon + 16, unitRoundoff(precision));

  const practised = (implementation: Implementation, count: number): LearningCurve =>
    train(engineOf(implementation, initial), { ...implementation.protocol, epochs: count }, lifted(implementation));
  const lifted = (implementation: Implementation): DataSource => {
    const { embedding } = loopOf(implementation);
    const back = transpose(embedding);
    const sources = new Map<Mat<number>, Mat<number>>();
    return (epoch) => {
      const moments = known(epoch);
      if (!sources.has(moments)) sources.clear();
      const image = sources.get(moments) ?? times(embedding, moments, back);
      sources.set(moments, image);
      return image;
    };
  };
  const tolerancesOf = (implementation: Implementation, reference: LearningCurve): Tolerances =>
    shadowTolerances(
      () => engineOf(implementation, initial),
      { ...implementation.protocol, epochs: reference.epochs },
      lifted(implementation),
      reference,
      noise,
      new Stream(SHADOW_SEED),
      { plan: SHADOWS.suspects },
    );

  const declared = asDeclared(protocol);
  // Of as few units as the order parameters allow, but for a full-rank part.
  const perEpoch = workOf(protocol, 'agent' in initial && initial.agent.W ? 'units' : 'overlaps');
  const budget = new Budget(DIAGNOSIS);
  // The record itself is repeated with its shadows.
  const affordable = Math.floor(budget.left / (2 * (1 + SHADOWS.suspects.count) * perEpoch));
  const epochs = Math.min(recordedEpochs, affordable);
  if (epochs === 0) return undefined;
  budget.spend((1 + SHADOWS.suspects.count) * epochs * perEpoch);
  const record = recordedCurve(run, protocol, engineOf(declared, initial).shape);
  const within = (implementation: Implementation, count: number) => {
    const curve = practised(implementation, count);
    const tolerances = tolerancesOf(implementation, curve);
    return { curve, tolerances, comparison: compareCurves(record, curve, tolerances, precision, channels) };
  };
  /** Compares as many epochs as are needed: shadows cost more than what they are the shadows of. */
  const compared = (implementation: Implementation, count: number): CurveComparison => {
    const reached = firstBeyond(record, practised(implementation, count), channels) + 1;
    const short = reached < count ? within(implementation, reached).comparison : undefined;
    return short?.decisive && short.decisive.difference > short.decisive.tolerance
      ? short
      : within(implementation, count).comparison;
  };
  const { curve: predicted, tolerances, comparison } = within(declared, epochs);
  const { decisive } = comparison;
  if (!decisive || decisive.difference <= decisive.tolerance) return undefined;
  const broken = breakAt(decisive.epoch, record, predicted, tolerances, channels, protocol);
  const informative = Math.min(epochs, decisive.epoch + INFORMATIVE);
  const followed = Math.min(epochs, decisive.epoch + FOLLOWED);

  /** Signed differences from the record in units of tolerances, channel by channel. */
  const residuals = (implementation: Implementation, meter: Meter): Float64Array => {
    if (!meter.spend(informative * perEpoch)) return Float64Array.of(Number.POSITIVE_INFINITY);
    const curve = practised(implementation, informative);
    const list: number[] = [];
    for (let e = 0; e < informative; e++)
      for (const channel of channels) {
        const [a, b] = [rowOf(record[channel], record.epochs, e), rowOf(curve[channel], informative, e)];
        const vector = channel === 'overlaps' || channel === 'gram';
        const size =
          vector || channel === 'clipFactor' ? a.reduce((s, x) => Math.max(s, Math.abs(x)), 1) : Math.abs(a[0]!);
        a.forEach((value, k) => {
          list.push((b[k]! - value) / (size * Math.min(tolerances[channel][e]!, SHADOWS.ceiling)));
        });
      }
    return Float64Array.from(list);
  };

  const starts = run.curves.moments ? [] : [WIDER_STARTS];
  const testable = [...starts, ...departuresFrom(protocol)];
  // A row before any update has the same weights and the same loss whatever the update does.
  const before = channels.filter((channel) => channel !== 'gradNorm' && channel !== 'clipFactor');
  const first = compareCurves(record, predicted, tolerances, precision, before).decisive;
  const drawn = first?.epoch === 0 && first.difference > first.tolerance && protocol.rows !== 'after-update';
  const beside = new Set(drawn ? updateDepartures(protocol).map(({ id }) => id) : []);
  let waiting = testable.length;
  const test = (departure: Departure): Suspect => {
    if (beside.has(departure.id))
      return { departure, value: Number.NaN, misfit: broken.excess, epochs: decisive.epoch + 1, follows: false };
    const meter = budget.part(Math.max(1, waiting--));
    // What is compared in the end comes first: a parameter is fitted with what is left.
    if (!meter.spend((1 + SHADOWS.suspects.count) * followed * perEpoch)) return untested(departure);
    const fit: { readonly value: number; readonly error?: number } = departure.parameter
      ? fitParameter(departure, (value) => residuals(departure.of(declared, value), meter))
      : { value: Number.NaN };
    if (departure.parameter && fit.error === Number.POSITIVE_INFINITY) return untested(departure);
    const implementation = departure.of(declared, fit.value);
    const comparison = compared(implementation, followed);
    const misfit = comparison.decisive
      ? comparison.decisive.difference / comparison.decisive.tolerance
      : Number.POSITIVE_INFINITY;
    const follows = misfit <= 1 && comparison.compared > decisive.epoch;
    return { departure, ...fit, misfit, epochs: comparison.compared, follows };
  };
  return {
    evidence: `replay from the ${run.weights?.initial ? 'initial weights' : 'first Gram matrix'}`,
    break: broken,
    testable,
    test,
  };
}

/** What broke at the first epoch that left its tolerances, and the numbers around it. */
function breakAt(
  epoch: number,
  record: LearningCurve,
  predicted: LearningCurve,
  tolerances: Tolerances,
  channels: readonly Channel[],
  { rows, firstUpdate = 0 }: Protocol,
): Break {
  const excess = (channel: Channel): number => {
    const ratio = CHANNELS[channel](record, predicted, epoch) / tolerances[channel][epoch]!;
    return Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
  };
  const broke = (channel: Channel): boolean => channels.includes(channel) && excess(channel) > 1;
  const updates = epoch + (rows === 'after-update' ? 1 : 0) > firstUpdate;
  const numbers = (quantity: string, of: (curve: LearningCurve, e: number) => number, equation: string): Break => ({
    epoch,
    equation,
    quantity,
    excess: Math.max(...channels.map(excess)),
    around: Array.from({ length: 2 * SHOWN + 1 }, (_, k) => epoch - SHOWN + k)
      .filter((e) => e >= 0 && e < predicted.epochs)
      .map((e): Comparison => ({ epoch: e, recorded: of(record, e), predicted: of(predicted, e) })),
  });
  if (broke('overlaps')) {
    const [a, b] = [rowOf(record.overlaps, record.epochs, epoch), rowOf(predicted.overlaps, predicted.epochs, epoch)];
    let worst = 0;
    a.forEach((value, k) => {
      if (Math.abs(value - b[k]!) > Math.abs(a[worst]! - b[worst]!)) worst = k;
    });
    const name = orderParameterNames(record.shape)[worst]!;
    const at = (curve: LearningCurve, e: number): number => rowOf(curve.overlaps, curve.epochs, e)[worst]!;
    const last = rows === 'after-update' ? epoch : epoch - 1;
    return numbers(name, at, updates ? `the update of ${name} in epoch ${last}` : `${name} of the initial weights`);
  }
  if (broke('loss')) {
    const sure = channels.includes('overlaps') || !updates;
    const equation = sure ? 'the loss as a function of the weights' : 'the loss, or an update before it';
    return numbers('loss', (curve, e) => curve.loss[e]!, equation);
  }
  if (broke('gradNorm')) return numbers('gradient norm', (curve, e) => curve.gradNorm[e]!, 'the gradient norm');
  if (broke('gram')) {
    const size = record.gram.length / record.epochs;
    const [a, b] = [rowOf(record.gram, record.epochs, epoch), rowOf(predicted.gram, predicted.epochs, epoch)];
    let worst = 0;
    for (let k = 0; k < size; k++) if (Math.abs(a[k]! - b[k]!) > Math.abs(a[worst]! - b[worst]!)) worst = k;
    const at = (curve: LearningCurve, e: number): number => rowOf(curve.gram, curve.epochs, e)[worst]!;
    return numbers(
      `Gram entry ${worst}`,
      at,
      'the update of an inner product that the agent’s behaviour does not show',
    );
  }
  return numbers('clip factor', (curve, e) => curve.clipFactor[e]!, 'the clip factor');
}
