/**
 * Faults tested by replay: from the initial weights or the first Gram matrix, with the starts known.
 *
 * An agent without a full-rank part is replaced by one of as many units as it has weight vectors: what it learns depends on
 * their Gram matrix only, and hundreds of replays then cost what one did.
 */

import type { Meter } from '../../linalg/least-squares.js';
import { type Mat, times, transpose } from '../../linalg/matrix.js';
import { SHADOWS } from '../../linalg/tolerance.js';
import type { Protocol } from '../../problem/protocol.js';
import { isDescent } from '../../problem/schema.js';
import type { DataSource } from '../../problem/start.js';
import { type LearningCurve, rowOf } from '../../training/curve.js';
import type { Engine } from '../../training/engine.js';
import { CHANNELS, type Channel, type Tolerances } from '../../training/shadow.js';
import { type Beginning, training } from '../../training/train.js';
import { type Fault, faultsOf, updateFaults, WIDER_STARTS } from '../faults.js';
import { asDeclared, engineOf, type Implementation, loopOf } from '../implementation.js';
import { Budget, DIAGNOSIS, workOf } from '../judges/budget.js';
import { furthestOff, type ReplayState, replayOf } from '../judges/replay.js';
import { type Followed, follow } from '../judges/windows.js';
import type { RunRecord } from '../record.js';
import { type Break, fitParameter, type Route, type Suspect, untested } from './suspect.js';

/** Epochs from the break on that a parameter is fitted to, and that a fault has to follow. */
const INFORMATIVE = 5;
const FOLLOWED = 40;
/** Epochs shown before and after the break. */
const SHOWN = 2;

