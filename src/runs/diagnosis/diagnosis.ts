/**
 * What is wrong with a refuted record: it is compared with every known fault, as far as its evidence tells them apart.
 */

import type { Protocol } from '../../problem/protocol.js';
import { type FaultId, faultsOf, SINGLE_PRECISION, UNSEEN, WIDER_STARTS } from '../faults.js';
import type { RecordedRun } from '../format/schema.js';
import { repetitionOf } from '../judges/snapshots.js';
import { type RunRecord, recordOf } from '../record.js';
import { incrementsRoute, shownByIncrements } from './by-increments.js';
import { knownLossesRoute, lossesRoute, momentsRoute, shownByLosses } from './by-law.js';
import { precisionBelow, replayRoute } from './by-replay.js';
import { snapshotsRoute } from './by-snapshots.js';
import type { Break, Route, Suspect } from './suspect.js';

/** A fault and how well it explains the record. */
export interface FittedFault {
  readonly id: FaultId;
  /** What the program does, to be read after "the program". */
  readonly does: string;
  /** The parameter that explains the record best, with its standard error. */
  readonly value?: number;
  readonly error?: number;
  /** The largest residual under the fault, in units of what is allowed. */
  readonly misfit: number;
  /** Epochs compared. */
  readonly epochs: number;
}

/** The diagnosis of a refuted record. */
export interface Diagnosis {
  /** What predictions were made from. */
  readonly evidence: string;
  readonly break: Break;
  /** The likeliest fault; absent where none explains the record. */
  readonly likeliest?: FittedFault;
  /** Others that explain the record as well. */
  readonly alsoFit: readonly FittedFault[];
  /** Identifiers of faults that this evidence cannot distinguish from what is declared. */
  readonly notTestable: readonly FaultId[];
}

/** A record of fewer numbers may be of single precision by chance. */
const ENOUGH_NUMBERS = 16;

/** Identifiers of the faults that a protocol may suffer, but for its precision. */
const idsOf = (protocol: Protocol): Set<FaultId> => new Set([...faultsOf(protocol), WIDER_STARTS].map(({ id }) => id));

/** Whether every number of a record is one of single precision. */
function isSingle({ curves }: RecordedRun): boolean {
  const numbers = [
    ...curves.loss,
    ...(curves.gradNorm ?? []),
    ...Object.values(curves.overlaps ?? {}).flat(3),
    ...(curves.gram ?? []).flat(),
  ].filter((value) => value !== 0 && Number.isFinite(value));
  return numbers.length >= ENOUGH_NUMBERS && numbers.every((value) => Math.fround(value) === value);
}

/** Whether a record breaks where its number is none, as no rounding makes it. */
function isLost({ epoch, around }: Break): boolean {
  return around.some((row) => row.epoch === epoch && !Number.isFinite(row.recorded));
}

/** Judges of whole runs. */
export type Judge = 'replay' | 'increments' | 'losses';

/**
 * Identifiers of faults that a record may have though judges let it pass: its evidence cannot show them.
 * @param judges those that decided
 */
export function notTestable(run: RecordedRun, judges: ReadonlySet<Judge>): readonly FaultId[] {
  const record = recordOf(run);
  if ('unsupported' in record) return [];
  const all = idsOf(record.protocol);
  if (record.protocol.precision === 'f64') all.add(SINGLE_PRECISION.id);
  if (judges.has('replay')) return [];
  if (judges.has('increments')) {
    const shown = shownByIncrements(record);
    for (const id of shown) all.delete(id);
    if (shown.size > 0) all.delete(SINGLE_PRECISION.id);
  }
  if (judges.has('losses')) for (const id of shownByLosses(record)) all.delete(id);
  return [...all];
}

/**
 * The routes on which a record breaks, what decides most first; those after a break are tried where it stays unexplained. Increments
 * are not where a replay broke: it knows all that they would have to guess, and has tried the same faults; nor where judging
 * them has not refuted the record: then no fault was found that explains them.
 */
function* routesOf(record: RunRecord, increments: boolean): Generator<Route> {
  const replay = replayRoute(record);
  if (replay) yield replay;
  for (const route of [
    momentsRoute,
    lossesRoute,
    knownLossesRoute,
    ...(replay || !increments ? [] : [incrementsRoute]),
  ]) {
    const found = route(record);
    if (found) yield found;
  }
}

/** Faults that say themselves when they begin, or that were there all along. */
const TIMED: ReadonlySet<FaultId> = new Set(['schedule', 'memory', 'first-update']);

function fitted({ fault, value, error, misfit, epochs, since }: Suspect, besides: string): FittedFault {
  const seen = since === undefined || TIMED.has(fault.id) ? '' : `, from epoch ${since} on`;
  return {
    id: fault.id,
    does: besides + fault.does(value) + seen,
    ...(fault.parameter && { value, ...(error !== undefined && { error }) }),
    misfit,
    epochs,
  };
}

