/**
 * What is wrong with a refuted record: it is compared with everything that a program is known to do instead of what its
 * protocol declares, as far as the record's evidence tells them apart.
 */
import type { Protocol } from '../training/protocol.js';
import { type Departure, departuresFrom, WIDER_STARTS } from './departures.js';
import { incrementsRoute } from './increments-route.js';
import { lossesRoute, momentsRoute } from './losses-route.js';
import { supportOf } from './problem.js';
import { replayRoute } from './replay-route.js';
import type { RecordedRun } from './schema.js';
import type { Break, Route, Suspect } from './suspect.js';

/** A departure and how well it explains the record. */
export interface Finding {
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
  readonly likeliest?: Finding;
  /** Others that explain the record as well. */
  readonly alsoFit: readonly Finding[];
  /** The departure that comes nearest where none explains the record. */
  readonly nearest?: Finding;
  /** Identifiers of departures that this evidence does not tell apart from what is declared. */
  readonly notTestable: readonly string[];
}

/** A record of fewer numbers may be of single precision by chance. */
const ENOUGH_NUMBERS = 16;

const SINGLE_PRECISION: Departure = {
  id: 'precision',
  tell: () => 'computes or records in single precision what it declares as double',
  of: (practice) => ({ ...practice, protocol: { ...practice.protocol, precision: 'f32' } }),
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

/** The route that a record's evidence allows, if the record breaks on it. */
function routeOf(run: RecordedRun, protocol: Protocol): Route | undefined {
  return (
    replayRoute(run, protocol) ??
    momentsRoute(run, protocol) ??
    lossesRoute(run, protocol) ??
    incrementsRoute(run, protocol)
  );
}

function finding({ departure, value, error, misfit, epochs }: Suspect): Finding {
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

/** Diagnoses a refuted record; `undefined` if its evidence shows no break, or predicts nothing. */
export function diagnose(run: RecordedRun): Diagnosis | undefined {
  const support = supportOf(run.protocol);
  if ('unsupported' in support) return undefined;
  const { protocol } = support;
  const route = routeOf(run, protocol);
  if (!route) return undefined;
  const all = [...departuresFrom(protocol), WIDER_STARTS].map(({ id }) => id);
  const testable = new Set(route.testable.map(({ id }) => id));
  const base = {
    evidence: route.evidence,
    break: route.break,
    notTestable: [...new Set(all)].filter((id) => !testable.has(id)),
  };
  const single: Suspect = {
    departure: SINGLE_PRECISION,
    value: Number.NaN,
    misfit: 1,
    epochs: run.curves.loss.length,
    follows: true,
  };
  const inSingle = protocol.precision === 'f64' ? () => routeOf(run, { ...protocol, precision: 'f32' }) : () => route;
  if (protocol.precision === 'f64' && isSingle(run)) {
    const rest = inSingle();
    if (!rest) return { ...base, likeliest: finding(single), alsoFit: [] };
    return { ...base, ...judged(rest.testable.map(rest.test), 'computes in single precision, and ') };
  }
  const suspects = route.testable.map(route.test);
  if (protocol.precision === 'f64' && !suspects.some(({ follows }) => follows) && !inSingle()) suspects.push(single);
  return { ...base, ...judged(suspects, '') };
}

function judged(suspects: readonly Suspect[], besides: string): Pick<Diagnosis, 'likeliest' | 'alsoFit' | 'nearest'> {
  const tell = (suspect: Suspect): Finding => {
    const { does, ...rest } = finding(suspect);
    return { ...rest, does: besides + does };
  };
  const [likeliest, ...others] = suspects.filter(({ follows }) => follows).sort(byLikelihood);
  if (likeliest) return { likeliest: tell(likeliest), alsoFit: others.map(tell) };
  const nearest = [...suspects].sort((a, b) => b.epochs - a.epochs || a.misfit - b.misfit)[0];
  return { alsoFit: [], ...(nearest && { nearest: tell(nearest) }) };
}
