/**
 * Faults tested by replay: from the initial weights or the first Gram matrix, with the starts known.
 *
 * An agent without a full-rank part is replaced by one of as many units as it has weight vectors: what it learns depends on
 * their Gram matrix only, and hundreds of replays then cost what one did.
 */

import { columnsOf } from '../../agent/gram.js';
import { type LinearAgent, shapeOf } from '../../agent/linear.js';
import { triangularFactor } from '../../linalg/factor.js';
import type { Meter } from '../../linalg/least-squares.js';
import { at, type Mat, matrix, times, transpose } from '../../linalg/matrix.js';
import { Stream } from '../../linalg/random.js';
import { overlapRoundings, SHADOWS, shadowNoise, unitRoundoff } from '../../linalg/tolerance.js';
import type { Initial } from '../../problem/agents.js';
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
import { type Fault, faultsOf, updateFaults, WIDER_STARTS } from '../faults.js';
import { asDeclared, engineOf, type Implementation, loopOf } from '../implementation.js';
import { Budget, DIAGNOSIS, workOf } from '../judges/budget.js';
import { furthestOff } from '../judges/replay.js';
import type { RunRecord } from '../record.js';
import { agentOfFirstGram } from '../start.js';
import { type Break, fitParameter, type Route, type Suspect, untested } from './suspect.js';

const SHADOW_SEED = 2;
/** Epochs from the break on that a parameter is fitted to, and that a fault has to follow. */
const INFORMATIVE = 5;
const FOLLOWED = 40;
/** Epochs shown before and after the break. */
const SHOWN = 2;

/** An agent of as many units as it has weight vectors, with the same Gram matrix. */
function reduced(agent: LinearAgent): LinearAgent {
  const { c, p, r } = shapeOf(agent);
  const F = triangularFactor(columnsOf(agent));
  const part = (first: number, count: number): Mat<number> => matrix(F.rows, count, (i, j) => at(F, i, first + j));
  return {
    leak: agent.leak,
    M: part(0, c),
    Z: transpose(part(c, p)),
    U: part(c + p, r),
    V: part(c + p + r, r),
  };
}

/** The parameters that a replay starts from, with as few units as they allow. */
function startOf({ run, protocol, initial }: RunRecord): Initial | undefined {
  if (initial) return 'agent' in initial && !initial.agent.W ? { agent: reduced(initial.agent) } : initial;
  const agent = agentOfFirstGram(run, protocol);
  return agent && { agent };
}

/** The first epoch at which two curves differ by more than any tolerance that decides something. */
function firstBeyond(recorded: LearningCurve, curve: LearningCurve, channels: readonly Channel[]): number {
  let epoch = 0;
  while (
    epoch < curve.epochs &&
    channels.every((channel) => CHANNELS[channel](recorded, curve, epoch) <= SHADOWS.ceiling)
  )
    epoch++;
  return epoch;
}

