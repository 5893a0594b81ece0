/**
 * What is wrong with a refuted record: it is compared with everything that a program is known to do instead of what its
 * protocol declares, as far as the record's evidence tells them apart.
 */

import { supportOf } from '../../problem/kinds.js';
import type { Protocol } from '../../problem/protocol.js';
import type { RecordedRun } from '../format/schema.js';
import { incrementsRoute, shownByIncrements } from '../judges/increments-route.js';
import { lossesRoute, momentsRoute, shownByLosses } from '../judges/losses-route.js';
import { replayRoute } from '../judges/replay-route.js';
import { type Departure, departuresFrom, WIDER_STARTS } from './departures.js';
import type { Break, Route, Suspect } from './suspect.js';

/** A departure and how well it explains the record. */
export interface FittedDeparture {
  readonly id: string;
  /** What the program does, to be read after "the program". */
  readonly does: string;
  /** The parameter that explains the record best, with its standard error. */
  readonly value?: number;
  readonly error?: number;
  /** The largest residual under the departure, in units of what is allowed. */
  readonly misfit: number;
  /** Epochs compared. */
  readonly epochs: number;
}

/** What diagnosing came to. */
export interface Diagnosis {
  /** What predictions were made from. */
  readonly evidence: string;
  readonly break: Break;
  /** The likeliest departure; absent where none explains the record. */
  readonly likeliest?: FittedDeparture;
  /** Others that explain the record as well. */
  readonly alsoFit: readonly FittedDeparture[];
  /** The departure that comes nearest where none explains the record. */
  readonly nearest?: FittedDeparture;
  /** Identifiers of departures that this evidence does not tell apart from what is declared. */
  readonly notTestable: readonly string[];
}

/** A record of fewer numbers may be of single precision by chance. */
const ENOUGH_NUMBERS = 16;

const SINGLE_PRECISION: Departure = {
  id: 'precision',
  tell: () => 'computes or records in single precision what it declares as double',
  of: (implementation) => ({ ...implementation, protocol: { ...implementation.protocol, precision: 'f32' } }),
};

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

/** What decides about a record. */
export type Judge = 'replay' | 'increments' | 'losses';

/**
 * Identifiers of departures that a record may suffer from though judges let it pass: its evidence does not tell them from what it
 * declares.
 * @param judges those that decided
 */
export function notTestable(run: RecordedRun, judges: ReadonlySet<Judge>): readonly string[] {
  const support = supportOf('moments', run.protocol);
  if ('unsupported' in support) return [];
  const { protocol } = support;
  const all = new Set([...departuresFrom(protocol), WIDER_STARTS].map(({ id }) => id));
  if (protocol.precision === 'f64') all.add(SINGLE_PRECISION.id);
  if (judges.has('replay')) return [];
  if (judges.has('increments')) {
    const shown = shownByIncrements(run, protocol);
    for (const id of shown) all.delete(id);
    if (shown.size > 0) all.delete(SINGLE_PRECISION.id);
  }
  if (judges.has('losses')) for (const id of shownByLosses(run, protocol)) all.delete(id);
  return [...all];
}

/**
 * The routes on which a record breaks, what decides most first; those after a break are tried where it stays unexplained. Increments
 * are not where a replay broke: it knows all that they would have to guess, and has tried the same departures; nor where judging
 * them has not refuted the record: then no departure was found that explains them.
 */
function* routesOf(run: RecordedRun, protocol: Protocol, increments: boolean): Generator<Route> {
  const replay = replayRoute(run, protocol);
  if (replay) yield replay;
  for (const route of [momentsRoute, lossesRoute, ...(replay || !increments ? [] : [incrementsRoute])]) {
    const found = route(run, protocol);
    if (found) yield found;
  }
}

function fitted({ departure, value, error, misfit, epochs }: Suspect): FittedDeparture {
  return {
    id: departure.id,
    does: departure.tell(value),
    ...(departure.parameter && { value, ...(error !== undefined && { error }) }),
    misfit,
    epochs,
  };
}

/** Suspects that explain the record, the likeliest first: the fewest parameters, then the smallest residual. */
const byLikelihood = (a: Suspect, b: Suspect): number =>
  Number(a.departure.parameter !== undefined) - Number(b.departure.parameter !== undefined) || a.misfit - b.misfit;

/**
 * Diagnoses a refuted record; `undefined` if its evidence shows no break, or predicts nothing.
 * @param increments whether its increments refuted it, as far as is known
 */
export function diagnose(run: RecordedRun, increments = true): Diagnosis | undefined {
  const support = supportOf('moments', run.protocol);
  if ('unsupported' in support) return undefined;
  const { protocol } = support;
  if (protocol.precision !== 'f64') return bestOf(routesOf(run, protocol, increments), protocol, '');
  const inSingle = (): Generator<Route> => routesOf(run, { ...protocol, precision: 'f32' }, increments);
  if (isSingle(run)) {
    const besides = bestOf(inSingle(), protocol, `${SINGLE_PRECISION.tell(0)}, and `);
    if (besides) return besides;
  }
  const diagnosis = bestOf(routesOf(run, protocol, increments), protocol, '');
  if (!diagnosis || diagnosis.likeliest || isLost(diagnosis.break) || !inSingle().next().done) return diagnosis;
  const { nearest: _, ...rest } = diagnosis;
  const { epochs } = diagnosis.nearest!;
  return { ...rest, likeliest: { id: SINGLE_PRECISION.id, does: SINGLE_PRECISION.tell(0), misfit: 1, epochs } };
}

/** The diagnosis of the first route that explains the record, or of the first that breaks. */
function bestOf(routes: Iterable<Route>, protocol: Protocol, besides: string): Diagnosis | undefined {
  let first: Diagnosis | undefined;
  for (const route of routes) {
    const diagnosis = diagnosisOf(route, protocol, besides);
    if (diagnosis.likeliest) return diagnosis;
    first ??= diagnosis;
  }
  return first;
}

function diagnosisOf(route: Route, protocol: Protocol, besides: string): Diagnosis {
  const suspects = route.testable.map(route.test);
  const tell = (suspect: Suspect): FittedDeparture => {
    const found = fitted(suspect);
    return { ...found, does: besides + found.does };
  };
  // What no work was left for was not tested.
  const testable = new Set(suspects.filter(({ epochs }) => epochs > 0).map(({ departure }) => departure.id));
  const all = new Set([...departuresFrom(protocol), WIDER_STARTS].map(({ id }) => id));
  const base = {
    evidence: route.evidence,
    break: route.break,
    notTestable: [...all].filter((id) => !testable.has(id)),
  };
  const [likeliest, ...others] = suspects.filter(({ follows }) => follows).sort(byLikelihood);
  if (likeliest) return { ...base, likeliest: tell(likeliest), alsoFit: others.map(tell) };
  const nearest = [...suspects].sort((a, b) => b.epochs - a.epochs || a.misfit - b.misfit)[0];
  return { ...base, alsoFit: [], ...(nearest && { nearest: tell(nearest) }) };
}
