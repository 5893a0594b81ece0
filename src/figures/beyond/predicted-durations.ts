/**
 * Durations of stages 1 and 2, predicted from the initial weights, against those of the runs.
 */

import { lowRankInitial } from '../../agent/initial.js';
import type { LinearAgent } from '../../agent/linear.js';
import { beside, chart, type Drawing } from '../../chart/chart.js';
import { area, clipped, diagonal, dots, key } from '../../chart/marks.js';
import { type Domain, decadesAround } from '../../chart/scale.js';
import { COLOUR, disc, stroke, THEORY } from '../../chart/theme.js';
import { Stream } from '../../linalg/random.js';
import { PROTOCOLS, type Protocol } from '../../problem/protocol.js';
import { stabilisationOf } from '../../stages/spectral.js';
import { measuredTurn } from '../../stages/turn.js';
import { ofHundred } from '../../theory/odds.js';
import type { Ranges } from '../../theory/regime.js';
import * as stageOne from '../../theory/stage-one/stage-one-lasts-as-predicted.js';
import * as averaging from '../../theory/stage-two/averaging-removes-the-zig-zag.js';
import { trainAveraged } from '../../training/averaged.js';
import { defineFigure } from '../kit/figure.js';
import { trainedOnPopulation } from '../kit/runs.js';
import { startingAt } from '../kit/starting-at.js';

/** A stage of one configuration, in epochs. */
type Duration = { readonly predicted: number; readonly measured: number };

/** Configurations of each panel, before those outside the regime of the prediction are left out. */
const DRAWN = 120;

/** A learning problem and where it starts. */
interface LearningProblem {
  readonly protocol: Protocol;
  readonly agent: LinearAgent;
}

/** Of the initial weights, relative to the protocol's. */
const SCALE: Domain = [0.7, 1.5];

/** One configuration of those that a claim is tried on, each number drawn evenly on a log scale. */
function draw(ranges: Ranges, epochs: number, random: Stream): LearningProblem {
  const along = ([low, high]: Domain): number => low * (high / low) ** random.uniform();
  const { agent: spec, ...named } = PROTOCOLS['artifact-lowrank'];
  const N = Math.round(along(ranges.units));
  const protocol: Protocol = {
    ...named,
    agent: { ...spec, N },
    horizon: Math.round(along(ranges.horizon)),
    start: { kind: 'population', variance: along(ranges.variance) },
    optimizer: { kind: 'sgd', lr: along(ranges.lr), clip: along(ranges.clip) },
    epochs,
  };
  const shape = { N, c: 1, p: 1, r: spec.rank };
  return { protocol, agent: lowRankInitial(shape, spec.leak, random, along(SCALE)) };
}

/** Configurations, each of its own stream. */
function drawMany(ranges: Ranges, epochs: number, random: Stream): LearningProblem[] {
  return Array.from({ length: DRAWN }, (_, k) => draw(ranges, epochs, random.child(`configuration ${k}`)));
}

/** Epochs of the runs of the left panel. */
const EPOCHS = 400;
/** σ_zm at the start: positive, so that stage 1 has a way to go. */
const STARTS = [0.02, 0.5] as const;

/** Stage 1: σ_zm descends alone, until it turns. */
function stageOneDurations(random: Stream): Duration[] {
  const places = random.child('places');
  return drawMany(stageOne.ranges, EPOCHS, random).flatMap(({ protocol, agent: drawn }) => {
    const agent = startingAt(drawn, places.uniform(...STARTS));
    const start = stageOne.stageOneStart(protocol, agent);
    const turn = stageOne.descendAlone(start, protocol);
    const inside = stageOne.stageOneRegime(start, protocol) === 'inside';
    // Late enough to be a stage, early enough for a turn that is twice as late to be seen.
    if (!turn || !inside || turn.epoch < stageOne.SHORTEST_STAGE || turn.epoch > protocol.epochs / 2) return [];
    const measured = measuredTurn(trainedOnPopulation(protocol, agent), turn.direction);
    return Number.isNaN(measured) ? [] : { predicted: turn.epoch, measured };
  });
}