/** Replay of a record under any implementation; `undefined` where initial parameters or starts are unknown. */
export function replayRoute(record: RunRecord): Route | undefined {
  const { run, protocol, channels, moments: known, curve: recorded } = record;
  const initial = startOf(record);
  if (!initial || !known) return undefined;
  const { agent, horizon, precision = 'f32' } = protocol;
  // The noise of an overlap is that of the agent's own number of units.
  const declaredUnits = agent.kind === 'effective' ? 1 : agent.N;
  const units = 'agent' in initial ? initial.agent.M.rows : 1;
  const noise =
    Math.sqrt(units / declaredUnits) * shadowNoise(overlapRoundings(declaredUnits, horizon), unitRoundoff(precision));

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
  const epochs = Math.min(record.epochsWithMoments, affordable);
  if (epochs === 0) return undefined;
  budget.spend((1 + SHADOWS.suspects.count) * epochs * perEpoch);
  const within = (implementation: Implementation, count: number) => {
    const curve = practised(implementation, count);
    const tolerances = tolerancesOf(implementation, curve);
    return { curve, tolerances, comparison: compareCurves(recorded, curve, tolerances, precision, channels) };
  };
  /** Compares as many epochs as are needed: shadows cost more than what they are the shadows of. */
  const compared = (implementation: Implementation, count: number): CurveComparison => {
    const reached = firstBeyond(recorded, practised(implementation, count), channels) + 1;
    const short = reached < count ? within(implementation, reached).comparison : undefined;
    return short?.decisive && short.decisive.difference > short.decisive.tolerance
      ? short
      : within(implementation, count).comparison;
  };
  const { curve: predicted, tolerances, comparison } = within(declared, epochs);
  const { decisive } = comparison;
  if (!decisive || decisive.difference <= decisive.tolerance) return undefined;
  const broken = breakAt(decisive.epoch, record, predicted, tolerances);
  const informative = Math.min(epochs, decisive.epoch + INFORMATIVE);
  const followed = Math.min(epochs, decisive.epoch + FOLLOWED);

  /** Signed differences from the record in units of tolerances, channel by channel. */
  const residuals = (implementation: Implementation, meter: Meter): Float64Array => {
    if (!meter.spend(informative * perEpoch)) return Float64Array.of(Number.POSITIVE_INFINITY);
    const curve = practised(implementation, informative);
    const list: number[] = [];
    for (let e = 0; e < informative; e++)
      for (const channel of channels) {
        const [a, b] = [rowOf(recorded[channel], recorded.epochs, e), rowOf(curve[channel], informative, e)];
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
  const testable = [...starts, ...faultsOf(protocol)];
  // A row before any update has the same weights and the same loss under any update.
  const before = channels.filter((channel) => channel !== 'gradNorm' && channel !== 'clipFactor');
  const first = compareCurves(recorded, predicted, tolerances, precision, before).decisive;
  const drawn = first?.epoch === 0 && first.difference > first.tolerance && protocol.rows !== 'after-update';
  const beside = new Set(drawn ? updateFaults(protocol).map(({ id }) => id) : []);
  let waiting = testable.length;
  const test = (fault: Fault): Suspect => {
    if (beside.has(fault.id))
      return { fault, value: Number.NaN, misfit: broken.excess, epochs: decisive.epoch + 1, follows: false };
    const meter = budget.part(Math.max(1, waiting--));
    // What is compared in the end comes first: a parameter is fitted with what is left.
    if (!meter.spend((1 + SHADOWS.suspects.count) * followed * perEpoch)) return untested(fault);
    const fit: { readonly value: number; readonly error?: number } = fault.parameter
      ? fitParameter(fault, (value) => residuals(fault.of(declared, value), meter))
      : { value: Number.NaN };
    if (fault.parameter && fit.error === Number.POSITIVE_INFINITY) return untested(fault);
    const implementation = fault.of(declared, fit.value);
    const comparison = compared(implementation, followed);
    const misfit = comparison.decisive
      ? comparison.decisive.difference / comparison.decisive.tolerance
      : Number.POSITIVE_INFINITY;
    const follows = misfit <= 1 && comparison.compared > decisive.epoch;
    return { fault, ...fit, misfit, epochs: comparison.compared, follows };
  };
  return {
    evidence: `replay from the ${run.weights?.initial ? 'initial weights' : 'first Gram matrix'}`,
    break: broken,
    testable,
    test,
  };
}

/** What broke at the first epoch that left its tolerances, and the numbers around it. */
function breakAt(epoch: number, record: RunRecord, predicted: LearningCurve, tolerances: Tolerances): Break {
  const { channels, curve, protocol } = record;
  const { rows, firstUpdate = 0 } = protocol;
  const excess = (channel: Channel): number => {
    const ratio = CHANNELS[channel](curve, predicted, epoch) / tolerances[channel][epoch]!;
    return Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
  };
  const order = ['overlaps', 'loss', 'gradNorm', 'gram', 'clipFactor'] as const;
  const broken = order.find((channel) => channels.includes(channel) && excess(channel) > 1) ?? 'clipFactor';
  const { quantity, at } = furthestOff(record, predicted, broken, epoch);
  const updates = epoch + (rows === 'after-update' ? 1 : 0) > firstUpdate;
  const last = rows === 'after-update' ? epoch : epoch - 1;
  const equation = {
    overlaps: updates ? `the update of ${quantity} in epoch ${last}` : `${quantity} of the initial weights`,
    loss:
      channels.includes('overlaps') || !updates
        ? 'the loss as a function of the weights'
        : 'the loss, or an update before it',
    gradNorm: 'the gradient norm',
    gram: 'the update of an inner product that the agent’s behaviour does not show',
    clipFactor: 'the clip factor',
  }[broken];
  return {
    epoch,
    equation,
    quantity,
    excess: Math.max(...channels.map(excess)),
    around: Array.from({ length: 2 * SHOWN + 1 }, (_, k) => epoch - SHOWN + k)
      .filter((e) => e >= 0 && e < predicted.epochs)
      .map(at),
  };
}
