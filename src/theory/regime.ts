/**
 * Regimes: where a statement is claimed. Each stands beside its statement as a list of conditions. The claim draws and classifies
 * its cases by them, forecasts are silent outside them, and `explain` prints them.
 */
import type { Protocol } from '../problem/protocol.js';
import { isMatrixLoss, steadyRate } from '../problem/schema.js';
import { startVariance } from '../problem/start.js';

/** A condition on a case. */
export interface Condition<X> {
  /** What it needs, as a noun: "clipped gradients". */
  readonly needs: string;
  readonly holds: (x: X) => boolean;
  /** What there is instead, where that says more. */
  readonly found?: (x: X) => number | string;
}

/** All conditions of a statement. */
export interface Regime<X> {
  readonly needs: readonly string[];
  /** What keeps a case out of the regime, in words; empty inside it. */
  doubts(x: X): string[];
  isInside(x: X): boolean;
}

/** The regime in which all conditions hold. */
export function regimeOf<X>(...conditions: readonly Condition<X>[]): Regime<X> {
  const unmet = (x: X): readonly Condition<X>[] => conditions.filter(({ holds }) => !holds(x));
  return {
    needs: conditions.map(({ needs }) => needs),
    doubts: (x) => unmet(x).map(({ needs, found }) => `needs ${needs}${found ? `, found ${found(x)}` : ''}`),
    isInside: (x) => unmet(x).length === 0,
  };
}

/** From one number to another, both included. */
export type Range = readonly [low: number, high: number];

/** A number of a case within a range; a case without it, or with NaN, is outside. */
export function within<X>(what: string, [low, high]: Range, of: (x: X) => number | null | undefined): Condition<X> {
  const short = (value: number): number => Number(value.toPrecision(3));
  const upTo = high === Number.POSITIVE_INFINITY ? 'or more' : `to ${short(high)}`;
  return {
    needs: low === high ? `${what} of ${short(low)}` : `${what} of ${short(low)} ${upTo}`,
    holds: (x) => {
      const value = of(x) ?? Number.NaN;
      return value >= low && value <= high;
    },
    found: (x) => of(x) ?? 'none',
  };
}

/** A condition on the chain of integrators to control. @param dt any where absent */
export function integrators(needs: string, orders: readonly number[], dt?: number): Condition<Protocol> {
  return {
    needs,
    holds: ({ plant }) =>
      plant.kind === 'integrator' && orders.includes(plant.order) && (dt === undefined || plant.dt === dt),
  };
}

/** A condition on the rank of a low-rank agent. @param leak any where absent */
export function ranks(needs: string, [low, high]: Range, leak?: number): Condition<Protocol> {
  return {
    needs,
    holds: ({ agent }) =>
      agent.kind === 'linear-low-rank' &&
      agent.rank >= low &&
      agent.rank <= high &&
      (leak === undefined || agent.leak === leak),
  };
}

/** Losses that are tried: a loss by its matrices may weigh anything. */
export const NAMED_LOSS: Condition<Protocol> = {
  needs: 'a loss by its name',
  holds: ({ loss }) => !isMatrixLoss(loss),
};

export const CLIPPED: Condition<Protocol> = {
  needs: 'clipped gradients',
  holds: ({ optimizer }) => optimizer.clip !== null,
};

/** The paper’s setting. */
export const PAPER_SETTING: readonly Condition<Protocol>[] = [
  integrators('a double integrator with dt = 1', [2], 1),
  ranks('an agent of rank 1 without leak', [1, 1], 1),
  {
    needs: 'Z, U and V trained, M fixed',
    holds: ({ trained }) => new Set<string>(trained).size === 3 && !trained.includes('m'),
  },
  {
    needs: 'the plain mean of squares as the loss',
    holds: ({ loss }) => !isMatrixLoss(loss) && loss.state === 'mean' && loss.beta === 0,
  },
];

/** What a claim draws protocols from. */
export interface Ranges {
  /** N. */
  readonly units: Range;
  /** T. */
  readonly horizon: Range;
  /** Of each component of x₀. */
  readonly variance: Range;
  readonly lr: Range;
  readonly clip: Range;
}

/** Protocols within ranges: outside them nothing is tried. */
export function drawnFrom({ units, horizon, variance, lr, clip }: Ranges): readonly Condition<Protocol>[] {
  return [
    within('units', units, ({ agent }) => ('N' in agent ? agent.N : undefined)),
    within('a horizon', horizon, (protocol) => protocol.horizon),
    within('starts with a variance', variance, ({ start }) => startVariance(start)),
    within('a learning rate', lr, ({ optimizer }) => steadyRate(optimizer)),
    within('a clip norm', clip, ({ optimizer }) => optimizer.clip),
  ];
}
