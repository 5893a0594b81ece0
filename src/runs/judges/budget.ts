/**
 * How much of a run is judged: its first epochs, as many as a budget of work affords. Work is counted, not timed, so that a
 * verdict does not depend on the machine.
 */

import { LIMITS } from '../../limits.js';
import type { Meter } from '../../linalg/least-squares.js';
import { AGENTS } from '../../problem/agents.js';
import type { ProblemKind } from '../../problem/kinds.js';
import { type Protocol, plantOf } from '../../problem/protocol.js';
import type { RunProtocol } from '../../problem/schema.js';

/** What is rolled out in every epoch: all units, or the order parameters alone. */
export type Rollout = 'units' | 'overlaps';

/** What a step costs beside its products, in products: it decides where agents are small and horizons long. */
const STEP = 32;

/**
 * Products of one epoch, up to a constant: of n basis trajectories, each over the horizon, through the units and through the
 * reduced loop.
 */
export function workOf({ plant, agent, horizon }: Protocol, rollout: Rollout): number {
  const { A, B, C } = plantOf(plant);
  const rank = agent.kind === 'linear' ? 0 : agent.rank;
  const columns = C.rows + B.cols + 2 * rank;
  const units = agent.kind === 'effective' || rollout === 'overlaps' ? 0 : agent.N;
  const dense = agent.kind === 'linear' ? units * units : 0;
  return horizon * A.rows * (units * columns + dense + (A.rows + columns) ** 2 + STEP);
}

/**
 * What a step of a batch through a kernel costs: by itself; per product, which come in blocks; and per gate of a unit, whose activation
 * and adjoint each cost as much as many products.
 */
const [KERNEL_STEP, KERNEL_PRODUCT, KERNEL_GATE] = [1000, 0.1, 2.3];
/** A teacher runs forward beside its student, which runs forward and back. */
const TAUGHT = 4 / 3;

/** Products of one epoch, batch and all, through a kernel. */
export function workOfBatch({ agent, horizon, batch, mode }: RunProtocol): number {
  const units = agent.kind === 'effective' ? 1 : agent.N;
  const gates = AGENTS[agent.kind].gates * units;
  const perTrial = gates * (KERNEL_PRODUCT * units + KERNEL_GATE);
  return horizon * (KERNEL_STEP + batch * perTrial) * (mode === 'open-loop' ? TAUGHT : 1);
}

/** How long a product of a rollout by itself takes, in products of a batch through a kernel. */
const ALONE = 2;

/** Products of one epoch of a run of any agent, as `workOfBatch` counts them: where a batch collapses to its moments these are rolled out. */
export function workOfSimulation({
  protocol,
  kind,
}: {
  readonly protocol: RunProtocol;
  readonly kind: ProblemKind;
}): number {
  if (kind !== 'moments' && kind !== 'trials') return workOfBatch(protocol);
  const { A } = plantOf(protocol.plant);
  const columns = kind === 'trials' ? protocol.batch / A.rows : 1;
  return ALONE * columns * workOf(protocol as unknown as Protocol, 'units');
}

/**
 * Whether the gradient of one epoch, batch and all, can be taken with its shadows within what repeating a run may take.
 * @param effort multiple of the usual budget
 */
export function affordsGradient(protocol: RunProtocol, effort = 1): boolean {
  return workOfBatch(protocol) <= effort * LIMITS.work;
}

/**
 * How many of a run's epochs are judged.
 * @param effort multiple of the usual budget
 */
export function affordableEpochs(epochs: number, protocol: Protocol, rollout: Rollout, effort = 1): number {
  return Math.min(epochs, Math.floor((effort * LIMITS.work) / workOf(protocol, rollout)));
}

/** So many numbers from 0 on, the middle first, each further one where the largest gap is left: bits in reverse order. */
export function middleFirst(count: number): number[] {
  const bits = Math.ceil(Math.log2(Math.max(1, count)));
  const reversed = (k: number): number => {
    let value = 0;
    for (let bit = 0; bit < bits; bit++) value = 2 * value + ((k >> bit) & 1);
    return value;
  };
  return Array.from({ length: 2 ** bits }, (_, k) => reversed((k + 1) % 2 ** bits)).filter((k) => k < count);
}

/** Least share of its epochs on which a record must be judged for the judgement to count. */
export const LEAST_SHARE = 1 / 2;

/**
 * That of increments: fitting what is unknown of a window costs a hundred times what repeating it does, so that windows are a sample
 * of a long record. Where Gram matrices are recorded they are spread over it; else they are its beginning.
 */
export const LEAST_SAMPLE = 1 / 8;

/** Why too little of a run is judged. */
export const BEYOND_BUDGET = 'the rest is beyond the budget of work: raise it with --effort';

/** The work that testing all faults may take, in multiples of what judging a run may. */
export const DIAGNOSIS = 4;

/** What is left of a budget of products. */
export class Budget implements Meter {
  #left: number;

  /** @param effort multiple of the usual budget @param usual that of fitting, by default */
  constructor(effort = 1, usual: number = LIMITS.products) {
    this.#left = effort * usual;
  }

  /** Takes products. @returns whether they were left; once they were not, nothing is */
  readonly spend = (products: number): boolean => {
    this.#left -= products;
    return this.#left >= 0;
  };

  /** Products that are left. */
  get left(): number {
    return Math.max(0, this.#left);
  }

  /** A meter of one part of what is left, of so many equal ones; what it leaves is for the others. */
  part(of: number): Meter {
    let share = this.#left / of;
    return {
      spend: (products) => {
        share -= products;
        return share >= 0 && this.spend(products);
      },
    };
  }
}

/**
 * What is made of a subject with an effort: once, as long as the subject is held. Without an effort it is what was made last; `keep`
 * takes what was made elsewhere.
 */
export function madeOnce<S extends object, T>(
  make: (subject: S, effort: number | undefined) => T,
): { (subject: S, effort?: number): T; keep(subject: S, effort: number | undefined, made: T): void } {
  const known = new WeakMap<S, { readonly effort: number | undefined; readonly made: T }>();
  const keep = (subject: S, effort: number | undefined, made: T): void => {
    known.set(subject, { effort, made });
  };
  const once = (subject: S, effort?: number): T => {
    const last = known.get(subject);
    if (last && (effort === undefined || effort === last.effort)) return last.made;
    const made = make(subject, effort);
    keep(subject, effort, made);
    return made;
  };
  return Object.assign(once, { keep });
}
