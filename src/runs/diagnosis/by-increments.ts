/**
 * Faults tested by the increments of a record.
 */
import { type Fault, type FaultId, noticeably } from '../faults.js';
import { asDeclared } from '../implementation.js';
import { Budget, DIAGNOSIS } from '../judges/budget.js';
import { faultFitter, fits, sharesOf, testableFrom } from '../judges/increments/faults.js';
import { fitFromGuesses, SUSPICION } from '../judges/increments/fit.js';
import { incrementsOf, windowsOf } from '../judges/increments/window.js';
import { epochsOf } from '../judges/increments.js';
import type { RunRecord } from '../record.js';
import { lossesExclude } from './by-law.js';
import { type Route, type Suspect, untested } from './suspect.js';

/** Faults tested by increments; `undefined` where they are consistent or decide nothing. */
export function incrementsRoute(run: RunRecord): Route | undefined {
  const record = incrementsOf(run);
  if (typeof record === 'string') return undefined;
  for (const { window, before, fit } of fits(record, new Budget())) {
    if (!fit || fit.unknownCount >= fit.equations) return undefined;
    if (fit.misfit <= 1) continue;
    const testable = testableFrom(record.protocol, window);
    const fitOf = faultFitter(record, { window, before }, testable.length, new Budget(DIAGNOSIS));
    const excluded = lossesExclude(run);
    const test = (fault: Fault): Suspect => {
      const found = fitOf(fault);
      if (!found) return untested(fault);
      const { value = Number.NaN, error, misfit } = found;
      const epochs = window.steps + 1;
      // Batches of any size make up for a loss of another size: but not for its law over all rows.
      const follows = misfit <= 1 && !excluded?.(fault, value);
      return { fault, value, ...(error !== undefined && { error }), misfit, epochs, follows };
    };
    const { quantity, ...worst } = fit.worst;
    return {
      evidence: `increments of ${epochsOf(window)}${record.gram ? ' with Gram matrices' : ''}${record.moments ? ' with moments' : ''}`,
      break: {
        epoch: window.first,
        equation: `no batches${record.gram ? '' : ' and no hidden inner products'} satisfy loss, gradient norm and increments together`,
        quantity,
        around: [worst],
        excess: fit.misfit,
      },
      testable,
      test,
    };
  }
  return undefined;
}

/**
 * Identifiers of faults that the increments of a record would show at a noticeable size: its first window is not consistent
 * with them. None where neither Gram matrices nor moments are recorded: inner products and batches that are free make up for most.
 */
export function shownByIncrements(run: RunRecord): ReadonlySet<FaultId> {
  const record = incrementsOf(run);
  if (typeof record === 'string' || !(record.gram || record.moments)) return new Set();
  const window = windowsOf(record)[0]!;
  const declared = asDeclared(record.protocol);
  const faults = testableFrom(record.protocol, window);
  const ids = new Set(faults.map(({ id }) => id));
  const meterOf = sharesOf(new Budget(DIAGNOSIS), faults.length);
  for (const fault of faults) {
    const fit = fitFromGuesses(record, noticeably(declared, fault), window, meterOf(), { effort: SUSPICION });
    // Of several faults of one name all have to show.
    if (!fit?.complete || fit.misfit <= 1) ids.delete(fault.id);
  }
  return ids;
}
