/**
 * How much of a run is judged: its first epochs, as many as a budget of work affords. Work is counted, not timed, so that a
 * verdict does not depend on the machine.
 */

import { LIMITS } from '../limits.js';
import type { Meter } from '../linalg/least-squares.js';
import { type Protocol, plantOf } from '../training/protocol.js';

/** What of a run is repeated in every epoch: all of its units, or its order parameters alone. */
export type Route = 'units' | 'overlaps';

/**
 * Products of one epoch, up to a constant: of n basis trajectories, each over the horizon, through the units and through the
 * reduced loop.
 */
export function workOf({ plant, agent, horizon }: Protocol, route: Route): number {
  const { A, B, C } = plantOf(plant);
  const rank = agent.kind === 'linear' ? 0 : agent.rank;
  const columns = C.rows + B.cols + 2 * rank;
  const units = agent.kind === 'effective' || route === 'overlaps' ? 0 : agent.N;
  const dense = agent.kind === 'linear' ? units * units : 0;
  return horizon * A.rows * (units * columns + dense + (A.rows + columns) ** 2);
}

/**
 * How many of a run's epochs are judged.
 * @param effort multiple of the usual budget
 */
export function affordableEpochs(epochs: number, protocol: Protocol, route: Route, effort = 1): number {
  return Math.min(epochs, Math.floor((effort * LIMITS.work) / workOf(protocol, route)));
}

/** Why nothing of a run is judged. */
export const BEYOND_BUDGET = 'what comes next is beyond the budget of work: raise it with --effort';

/** What is left of a budget of products. */
export class Budget implements Meter {
  #left: number;

  /** @param effort multiple of the usual budget */
  constructor(effort = 1) {
    this.#left = effort * LIMITS.products;
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
