/**
 * Faults tested by replay: from the initial weights or the first Gram matrix, with the starts known.
 *
 * An agent without a full-rank part is replaced by one of as many units as it has weight vectors: what it learns depends on
 * their Gram matrix only, and hundreds of replays then cost what one did.
 */

import type { Meter } from '../../linalg/least-squares.js';
import { type Mat, times, transpose } from '../../linalg/matrix.js';
import { ROUNDING_RMS, SHADOWS, UNIT_ROUNDOFF_F32, UNIT_ROUNDOFFS_BELOW } from '../../linalg/tolerance.js';
import type { Protocol } from '../../problem/protocol.js';
import { isDescent } from '../../problem/schema.js';
import type { DataSource } from '../../problem/start.js';
import { type ComparedCurve, rowOf } from '../../training/curve.js';
import type { Engine } from '../../training/engine.js';
import { CHANNELS, type Channel, sizeOf, type Tolerances } from '../../training/shadow.js';
import { beginningFor } from '../../training/snapshots.js';
import { type Beginning, training } from '../../training/train.js';
import { ELEMENTWISE, type Fault, faultsOf, lateFaults, updateFaults, WIDER_STARTS } from '../faults.js';
import { asDeclared, engineOf, type Implementation, loopOf } from '../implementation.js';
import { Budget, DIAGNOSIS, workOf } from '../judges/budget.js';
import { furthestOff, type ReplayState, replayOf } from '../judges/replay.js';
import { type Followed, follow } from '../judges/windows.js';
import type { RunRecord } from '../record.js';
import { type Break, fitParameter, type Route, type Suspect, untested } from './suspect.js';

/** Epochs from the break on that a parameter is fitted to. */
const INFORMATIVE = 5;
/** Epochs from the break on that a fault has to follow, where the work affords them. */
const FOLLOWED = 40;
/** Where all units are repeated, in multiples of the usual work: products of long vectors come cheaper than those of few numbers. */
const UNITS = 4;
/** Epochs shown before and after the break. */
const SHOWN = 2;

