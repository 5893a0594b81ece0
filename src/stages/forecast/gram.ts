/**
 * Forecasts by the Gram dynamics: the end of stage 2, and the learning curve as a whole, as far as rounding leaves them certain.
 */

import type { LinearAgent } from '../../agent/linear.js';
import { scalarMatrix } from '../../linalg/matrix.js';
import { Stream } from '../../linalg/random.js';
import { overlapRoundings, SHADOWS, shadowNoise, unitRoundoff } from '../../linalg/tolerance.js';
import { costOf, type Protocol, plantOf } from '../../problem/protocol.js';
import { momentSource } from '../../problem/start.js';
import * as closing from '../../theory/learning/learning-closes-on-gram.js';
import * as bounds from '../../theory/loop/no-policy-beats-riccati.js';
import { promise } from '../../theory/odds.js';
import * as averaging from '../../theory/stage-two/averaging-removes-the-zig-zag.js';
import * as stabilising from '../../theory/stage-two/stabilisation-follows-gram-dynamics.js';
import { trainAveraged } from '../../training/averaged.js';
import { divergedAt, type LearningCurve, spectraOf } from '../../training/curve.js';
import { gramLearner } from '../../training/learner.js';
import { shadowTolerances, type Tolerances } from '../../training/shadow.js';
import { train } from '../../training/train.js';
import { type Stabilisation, spectralStages, stabilisationOf, stageRowsOf } from '../spectral.js';
import { type Forecast, none, outside, vouched } from './forecast.js';

/** The end of stage 2: the first epoch from which ρ(P) < 1 for five epochs. */
export interface StageTwo {
  readonly epoch: Forecast;
  /** In double precision no run that rounds differently is stable before; `null` if none becomes so. */
  readonly earliest: number | null;
  /** In double precision every run that rounds differently is stable by then; `null` if not all are. */
  readonly latest: number | null;
  /** The same epoch for a program in single precision, whose rounding often decides: learning is chaotic. */
  readonly singlePrecision: Forecast;
  /** The same epoch by learning averaged over the two ends of a hop: a rough estimate that no rounding upsets. */
  readonly averaged: Forecast;
}

/** The curve of the Gram dynamics as a whole. */
export interface CurveForecast {
  /** Epoch at which σ_zm < 0 with an unstable, oscillating pair begins. */
  readonly stageOneEnd: Forecast;
  /** First epoch from which the loop is stable to the end. */
  readonly stableForGood: Forecast;
  /** Growth of the largest real eigenvalue after stage 2. */
  readonly stageThreeGrowth: Forecast;
  /** Loss in the last epoch. */
  readonly finalLoss: Forecast;
  /** Lower bound on the loss of any policy, with full information. */
  readonly fullInformation: Forecast;
  /** Lower bound on the loss of any linear policy that sees the observations. */
  readonly observations: Forecast;
}

/** A learning curve, and how far rounding in one precision leaves it open. */
export interface KnownCurve {
  readonly curve: LearningCurve;
  readonly precision: 'f32' | 'f64';
  readonly tolerances: Tolerances;
  /** First epoch whose order parameters are not known any more. */
  readonly chaoticFrom: number;
}

const WORD = { f32: 'single', f64: 'double' } as const;

/** The seed of the shadow runs: any will do, and the same makes forecasts repeatable. */
const SHADOW_SEED = 1;

/** The Gram dynamics, as far as they are known in either precision. */
export function knownCurves(
  protocol: Protocol,
  agent: LinearAgent,
  units: number,
  onStep: (step: string) => void,
): Readonly<Record<'f32' | 'f64', KnownCurve>> {
  const { epochs, horizon } = protocol;
  const n = plantOf(protocol.plant).A.rows;
  const moments = momentSource(protocol.start, n, protocol.batch, new Stream(0));
  const learner = (): ReturnType<typeof gramLearner> => gramLearner(protocol, agent);
  const curve = train(learner(), protocol, moments);
  const known = (precision: 'f32' | 'f64'): KnownCurve => {
    onStep(`shadow runs in ${WORD[precision]} precision`);
    const noise = shadowNoise(overlapRoundings(units, horizon), unitRoundoff(precision));
    const random = new Stream(SHADOW_SEED);
    const tolerances = shadowTolerances(learner, protocol, moments, curve, noise, random, SHADOWS.run);
    const chaotic = tolerances.overlaps.findIndex((value) => !(value <= SHADOWS.ceiling));
    return { curve, precision, tolerances, chaoticFrom: chaotic < 0 ? epochs : chaotic };
  };
  return { f32: known('f32'), f64: known('f64') };
}

/** The end of stage 2 as far as rounding leaves it certain. */
function stabilisationOfKnown(protocol: Protocol, { curve, tolerances }: KnownCurve): Stabilisation {
  // Beyond the ceiling nothing is known of a trajectory.
  const radius = tolerances.overlaps.map((value) => (value <= SHADOWS.ceiling ? value : Number.POSITIVE_INFINITY));
  return stabilisationOf(protocol, curve, radius);
}

