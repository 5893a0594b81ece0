/**
 * Judges what has weights but no starts: every recorded window is held against windows that begin at the same weights, with starts that
 * the protocol draws anew; or, where starts are recorded, with these, and noise that the protocol draws anew.
 *
 * Under the protocol the recorded window is one of these, whatever the agent and however chaotic its learning: wagers on it
 * (exchangeable.ts) multiply to a martingale from window to window. Each bets on what a known fault would do, as simulation shows, or
 * on one number being larger or smaller than it should. Wagers enter in parts, one with each window: a fault may begin late.
 */
import type { Evidence } from '../../claims/evidence.js';
import { LIMITS } from '../../limits.js';
import { Stream } from '../../linalg/random.js';
import { FALSE_ALARM_PER_FILE } from '../../linalg/tolerance.js';
import { isNoisy } from '../../problem/schema.js';
import { problemOf } from '../../training/problems.js';
import { type Fault, type FaultId, faultsOf, noticeably, WIDER_STARTS } from '../faults.js';
import type { RecordedRun } from '../format/schema.js';
import type { Implementation } from '../implementation.js';
import { declaredOf, isWired } from '../program.js';
import { average, type Outcome, Simulator, type Statistic, statisticNames } from '../simulated.js';
import { type SnapshotWindow, type WeightsRecord, weightsRecordOf } from '../snapshots.js';
import { BEYOND_BUDGET, LEAST_SAMPLE, madeOnce, middleFirst, workOfSimulation } from './budget.js';
import { type Draws, drawsOf } from './draws.js';
import { along, type Direction, gainOf, SHIFTS, Spread } from './exchangeable.js';
import { type Settled, Wagers } from './sequential.js';

/** A fault that is wagered on. */
interface Bet {
  readonly fault: Fault;
  readonly implementation: Implementation;
}

/** Faults that are simulated in every window. Others show in single numbers, if they show. */
const SIMULATED: ReadonlySet<FaultId> = new Set([
  'horizon',
  'control',
  'dt',
  'start',
  'noise',
  'lr',
  'clip',
  'momentum',
  'beta1',
  'beta2',
  'decay',
]);

/** The faults that a protocol's windows are wagered on. */
export function betsOf(record: WeightsRecord): Bet[] {
  const declared = declaredOf(record.protocol);
  return [...faultsOf(declared.protocol), ...(record.protocol.start && !record.starts ? [WIDER_STARTS] : [])]
    .filter(({ id }) => SIMULATED.has(id))
    .map((fault) => ({ fault, implementation: noticeably(declared, fault) }))
    .filter(({ implementation }) => isWired(implementation));
}

/** Sizes of a fault that are wagered on, in units of a noticeable one. */
const SIZES = [-2.5, -0.5, -0.1, 0.1, 0.5, 2.5] as const;
/** Windows simulated under a fault: with what the first of the sample drew. */
const PAIRED = 4;
/** Simulated windows to be told from, at least and at most. */
const [FEWEST, MOST] = [31, 1023];
/** By how much, on the scale of logarithms, what windows can win is to exceed what refutes. */
const MARGIN = 1.25;

/** Simulated windows that statistics are estimated from. */
const sampleSize = (statistics: number): number => 16 + 4 * statistics;

/** The windows of a record: to the next state, or, where no memory was recorded, the row of the state alone. */
export function windowsOf({ protocol, states, last, rows }: WeightsRecord): SnapshotWindow[] {
  const recorded = new Set(rows);
  return states.flatMap((from, k): SnapshotWindow[] => {
    const next = states[k + 1] ?? last;
    const { epoch, beginning } = from;
    if (from.digits || next.epoch <= epoch) return [];
    const known = { ...from, beginning: beginning ?? (() => ({ from: epoch })) };
    const row = recorded.has(epoch) && protocol.rows !== 'after-update';
    if (!beginning) return row ? [{ from: known, to: epoch + 1 }] : [];
    const end = next.weights && !next.digits ? { weights: next.weights } : undefined;
    const told = end || rows.some((e) => e >= epoch && e < next.epoch);
    return told ? [{ from: known, to: next.epoch, ...(end && { end }) }] : [];
  });
}

