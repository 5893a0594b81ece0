/**
 * A tracking run's harmonics: when each is acquired, how sharply, and at which frequencies the recurrence oscillates.
 */

import { type Complex, eigenvalues } from '../linalg/eigen.js';
import type { Mat } from '../linalg/matrix.js';
import type { TrackingCurve } from '../training/curve.js';

/** Levels of a harmonic's loss that mark its fall. */
export interface LossLevels {
  readonly begun: number;
  readonly acquired: number;
  readonly done: number;
}

/** For the paper's amplitude, where a harmonic that is not followed costs 2.31²/2 = 2.67. */
export const LEVELS: LossLevels = { begun: 2, acquired: 1.3, done: 1 };

type HarmonicCurve = Pick<TrackingCurve, 'epochs' | 'harmonics' | 'harmonicLoss'>;

/** The loss of a harmonic at an epoch. */
export function harmonicLossAt({ harmonics, harmonicLoss }: HarmonicCurve, harmonic: number, epoch: number): number {
  return harmonicLoss[epoch * harmonics + harmonic]!;
}

/** The fall of one harmonic's loss. */
export interface Acquisition {
  /** Last epoch before with a loss above `begun`; 0 if there is none. */
  readonly begun: number;
  /** First epoch with a loss below `acquired`. */
  readonly epoch: number;
  /** First epoch from there on with a loss below `done`; `undefined` where the run ends before. */
  readonly done: number | undefined;
}

/** When each harmonic is acquired; `undefined` for those that are not. */
export function acquisitions(curve: HarmonicCurve, levels = LEVELS): (Acquisition | undefined)[] {
  return Array.from({ length: curve.harmonics }, (_, harmonic) => {
    const first = (from: number, level: number): number | undefined => {
      for (let e = from; e < curve.epochs; e++) if (harmonicLossAt(curve, harmonic, e) < level) return e;
      return undefined;
    };
    const epoch = first(0, levels.acquired);
    if (epoch === undefined) return undefined;
    let begun = epoch;
    while (begun > 0 && !(harmonicLossAt(curve, harmonic, begun) > levels.begun)) begun--;
    return { begun, epoch, done: first(epoch, levels.done) };
  });
}

/** Largest loss of a harmonic from one epoch to another, both included. */
export function highestLoss(curve: HarmonicCurve, harmonic: number, from: number, to: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let e = from; e <= Math.min(to, curve.epochs - 1); e++)
    highest = Math.max(highest, harmonicLossAt(curve, harmonic, e));
  return highest;
}

/**
 * The modes of a linear recurrence in continuous time, 1/s: h' = h + η·(W − 1)·h per step of dt, so (η/dt)·(λ − 1) for
 * every eigenvalue λ of W. An undamped oscillation of angular frequency ω is ±iω, up to (ω·dt)²/2 (exactly,
 * (e^{iω·dt} − 1)/dt).
 */
export function continuousModes(W: Mat<number>, leak: number, dt: number): Complex[] {
  const rate = leak / dt;
  return eigenvalues(W).map(({ re, im }) => ({ re: rate * (re - 1), im: rate * im }));
}

/** Largest angular frequency of the modes, rad/s; 0 where none oscillates. */
export function highestFrequency(modes: readonly Complex[]): number {
  return modes.reduce((highest, { im }) => Math.max(highest, im), 0);
}