/** Replay of a record under any implementation, from where it was last as declared; `undefined` if it is so to the end. */
export function replayRoute(record: RunRecord): Route | undefined {
  const { run, protocol, channels, moments: known, curve: recorded } = record;
  const replay = replayOf(record);
  if (typeof replay === 'string' || !known || !replay.followed.refuted) return undefined;
  const { followed, noise, epochs } = replay;
  // The beginning of the window first.
  const states = [...replay.states].reverse();
  const { firstUpdate = 0 } = protocol;
  const { epoch: brokenAt, predictor, window } = followed.decisive!;
  const { tolerances } = followed;
  const predicted = followed.predicted[predictor]!;

  const [{ initial: small }] = states as [ReplayState];
  const smallestUnits = 'agent' in small ? small.agent.M.rows : 1;
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
  const remembered = ({ parameters }: Engine, { trained, agent }: Protocol, beginning: Beginning): Beginning =>
    // Order parameters are one array, whatever is trained of them.
    parameters && agent.kind !== 'effective'
      ? beginningFor(beginning, protocol.trained, trained, parameters)
      : structuredClone(beginning);
  const practised = (implementation: Implementation, { initial, beginning }: ReplayState, count: number) => {
    const schedule = { ...implementation.protocol, epochs: count };
    const engine = engineOf(implementation, initial);
    const begin = remembered(engine, implementation.protocol, beginning);
    const run = training(engine, schedule, lifted(implementation), {}, begin);
    while (run.step());
    return run.curve;
  };
  const compared = (
    implementation: Implementation,
    { initial, beside, beginning }: ReplayState,
    count: number,
  ): Followed => {
    const engine = (from = initial): Engine => engineOf(implementation, from);
    const units = 'agent' in initial ? initial.agent.M.rows : 1;
    const late = implementation.practice.logsLate;
    const source = lifted(implementation);
    const ahead = late ? lead(record, engine()) : 0;
    return follow(late ? putBack(record, engine(), ahead) : record, {
      schedule: { ...implementation.protocol, epochs: Math.min(count, recorded.epochs - ahead) },
      source: (epoch) => source(epoch + ahead),
      beginning: remembered(engine(), implementation.protocol, beginning),
      predictors: [engine()],
      centre: engine(),
      shadows: beside.map(engine),
      plan: SHADOWS.suspects,
      noise: { numbers: noise.numbers, entries: noise.entries * Math.sqrt(units / smallestUnits) },
    });
  };

  const declared = asDeclared(protocol);
  const lateOf = ({ beginning: { from } }: ReplayState): Fault[] =>
    from > replay.from ? lateFaults(protocol, from) : [];
  // Of as few units as the order parameters allow, but for a full-rank part.
  const few = protocol.agent.kind === 'linear-low-rank' && isDescent(protocol.optimizer);
  const perEpoch = workOf(protocol, few ? 'overlaps' : 'units');
  const usual = few ? DIAGNOSIS : UNITS * DIAGNOSIS;
  const [fits, comparisons] = [new Budget(usual), new Budget(usual)];
  const broken = breakAt(brokenAt, record, predicted, tolerances);
  const informative = Math.min(epochs, brokenAt + INFORMATIVE);
  const starts = run.curves.moments ? [] : [WIDER_STARTS];
  const testable = [...starts, ...faultsOf(protocol), ...states.flatMap(lateOf)];
  // Every fault is compared with its shadows from each state, as far as the same work again affords.
  const oneEpoch = (2 + SHADOWS.suspects.count) * perEpoch;
  const affordable = Math.floor(comparisons.left / (testable.length * states.length * oneEpoch));
  const upTo = Math.min(epochs, brokenAt + Math.max(1, Math.min(FOLLOWED, affordable)));
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
    for (const e of record.rows) {
      if (e < from) continue;
      if (e >= informative) break;
      for (const channel of channels) {
        const [a, b] = [rowOf(recorded[channel], recorded.epochs, e), rowOf(curve[channel], informative, e)];
        a.forEach((value, k) => {
          list.push((b[k]! - value) / (sizeOf(channel, a) * toleranceAt(channel, e)));
        });
      }
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
      if (fit.error === undefined) return untested(fault);
    }
    if (!comparisons.spend((upTo - from) * oneEpoch)) return untested(fault);
    const { decisive, refuted, rows } = compared(fault.of(declared, fit.value), state, upTo);
    const misfit = decisive ? decisive.difference / decisive.tolerance : Number.POSITIVE_INFINITY;
    const reached = refuted ? decisive!.epoch + 1 : from + rows;
    return { fault, ...fit, misfit, epochs: reached, follows: !refuted && reached > brokenAt };
  };
  /** The states that a fault can be tested from. */
  const statesFor = ({ id }: Fault): readonly ReplayState[] => {
    const first = states.find(({ beginning }) => beginning.from === 0);
    if (id === 'late-weights') return first ? [first] : [];
    if (!ELEMENTWISE.has(id)) return states;
    // What the optimiser of fewer units remembers is nothing yet.
    const { initial } = record;
    return first && initial ? [{ initial, beside: first.beside.map(() => initial), beginning: { from: 0 } }] : [];
  };
  const test = (fault: Fault): Suspect => {
    if (beside.has(fault.id))
      return { fault, value: Number.NaN, misfit: broken.excess, epochs: brokenAt + 1, follows: false };
    // A fault may be there since the window began, or only from where it shows.
    let found = untested(fault);
    for (const state of statesFor(fault)) {
      const { from } = state.beginning;
      const suspect = testFrom(fault, state);
      if (suspect.follows) return { ...suspect, ...(from > Math.max(firstUpdate, replay.from) && { since: from }) };
      if (suspect.epochs > found.epochs) found = suspect;
    }
    return found;
  };
  const place =
    window > replay.from ? `state at epoch ${window}` : run.weights?.initial ? 'initial weights' : 'first Gram matrix';
  return { evidence: `replay from the ${place}`, break: broken, testable, test };
}

/** Units of precisions below single are a factor of eight apart: what is within its root of one is nearest to it. */
const NEAREST = Math.sqrt(8);

/**
 * The precision below single that explains by how much losses and norms are off, where each row is predicted from the recorded state
 * of that row; `undefined` where they are off by more or less than any would leave, or no states are recorded.
 *
 * Rounding the operands of products moves every weight by a relative error, the same in all steps of a rollout, as a shadow run does.
 * So in every row the record X is off by a number of about the distribution of that shadow's Y, both scaled by their unit roundoffs:
 * the median of |X|/|Y| over rows is the ratio of these, since of two normals of one deviation each is the larger half of the time.
 * States and controls are rounded too, which is as large an error again, or less: it moves the ratio by √2.
 */