const [FIRST, LAST] = averaging.plateauEpochs;

/** Stages 1 and 2: learning averaged over the two ends of a hop, until the loop is stable. */
function stageTwoDurations(random: Stream): Duration[] {
  return drawMany(averaging.ranges, LAST, random).flatMap(({ protocol, agent }) => {
    const measured = stabilisationOf(protocol, trainedOnPopulation(protocol, agent)).latest;
    if (measured === undefined || measured < FIRST) return [];
    // Longer, so that a prediction that is late is seen to be.
    const patient = { ...protocol, epochs: 2 * protocol.epochs };
    const predicted = stabilisationOf(patient, trainAveraged(patient, agent)).latest;
    return { predicted: predicted ?? patient.epochs, measured };
  });
}

/** One panel: measured over predicted, both logarithmic. @param ends of the band that the prediction claims */
function panel(
  stage: string,
  durations: readonly Duration[],
  claim: string,
  ends: (predicted: number) => readonly [number, number],
): Drawing {
  const domain = domainOf(durations);
  const [first, last] = domain;
  const steps = Array.from({ length: 101 }, (_, k) => first * (last / first) ** (k / 100));
  const claimed = { fill: COLOUR.grid, 'fill-opacity': 0.8 };
  const seen = { ...disc(COLOUR.closed), 'stroke-opacity': 0.6 };
  return chart({
    width: 400,
    height: 390,
    x: { label: `${stage}, predicted (epochs)`, domain, log: true },
    y: { label: 'measured (epochs)', domain, log: true },
    marks: [
      clipped(
        area(
          steps.map((predicted) => [predicted, ...ends(predicted)] as const),
          claimed,
        ),
      ),
      diagonal(THEORY),
      dots(
        durations.map(({ predicted, measured }) => [predicted, measured]),
        seen,
      ),
      key('top-left', [
        { text: `${durations.length} of ${DRAWN} drawn`, style: { ...seen, 'stroke-width': 6 }, shape: 'disc' },
        { text: claim, style: { ...stroke(COLOUR.grid, 9), 'stroke-opacity': 0.8 } },
      ]),
    ],
  });
}

/** A log axis for epochs that shows all of them. */
function domainOf(durations: readonly Duration[]): Domain {
  return decadesAround(durations.flatMap(({ predicted, measured }) => [predicted, Math.max(1, measured)]));
}

export const figure = defineFigure({
  id: 'predicted-durations',
  title: 'Durations of the stages',
  caption: `Measured against predicted epochs for random numbers of units, horizons, learning rates, clip norms, variances of starts and scales of weights, trained on the expected loss. Left: the end of stage 1, where σ_zm turns. By theory, σ_zm descends alone from the initial weights; the claim is that ${ofHundred(stageOne.odds.flow.atLeast)} of 100 runs lie in the band, one epoch plus a tenth to either side. Not shown: configurations outside the regime of the prediction and runs that do not turn. Right: the epoch at which the loop becomes stable. By theory, learning is averaged over both ends of the zig-zag; the claim is that ${ofHundred(averaging.odds.near.atLeast)} of 100 runs lie in the band, a factor of ${averaging.NEAR} to either side. A prediction later than ${2 * LAST} epochs is drawn at ${2 * LAST}. Not shown: runs that are stable within ${FIRST} epochs or not within ${LAST}.`,
  data(runs) {
    const random = new Stream(runs.seed).child('predicted durations');
    return {
      stageOne: stageOneDurations(random.child('stage 1')),
      stageTwo: stageTwoDurations(random.child('stage 2')),
    };
  },
  draw: (durations) =>
    beside(
      panel('stage 1', durations.stageOne, 'an epoch and a tenth', (predicted) => [
        Math.max(0.1, 0.9 * predicted - 1),
        1.1 * predicted + 1,
      ]),
      panel('stabilisation', durations.stageTwo, `a factor of ${averaging.NEAR}`, (predicted) => [
        predicted / averaging.NEAR,
        averaging.NEAR * predicted,
      ]),
    ),
});
