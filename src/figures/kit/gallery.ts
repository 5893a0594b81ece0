/**
 * All figures, in the order of the paper; what it lacks comes last.
 */
import { closest } from 'fastest-levenshtein';
import { LoopproofError } from '../../error.js';
import { figure as gramAgainstFull } from '../beyond/gram-against-full.js';
import { figure as predictedDurations } from '../beyond/predicted-durations.js';
import { figure as stabilityRegion } from '../beyond/stability-region.js';
import { figure as closedAndOpenLearning } from '../figure-1/closed-and-open-learning.js';
import { figure as deployedLosses } from '../figure-2/deployed-losses.js';
import { figure as gainPaths } from '../figure-2/gain-paths.js';
import { figure as gainPathsNearTheOrigin } from '../figure-2/gain-paths-near-the-origin.js';
import { figure as stageOneDescent } from '../figure-3/stage-one-descent.js';
import { figure as stageOneLandscape } from '../figure-3/stage-one-landscape.js';
import { figure as stageOneLoss } from '../figure-3/stage-one-loss.js';
import { figure as stageOneSpectrum } from '../figure-3/stage-one-spectrum.js';
import { figure as stageOneTrajectory } from '../figure-3/stage-one-trajectory.js';
import { figure as horizonSweep } from '../figure-4/horizon-sweep.js';
import { figure as stageTwoLoss } from '../figure-4/stage-two-loss.js';
import { figure as stageTwoTrajectory } from '../figure-4/stage-two-trajectory.js';
import { figure as surrogateSweep } from '../figure-4/surrogate-sweep.js';
import { figure as zigZag } from '../figure-4/zig-zag.js';
import { figure as refinementLoss } from '../figure-5/refinement-loss.js';
import { figure as refinementSpectrum } from '../figure-5/refinement-spectrum.js';
import { figure as stageThreeLoss } from '../figure-5/stage-three-loss.js';
import { figure as stageThreeTrajectory } from '../figure-5/stage-three-trajectory.js';
import { figure as acquisitionOrder } from '../figure-6/acquisition-order.js';
import { figure as trackingInterference } from '../figure-6/tracking-interference.js';
import { figure as trackingLoss } from '../figure-6/tracking-loss.js';
import { figure as trackingModes } from '../figure-6/tracking-modes.js';
import { figure as trackingPath } from '../figure-6/tracking-path.js';
import { figure as trackingResponses } from '../figure-6/tracking-responses.js';
import type { AnyFigure } from './figure.js';

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

/** The figure of a name. @param figures those to choose from @throws LoopproofError if there is none */
export function figureOf(name: string, figures = gallery): AnyFigure {
  const figure = figures.find((candidate) => namesOf(candidate).includes(name.toLowerCase()));
  if (figure) return figure;
  throw new LoopproofError('unknown-figure', {
    where: 'figure',
    received: name,
    expected: `one of the ${figures.length} figures that \`loopproof figures --list\` names, or its panel in the paper`,
    hint: `did you mean ${closest(name, figures.flatMap(namesOf))}?`,
  });
}

/** The figures of names, in their own order; all of them for no names. @throws LoopproofError as `figureOf` */
export function figuresOf(names: readonly string[], figures = gallery): readonly AnyFigure[] {
  if (names.length === 0) return figures;
  const chosen = new Set(names.map((name) => figureOf(name, figures)));
  return figures.filter((figure) => chosen.has(figure));
}