/** The row of a window's first weights alone. */
const firstOf = ({ from, to, end }: SnapshotWindow): SnapshotWindow => ({
  from,
  to: from.epoch + 1,
  ...(end && to === from.epoch + 1 && { end }),
});

/** Whether a window is a row alone, before any update: faults of updates do not show in it. */
const isStill = ({ from, to, end }: SnapshotWindow): boolean => to === from.epoch + 1 && !end;

/** The bets that a window can show. */
const shownIn = (bets: readonly Bet[], window: SnapshotWindow): readonly Bet[] =>
  isStill(window) ? bets.filter(({ implementation }) => Object.keys(implementation.practice).length === 0) : bets;

/** Which windows are simulated, and how often. */
interface Plan {
  readonly windows: readonly SnapshotWindow[];
  /** m. */
  readonly simulated: number;
}

/** As many windows as the work affords, spread over the run; where whole ones are too many, their first rows. */
function planOf(record: WeightsRecord, bets: readonly Bet[], wagers: number, effort = 1): Plan {
  const all = windowsOf(record);
  const affordable = (effort * LIMITS.retraining) / workOfSimulation(record);
  // Of W windows the wagers can win (m + 1)^W.
  const neededOf = (count: number): number => (Math.log(wagers * count) - Math.log(FALSE_ALARM_PER_FILE)) * MARGIN;
  const simulatedOf = (count: number): number =>
    Math.max(FEWEST, Math.min(MOST, Math.ceil(Math.exp(Math.min(Math.log(MOST), neededOf(count) / count)))));
  const costOf = (window: SnapshotWindow, simulated: number): number =>
    (window.to - window.from.epoch) *
    (simulated + sampleSize(statisticNames(record, window).length) + PAIRED * shownIn(bets, window).length);
  const rows = new Set(record.rows);
  const first = all.map((window) =>
    rows.has(window.from.epoch) && record.protocol.rows !== 'after-update' ? firstOf(window) : window,
  );
  const order = middleFirst(all.length);
  for (let count = all.length; count > 0; count--) {
    const simulated = simulatedOf(count);
    const chosen = new Map(order.slice(0, count).map((k) => [k, first[k]!]));
    const total = (): number => [...chosen.values()].reduce((sum, window) => sum + costOf(window, simulated), 0);
    let left = affordable - total();
    if (left < 0) continue;
    for (const k of order.slice(0, count)) {
      const more = costOf(all[k]!, simulated) - costOf(first[k]!, simulated);
      if (more > left) continue;
      left -= more;
      chosen.set(k, all[k]!);
    }
    return { windows: [...chosen].sort(([a], [b]) => a - b).map(([, window]) => window), simulated };
  }
  return { windows: [], simulated: 0 };
}

/** A statistic with the direction that is wagered along, or several. */
interface Wagered {
  readonly statistics: readonly Statistic[];
  readonly direction: Direction;
  readonly sizes: readonly number[];
}

const valuesOf = (statistics: readonly Statistic[], outcome: Outcome): Float64Array =>
  Float64Array.from(statistics, ({ of }) => of(outcome));

