/**
 * Reference signals: harmonics of free phases, each on one axis, that fade in (src/theory/README.md#tracking).
 *
 * Harmonic f with phase φ is cos φ times its cosine part plus −sin φ times its sine part: a signal is linear in these 2F
 * coefficients, whose second moments are ½·I for phases that are uniform and independent.
 */
import { at, type Mat, type Matrix, matrix } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';

/** One harmonic. */
export interface Harmonic {
  /** Hz. */
  readonly frequency: number;
  readonly axis: number;
}

/** amplitude · min(1, t/ramp) · Σ over an axis' harmonics of cos(2π·frequency·t + phase). */
export interface ReferenceSpec {
  readonly amplitude: number;
  /** Seconds until the full amplitude. */
  readonly ramp: number;
  readonly axes: number;
  readonly harmonics: readonly Harmonic[];
}

/**
 * The basis signals: (steps·axes) × 2F, rows of step t from t·axes on; columns 2f and 2f + 1 are the cosine and the sine part
 * of harmonic f.
 */
export function basisSignals({ amplitude, ramp, axes, harmonics }: ReferenceSpec, dt: number, steps: number): Matrix {
  return matrix(steps * axes, 2 * harmonics.length, (row, column) => {
    const [t, { frequency, axis }] = [dt * Math.floor(row / axes), harmonics[column >> 1]!];
    if (axis !== row % axes) return 0;
    const angle = 2 * Math.PI * frequency * t;
    return amplitude * Math.min(1, t / ramp) * (column % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  });
}

/** The coefficients of a batch of phases. @param phases F × B, one column per trial @returns 2F × B */
export function coefficientsOf(phases: Mat<number>): Matrix {
  return matrix(2 * phases.rows, phases.cols, (i, b) => {
    const phase = at(phases, i >> 1, b);
    return i % 2 === 0 ? Math.cos(phase) : -Math.sin(phase);
  });
}

/** Phases that are uniform and independent, F × B. */
export function drawPhases(harmonics: number, batch: number, random: Stream): Matrix {
  return matrix(harmonics, batch, () => random.uniform(-Math.PI, Math.PI));
}

/**
 * Phases of a batch whose coefficients have the population's moments ½·I: harmonic f turns f + 1 times while b runs through
 * the batch, and discrete Fourier components are orthogonal.
 * @param batch more than twice the number of harmonics
 * @throws RangeError for smaller ones
 */
export function balancedPhases(harmonics: number, batch: number): Matrix {
  if (batch <= 2 * harmonics)
    throw new RangeError(
      `${harmonics} harmonics need a batch of more than ${2 * harmonics} to balance, received ${batch}`,
    );
  return matrix(harmonics, batch, (f, b) => (2 * Math.PI * (((f + 1) * b) % batch)) / batch);
}
