/**
 * Stages of closed-loop learning, read off the spectrum of the coupled system (src/theory/README.md#protocols-and-losses).
 *
 * Stage 1 finds a negative position policy: it ends where the gain on the position, σ_zm of a linear agent and the effective gain
 * k₁ of any other, is negative with an unstable, oscillating dominant pair. Stage 2 builds the world model: it ends where the loop
 * becomes stable. Stage 3 refines: the real third eigenvalue grows.
 */

import { isStable, isStableByIntervals } from '../loop/stability.js';
import { type Protocol, plantOf } from '../problem/protocol.js';
import { type LearningCurve, orderParametersAt, rowOf, type Spectrum } from '../training/curve.js';

/** Epochs that a condition must last. */
export const PERSISTENCE = 5;

/** Growth of the real third eigenvalue that supports stage 3. */
export const STAGE_THREE_GROWTH = 0.01;

/** The gain on the position is negative below these: σ_zm exactly, k₁, a fit to trials, by a margin. */
export const NEGATIVE = { zm: 0, k1: -0.01 } as const;

/** One epoch; `undefined` spectra (a diverged run) end every stage. */
export interface StageRow {
  /** Whether the gain on the position is negative, for one observation and one control. */
  readonly gainNegative: boolean;
  readonly spectrum: Spectrum | undefined;
}

/** The rows of a low-rank agent's curve. @param spectra one per epoch (`spectraOf`) */
export function stageRowsOf(curve: LearningCurve, spectra: readonly (Spectrum | undefined)[]): StageRow[] {
  return spectra.map((spectrum, epoch) => ({
    gainNegative: rowOf(curve.overlaps, curve.epochs, epoch)[0]! < NEGATIVE.zm,
    spectrum,
  }));
}

/** Ends of the stages; absent where a stage was not reached. */
export interface SpectralStages {
  readonly stage1End?: number;
  /** First row from which the loop is stable for `PERSISTENCE` rows. */
  readonly stage2End?: number;
  /** First row from which the loop is stable to the end of the run. */
  readonly stableForGood?: number;
  /** Growth of the largest real eigenvalue after stage 2; positive growth above `STAGE_THREE_GROWTH` supports stage 3. */
  readonly stage3Growth?: number;
}

/**
 * The first index from which a condition holds for `length` entries in a row, or, for an infinite length, to the end.
 */
export function firstPersistent(conditions: readonly boolean[], length: number): number | undefined {
  let start = 0;
  for (let e = 0; e < conditions.length; e++) {
    if (!conditions[e]) start = e + 1;
    else if (e - start + 1 >= length) return start;
  }
  return length === Number.POSITIVE_INFINITY && start < conditions.length ? start : undefined;
}

/** First epoch from which the loop is stable for `PERSISTENCE` epochs, where it may be certain or not. */
export interface Stabilisation {
  /** No loop within the uncertainty stabilises before; absent if none does at all. */
  readonly earliest?: number;
  /** Every loop within the uncertainty has stabilised by then; absent if not all do. */
  readonly latest?: number;
}

/**
 * The stabilisation epoch. Epochs after it are not asked for.
 * @param stable of an epoch, `undefined` where it is not certain
 */
export function stabilisation(stable: (epoch: number) => boolean | undefined, epochs: number): Stabilisation {
  let earliest: number | undefined;
  let [mayBe, mustBe] = [0, 0];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const certain = stable(epoch);
    mayBe = certain === false ? 0 : mayBe + 1;
    mustBe = certain === true ? mustBe + 1 : 0;
    if (mayBe === PERSISTENCE) earliest ??= epoch + 1 - PERSISTENCE;
    if (mustBe === PERSISTENCE) return { earliest: earliest!, latest: epoch + 1 - PERSISTENCE };
  }
  return earliest === undefined ? {} : { earliest };
}

