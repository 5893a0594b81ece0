/**
 * Judges the increments of a record, and tests departures by them.
 */

import type { Evidence } from '../../claims/evidence.js';
import type { Meter } from '../../linalg/least-squares.js';
import { FALSE_ALARM_PER_ROUNDING } from '../../linalg/tolerance.js';
import { supportOf } from '../../problem/kinds.js';
import type { Protocol } from '../../problem/protocol.js';
import {
  asDeclared,
  type Departure,
  departuresFrom,
  type Implementation,
  noticeably,
} from '../diagnosis/departures.js';
import { type Route, type Suspect, untested } from '../diagnosis/suspect.js';
import type { RecordedRun } from '../format/schema.js';
import { BEYOND_BUDGET, Budget } from './budget.js';
import {
  fitFromGuesses,
  fitWindow,
  type Record,
  recordOf,
  type Slope,
  SUSPICION,
  slopeOf,
  type Window,
  type WindowFit,
  windowsOf,
} from './increments.js';

/** The work that testing all departures may take, in multiples of what judging a run may. */
const DIAGNOSIS = 2;

/** Slopes remembered at once; a departure with a parameter has one per value tried. */
const REMEMBERED = 16;

/** The slopes of implementations on a record: those that close the same loop share one. */
function slopesOf(record: Record): (implementation: Implementation) => Slope {
  const known = new Map<string, Slope>();
  // Of the last implementation: a fit asks for the same one again and again.
  let last: { readonly parts: readonly unknown[]; readonly slope: Slope } | undefined;
  return (implementation) => {
    const { protocol, wiring, scored, lossScale, startScale } = implementation;
    const { plant, horizon, loss, batch } = protocol;
    const parts = [plant, horizon, loss, batch, wiring, scored, lossScale, startScale];
    if (last && parts.every((part, k) => part === last!.parts[k])) return last.slope;
    const key = JSON.stringify(parts);
    const slope = known.get(key) ?? slopeOf(record, implementation);
    if (!known.has(key) && known.size >= REMEMBERED) known.clear();
    known.set(key, slope);
    last = { parts, slope };
    return slope;
  };
}

/** Fits windows in order, each from where the one before arrived, until one is inconsistent or no work is left. */
function* fits(
  record: Record,
  implementation: Implementation,
  slopes: (implementation: Implementation) => Slope,
  meter: Meter,
): Generator<readonly [Window, WindowFit | undefined, Float64Array | undefined]> {
  let before: { readonly window: Window; readonly fit: WindowFit } | undefined;
  for (const window of windowsOf(record)) {
    const reached = before?.fit.grams[window.first - before.window.first] ?? before?.fit.grams[before.window.steps];
    const fit = fitFromGuesses(record, implementation, window, slopes, meter, reached);
    // A search that was cut short has found nothing inconsistent.
    if (!fit || (fit.misfit > 1 && !fit.complete)) return yield [window, undefined, reached];
    yield [window, fit, reached];
    if (fit.misfit > 1) return;
    before = { window, fit };
  }
}

/** Departures tested by increments; `undefined` where they are consistent or decide nothing. */
export function incrementsRoute(run: RecordedRun, protocol: Protocol): Route | undefined {
  const record = recordOf(run, protocol);
  if (typeof record === 'string') return undefined;
  const slopes = slopesOf(record);
  const declared = asDeclared(protocol);
  for (const [window, fit, reached] of fits(record, declared, slopes, new Budget())) {
    if (!fit || fit.unknownCount >= fit.equations) return undefined;
    if (fit.misfit > 1) return routeFrom(record, declared, slopes, window, fit, reached);
  }
  return undefined;
}