/** Misfits as far apart as this tell suspects apart: they are the largest of many residuals, which rounding makes. */
const APART = 2;

/** Suspects that explain the record, the likeliest first: the fewest parameters, the smallest residual, the catalogue's order. */
function byLikelihood(suspects: readonly Suspect[]): Suspect[] {
  const parameters = ({ fault }: Suspect): number => Number(fault.parameter !== undefined);
  const sorted = suspects.toSorted((a, b) => parameters(a) - parameters(b) || a.misfit - b.misfit);
  const [best] = sorted;
  const first = suspects.find((one) => parameters(one) === parameters(best!) && one.misfit <= APART * best!.misfit);
  return first ? [first, ...sorted.filter((one) => one !== first)] : sorted;
}

/**
 * Diagnoses a refuted record; `undefined` if its evidence shows no break, or predicts nothing.
 * @param increments whether its increments refuted it, as far as is known
 */
export function diagnose(run: RecordedRun, increments = true): Diagnosis | undefined {
  const record = recordOf(run);
  return ('unsupported' in record ? undefined : ofRecord(record, increments)) ?? bySnapshots(run);
}

/** The diagnosis of what windows between snapshots refute. */
function bySnapshots(run: RecordedRun): Diagnosis | undefined {
  const route = snapshotsRoute(run);
  if (!route) return undefined;
  const { protocol } = run;
  const diagnosis = diagnosisOf(route, protocol as unknown as Protocol);
  if (diagnosis.likeliest || protocol.precision !== 'f64') return diagnosis;
  const inSingle = repetitionOf({ ...run, protocol: { ...protocol, precision: 'f32' } });
  if (typeof inSingle === 'string' || inSingle.found.some(({ refuted }) => refuted)) return diagnosis;
  const does = SINGLE_PRECISION.does(Number.NaN);
  return { ...diagnosis, likeliest: { id: SINGLE_PRECISION.id, does, misfit: 1, epochs: run.curves.loss.length } };
}

function ofRecord(record: RunRecord, increments: boolean): Diagnosis | undefined {
  const { run } = record;
  const declared = (): Diagnosis | undefined => bestOf(routesOf(record, increments), protocol);
  const { protocol } = record;
  if (protocol.precision !== 'f64') return withPrecision(declared(), record);
  const inSingle = (): Generator<Route> =>
    routesOf({ ...record, protocol: { ...protocol, precision: 'f32' } }, increments);
  const does = SINGLE_PRECISION.does(Number.NaN);
  const besides = isSingle(run) ? bestOf(inSingle(), protocol, `${does}, and `) : undefined;
  if (besides) return besides;
  const diagnosis = declared();
  if (!diagnosis || diagnosis.likeliest || isLost(diagnosis.break) || !inSingle().next().done) return diagnosis;
  return { ...diagnosis, likeliest: { id: SINGLE_PRECISION.id, does, misfit: 1, epochs: record.rows.length } };
}

/** A diagnosis that nothing explains but rounding of products below single precision. */
function withPrecision(diagnosis: Diagnosis | undefined, record: RunRecord): Diagnosis | undefined {
  if (!diagnosis || diagnosis.likeliest || !AT_ONE_STATE.has(diagnosis.break.quantity)) return diagnosis;
  const below = precisionBelow(record);
  if (!below) return diagnosis;
  const { name, ...fit } = below;
  const does = `computes products below single precision (${name})`;
  const likeliest = { id: 'reduced precision' as const, does, ...fit };
  return { ...diagnosis, likeliest };
}

/** Quantities that follow from the state of their own row. */
const AT_ONE_STATE: ReadonlySet<string> = new Set(['loss', 'gradient norm']);

/** The diagnosis of the first route that explains the record, or of the first that breaks. */
function bestOf(routes: Iterable<Route>, protocol: Protocol, besides = ''): Diagnosis | undefined {
  let first: Diagnosis | undefined;
  for (const route of routes) {
    const diagnosis = diagnosisOf(route, protocol, besides);
    if (diagnosis.likeliest) return diagnosis;
    first ??= diagnosis;
  }
  return first;
}

function diagnosisOf(route: Route, protocol: Protocol, besides = ''): Diagnosis {
  const suspects = route.testable.map(route.test);
  const named = (suspect: Suspect): FittedFault => fitted(suspect, besides);
  // What no work was left for was not tested.
  const testable = new Set(suspects.filter(({ epochs }) => epochs > 0).map(({ fault }) => fault.id));
  const [likeliest, ...others] = byLikelihood(suspects.filter(({ follows }) => follows));
  // What no record shows may be what is wrong where nothing explains it.
  const untested = [...idsOf(protocol)].filter((id) => !testable.has(id));
  return {
    evidence: route.evidence,
    break: route.break,
    notTestable: likeliest ? untested : [...untested, ...UNSEEN],
    ...(likeliest && { likeliest: named(likeliest) }),
    alsoFit: others.map(named),
  };
}