/**
 * The stabilisation epoch of a curve that is uncertain.
 * @param tolerance per epoch, of an order parameter relative to the largest of them or 1; absent for the curve as it is
 */
export function stabilisationOf(
  protocol: Pick<Protocol, 'plant' | 'agent'>,
  curve: LearningCurve,
  tolerance?: ArrayLike<number>,
): Stabilisation {
  const plant = plantOf(protocol.plant);
  const { leak } = protocol.agent;
  return stabilisation((epoch) => {
    const row = rowOf(curve.overlaps, curve.epochs, epoch);
    const size = row.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    // A run that left the finite numbers is not stable.
    if (!Number.isFinite(size)) return false;
    const overlaps = orderParametersAt(curve, epoch);
    if (!tolerance) return isStable(plant, leak, overlaps);
    const radius = size * tolerance[epoch]!;
    return Number.isFinite(radius) ? isStableByIntervals(plant, leak, overlaps, radius) : undefined;
  }, curve.epochs);
}

/** Whether the dominant eigenvalue is one of a complex pair. */
export function oscillates({ eigenvalues }: Spectrum): boolean {
  return eigenvalues[0] !== undefined && eigenvalues[0].im !== 0;
}

/** The largest real eigenvalue: λ₃ where the other two are a pair; `undefined` where none is real. */
export function largestReal({ eigenvalues }: Spectrum): number | undefined {
  const real = eigenvalues.filter(({ im }) => im === 0).map(({ re }) => re);
  return real.length > 0 ? Math.max(...real) : undefined;
}

/** Whether a row is one of those with which stage 2 begins. */
function isUnstableOscillation({ gainNegative, spectrum }: StageRow): boolean {
  return gainNegative && spectrum !== undefined && !spectrum.stable && oscillates(spectrum);
}

/** Whether a row is one of those with which stage 3 begins. */
function isStableRow({ spectrum }: StageRow): boolean {
  return spectrum?.stable === true;
}

/** The stages of a run, from its rows in order; ends are indices of rows. */
export function spectralStages(rows: readonly StageRow[]): SpectralStages {
  const stage1End = firstPersistent(rows.map(isUnstableOscillation), PERSISTENCE);
  const stable = rows.map(isStableRow);
  const stage2End = firstPersistent(stable, PERSISTENCE);
  const stableForGood = firstPersistent(stable, Number.POSITIVE_INFINITY);
  let stage3Growth: number | undefined;
  if (stage2End !== undefined) {
    const real = rows.slice(stage2End).flatMap(({ spectrum }) => (spectrum && largestReal(spectrum)) ?? []);
    if (real.length > 0) stage3Growth = real.reduce((largest, value) => Math.max(largest, value)) - real[0]!;
  }
  return {
    ...(stage1End !== undefined && { stage1End }),
    ...(stage2End !== undefined && { stage2End }),
    ...(stableForGood !== undefined && { stableForGood }),
    ...(stage3Growth !== undefined && { stage3Growth }),
  };
}

/** The stage that a run is in. */
export interface StageReached {
  readonly number: 1 | 2 | 3;
  /** Index of the first of its rows. */
  readonly since: number;
}

/**
 * Follows a run's stages row by row: the n-th call, given row n − 1, returns the stage that `spectralStages` of the rows so far ends
 * in. A stage is known to have begun `PERSISTENCE` − 1 rows after it has.
 */
export function stageFollower(): (row: StageRow) => StageReached {
  let [rows, swinging, resting] = [0, 0, 0];
  let stage: StageReached = { number: 1, since: 0 };
  return (row) => {
    rows++;
    swinging = isUnstableOscillation(row) ? swinging + 1 : 0;
    resting = isStableRow(row) ? resting + 1 : 0;
    const since = rows - PERSISTENCE;
    if (stage.number === 1 && swinging === PERSISTENCE) stage = { number: 2, since };
    if (stage.number < 3 && resting === PERSISTENCE) stage = { number: 3, since };
    return stage;
  };
}