/** The fit of a window under a departure, its parameter fitted as well; `undefined` where no work is left for it. */
function fitDeparture(
  record: Record,
  declared: Implementation,
  slopes: (implementation: Implementation) => Slope,
  meter: Meter,
  window: Window,
  reached: Float64Array | undefined,
  departure: Departure,
): WindowFit | undefined {
  if (!departure.parameter) {
    const implementation = departure.of(declared, Number.NaN);
    return fitFromGuesses(record, implementation, window, slopes, meter, reached, undefined, SUSPICION);
  }
  const { guesses, neutral, above } = departure.parameter;
  let best: WindowFit | undefined;
  for (const guess of guesses) {
    if (best && best.misfit <= 1) break;
    const implementation = (value: number): Implementation => departure.of(declared, value);
    const free = { implementation, guess, above, scale: Math.abs(guess - neutral) };
    const fit = fitFromGuesses(record, declared, window, slopes, meter, reached, free, { ...SUSPICION, guesses: 1 });
    if (fit && (!best || fit.misfit < best.misfit)) best = fit;
  }
  return best;
}

/** Departures that increments of a window can test: velocities before it are not known. */
const testableFrom = (protocol: Protocol, { first }: Window): Departure[] =>
  departuresFrom(protocol).filter(({ id }) => id !== 'momentum' || first === 0);

/** Meters for so many fits, one after the other, with equal shares of what is left: what one used up is no reason not to try another. */
function sharesOf(budget: Budget, count: number): () => Meter {
  let waiting = count;
  return () => budget.part(Math.max(1, waiting--));
}

/** To fit the window under so many departures, one after the other. */
function fitterOf(
  record: Record,
  declared: Implementation,
  slopes: (implementation: Implementation) => Slope,
  window: Window,
  reached: Float64Array | undefined,
  count: number,
  budget: Budget,
): (departure: Departure) => WindowFit | undefined {
  const meterOf = sharesOf(budget, count);
  return (departure) => fitDeparture(record, declared, slopes, meterOf(), window, reached, departure);
}

/**
 * The fit under a known departure with which not only the window is consistent but the one after it too, in one go, while the
 * declared protocol is with neither; `undefined` where there is none. Where the search for the declared protocol's unknowns
 * misses those of one window, it does not also miss those of another, but for the square of that probability.
 */
function witnessOf(
  record: Record,
  declared: Implementation,
  slopes: (implementation: Implementation) => Slope,
  window: Window,
  reached: Float64Array | undefined,
  effort = 1,
): WindowFit | undefined {
  const { first, steps } = window;
  const second = { first: first + steps, steps };
  if (second.first + steps >= record.rows) return undefined;
  const budget = new Budget(DIAGNOSIS * effort);
  const testable = testableFrom(declared.protocol, window);
  const fitOf = fitterOf(record, declared, slopes, window, reached, testable.length, budget);
  for (const departure of testable) {
    const fit = fitOf(departure);
    if (!fit || fit.misfit > 1) continue;
    const implementation = departure.of(declared, fit.value ?? Number.NaN);
    const both = fitFromGuesses(
      record,
      implementation,
      { first, steps: 2 * steps },
      slopes,
      budget,
      reached,
      undefined,
      SUSPICION,
    );
    if (!both || both.misfit > 1) continue;
    const other = fitFromGuesses(record, declared, second, slopes, budget, both.grams[steps]);
    return other?.complete && other.misfit > 1 ? fit : undefined;
  }
  return undefined;
}

/**
 * Identifiers of departures that the increments of a record would show at a noticeable size: its first window is not consistent
 * with them. None where neither Gram matrices nor moments are recorded: inner products and batches that are free make up for most.
 */
export function shownByIncrements(run: RecordedRun, protocol: Protocol): ReadonlySet<string> {
  const record = recordOf(run, protocol);
  if (typeof record === 'string' || !(record.gram || record.moments)) return new Set();
  const window = windowsOf(record)[0]!;
  const slopes = slopesOf(record);
  const declared = asDeclared(protocol);
  const departures = testableFrom(protocol, window);
  const ids = new Set(departures.map(({ id }) => id));
  const meterOf = sharesOf(new Budget(DIAGNOSIS), departures.length);
  for (const departure of departures) {
    const implementation = noticeably(declared, departure);
    const fit = fitFromGuesses(record, implementation, window, slopes, meterOf(), undefined, undefined, SUSPICION);
    // Of several departures of one name all have to show.
    if (!fit?.complete || fit.misfit <= 1) ids.delete(departure.id);
  }
  return ids;
}