/** What is wagered on a window: for each bet, and each statistic, in their order; nothing where it has none. */
function wageredOn(simulator: Simulator, bets: readonly Bet[], names: readonly string[]): (Wagered | undefined)[] {
  const recorded = simulator.recorded();
  const label = (k: number): string => `sample ${k}`;
  const { window, record } = simulator;
  const size = sampleSize(statisticNames(record, window).length);
  const sample = Array.from({ length: size }, (_, k) => simulator.simulated(label(k)));
  const known = simulator.statistics(sample);
  const { all } = known;
  const spreadOf = (statistics: readonly Statistic[]): Spread =>
    new Spread(
      sample.map((outcome) => valuesOf(statistics, outcome)),
      Float64Array.from(statistics, ({ within }) => within(recorded)),
    );
  const common = spreadOf(all);
  const shown = shownIn(bets, window);
  const onFaults = bets.map((bet): Wagered | undefined => {
    if (!shown.includes(bet)) return undefined;
    const paired = Array.from({ length: PAIRED }, (_, k) => simulator.simulated(label(k), bet.implementation));
    const shiftOf = (of: (outcome: Outcome) => Float64Array): Float64Array =>
      average(paired.map((outcome, k) => of(outcome).map((value, i) => value - of(sample[k]!)[i]!)));
    const movement = window.end && shiftOf(({ moved }) => moved!);
    const apart = movement?.some((value) => value !== 0) && movement.every(Number.isFinite);
    const statistics = apart ? [...all, known.along(movement!)] : all;
    const direction = (apart ? spreadOf(statistics) : common).towards(
      shiftOf((outcome) => valuesOf(statistics, outcome)),
    );
    return { statistics, direction, sizes: SIZES.map((share) => share * direction.size) };
  });
  const onNumbers = names.map((name): Wagered | undefined => {
    const k = all.findIndex((statistic) => statistic.name === name);
    if (k < 0) return undefined;
    const deviation = Math.max(common.deviations[k]!, all[k]!.within(recorded));
    const direction = { weights: Float64Array.of(1 / deviation), size: 1 };
    return { statistics: [all[k]!], direction, sizes: SHIFTS };
  });
  return [...onFaults, ...onNumbers];
}

/** The gains of all wagers on a window, in a fixed order. */
function gainsOn(simulator: Simulator, simulated: number, bets: readonly Bet[], names: readonly string[]): number[] {
  const wagered = wageredOn(simulator, bets, names);
  const scoresOf = (outcome: Outcome): number[] =>
    wagered.map((one) => (one ? along(one.direction, valuesOf(one.statistics, outcome)) : 0));
  const others = Array.from({ length: simulated }, (_, k) => scoresOf(simulator.simulated(`other ${k}`)));
  const recorded = simulator.recorded();
  const own = scoresOf(recorded);
  return wagered.flatMap((one, k) => {
    if (!one) return Array<number>(k < bets.length ? SIZES.length : SHIFTS.length).fill(0);
    const { statistics, direction, sizes } = one;
    const within = statistics.reduce(
      (sum, { within }, i) => sum + Math.abs(direction.weights[i]!) * within(recorded),
      0,
    );
    const those = others.map((scores) => scores[k]!);
    return sizes.map((size) => gainOf(size, own[k]!, within, those));
  });
}

/** A record held against simulated windows. */
export interface Chances {
  readonly record: WeightsRecord;
  /** Windows that were simulated, in order, and how many there are. */
  readonly windows: readonly SnapshotWindow[];
  readonly of: number;
  /** m. */
  readonly simulated: number;
  readonly settled: Settled;
  /** What has won most, in words. */
  readonly richest: string;
}

/** A run held against simulated windows, or why it cannot be: once. @param effort multiple of the usual work (budget.ts) */
export const chancesOf = madeOnce(held);

