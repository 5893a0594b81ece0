/**
 * What `loopproof train --snapshots` records so that a run can be repeated: the starts of every epoch, and whole weights at some.
 */

import { LIMITS } from '../limits.js';
import { toRows, transpose } from '../linalg/matrix.js';
import { weightsOf } from '../problem/agents.js';
import { memoryFields, type StartsField } from '../problem/schema.js';
import type { DataSource } from '../problem/start.js';
import { Allowance, type Size } from '../runs/format/allowance.js';
import type { TrainedRun } from '../runs/format/record.js';
import type { Curve } from '../training/curve.js';
import { type Memory, noMemory } from '../training/descent.js';
import { type Explicit, type Snapshot, snapshotOf } from '../training/snapshots.js';
import { usage } from './errors.js';

/** A run that can be repeated, if this is recorded of it. */
export interface Repeatable extends Pick<TrainedRun, 'protocol' | 'initial'> {
  /** Its learner, where it has parameters of its own. */
  readonly learner: Explicit | undefined;
  /** What epochs draw, a column per trial; nothing where the configuration has their moments. */
  readonly trials: DataSource | undefined;
}

/** Whether a file may hold weights. */
const holdable = (value: unknown): boolean =>
  typeof value === 'object'
    ? Object.values(value as object).every(holdable)
    : Math.abs(value as number) <= LIMITS.magnitude;

/** Numbers and lists of a value as a file has it. */
function sizeOf(value: unknown): Size {
  if (typeof value !== 'object' || value === null) return { numbers: 1, lists: 0 };
  const parts = Object.values(value).map(sizeOf);
  const total = (of: keyof Size): number => parts.reduce((sum, part) => sum + part[of], 0);
  return { numbers: total('numbers'), lists: total('lists') + (Array.isArray(value) ? 1 : 0) };
}

/**
 * What is recorded of a run so that it can be repeated: trials, and snapshots as they are taken.
 * @throws LoopproofError if a file could not hold them
 */
export function evidenceOf(
  { protocol, initial, learner, trials }: Repeatable,
  every: number | undefined,
): {
  readonly starts?: (curve: Curve) => NonNullable<TrainedRun['starts']>;
  readonly beforeEpoch?: (epoch: number) => void;
  readonly taken: readonly Snapshot[];
  readonly memory?: Memory;
} {
  const taken: Snapshot[] = [];
  if (every === undefined) return { taken };
  const { agent, epochs, optimizer } = protocol;
  if (!learner || agent.kind === 'effective')
    throw usage(
      'train: --snapshots',
      `${agent.kind} agents`,
      'an agent with weights',
      'leave it out: order parameters are recorded in every epoch',
    );
  const fields = memoryFields(optimizer).length;
  const memory = noMemory(learner.engine);
  const field: StartsField = 'tracking' in protocol ? 'phases' : protocol.mode === 'closed-loop' ? 'x0' : 'y';
  // What every epoch draws anew.
  const fresh = trials && trials(0) !== trials(1) ? trials : undefined;
  const batch = sizeOf(fresh && toRows(transpose(fresh(0))));
  const weights = sizeOf(weightsOf(initial));
  const count = Math.ceil(epochs / every) * (1 + fields);
  new Allowance().take(
    { numbers: epochs * batch.numbers + count * weights.numbers, lists: epochs * batch.lists + count * weights.lists },
    'train: --snapshots',
  );
  return {
    taken,
    memory,
    ...(fresh && {
      starts: ({ epochs: rows }) => ({ field, trials: Array.from({ length: rows }, (_, e) => fresh(e)) }),
    }),
    beforeEpoch(epoch) {
      if (epoch % every !== 0) return;
      const snapshot = snapshotOf(learner, epoch, memory, fields);
      // Those of a run that diverges are no numbers.
      if ([snapshot.weights, ...snapshot.memory].map(weightsOf).every(holdable)) taken.push(snapshot);
    },
  };
}
