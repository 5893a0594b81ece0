/**
 * All figures, in the order of the paper; what it lacks comes last.
 */
import { closest } from 'fastest-levenshtein';
import { LoopproofError } from '../error.js';
import { figure as closedAndOpenLearning } from './closed-and-open-learning.js';
import { figure as deployedLosses } from './deployed-losses.js';
import type { AnyFigure } from './figure.js';
import { figure as gainPaths } from './gain-paths.js';
import { figure as gainPathsNearTheOrigin } from './gain-paths-near-the-origin.js';
import { figure as predictedDurations } from './predicted-durations.js';
import { figure as stabilityRegion } from './stability-region.js';
import { figure as stageOneDescent } from './stage-one-descent.js';
import { figure as stageOneLandscape } from './stage-one-landscape.js';
import { figure as stageOneLoss } from './stage-one-loss.js';
import { figure as stageOneSpectrum } from './stage-one-spectrum.js';
import { figure as stageOneTrajectory } from './stage-one-trajectory.js';

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
  predictedDurations,
  stabilityRegion,
];

/** What figures are asked for by: identifier, or panel of the paper. */
function namesOf({ id, panel }: AnyFigure): string[] {
  return panel === undefined ? [id] : [id, panel];
}

/** The figure of a name. @throws LoopproofError if there is none */
export function figureOf(name: string): AnyFigure {
  const figure = gallery.find((candidate) => namesOf(candidate).includes(name));
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
