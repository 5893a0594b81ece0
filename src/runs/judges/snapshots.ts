/**
 * Judges a record by repeating it from whole weights to whole weights, in double precision, on the recorded starts.
 */
import type { Comparison, Evidence } from '../../claims/evidence.js';
import { LIMITS } from '../../limits.js';
import { Stream } from '../../linalg/random.js';
import {
  batchRoundings,
  ROUNDING_RMS,
  SHADOWS,
  type ShadowPlan,
  shadowComparisonFalseAlarm,
  shadowNoise,
  unitRoundoff,
} from '../../linalg/tolerance.js';
import { trainedNames, weightsOf } from '../../problem/agents.js';
import type { RunProtocol, RunWeights, TensorName } from '../../problem/schema.js';
import type { Channel } from '../../training/shadow.js';
import { beginningFor, type Explicit } from '../../training/snapshots.js';
import type { Beginning } from '../../training/train.js';
import type { RecordedRun } from '../format/schema.js';
import type { Repeatable } from '../program.js';
import { offBy } from '../rounding.js';
import { type RecordedWeights, type SnapshotRecord, type SnapshotWindow, snapshotRecordOf } from '../snapshots.js';
import { BEYOND_BUDGET, Budget, LEAST_SHARE, madeOnce, middleFirst, workOfBatch } from './budget.js';
import { furthestOff } from './replay.js';
import { type Followed, follow, type Program } from './windows.js';

/** The seed of what shadows begin with: any will do, and the same makes verdicts repeatable. */
const BEGINNING_SEED = 2;

/**
 * Shadows of a window, try by try. A record that agrees within rounding alone needs none, and one that agrees with fewer needs no
 * more: further ones only widen tolerances.
 */
const TRIES = [0, 1, SHADOWS.run.count] as const;

/** A recorded number, or several, held against a prediction. */
interface Found {
  readonly quantity: string;
  readonly difference: number;
  readonly tolerance: number;
  readonly at: Comparison;
}

/** What repeating a window found. */
export interface Repeated {
  readonly window: SnapshotWindow;
  readonly followed: Followed;
  /** Tolerances of the weights at the end, by tensor, where these were compared. */
  readonly ends: Readonly<Record<string, number>>;
  /** The first difference beyond its tolerance, or, if there is none, the one nearest to it. */
  readonly decisive?: Found;
  readonly refuted: boolean;
  /** Rows that were compared, by channel, and on one channel at least. */
  readonly compared: Readonly<Record<Channel, number>>;
  readonly rows: number;
  /** Whether the weights at the end were compared. */
  readonly weights: boolean;
  readonly falseAlarm: number;
}

const ratio = ({ difference, tolerance }: Pick<Found, 'difference' | 'tolerance'>): number =>
  difference === 0 ? 0 : difference / tolerance;

/** What is furthest towards its tolerance, or beyond; of equals the first. */
const worstOf = <T extends Found>(all: readonly T[]): T | undefined =>
  all.reduce<T | undefined>((a, b) => (a && ratio(a) >= ratio(b) ? a : b), undefined);

/** Numbers of a tensor in the order of its file. */
export const flat = (weights: RunWeights, name: TensorName): readonly number[] => (weights[name] as number[][]).flat();

/** The largest |a − b| over entries, and where. */
function furthest(a: readonly number[], b: readonly number[]): { readonly difference: number; readonly entry: number } {
  let [difference, entry] = [0, 0];
  a.forEach((value, k) => {
    const distance = Math.abs(value - b[k]!);
    // A number that is none is as far off as can be.
    if (distance > difference || Number.isNaN(distance))
      [difference, entry] = [Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance, k];
  });
  return { difference, entry };
}

const largest = (values: readonly number[]): number =>
  values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);

/** Weights as far off as recording them to few digits may have left them. */
function beside({ weights, digits }: RecordedWeights, random: Stream): RunWeights {
  if (!digits) return weights;
  const moved = (value: unknown): unknown =>
    typeof value === 'number' ? offBy(value, digits, random) : (value as readonly unknown[]).map(moved);
  return Object.fromEntries(Object.entries(weights).map(([name, value]) => [name, moved(value)]));
}

/** A run as a program has it, and its shadows. */
interface Runners {
  readonly centre: Explicit;
  readonly shadows: readonly Explicit[];
}

