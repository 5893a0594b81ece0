/**
 * A worker thread: it does one run, and writes the run's curves if they are wanted.
 */
import { join } from 'node:path';
import { type ErrorCode, type ErrorDetails, LoopproofError } from '../error.js';
import { writeWhole } from '../runs/format/write.js';
import { finiteOrText } from '../words.js';
import type { Plan } from './grid.js';
import type { RunOutcome } from './outcome.js';
import { runPlan } from './run.js';
import type { PhaseTrace } from './trace.js';

/** A run, as sent to a worker. */
export interface RunRequest {
  readonly plan: Plan;
  /** Folder that the run's curves are written to; it exists. */
  readonly curves?: string;
}

/** A number as curves record it: text where it is infinite, null where nothing was measured. */
const recorded = (value: number): number | string | null => (Number.isNaN(value) ? null : finiteOrText(value));

/** The name of a run's file of curves. */
export function curvesFile(id: string): string {
  return `${id.replaceAll(/[^\w.=-]+/g, '_')}.json`;
}

function writeCurves(
  folder: string,
  { id, digest, measure }: Plan,
  traces: Readonly<Record<string, PhaseTrace>>,
): void {
  const columns = Object.entries(traces).map(([phase, { loss, gradNorm, clipFactor, deployed, radius }]) => [
    phase,
    {
      loss: Array.from(loss, recorded),
      gradNorm: Array.from(gradNorm, recorded),
      clipFactor: Array.from(clipFactor, recorded),
      deployed: deployed.map((column, k) => ({ horizon: measure.horizons[k], loss: Array.from(column, recorded) })),
      radius: Array.from(radius, recorded),
    },
  ]);
  writeWhole(join(folder, curvesFile(id)), `${JSON.stringify({ id, digest, ...Object.fromEntries(columns) })}\n`);
}

/** What comes back from a worker. Errors lose their class on the way: a refusal travels as its code and details. */
export type RunResponse =
  | { readonly outcome: RunOutcome }
  | { readonly refused: { readonly code: ErrorCode; readonly details: ErrorDetails } };

export default function run({ plan, curves }: RunRequest): RunResponse {
  try {
    const { outcome, traces } = runPlan(plan);
    if (curves !== undefined) writeCurves(curves, plan, traces);
    return { outcome };
  } catch (error) {
    if (!(error instanceof LoopproofError)) throw error;
    return { refused: { code: error.code, details: error.details } };
  }
}
