/**
 * Faults tested by repeating a window between snapshots: of any agent.
 */

import { LIMITS } from '../../limits.js';
import type { Meter } from '../../linalg/least-squares.js';
import { SHADOWS } from '../../linalg/tolerance.js';
import { trainedNames, weightsOf } from '../../problem/agents.js';
import { type Curve, rowOf } from '../../training/curve.js';
import { type Channel, sizeOf } from '../../training/shadow.js';
import { training } from '../../training/train.js';
import { type Fault, faultsOf, lateFaults, updateFaults } from '../faults.js';
import type { RecordedRun } from '../format/schema.js';
import type { Implementation } from '../implementation.js';
import { Budget, workOfBatch } from '../judges/budget.js';
import { furthestOff } from '../judges/replay.js';
import { flat, repetitionOf } from '../judges/snapshots.js';
import { declaredOf, isRunnable, programOf } from '../program.js';
import type { SnapshotWindow } from '../snapshots.js';
import { excessOf, firstBroken } from './by-replay.js';
import { type Break, fitParameter, type Guess, guessesOf, type Route, type Suspect, untested } from './suspect.js';

/** Epochs shown before and after the break. */
const SHOWN = 2;

/** Work of all fits together, and of all shadows, in multiples of what repeating a run may take. */
const TESTS = 1;

/** The part of what is left that a fit may take: the faults that come nearest are fitted first. */
const SHARE = 4;

/**
 * A fault follows a record within its own shadows, which cost most. It gets them only if its run comes this near, in tolerances of the
 * declared run, or so much nearer than the declared run does.
 */
const [NEAR, NEARER] = [2 ** 6, 8];

/** The largest of sizes; what is no number is the largest. */
const furthest = (most: number, residual: number): number =>
  Number.isNaN(residual) ? Number.POSITIVE_INFINITY : Math.max(most, Math.abs(residual));

