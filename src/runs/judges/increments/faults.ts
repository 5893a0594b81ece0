/**
 * Fits of the windows of a record: by what the protocol declares, and by known faults.
 */

import type { Meter } from '../../../linalg/least-squares.js';
import type { Protocol } from '../../../problem/protocol.js';
import { ELEMENTWISE, type Fault, type FaultId, faultsOf } from '../../faults.js';
import { asDeclared, type Implementation } from '../../implementation.js';
import type { Budget } from '../budget.js';
import { fitFromGuesses, SUSPICION, type WindowFit } from './fit.js';
import { type IncrementRecord, type Window, windowsOf } from './window.js';

/** A window, and the Gram matrix from which the search for its unknowns begins. */
export interface Place {
  readonly window: Window;
  /** Where the window before arrived. */
  readonly before: Float64Array | undefined;
}

/** Fits windows in order, each from where the one before arrived, until one is inconsistent or no work is left. */
export function* fits(
  record: IncrementRecord,
  meter: Meter,
): Generator<Place & { readonly fit: WindowFit | undefined }> {
  const declared = asDeclared(record.protocol);
  let last: { readonly window: Window; readonly fit: WindowFit } | undefined;
  for (const window of windowsOf(record)) {
    const before = last?.fit.grams[window.first - last.window.first] ?? last?.fit.grams[last.window.steps];
    const fit = fitFromGuesses(record, declared, window, meter, { before });
    // A search that was cut short has found nothing inconsistent.
    if (!fit || (fit.misfit > 1 && !fit.complete)) return yield { window, before, fit: undefined };
    yield { window, before, fit };
    if (fit.misfit > 1) return;
    last = { window, fit };
  }
}

/** Faults that do not act on weight vectors as wholes, or whose rows mix two states. */
const OFF_GRAM: ReadonlySet<FaultId> = new Set(['truncated', ...ELEMENTWISE, 'late-weights']);
/** Faults with a memory, which is known at the beginning of a run only. */
const REMEMBERING: ReadonlySet<FaultId> = new Set(['momentum', 'accumulated', 'smoothed']);

/** Faults that increments of a window can test. */
export const testableFrom = (protocol: Protocol, { first }: Window): Fault[] =>
  faultsOf(protocol).filter(({ id }) => !OFF_GRAM.has(id) && (first === 0 || !REMEMBERING.has(id)));

/** Meters for so many fits, one after the other, with equal shares of what is left: what one used up is no reason not to try another. */
export function sharesOf(budget: Budget, count: number): () => Meter {
  let waiting = count;
  return () => budget.part(Math.max(1, waiting--));
}

/**
 * Fits a place under each of so many faults, one after the other, the sizes of those that have one fitted as well; `undefined` where
 * no work is left.
 */
export function faultFitter(
  record: IncrementRecord,
  { window, before }: Place,
  count: number,
  budget: Budget,
): (fault: Fault) => WindowFit | undefined {
  const declared = asDeclared(record.protocol);
  const meterOf = sharesOf(budget, count);
  return ({ of, parameter }) => {
    const meter = meterOf();
    if (!parameter)
      return fitFromGuesses(record, of(declared, Number.NaN), window, meter, { before, effort: SUSPICION });
    const { guesses, neutral, above, below } = parameter;
    let best: WindowFit | undefined;
    for (const guess of guesses) {
      if (best && best.misfit <= 1) break;
      const sized = { of: (value: number): Implementation => of(declared, value), guess, neutral, above, below };
      const fit = fitFromGuesses(record, sized, window, meter, { before, effort: { ...SUSPICION, guesses: 1 } });
      if (fit && (!best || fit.misfit < best.misfit)) best = fit;
    }
    return best;
  };
}