/** Repeats windows of a record. */
export class Repeater {
  readonly #record: SnapshotRecord;
  readonly #noise: { readonly numbers: number; readonly entries: number; readonly stays: number };
  /** Of shadows. */
  readonly #budget: Budget;

  /** @param before of whose work this is a part */
  constructor(record: SnapshotRecord, effort = 1, before?: Repeater) {
    const { agent, horizon, batch, precision = 'f32' } = record.protocol;
    const unit = unitRoundoff(precision);
    const numbers = shadowNoise(batchRoundings('N' in agent ? agent.N : 0, horizon, batch), unit);
    this.#record = record;
    // A rounding of the weights after every update stays; those of an evaluation do not.
    this.#noise = { numbers, entries: numbers, stays: ROUNDING_RMS * unit };
    this.#budget = before ? before.#budget : new Budget(effort, LIMITS.retraining);
  }

  /** Repeats a window with as many shadows as it takes; `undefined` where no work is left for them. */
  repeat(window: SnapshotWindow): Repeated | undefined {
    const work = (window.to - window.from.epoch) * workOfBatch(this.#record.protocol);
    let found: Repeated | undefined;
    for (const count of TRIES) {
      if (!this.#budget.spend(count > 0 ? (1 + count) * work : 0)) return undefined;
      found = this.within(window, count);
      if (!found.refuted) break;
    }
    return found;
  }

  /** What a program begins a window with. */
  beginningOf({ from }: SnapshotWindow, { trained }: RunProtocol, { engine }: Explicit): Beginning {
    return beginningFor(from.beginning(), this.#record.protocol.trained, trained, engine.parameters ?? []);
  }

  /** The rest of a window from each of some epochs on, where the run as declared is then, and so many shadows of it. */
  rests(window: SnapshotWindow, epochs: readonly number[], count: number): SnapshotWindow[] {
    if (epochs.length === 0) return [];
    const runners = this.#runners(window, count, this.#record);
    const { centre, shadows } = runners;
    const rests: SnapshotWindow[] = [];
    const to = Math.max(...epochs) + 1;
    this.#follow({ ...window, to }, runners, this.#record, SHADOWS.suspects, (epoch, running) => {
      if (!epochs.includes(epoch)) return;
      const memory = structuredClone(running);
      const from = {
        epoch,
        weights: weightsOf(centre.current()),
        shadows: shadows.map((shadow) => weightsOf(shadow.current())),
        beginning: () => ({ from: epoch, memory: structuredClone(memory) }),
      };
      rests.push({ ...window, from });
    });
    return rests;
  }

  /** Learners at the beginning of a window. */
  #runners({ from }: SnapshotWindow, count: number, { learner }: Repeatable): Runners {
    const random = new Stream(BEGINNING_SEED);
    return {
      centre: learner(from.weights),
      shadows: Array.from({ length: count }, (_, k) =>
        learner(from.shadows?.[k] ?? beside(from, random.child(`shadow ${k}`))),
      ),
    };
  }

