/**
 * What a worker thread does: one run, its curves written where they are wanted.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../runs/write.js';
import type { Plan } from './grid.js';
import type { Outcome } from './outcome.js';
import { runPlan } from './run.js';

/** A run, as sent to a worker. */
export interface Job {
  readonly plan: Plan;
  /** Folder that the run's curves are written to. */
  readonly curves?: string;
}

/** A number as curves record it: text where it is infinite, null where nothing was measured. */
const recorded = (value: number): number | string | null =>
  Number.isNaN(value) ? null : Number.isFinite(value) ? value : String(value);

/** The name of a run's file of curves. */
export function curvesFile(id: string): string {
  return `${id.replaceAll(/[^\w.=-]+/g, '_')}.json`;
}

export default function run({ plan, curves }: Job): Outcome {
  const { outcome, traces } = runPlan(plan);
  if (curves !== undefined) {
    mkdirSync(curves, { recursive: true });
    const columns = Object.entries(traces).map(([phase, { loss, gradNorm, clipFactor, deployed, radius }]) => [
      phase,
      {
        loss: Array.from(loss, recorded),
        gradNorm: Array.from(gradNorm, recorded),
        clipFactor: Array.from(clipFactor, recorded),
        deployed: deployed.map((column, k) => ({
          horizon: plan.measure.horizons[k],
          loss: Array.from(column, recorded),
        })),
        radius: Array.from(radius, recorded),
      },
    ]);
    const text = JSON.stringify({ id: plan.id, digest: plan.digest, ...Object.fromEntries(columns) });
    writeWhole(join(curves, curvesFile(plan.id)), `${text}\n`);
  }
  return outcome;
}