function held(run: RecordedRun, effort: number | undefined): Chances | string {
  const record = weightsRecordOf(run);
  if (typeof record === 'string') return record;
  const drawn = problemOf(record.kind).source(record.protocol, new Stream(0));
  if (drawn(0) === drawn(1)) return 'every epoch is evaluated on the same starts';
  const of = windowsOf(record).length;
  if (of === 0) return record.forgotten ?? 'no weights before recorded rows: add weights.initial, or snapshots';
  const bets = betsOf(record);
  const names = statisticNames(record, { end: record.states[0]! });
  const wagers = bets.length * SIZES.length + names.length * SHIFTS.length;
  /** Whether so many windows can win what refutes. */
  const enough = (count: number, others: number): boolean =>
    count * Math.log1p(others) > Math.log(wagers * count) - Math.log(FALSE_ALARM_PER_FILE);
  if (!enough(of, MOST))
    return `weights at ${of} epochs can tell nothing without starts: record more snapshots, or starts`;
  const { windows, simulated } = planOf(record, bets, wagers, effort);
  if (windows.length === 0 || !enough(windows.length, simulated)) return BEYOND_BUDGET;
  const purse = new Wagers(FALSE_ALARM_PER_FILE, windows.length);
  for (const window of windows) {
    purse.settle(window.from.epoch, gainsOn(new Simulator(record, window), simulated, bets, names));
    if (purse.settled.crossing !== undefined) break;
  }
  const { richest } = purse;
  const bet = bets[Math.floor(richest / SIZES.length)];
  const k = richest - bets.length * SIZES.length;
  const does = bet
    ? `${SIZES[richest % SIZES.length]! > 0 ? '' : 'the opposite of '}a program that ${bet.fault.does(bet.fault.parameter?.noticeable ?? Number.NaN)}, or the like`
    : `${names[Math.floor(k / SHIFTS.length)]} being too ${SHIFTS[k % SHIFTS.length]! > 0 ? 'large' : 'small'}`;
  return { record, windows, of, simulated, settled: purse.settled, richest: does };
}

/**
 * Judges what a run drew, or, where that was not recorded, what it came to; adds measurements to the evidence, or says why it decides
 * nothing.
 * @param effort multiple of the usual work (budget.ts)
 */
export function judgeChance(run: RecordedRun, evidence: Evidence, effort?: number): void {
  const drawn = run.starts && drawsOf(run, effort);
  const judged = typeof drawn === 'object';
  if (judged) judgeDraws(drawn, evidence);
  // Starts that are recorded determine what follows, unless noise is drawn beside them.
  if (drawn !== undefined && !isNoisy(run.protocol)) return judged ? undefined : evidence.decidesNothing(drawn);
  if (judged && drawn.settled.crossing !== undefined) return;
  const made = chancesOf(run, effort);
  if (typeof made === 'string')
    return judged || made === BEYOND_BUDGET ? evidence.leavesOpen(made) : evidence.decidesNothing(made);
  measure('simulated windows', made, evidence);
  if (made.settled.crossing === undefined) reach(made, evidence);
}

function judgeDraws(drawn: Draws, evidence: Evidence): void {
  const { settled, of } = drawn;
  measure('drawn starts', drawn, evidence);
  if (settled.crossing !== undefined) return;
  const whole = settled.epochs === of;
  evidence.covers('starts', settled.epochs, of);
  evidence.note(`starts of ${settled.epochs} of ${of} epochs${whole ? '' : `: ${BEYOND_BUDGET}`}`);
  evidence.classify('all of a run', whole);
}

/** What wagers came to. */
function measure(
  against: string,
  { settled, richest }: Pick<Chances, 'settled' | 'richest'>,
  evidence: Evidence,
): void {
  const where =
    settled.crossing === undefined
      ? 'no fault shows'
      : `refuted by epoch ${settled.crossing}, best explained by ${richest}`;
  evidence.risks(FALSE_ALARM_PER_FILE);
  evidence.within(
    `wagers against ${against}: ${where}; log evidence`,
    settled.evidence,
    -Math.log(FALSE_ALARM_PER_FILE),
  );
}

/** Says how far windows reach. */
function reach({ record, windows, of, simulated }: Chances, evidence: Evidence): void {
  const rows = record.rows.filter((row) => windows.some(({ from, to }) => row >= from.epoch && row < to)).length;
  for (const name of record.channels.filter((channel) => channel !== 'clipFactor'))
    evidence.covers(name, rows, record.rows.length);
  const ends = windows.filter(({ end }) => end).length;
  evidence.note(
    `${rows} of ${record.rows.length} epochs, weights at ${ends} ends, each among ${simulated} simulated${windows.length < of ? `: ${BEYOND_BUDGET}` : ''}`,
  );
  evidence.classify('all of a run', windows.length === of);
  if (windows.length < LEAST_SAMPLE * of)
    evidence.leavesOpen(`${windows.length} of ${of} windows judged: ${BEYOND_BUDGET}`);
}
