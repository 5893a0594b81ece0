/**
 * Judges the increments of a record: order parameters, loss and gradient norm of consecutive epochs held against gradient descent,
 * where neither the weights nor the batches were recorded.
 *
 * Learning closes on the Gram matrix, and a batch acts through its moments. So over a window of epochs the unknowns are the
 * Gram matrix at its beginning and the moments of every step, and everything recorded is a function of them: more equations
 * than unknowns. A window is consistent if some unknowns satisfy all its equations within rounding. The true ones would, so
 * how well the equations are conditioned does not matter.
 */
import type { Evidence } from '../../claims/evidence.js';
import { FALSE_ALARM_PER_ROUNDING } from '../../linalg/tolerance.js';
import type { RecordedRun } from '../format/schema.js';
import { asDeclared } from '../implementation.js';
import { recordOf } from '../record.js';
import { beginningOf } from '../start.js';
import { BEYOND_BUDGET, Budget, DIAGNOSIS, LEAST_SAMPLE } from './budget.js';
import { faultFitter, fits, type Place, testableFrom } from './increments/faults.js';
import { fitFromGuesses, fitWindow, SUSPICION, type WindowFit } from './increments/fit.js';
import {
  type IncrementRecord,
  incrementsOf,
  isRecorded,
  toReplay,
  type Window,
  windowsOf,
} from './increments/window.js';

/** The epochs of a window, in words. */
export const epochsOf = ({ first, steps }: Window): string => `epochs ${first} to ${first + steps}`;

/**
 * The fit under a known fault with which not only the window is consistent but the one after it too, in one go, while the
 * declared protocol is with neither; `undefined` where there is none. Where the search for the declared protocol's unknowns
 * misses those of one window, it does not also miss those of another, but for the square of that probability.
 */
function witnessOf(record: IncrementRecord, place: Place, effort = 1): WindowFit | undefined {
  const { window, before } = place;
  const { first, steps } = window;
  const second = { first: first + steps, steps };
  if (!isRecorded(record, { first, steps: 2 * steps })) return undefined;
  const budget = new Budget(DIAGNOSIS * effort);
  const declared = asDeclared(record.protocol);
  const testable = testableFrom(record.protocol, window);
  const fitOf = faultFitter(record, place, testable.length, budget);
  for (const fault of testable) {
    const fit = fitOf(fault);
    if (!fit || fit.misfit > 1) continue;
    const implementation = fault.of(declared, fit.value ?? Number.NaN);
    const double = { first, steps: 2 * steps };
    const both = fitFromGuesses(record, implementation, double, budget, { before, effort: SUSPICION });
    if (!both || both.misfit > 1) continue;
    const other = fitFromGuesses(record, declared, second, budget, { before: both.grams[steps] });
    return other?.complete && other.misfit > 1 ? fit : undefined;
  }
  return undefined;
}

/**
 * Judges the increments of a run; adds measurements to the evidence, or says why they decide nothing.
 * @param effort multiple of the usual work (budget.ts)
 *
 * False alarms: the unknowns that exist satisfy the equations in the mean square within ROUNDING_DEVIATIONS but for
 * FALSE_ALARM_PER_ROUNDING for each of them. A search may miss these unknowns: so a record is refuted only if a known fault explains
 * it within rounding over two windows, and the declared protocol explains neither, the first not even from where the fault arrived.
 */
export function judgeIncrements(run: RecordedRun, evidence: Evidence, effort?: number): void {
  const decoded = recordOf(run);
  if ('unsupported' in decoded) return evidence.decidesNothing(decoded.unsupported);
  if (decoded.moments && typeof beginningOf(decoded) !== 'string')
    return evidence.decidesNothing('the replay covers them');
  const record = incrementsOf(decoded);
  if (typeof record === 'string') return evidence.decidesNothing(record);
  const windows = windowsOf(record);
  if (windows.length === 0) return evidence.decidesNothing('fewer than two epochs to compare');
  const declared = asDeclared(record.protocol);
  const meter = new Budget(effort);
  let judged = 0;
  /** Why the next window is not judged. */
  let open: string | undefined;
  for (const { window, before, fit } of fits(record, meter)) {
    if (!fit) {
      const without = record.gram ? toReplay(decoded) : 'curves.gram and curves.moments';
      open = `the budget of work ran out at ${epochsOf(window)}: add ${without}, or raise it with --effort`;
      break;
    }
    if (fit.unknownCount >= fit.equations) return evidence.decidesNothing(missing(record));
    let decided = fit;
    if (fit.misfit > 1) {
      const witness = witnessOf(record, { window, before }, effort);
      if (!witness) {
        const doubly = record.protocol.precision === 'f64' ? '' : ', in double precision';
        const add = record.gram ? toReplay(decoded) + doubly : 'curves.gram';
        return evidence.leavesOpen(`${epochsOf(window)} fit neither the protocol nor a known fault: add ${add}`);
      }
      const again = fitWindow(record, declared, window, witness.unknowns, meter);
      if (!again.complete) {
        open = BEYOND_BUDGET;
        break;
      }
      if (again.misfit < fit.misfit) decided = again;
    }
    const { misfit, equations, unknownCount } = decided;
    const { quantity, ...worst } = decided.worst;
    evidence.risks(equations * FALSE_ALARM_PER_ROUNDING);
    const what = `increments of ${epochsOf(window)} (${equations} equations, ${unknownCount} unknowns)`;
    evidence.within(`${what}, root mean square residual; the largest: ${quantity}`, misfit, 1, worst);
    judged++;
    if (misfit <= 1 && fit.misfit > 1) return;
  }
  if (judged === 0 && open !== undefined) return evidence.leavesOpen(open);
  const epochs = windows.slice(0, judged).reduce((sum, { steps }) => sum + steps, 0);
  const rows = decoded.rows.length;
  for (const channel of decoded.channels) evidence.covers(channel, epochs, rows);
  evidence.note(
    `${judged} of ${windows.length} windows: ${epochs} of ${rows} epochs${open === undefined ? '' : `; ${open}`}`,
  );
  // What was judged may refute; it is too little to hold.
  if (epochs < LEAST_SAMPLE * (rows - 1))
    evidence.leavesOpen(
      open === undefined
        ? `${epochs} of ${rows} epochs judged, since others have no row beside them: record every epoch`
        : `${epochs} of ${rows} epochs judged; ${open}`,
    );
}

/** What to record where a window has as many unknowns as equations. */
function missing({ gradNorm, gram, moments }: IncrementRecord): string {
  const names = Object.entries({ gradNorm, gram, moments }).flatMap(([name, known]) =>
    known ? [] : [`curves.${name}`],
  );
  return `as many unknowns as equations: ${names.length > 0 ? `add ${names.join(' or ')}` : 'record more epochs'}`;
}