function stabilisationForecast(
  { epochs }: Protocol,
  { earliest, latest }: Stabilisation,
  { precision, chaoticFrom }: KnownCurve,
): Forecast {
  if (earliest === undefined) return none(stabilising, `not within ${epochs} epochs`);
  if (latest === earliest) return vouched(stabilising, latest, `certain under ${WORD[precision]}-precision rounding`);
  if (latest !== undefined)
    return outside(stabilising, [
      `${WORD[precision]}-precision rounding decides between epochs ${earliest} and ${latest}`,
    ]);
  const why = chaoticFrom < epochs ? `chaotic from epoch ${chaoticFrom} on` : 'near the edge of stability to the end';
  return outside(stabilising, [`${WORD[precision]}-precision rounding decides: not before epoch ${earliest}, ${why}`]);
}

function averagedForecast(protocol: Protocol, agent: LinearAgent, expected: number | undefined): Forecast {
  const doubts = averaging.regime.doubts(protocol);
  // A loop that is not stable within the run’s epochs is stable later, if at all.
  doubts.push(...averaging.plateaus.doubts(expected ?? Math.max(averaging.plateauEpochs[0], protocol.epochs)));
  if (doubts.length > 0) return outside(averaging, doubts);
  // Twice as long, so that an estimate that is late is seen to be.
  const patient = { ...protocol, epochs: 2 * protocol.epochs };
  const { latest } = stabilisationOf(protocol, trainAveraged(patient, agent));
  if (latest === undefined) return none(averaging, `not within ${patient.epochs} epochs`);
  return vouched(
    averaging,
    latest,
    [
      promise(`within a factor ${averaging.NEAR}`, averaging.odds.near),
      promise(`${averaging.WIDE}`, averaging.odds.wide),
    ].join('; '),
  );
}

/** Forecasts the end of stage 2. */
export function stageTwoOf(
  protocol: Protocol,
  agent: LinearAgent,
  { f32, f64 }: ReturnType<typeof knownCurves>,
): StageTwo {
  const doubts = stabilising.regime.doubts(protocol);
  if (doubts.length > 0) {
    const epoch = outside(stabilising, doubts);
    const averaged = outside(averaging, averaging.regime.doubts(protocol));
    return { epoch, earliest: null, latest: null, singlePrecision: epoch, averaged };
  }
  const certain = stabilisationOfKnown(protocol, f64);
  return {
    epoch: stabilisationForecast(protocol, certain, f64),
    earliest: certain.earliest ?? null,
    latest: certain.latest ?? null,
    singlePrecision: stabilisationForecast(protocol, stabilisationOfKnown(protocol, f32), f32),
    averaged: averagedForecast(protocol, agent, stabilisationOf(protocol, f64.curve).latest),
  };
}

/** Forecasts the curve as a whole. */
export function curveOf(protocol: Protocol, agent: LinearAgent, variance: number, known: KnownCurve): CurveForecast {
  const { curve, tolerances, chaoticFrom } = known;
  const { epochs, horizon } = protocol;
  const plant = plantOf(protocol.plant);
  const cost = costOf(protocol, plant.A.rows, 1);
  const moments = scalarMatrix(plant.A.rows, variance);
  const last = epochs - 1;
  const diverged = divergedAt(curve);
  /** A number read off the curve up to an epoch. */
  const read = (value: number | undefined, epoch: number, missing: string, note: string | null = null): Forecast => {
    if (epoch >= chaoticFrom)
      return outside(closing, [`double-precision rounding decides: chaotic from epoch ${chaoticFrom} on`]);
    if (value === undefined) return none(closing, diverged === undefined ? missing : `diverges at epoch ${diverged}`);
    return vouched(closing, value, note);
  };
  const doubts = stabilising.regime.doubts(protocol);
  const stages = spectralStages(doubts.length > 0 ? [] : stageRowsOf(curve, spectraOf(curve, plant, agent.leak)));
  const stage = (value: number | undefined, epoch: number, missing: string): Forecast =>
    doubts.length > 0 ? outside(closing, doubts) : read(value, epoch, missing);
  return {
    stageOneEnd: stage(stages.stage1End, stages.stage1End ?? last, 'not reached'),
    stableForGood: stage(stages.stableForGood, last, 'not reached'),
    stageThreeGrowth: stage(stages.stage3Growth, last, 'no stage 3'),
    finalLoss: read(
      diverged === undefined ? curve.loss[last]! : undefined,
      tolerances.loss[last]! <= SHADOWS.ceiling ? last : epochs,
      'not finite',
      `double-precision rounding moves it by less than ${tolerances.loss[last]!.toExponential(0)} of itself`,
    ),
    fullInformation: vouched(bounds, bounds.fullInformationBound(plant, cost, horizon, moments)),
    observations: vouched(bounds, bounds.observationBound(plant, cost, horizon, moments)),
  };
}