  #follow(
    window: SnapshotWindow,
    { centre, shadows }: Runners,
    { protocol }: Repeatable,
    plan: ShadowPlan,
    onEpoch?: Program['onEpoch'],
  ): Followed {
    return follow(this.#record, {
      schedule: { ...protocol, epochs: window.to },
      source: this.#record.source,
      beginning: this.beginningOf(window, protocol, centre),
      predictors: [centre.engine],
      centre: centre.engine,
      shadows: shadows.map(({ engine }) => engine),
      plan,
      noise: this.#noise,
      ...(onEpoch && { onEpoch }),
    });
  }

  /** Repeats a window with so many shadows. @param program in place of what is declared */
  within(
    window: SnapshotWindow,
    count: number,
    program: Repeatable = this.#record,
    plan: ShadowPlan = SHADOWS.run,
  ): Repeated {
    const { end } = window;
    const runners = this.#runners(window, count, program);
    const { centre, shadows } = runners;
    const followed = this.#follow(window, runners, program, plan);
    const { decisive: nearest, compared, rows, end: how, predicted } = followed;
    const decisive = nearest && {
      difference: nearest.difference,
      tolerance: nearest.tolerance,
      ...this.#numberOf(nearest.channel, predicted[0]!, nearest.epoch),
    };
    const reached = end && !followed.refuted && how === 'complete';
    const ends = reached ? this.#ends(window, end, centre, shadows, plan) : [];
    const worst = worstOf([...(decisive ? [decisive] : []), ...ends]);
    const entries = ends.reduce((sum, one) => sum + shadowComparisonFalseAlarm(SHADOWS.run, one.entries), 0);
    return {
      window,
      followed,
      ends: Object.fromEntries(ends.map(({ name, tolerance }) => [name, tolerance])),
      ...(worst && { decisive: worst }),
      refuted: followed.refuted || ends.some((one) => ratio(one) > 1),
      compared,
      rows,
      weights: ends.some(({ tolerance }) => tolerance <= SHADOWS.telling),
      falseAlarm: followed.falseAlarm + entries,
    };
  }

  #numberOf(
    channel: Channel,
    predicted: Parameters<typeof furthestOff>[1],
    epoch: number,
  ): Pick<Found, 'quantity' | 'at'> {
    const { quantity, at } = furthestOff(this.#record, predicted, channel, epoch);
    return { quantity, at: at(epoch) };
  }

  /** The weights at the end of a window, tensor by tensor, relative to how far they moved. */
  #ends(
    { from, to }: SnapshotWindow,
    end: RecordedWeights,
    centre: Explicit,
    shadows: readonly Explicit[],
    { multiple }: ShadowPlan,
  ): (Found & { readonly name: TensorName; readonly entries: number })[] {
    const trained = trainedNames(this.#record.protocol);
    const reached = weightsOf(centre.current());
    const spreads = shadows.map((shadow) => weightsOf(shadow.current()));
    return (Object.keys(reached) as TensorName[]).flatMap((name) => {
      const [recorded, predicted, before] = [flat(end.weights, name), flat(reached, name), flat(from.weights, name)];
      const size = largest(predicted);
      const moved = Math.max(furthest(recorded, before).difference, furthest(predicted, before).difference);
      // Weights that are not to move are held against their own size.
      const scale = trained.includes(name) ? moved : size;
      if (scale === 0) return [];
      const { difference, entry } = furthest(recorded, predicted);
      const stays = this.#noise.stays * Math.sqrt(to - from.epoch) * size;
      const floor = Math.max(this.#noise.numbers * moved, stays);
      const spread = Math.max(floor, ...spreads.map((weights) => furthest(flat(weights, name), predicted).difference));
      const printed = end.digits ? largest(recorded.map(end.digits.half)) : 0;
      const allowed = multiple * spread;
      if (!(allowed <= SHADOWS.linear * scale)) return [];
      return [
        {
          name,
          quantity: `${name}, entry ${entry},`,
          difference: difference / scale,
          tolerance: (allowed + printed) / scale,
          at: { epoch: to, recorded: recorded[entry]!, predicted: predicted[entry]! },
          entries: recorded.length,
        },
      ];
    });
  }
}

/** The windows that a budget affords, in the order that they are judged in, and whether they are all. */
export function affordable(
  { windows, protocol }: SnapshotRecord,
  effort = 1,
): { readonly chosen: readonly SnapshotWindow[]; readonly all: boolean } {
  const perEpoch = workOfBatch(protocol);
  const epochs = Math.floor((effort * LIMITS.retraining) / perEpoch);
  const length = ({ from, to }: SnapshotWindow): number => to - from.epoch;
  if (windows.reduce((sum, window) => sum + length(window), 0) <= epochs) return { chosen: windows, all: true };
  let left = epochs;
  const chosen = middleFirst(windows.length).flatMap((k): SnapshotWindow[] => {
    const window = windows[k]!;
    if (left <= 0) return [];
    const { end: _, ...open } = window;
    const taken = length(window) <= left ? window : { ...open, to: window.from.epoch + left };
    left -= length(taken);
    return [taken];
  });
  return { chosen, all: false };
}

/** Windows of a record, repeated as its protocol declares, up to the first that refutes it. */
export interface Repetition {
  readonly record: SnapshotRecord;
  readonly repeater: Repeater;
  readonly tried: readonly Tried[];
  readonly found: readonly Repeated[];
  /** Whether work for windows, or for shadows, was left to the end. */
  readonly all: boolean;
}

/** A window that was repeated, or that no work was left for. */
export interface Tried {
  readonly window: SnapshotWindow;
  readonly repeated?: Repeated;
}

/** Chooses windows to repeat; says whether they are all. */
type Choice = typeof affordable;

/** All windows, whatever the work: they come one by one while a run is recorded. */
export const everyWindow: Choice = ({ windows }) => ({ chosen: windows, all: true });
/** Those whose end is recorded: nothing that follows changes them. */
export const closedWindows: Choice = ({ windows }) => ({ chosen: windows.filter(({ end }) => end), all: true });

/** How finely a record is held, in words: what tolerances follow from beside its protocol. */
const finenessOf = ({ digits, startNoise }: SnapshotRecord): string =>
  JSON.stringify([Object.entries(digits).map(([what, kind]) => [what, kind?.name]), startNoise]);

/**
 * Repeats windows of a run, and gives each when it is done; or says why none can be.
 * @param before an earlier repetition, of a part of the same record: its windows are not repeated again
 */
export function* repeating(
  run: RecordedRun,
  effort: number | undefined,
  choose: Choice = affordable,
  before?: Repetition | string,
): Generator<Tried, Repetition | string> {
  const record = snapshotRecordOf(run);
  if (typeof record === 'string') return record;
  if (record.windows.length === 0) return record.lacks ?? 'no epochs between recorded weights';
  const { chosen, all } = choose(record, effort);
  if (chosen.length === 0) return BEYOND_BUDGET;
  const part = typeof before === 'object' && finenessOf(before.record) === finenessOf(record) ? before : undefined;
  const repeater = new Repeater(record, effort, part?.repeater);
  const tried: Tried[] = [];
  for (const window of chosen) {
    const known = part?.tried.find(
      ({ window: { from, to, end } }) => end && window.end && from.epoch === window.from.epoch && to === window.to,
    );
    const repeated = known ? known.repeated : repeater.repeat(window);
    const one = { window, ...(repeated && { repeated }) };
    tried.push(one);
    if (!known) yield one;
    if (repeated?.refuted) break;
  }
  const found = tried.flatMap(({ repeated }) => repeated ?? []);
  return { record, repeater, tried, found, all: all && found.length === chosen.length };
}

/**
 * A run repeated from its recorded weights, or why it cannot be: once.
 * @param effort multiple of the usual work (budget.ts); that of the last repetition by default
 */
export const repetitionOf = madeOnce((run: RecordedRun, effort: number | undefined): Repetition | string => {
  const windows = repeating(run, effort);
  for (;;) {
    const { done, value } = windows.next();
    if (done) return value;
  }
});

/**
 * Judges a run by repeating windows; adds measurements to the evidence, or says why it decides nothing.
 * @param effort multiple of the usual work (budget.ts)
 */
export function judgeSnapshots(run: RecordedRun, evidence: Evidence, effort?: number): void {
  const made = repetitionOf(run, effort);
  if (made === BEYOND_BUDGET) return evidence.leavesOpen(made);
  if (typeof made === 'string') return evidence.decidesNothing(made);
  const { record, found, all } = made;
  const { channels, rows, windows, lacks } = record;
  for (const { falseAlarm } of found) evidence.risks(falseAlarm);
  const worst = worstOf(found.flatMap(({ window, decisive }) => (decisive ? [{ window, ...decisive }] : [])));
  if (!worst) return evidence.decidesNothing('nothing could be compared at the declared precision');
  const { window, quantity, difference, tolerance, at } = worst;
  const from = window.from.epoch > 0 ? `weights at epoch ${window.from.epoch}` : 'initial weights';
  const place = difference > tolerance ? 'disagrees' : 'is nearest to its bound';
  evidence.within(`repeated from the ${from}, ${quantity} ${place}`, difference, tolerance, at);
  if (found.some(({ refuted }) => refuted)) return;
  const total = (of: (one: Repeated) => number): number => found.reduce((sum, one) => sum + of(one), 0);
  const judged = total((one) => one.rows);
  for (const name of channels)
    evidence.covers(
      name,
      total((one) => one.compared[name]),
      rows.length,
    );
  const whole = judged === rows.length;
  const why = !all ? BEYOND_BUDGET : (lacks ?? 'rounding decides the others');
  evidence.note(
    `${judged} of ${rows.length} epochs, weights at ${total((one) => Number(one.weights))} of ${windows.length} ends${whole ? '' : `: ${why}`}`,
  );
  evidence.classify('every epoch', whole);
  if (judged < LEAST_SHARE * rows.length) evidence.leavesOpen(`${judged} of ${rows.length} epochs judged: ${why}`);
}