function routeFrom(
  record: Record,
  declared: Implementation,
  slopes: (implementation: Implementation) => Slope,
  window: Window,
  { misfit, worst }: WindowFit,
  reached: Float64Array | undefined,
): Route {
  const testable = testableFrom(declared.protocol, window);
  const fitOf = fitterOf(record, declared, slopes, window, reached, testable.length, new Budget(DIAGNOSIS));
  const test = (departure: Departure): Suspect => {
    const fit = fitOf(departure);
    if (!fit) return untested(departure);
    return {
      departure,
      value: fit.value ?? Number.NaN,
      ...(fit.error !== undefined && { error: fit.error }),
      misfit: fit.misfit,
      epochs: window.steps + 1,
      follows: fit.misfit <= 1,
    };
  };
  const { quantity, row, recorded, predicted } = worst;
  return {
    evidence: `increments of epochs ${window.first} to ${window.first + window.steps}${record.gram ? ' with Gram matrices' : ''}${record.moments ? ' with moments' : ''}`,
    break: {
      epoch: window.first,
      equation: `no batches${record.gram ? '' : ' and no hidden inner products'} satisfy loss, gradient norm and increments together`,
      quantity,
      around: [{ epoch: row, recorded, predicted }],
      excess: misfit,
    },
    testable,
    test,
  };
}

/**
 * Judges the increments of a run; adds measurements to the evidence, or says why they decide nothing.
 * @param effort multiple of the usual work (budget.ts)
 *
 * False alarms: the unknowns that exist satisfy the equations in the mean square within ROUNDING_DEVIATIONS but for
 * FALSE_ALARM_PER_ROUNDING for each of them. A search may miss these unknowns: so a record is refuted only if a known departure explains
 * it within rounding over two windows, and the declared protocol explains neither, the first not even from where the departure arrived.
 */
export function judgeIncrements(run: RecordedRun, evidence: Evidence, effort?: number): void {
  const support = supportOf('moments', run.protocol);
  if ('unsupported' in support) return evidence.decidesNothing(support.unsupported);
  const { protocol } = support;
  const record = recordOf(run, protocol);
  if (typeof record === 'string') return evidence.decidesNothing(record);
  if (run.weights?.initial && record.moments)
    return evidence.decidesNothing('replay from the initial weights decides more');
  if (windowsOf(record).length === 0) return evidence.decidesNothing('fewer than two epochs to compare');
  const slopes = slopesOf(record);
  const declared = asDeclared(protocol);
  const meter = new Budget(effort);
  let judged = 0;
  /** Why the next window is not judged. */
  let open: string | undefined;
  for (const [window, fit, reached] of fits(record, declared, slopes, meter)) {
    if (!fit) {
      open = BEYOND_BUDGET;
      break;
    }
    if (fit.unknownCount >= fit.equations)
      return evidence.decidesNothing(
        'as many unknowns as equations: record curves.gradNorm, curves.gram or curves.moments',
      );
    let decided = fit;
    if (fit.misfit > 1) {
      const witness = witnessOf(record, declared, slopes, window, reached, effort);
      if (!witness) {
        open = `epochs ${window.first} to ${window.first + window.steps} fit neither the protocol nor a known departure: record ${record.gram ? 'weights.initial and curves.moments' : 'curves.gram'}`;
        break;
      }
      const again = fitWindow(record, declared, window, witness.unknowns, slopes, meter);
      if (!again.complete) {
        open = BEYOND_BUDGET;
        break;
      }
      if (again.misfit < fit.misfit) decided = again;
    }
    const { misfit, equations, unknownCount } = decided;
    evidence.risks(equations * FALSE_ALARM_PER_ROUNDING);
    const { quantity, row } = decided.worst;
    evidence.within(
      `increments of epochs ${window.first} to ${window.first + window.steps}, ${equations} equations of ${unknownCount} unknowns (largest residual: ${quantity} at epoch ${row}); root mean square`,
      misfit,
      1,
    );
    judged++;
    if (misfit <= 1 && fit.misfit > 1) return;
  }
  if (judged === 0 && open !== undefined) return evidence.decidesNothing(open);
  evidence.note(`${judged} of ${windowsOf(record).length} windows${open === undefined ? '' : `; ${open}`}`);
}