/** The diagnosis by windows of a run that they refute; `undefined` where they do not. */
export function snapshotsRoute(run: RecordedRun): Route | undefined {
  const made = repetitionOf(run);
  if (typeof made === 'string') return undefined;
  const broken = made.found.find(({ refuted }) => refuted);
  if (!broken?.decisive) return undefined;
  const { record, repeater } = made;
  const { window, followed, decisive, ends } = broken;
  const { from, to, end } = window;
  const { protocol, curve, channels, rows, source } = record;
  const { epoch } = decisive.at;
  const excess = (name: Channel): number => excessOf(name, epoch, record, followed.predicted[0]!, followed.tolerances);
  const channel = firstBroken(channels, excess) ?? followed.decisive?.channel ?? 'loss';
  const inRows = followed.refuted;
  const { quantity, at } = furthestOff(record, followed.predicted[0]!, channel, epoch);
  const updated = epoch > from.epoch || protocol.rows === 'after-update';
  const place: Break = {
    epoch,
    equation: inRows
      ? updated
        ? `the ${quantity}, or an update since epoch ${from.epoch}`
        : `the ${quantity} as a function of the weights`
      : `an update between epochs ${from.epoch} and ${to}`,
    quantity: inRows ? quantity : decisive.quantity,
    excess: decisive.difference / decisive.tolerance,
    around: inRows
      ? rows.filter((e) => Math.abs(e - epoch) <= SHOWN && e < to && e >= from.epoch).map(at)
      : [decisive.at],
  };
  // A parameter is fitted to the window as far as the first rows that broke.
  const upTo = inRows ? Math.min(to, epoch + SHOWN + 1) : to;
  const perEpoch = workOfBatch(protocol);
  const [budget, ofShadows] = [new Budget(TESTS, LIMITS.retraining), new Budget(TESTS, LIMITS.retraining)];
  const declared = declaredOf(protocol);
  const { count } = SHADOWS.suspects;
  // A fault may be there since the window began, or only since the update before the row that breaks, or since that row.
  const later = inRows ? [epoch - 1, epoch].filter((at) => at > from.epoch) : [];
  const rests = repeater.rests(window, later, count);
  const late = [window, ...rests].flatMap(({ from: { epoch: since } }) =>
    since > 0 ? lateFaults(declared.protocol, since) : [],
  );
  const faults = [...faultsOf(declared.protocol), ...late];
  const testable = faults.filter((fault) =>
    isRunnable(record, fault.of(declared, fault.parameter?.noticeable ?? Number.NaN)),
  );

  const toleranceOf = (name: Channel, e: number): number => {
    let last = Math.min(e, epoch);
    while (last > from.epoch && Number.isNaN(followed.tolerances[name][last])) last--;
    return Math.min(followed.tolerances[name][last] || SHADOWS.ceiling, SHADOWS.ceiling);
  };
  /** What a row of a repeated run differs by, channel by channel, in units of tolerances. */
  const rowResiduals = (repeated: Curve, e: number): number[] =>
    channels.map((name) => {
      const [a, b] = [rowOf(curve[name], curve.epochs, e), rowOf(repeated[name], repeated.epochs, e)];
      return (b[0]! - a[0]!) / (sizeOf(name, a) * toleranceOf(name, e));
    });
  const compared = new Set(rows.filter((row) => row < upTo));
  /**
   * Signed differences from the record in units of tolerances.
   * @param hopeless a difference after which the others do not count
   * @param last the epoch before which the run ends
   */
  const residuals = (
    implementation: Implementation,
    one: SnapshotWindow,
    meter: Meter,
    { hopeless = Number.POSITIVE_INFINITY, last = upTo } = {},
  ): Float64Array => {
    const { from } = one;
    const program = programOf(record, implementation);
    const learner = program.learner(from.weights);
    const begins = repeater.beginningOf(one, program.protocol, learner);
    let ended = last;
    const enough = (e: number): boolean => {
      const ends = compared.has(e) && rowResiduals(run.curve, e).reduce(furthest, 0) > hopeless;
      if (ends) ended = e + 1;
      return ends;
    };
    const run = training(learner.engine, { ...program.protocol, epochs: last }, source, { enough }, begins);
    do if (!meter.spend(perEpoch)) return Float64Array.of(Number.POSITIVE_INFINITY);
    while (run.step());
    const list = [...compared].filter((e) => e >= from.epoch && e < ended).flatMap((e) => rowResiduals(run.curve, e));
    if (ended === to && end) {
      const reached = weightsOf(learner.current());
      for (const name of trainedNames(protocol)) {
        const [recorded, predicted, before] = [flat(end.weights, name), flat(reached, name), flat(from.weights, name)];
        let [along, size] = [0, 0];
        recorded.forEach((value, k) => {
          along += (predicted[k]! - value) * (value - before[k]!);
          size += (value - before[k]!) ** 2;
        });
        if (size > 0) list.push(along / size / (ends[name] ?? SHADOWS.ceiling));
      }
    }
    return Float64Array.from(list);
  };

  // The first row of a window has the same weights, and so the same loss, under any update.
  const beside = new Set(
    inRows && !updated && channel === 'loss' ? updateFaults(declared.protocol).map(({ id }) => id) : [],
  );
  /** Beyond this a run is given no shadows. */
  const hopeless = Math.max(NEAR, place.excess / NEARER);
  /** A fault, and the values of its parameter that its fit may begin with; without one how far its run is off. */
  interface Begun {
    readonly fault: Fault;
    readonly guesses: readonly Guess[];
    readonly off?: number;
  }
  const begin = (fault: Fault, one: SnapshotWindow): Begun => {
    const tried = (value: number, limits?: { readonly hopeless: number }): Float64Array =>
      residuals(fault.of(declared, value), one, budget, limits);
    if (fault.parameter) return { fault, guesses: guessesOf(fault, (value) => tried(value)) };
    const found = tried(Number.NaN, { hopeless });
    return { fault, guesses: guessesOf(fault, () => found), off: found.reduce(furthest, 0) };
  };
  const testFrom = ({ fault, guesses, off: known }: Begun, one: SnapshotWindow): Suspect => {
    const { from } = one;
    let fit: { readonly value: number; readonly error?: number } = { value: Number.NaN };
    if (fault.parameter) {
      const meter = budget.part(SHARE);
      const before = (last: number) => (value: number) => residuals(fault.of(declared, value), one, meter, { last });
      // What follows the first row that breaks depends on the parameter the more steeply, the later it is: that row leads to it.
      const led = inRows && epoch + 1 < upTo ? [fitParameter(fault, before(epoch + 1), guesses).value] : [];
      const nearest = led.map((value): Guess => ({ value, badness: Number.NEGATIVE_INFINITY }));
      fit = fitParameter(fault, before(upTo), [...nearest, ...guesses]);
    }
    const off = known ?? residuals(fault.of(declared, fit.value), one, budget).reduce(furthest, 0);
    if (off > hopeless) {
      // A fit that comes to nothing and has no error ran out of work, or its parameter changes nothing.
      const tried = off < Number.POSITIVE_INFINITY && (!fault.parameter || fit.error !== undefined);
      return tried ? { fault, ...fit, misfit: off, epochs: upTo - from.epoch, follows: false } : untested(fault);
    }
    if (!ofShadows.spend((1 + count) * (to - from.epoch) * perEpoch)) return untested(fault);
    const found = repeater.within(one, count, programOf(record, fault.of(declared, fit.value)), SHADOWS.suspects);
    const misfit = found.decisive ? found.decisive.difference / found.decisive.tolerance : Number.POSITIVE_INFINITY;
    const since = from.epoch > 0 ? { since: from.epoch } : {};
    // A run that is lost before the break explains nothing.
    const needed = rows.filter((row) => row >= from.epoch && row <= epoch && row < to).length;
    const reaches = found.rows >= needed && (inRows || found.weights);
    return { fault, ...fit, misfit, epochs: to - from.epoch, follows: !found.refuted && reaches, ...since };
  };
  /** Every fault from the beginning of a window, the nearest to the record first: work may not be enough for all. */
  const suspectsFrom = (one: SnapshotWindow, faults: readonly Fault[]): Suspect[] => {
    const begun = faults.flatMap((fault) => {
      try {
        return begin(fault, one);
      } catch (error) {
        // What was recorded is not of the sizes that the fault needs.
        if (error instanceof RangeError) return [];
        throw error;
      }
    });
    return begun.sort((a, b) => a.guesses[0]!.badness - b.guesses[0]!.badness).map((begun) => testFrom(begun, one));
  };
  const follows = (suspects: readonly Suspect[]): boolean => suspects.some((suspect) => suspect.follows);
  // Where a fault that is there all along explains the window, none that begins in it is looked for.
  let all: readonly Suspect[] | undefined;
  const tested = (): readonly Suspect[] => {
    const others = testable.filter(({ id }) => !beside.has(id));
    const found = suspectsFrom(window, others);
    for (const rest of follows(found) ? [] : rests) found.push(...suspectsFrom(rest, others));
    return found;
  };
  const test = (fault: Fault): Suspect => {
    if (beside.has(fault.id)) return { fault, value: Number.NaN, misfit: place.excess, epochs: 1, follows: false };
    all ??= tested();
    const own = all.filter((suspect) => suspect.fault === fault);
    return (
      own.find((suspect) => suspect.follows) ?? own.reduce((a, b) => (b.epochs > a.epochs ? b : a), untested(fault))
    );
  };
  const evidence =
    from.epoch > 0 ? `windows from the weights at epoch ${from.epoch}` : 'windows from the initial weights';
  return { evidence, break: place, testable, test };
}
