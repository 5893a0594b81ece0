/**
 * What diagnosing a refuted record rests on: where it breaks, and how well each fault explains it.
 */

import type { Comparison } from '../../claims/evidence.js';
import { type Fit, leastSquares, type Patience } from '../../linalg/least-squares.js';
import type { Fault } from '../faults.js';

/** Where a record stops following its protocol. */
export interface Break {
  /** The first epoch that does. */
  readonly epoch: number;
  /** The equation that broke, in words. */
  readonly equation: string;
  /** What is shown around that epoch. */
  readonly quantity: string;
  readonly around: readonly Comparison[];
  /** By how much, in units of what is allowed. */
  readonly excess: number;
}

/** A fault held against a record. */
export interface Suspect {
  readonly fault: Fault;
  /** The parameter that fits best; the neutral one for faults without. */
  readonly value: number;
  /** Standard error of the parameter, an upper bound: from residuals as large as what is allowed. */
  readonly error?: number;
  /** The largest residual, in units of what is allowed. */
  readonly misfit: number;
  /** Epochs that were compared before the fault failed, or all. */
  readonly epochs: number;
  /** The epoch from which on it is seen, where the record follows its protocol before. */
  readonly since?: number;
  /** Whether the record follows the fault as far as it was compared, beyond the break. */
  readonly follows: boolean;
}

/** A fault that no work was left to test. */
export function untested(fault: Fault): Suspect {
  return { fault, value: Number.NaN, misfit: Number.POSITIVE_INFINITY, epochs: 0, follows: false };
}

/** One way of testing faults, by what a record holds. */
export interface Route {
  /** What predictions are made from. */
  readonly evidence: string;
  readonly break: Break;
  readonly testable: readonly Fault[];
  readonly test: (fault: Fault) => Suspect;
}

/** Guesses from which the fit of a parameter begins. */
const BEST_GUESSES = 2;
/** Near the parameter that explains a record each step gains digits; a fit that crawls explains nothing. */
const PATIENCE: Patience = { iterations: 15, gain: 1 / 4 };

/** A value of a fault’s parameter, and how far its run is from a record: less is nearer. */
export interface Guess {
  readonly value: number;
  readonly badness: number;
}

/**
 * Where the fit of a fault begins: guesses of its parameter, the nearest to a record first; the neutral value where there is none.
 * @param residuals of a value, in units of what is allowed
 */
export function guessesOf({ parameter }: Fault, residuals: (value: number) => Float64Array): readonly Guess[] {
  // A far guess is off by orders of magnitude: logarithms tell which is nearest.
  const badness = (value: number): number => {
    const total = residuals(value).reduce((sum, r) => sum + Math.log1p(r * r), 0);
    return Number.isNaN(total) ? Number.POSITIVE_INFINITY : total;
  };
  return [...(parameter?.guesses ?? [Number.NaN])]
    .map((value) => ({ value, badness: badness(value) }))
    .sort((a, b) => a.badness - b.badness);
}

/**
 * The parameter of a fault that makes residuals smallest; without an error where work ended before it was found, or nothing determines it.
 * @param residuals of a value, in units of what is allowed
 */
export function fitParameter(
  fault: Fault,
  residuals: (value: number) => Float64Array,
  ranked = guessesOf(fault, residuals),
): Pick<Suspect, 'value' | 'error'> {
  const { neutral, above, below } = fault.parameter!;
  const nowhere = Float64Array.of(Number.POSITIVE_INFINITY);
  const within = (x: Float64Array): Float64Array => (x[0]! > above && x[0]! < below ? residuals(x[0]!) : nowhere);
  // A parameter that changes nothing has no value.
  if (ranked.length > 1 && ranked[0]!.badness === ranked.at(-1)!.badness) return { value: neutral };
  let best: Fit | undefined;
  for (const { value: guess } of ranked.slice(0, BEST_GUESSES)) {
    const scale = Float64Array.of(Math.max(Math.abs(guess - neutral), 1e-6));
    const fit = leastSquares(within, Float64Array.of(guess), scale, 0, PATIENCE);
    if (!best || fit.squares < best.squares) best = fit;
    // Every residual is within what is allowed.
    if (best.squares <= 1) break;
  }
  const [value, error] = [best!.x[0]!, Number.isFinite(best!.squares) ? best!.errors()[0]! : Number.POSITIVE_INFINITY];
  return error === Number.POSITIVE_INFINITY ? { value } : { value, error };
}
