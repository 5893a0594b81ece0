/**
 * All figures, in the order of the paper; what it lacks comes last.
 */
import { closest } from 'fastest-levenshtein';
import { LoopproofError } from '../error.js';
import { figure as acquisitionOrder } from './acquisition-order.js';
import { figure as closedAndOpenLearning } from './closed-and-open-learning.js';
import { figure as deployedLosses } from './deployed-losses.js';
import type { AnyFigure } from './figure.js';
import { figure as gainPaths } from './gain-paths.js';
import { figure as gainPathsNearTheOrigin } from './gain-paths-near-the-origin.js';
import { figure as gramAgainstFull } from './gram-against-full.js';
import { figure as horizonSweep } from './horizon-sweep.js';
import { figure as predictedDurations } from './predicted-durations.js';
import { figure as refinementLoss } from './refinement-loss.js';
import { figure as refinementSpectrum } from './refinement-spectrum.js';
import { figure as stabilityRegion } from './stability-region.js';
import { figure as stageOneDescent } from './stage-one-descent.js';
import { figure as stageOneLandscape } from './stage-one-landscape.js';
import { figure as stageOneLoss } from './stage-one-loss.js';
import { figure as stageOneSpectrum } from './stage-one-spectrum.js';
import { figure as stageOneTrajectory } from './stage-one-trajectory.js';
import { figure as stageThreeLoss } from './stage-three-loss.js';
import { figure as stageThreeTrajectory } from './stage-three-trajectory.js';
import { figure as stageTwoLoss } from './stage-two-loss.js';
import { figure as stageTwoTrajectory } from './stage-two-trajectory.js';
import { figure as surrogateSweep } from './surrogate-sweep.js';
import { figure as trackingInterference } from './tracking-interference.js';
import { figure as trackingLoss } from './tracking-loss.js';
import { figure as trackingModes } from './tracking-modes.js';
import { figure as trackingPath } from './tracking-path.js';
import { figure as trackingResponses } from './tracking-responses.js';
import { figure as zigZag } from './zig-zag.js';

/** The figures. */
export const gallery: readonly AnyFigure[] = [
  closedAndOpenLearning,
  deployedLosses,
  gainPaths,
  gainPathsNearTheOrigin,
  stageOneLoss,
  stageOneTrajectory,
  stageOneSpectrum,
  stageOneLandscape,
  stageOneDescent,
  stageTwoLoss,
  stageTwoTrajectory,
  zigZag,
  surrogateSweep,
  horizonSweep,
  stageThreeLoss,
  stageThreeTrajectory,
  refinementSpectrum,
  refinementLoss,
  trackingPath,
  trackingLoss,
  trackingResponses,
  trackingModes,
  trackingInterference,
  acquisitionOrder,
  predictedDurations,
  stabilityRegion,
  gramAgainstFull,
];

/** What figures are asked for by: identifier, or panel of the paper. */
function namesOf({ id, panel }: AnyFigure): string[] {
  return panel === undefined ? [id] : [id, panel];
}

/** The figure of a name. @throws LoopproofError if there is none */
export function figureOf(name: string): AnyFigure {
  const figure = gallery.find((candidate) => namesOf(candidate).includes(name.toLowerCase()));
  if (figure) return figure;
  throw new LoopproofError('unknown-figure', {
    where: 'figure',
    received: name,
    expected: `one of the ${gallery.length} figures that \`loopproof figures --list\` names, or its panel in the paper`,
    hint: `did you mean ${closest(name, gallery.flatMap(namesOf))}?`,
  });
}

/** The figures of names, in the gallery's order; all of them for no names. @throws LoopproofError as `figureOf` */
export function figuresOf(names: readonly string[]): readonly AnyFigure[] {
  if (names.length === 0) return gallery;
  const chosen = new Set(names.map(figureOf));
  return gallery.filter((figure) => chosen.has(figure));
}