export function precisionBelow(
  record: RunRecord,
): { readonly name: string; readonly misfit: number; readonly epochs: number } | undefined {
  const { protocol, moments, curve, channels, rows } = record;
  const replay = replayOf(record);
  if (typeof replay === 'string' || !moments || !channels.includes('gram')) return undefined;
  const {
    initial,
    beginning: { from },
  } = replay.states.at(-1)!;
  const engine = (): Engine => engineOf(asDeclared(protocol), initial);
  const epochs = Math.min(replay.epochs, from + FOLLOWED);
  const { agent, batch } = protocol;
  const [units, declared] = 'agent' in initial && agent.kind !== 'effective' ? [initial.agent.M.rows, agent.N] : [1, 1];
  const error = ROUNDING_RMS * UNIT_ROUNDOFF_F32;
  // Tolerances that are out of all bounds make every row the beginning of a window, and refute nothing.
  const plan = { count: 1, multiple: Number.MAX_SAFE_INTEGER };
  const { predicted, tolerances } = follow(record, {
    schedule: { ...protocol, epochs },
    source: moments,
    beginning: { from },
    predictors: [engine()],
    centre: engine(),
    shadows: [engine()],
    plan,
    noise: { numbers: error / Math.sqrt(batch), entries: error * Math.sqrt(units / declared) },
  });
  const ratios = rows
    .filter((epoch) => epoch >= from && epoch < epochs)
    .flatMap((epoch) =>
      (['loss', 'gradNorm'] as const)
        .filter((channel) => channels.includes(channel))
        .map(
          (channel) => CHANNELS[channel](curve, predicted[0]!, epoch) / (tolerances[channel][epoch]! / plan.multiple),
        ),
    )
    .toSorted((a, b) => a - b);
  const unit = UNIT_ROUNDOFF_F32 * (ratios[Math.floor(ratios.length / 2)] ?? Number.NaN);
  for (const [name, below] of Object.entries(UNIT_ROUNDOFFS_BELOW)) {
    const misfit = Math.max(unit / below, below / unit) / NEAREST;
    if (misfit <= 1) return { name, misfit, epochs: epochs - from };
  }
  return undefined;
}

/** Epochs by which starts are ahead of the weights of their row, in a record whose weights were logged one update late. */
function lead(record: RunRecord, engine: Engine): 0 | 1 {
  const { curve } = record;
  const first = new Float64Array(curve.overlaps.length / curve.epochs);
  engine.observe(first, new Float64Array(curve.gram.length / curve.epochs));
  // A recorder that is called late keeps as initial weights those of its first row.
  return rowOf(curve.overlaps, curve.epochs, 0).every((value, k) => Math.abs(value - first[k]!) <= SHADOWS.ceiling)
    ? 1
    : 0;
}

/**
 * A record whose weights were logged one update late, as it would be if they were not: weights moved to the row after, or, where the
 * initial weights are those of the first row, everything else to the row before.
 * @param ahead its `lead`
 */
function putBack(record: RunRecord, engine: Engine, ahead: 0 | 1): RunRecord {
  const { curve } = record;
  const { epochs } = curve;
  const moved = (column: Float64Array, by: 1 | -1): Float64Array =>
    Float64Array.from(column, (_, k) => column[k - (by * column.length) / epochs] ?? Number.NaN);
  if (ahead === 1) {
    const [loss, gradNorm, clipFactor] = [curve.loss, curve.gradNorm, curve.clipFactor].map((column) =>
      moved(column, -1),
    ) as [Float64Array, Float64Array, Float64Array];
    return {
      ...record,
      rows: record.rows.filter((e) => e < epochs - 1),
      curve: { ...curve, loss, gradNorm, clipFactor },
    };
  }
  const [overlaps, gram] = [moved(curve.overlaps, 1), moved(curve.gram, 1)];
  engine.observe(rowOf(overlaps, epochs, 0), rowOf(gram, epochs, 0));
  return { ...record, curve: { ...curve, overlaps, gram } };
}

/** By how much a channel of a row is off, in units of what is allowed. */
export function excessOf(
  channel: Channel,
  epoch: number,
  { curve }: { readonly curve: ComparedCurve },
  predicted: ComparedCurve,
  tolerances: Tolerances,
): number {
  const tolerance = tolerances[channel][epoch]!;
  // The row was not compared on that channel any more.
  if (Number.isNaN(tolerance)) return 0;
  const ratio = CHANNELS[channel](curve, predicted, epoch) / tolerance;
  return Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
}

/** Of the channels that break in a row the one that the others follow from. */
export function firstBroken(channels: readonly Channel[], excess: (channel: Channel) => number): Channel | undefined {
  const order = ['overlaps', 'loss', 'gradNorm', 'gram', 'clipFactor'] as const;
  return order.find((channel) => channels.includes(channel) && excess(channel) > 1);
}

/** What broke at the first epoch that left its tolerances, and the numbers around it. */
function breakAt(epoch: number, record: RunRecord, predicted: ComparedCurve, tolerances: Tolerances): Break {
  const { channels, protocol } = record;
  const { rows, firstUpdate = 0 } = protocol;
  const excess = (channel: Channel): number => excessOf(channel, epoch, record, predicted, tolerances);
  const broken = firstBroken(channels, excess) ?? 'clipFactor';
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