/** Replay of a record under any implementation, from where it was last as declared; `undefined` if it is so to the end. */
export function replayRoute(record: RunRecord): Route | undefined {
  const { run, protocol, channels, moments: known, curve: recorded } = record;
  const replay = replayOf(record);
  if (typeof replay === 'string' || !known || !replay.followed.refuted) return undefined;
  const { followed, states, noise, epochs } = replay;
  const { epoch: brokenAt, predictor, window } = followed.decisive!;
  const { tolerances } = followed;
  const predicted = followed.predicted[predictor]!;

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
  /** What the optimiser remembers, for the tensors that an implementation trains. */
  const remembered = ({ parameters }: Engine, { trained, agent }: Protocol, { from, memory }: Beginning): Beginning => {
    // Order parameters are one array, whatever is trained of them.
    if (!memory || !parameters || agent.kind === 'effective')
      return { from, ...(memory && { memory: structuredClone(memory) }) };
    const chosen = (arrays: readonly Float64Array[]): Float64Array[] =>
      trained.map(
        (name, k) => arrays[protocol.trained.indexOf(name)] ?? new Float64Array(parameters[k]!.values.length),
      );
    const { first, second, count } = structuredClone(memory);
    return { from, memory: { first: chosen(first), second: chosen(second), count } };
  };
  const practised = (implementation: Implementation, { initial, beginning }: ReplayState, count: number) => {
    const schedule = { ...implementation.protocol, epochs: count };
    const engine = engineOf(implementation, initial);
    const begin = remembered(engine, implementation.protocol, beginning);
    const run = training(engine, schedule, lifted(implementation), {}, begin);
    while (run.step());
    return run.curve;
  };
  const compared = (implementation: Implementation, { initial, beginning }: ReplayState, count: number): Followed => {
    const engine = (): Engine => engineOf(implementation, initial);
    return follow(record, {
      schedule: { ...implementation.protocol, epochs: count },
      source: lifted(implementation),
      beginning: remembered(engine(), implementation.protocol, beginning),
      predictors: [engine()],
      centre: engine(),
      shadows: Array.from({ length: SHADOWS.suspects.count }, engine),
      plan: SHADOWS.suspects,
      noise,
    });
  };

  const declared = asDeclared(protocol);
  // Of as few units as the order parameters allow, but for a full-rank part.
  const perEpoch = workOf(
    protocol,
    protocol.agent.kind === 'linear-low-rank' && isDescent(protocol.optimizer) ? 'overlaps' : 'units',
  );
  const fits = new Budget(DIAGNOSIS);
  const broken = breakAt(brokenAt, record, predicted, tolerances);
  const informative = Math.min(epochs, brokenAt + INFORMATIVE);
  const starts = run.curves.moments ? [] : [WIDER_STARTS];
  const testable = [...starts, ...faultsOf(protocol)];
  // Every fault is compared with its shadows from each state, as far as the same work again affords.
  const comparisons = testable.length * states.length * (2 + SHADOWS.suspects.count);
  const share = Math.floor(fits.left / (comparisons * perEpoch));
  const upTo = Math.min(epochs, brokenAt + Math.max(INFORMATIVE, Math.min(FOLLOWED, share)));
  /** The last tolerance of a channel that is known, up to an epoch. */
  const toleranceAt = (channel: Channel, epoch: number): number => {
    let e = Math.min(epoch, brokenAt);
    while (e >= window && Number.isNaN(tolerances[channel][e])) e--;
    return Math.min(e < window ? SHADOWS.ceiling : tolerances[channel][e]!, SHADOWS.ceiling);
  };

  /** Signed differences from the record in units of tolerances, channel by channel. */
  const residuals = (implementation: Implementation, state: ReplayState, meter: Meter): Float64Array => {
    const { from } = state.beginning;
    if (!meter.spend((informative - from) * perEpoch)) return Float64Array.of(Number.POSITIVE_INFINITY);
    const curve = practised(implementation, state, informative);
    const list: number[] = [];
    for (let e = from; e < informative; e++)
      for (const channel of channels) {
        const [a, b] = [rowOf(recorded[channel], recorded.epochs, e), rowOf(curve[channel], informative, e)];
        const vector = channel === 'overlaps' || channel === 'gram';
        const size =
          vector || channel === 'clipFactor' ? a.reduce((s, x) => Math.max(s, Math.abs(x)), 1) : Math.abs(a[0]!);
        a.forEach((value, k) => {
          list.push((b[k]! - value) / (size * toleranceAt(channel, e)));
        });
      }
    return Float64Array.from(list);
  };

  // A row before any update has the same weights and the same loss under any update.
  const drawn =
    brokenAt === 0 &&
    protocol.rows !== 'after-update' &&
    channels.some(
      (channel) =>
        channel !== 'gradNorm' && channel !== 'clipFactor' && excessOf(channel, 0, record, predicted, tolerances) > 1,
    );
  const beside = new Set(drawn ? updateFaults(protocol).map(({ id }) => id) : []);
  let waiting = testable.filter(({ parameter }) => parameter).length * states.length;
  const testFrom = (fault: Fault, state: ReplayState): Suspect => {
    const { from } = state.beginning;
    let fit: { readonly value: number; readonly error?: number } = { value: Number.NaN };
    if (fault.parameter) {
      const meter = fits.part(Math.max(1, waiting--));
      fit = fitParameter(fault, (value) => residuals(fault.of(declared, value), state, meter));
      if (fit.error === Number.POSITIVE_INFINITY) return untested(fault);
    }
    const { decisive, refuted, rows } = compared(fault.of(declared, fit.value), state, upTo);
    const misfit = decisive ? decisive.difference / decisive.tolerance : Number.POSITIVE_INFINITY;
    const reached = refuted ? decisive!.epoch + 1 : from + rows;
    return { fault, ...fit, misfit, epochs: reached, follows: !refuted && reached > brokenAt };
  };
  const test = (fault: Fault): Suspect => {
    if (beside.has(fault.id))
      return { fault, value: Number.NaN, misfit: broken.excess, epochs: brokenAt + 1, follows: false };
    // A fault may be there only from where it shows, or since the window began.
    let found = untested(fault);
    for (const state of states) {
      const suspect = testFrom(fault, state);
      if (suspect.follows) return suspect;
      if (suspect.epochs > found.epochs) found = suspect;
    }
    return found;
  };
  const place =
    window > 0 ? `state at epoch ${window}` : run.weights?.initial ? 'initial weights' : 'first Gram matrix';
  return { evidence: `replay from the ${place}`, break: broken, testable, test };
}

/** By how much a channel of a row is off, in units of what is allowed. */
function excessOf(
  channel: Channel,
  epoch: number,
  { curve }: RunRecord,
  predicted: LearningCurve,
  tolerances: Tolerances,
): number {
  const tolerance = tolerances[channel][epoch]!;
  // The row was not compared on that channel any more.
  if (Number.isNaN(tolerance)) return 0;
  const ratio = CHANNELS[channel](curve, predicted, epoch) / tolerance;
  return Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
}

/** What broke at the first epoch that left its tolerances, and the numbers around it. */
function breakAt(epoch: number, record: RunRecord, predicted: LearningCurve, tolerances: Tolerances): Break {
  const { channels, protocol } = record;
  const { rows, firstUpdate = 0 } = protocol;
  const excess = (channel: Channel): number => excessOf(channel, epoch, record, predicted, tolerances);
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
