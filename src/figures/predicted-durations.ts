/**
 * Durations of stages 1 and 2, predicted from the initial weights, against those of the runs.
 */

import * as Plot from '@observablehq/plot';
import { lowRankInitial } from '../agent/initial.js';
import type { LinearAgent } from '../agent/linear.js';
import { scalarMatrix } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { PROTOCOLS, type Protocol } from '../problem/protocol.js';
import { startVariance } from '../problem/start.js';
import { stabilisationOf } from '../stages/spectral.js';
import { measuredTurn } from '../stages/turn.js';
import {
  descendAlone,
  SHORTEST_STAGE,
  stageOneRegime,
  stageOneStart,
} from '../theory/stage-one/stage-one-lasts-as-predicted.js';
import { trainAveraged } from '../training/averaged.js';
import type { LearningCurve } from '../training/curve.js';
import { gramLearner } from '../training/learner.js';
import { train } from '../training/train.js';
import { beside, chart, key } from './chart.js';
import { defineFigure } from './figure.js';
import { startingAt } from './starting-at.js';
import { COLOUR, decadesAround, THEORY } from './theme.js';

/** A stage of one configuration, in epochs. */
type Duration = { readonly predicted: number; readonly measured: number };

/** Configurations of each panel, before those outside the regime of the prediction are left out. */
const DRAWN = 120;

/** A learning problem and where it starts. */
interface Drawn {
  readonly protocol: Protocol;
  readonly agent: LinearAgent;
}

/** Both ends of what a configuration is drawn from, evenly on a log scale. */
interface Ranges {
  readonly N: readonly [number, number];
  readonly horizon: readonly [number, number];
  readonly variance: readonly [number, number];
  readonly lr: readonly [number, number];
  readonly clip: readonly [number, number];
  /** Of the initial weights, relative to the protocol's. */
  readonly scale: readonly [number, number];
  readonly epochs: number;
}

function draw(ranges: Ranges, random: Stream): Drawn {
  const along = ([low, high]: readonly [number, number]): number => low * (high / low) ** random.uniform();
  const { agent: spec, ...named } = PROTOCOLS['artifact-lowrank'];
  const N = Math.round(along(ranges.N));
  const protocol: Protocol = {
    ...named,
    agent: { ...spec, N },
    horizon: Math.round(along(ranges.horizon)),
    start: { kind: 'population', variance: along(ranges.variance) },
    optimizer: { kind: 'sgd', lr: along(ranges.lr), clip: along(ranges.clip) },
    epochs: ranges.epochs,
  };
  const shape = { N, c: 1, p: 1, r: spec.rank };
  return { protocol, agent: lowRankInitial(shape, spec.leak, random, along(ranges.scale)) };
}

/** Configurations, each of its own stream. */
function drawMany(ranges: Ranges, random: Stream): Drawn[] {
  return Array.from({ length: DRAWN }, (_, k) => draw(ranges, random.child(`configuration ${k}`)));
}

/** Trained on the expected loss. */
function curveOf({ protocol, agent }: Drawn, epochs = protocol.epochs): LearningCurve {
  const moments = scalarMatrix(2, startVariance(protocol.start)!);
  return train(gramLearner(protocol, agent), { ...protocol, epochs }, () => moments);
}

const STAGE_ONE: Ranges = {
  N: [50, 300],
  horizon: [25, 200],
  variance: [0.3, 3],
  lr: [2e-3, 2e-2],
  clip: [0.3, 3],
  scale: [0.7, 1.5],
  epochs: 400,
};
/** σ_zm at the start: positive, so that stage 1 has a way to go. */
const STARTS = [0.02, 0.5] as const;

/** Stage 1: σ_zm descends alone, until it turns. */
function stageOneDurations(random: Stream): Duration[] {
  const places = random.child('places');
  return drawMany(STAGE_ONE, random).flatMap(({ protocol, agent: drawn }) => {
    const agent = startingAt(drawn, places.uniform(...STARTS));
    const start = stageOneStart(protocol, agent);
    const turn = descendAlone(start, protocol);
    const inside = stageOneRegime(start, protocol) === 'inside';
    // Late enough to be a stage, early enough for a turn that is twice as late to be seen.
    if (!turn || !inside || turn.epoch < SHORTEST_STAGE || turn.epoch > protocol.epochs / 2) return [];
    const measured = measuredTurn(curveOf({ protocol, agent }), turn.direction);
    return Number.isNaN(measured) ? [] : { predicted: turn.epoch, measured };
  });
}

const STAGE_TWO: Ranges = {
  N: [10, 300],
  horizon: [20, 100],
  variance: [0.5, 3],
  lr: [4e-3, 2e-2],
  clip: [0.5, 3],
  scale: [0.7, 1.5],
  epochs: 500,
};
/** Earlier stabilisations have no plateau before them. */
const EARLIEST = 20;

/** Stages 1 and 2: learning averaged over the two ends of a hop, until the loop is stable. */
function stageTwoDurations(random: Stream): Duration[] {
  return drawMany(STAGE_TWO, random).flatMap((drawn) => {
    const { protocol, agent } = drawn;
    const measured = stabilisationOf(protocol, curveOf(drawn)).latest;
    if (measured === undefined || measured < EARLIEST) return [];
    // Longer, so that a prediction that is late is seen to be.
    const patient = { ...protocol, epochs: 2 * protocol.epochs };
    const predicted = stabilisationOf(patient, trainAveraged(patient, agent)).latest;
    return { predicted: predicted ?? patient.epochs, measured };
  });
}

/** One panel: measured over predicted, both logarithmic. @param band what the prediction claims, as two curves */
function panel(
  title: string,
  durations: readonly Duration[],
  domain: readonly [number, number],
  band: { readonly text: string; readonly ends: (predicted: number) => readonly [number, number] },
): string {
  const steps = Array.from({ length: 101 }, (_, k) => domain[0] * (domain[1] / domain[0]) ** (k / 100));
  const area = steps.map((predicted) => {
    const [low, high] = band.ends(predicted);
    return { predicted, low, high };
  });
  return chart({
    width: 400,
    height: 390,
    x: { label: `${title}, predicted (epochs)`, domain, log: true },
    y: { label: 'measured (epochs)', domain, log: true },
    marks: [
      Plot.areaY(area, { x: 'predicted', y1: 'low', y2: 'high', fill: COLOUR.grid, fillOpacity: 0.8, clip: 'frame' }),
      Plot.line(
        [domain[0], domain[1]].map((end) => [end, end]),
        THEORY,
      ),
      Plot.dot(durations, { x: 'predicted', y: 'measured', r: 2.5, fill: COLOUR.closed, fillOpacity: 0.6 }),
      ...key('top-left', [
        { text: `${durations.length} of ${DRAWN} drawn`, colour: COLOUR.closed, sample: 'dots' },
        { text: band.text, colour: COLOUR.line, sample: 'band' },
      ]),
    ],
  });
}

/** A log axis for epochs that shows all of them. */
function domainOf(durations: readonly Duration[]): [number, number] {
  return decadesAround(durations.flatMap(({ predicted, measured }) => [predicted, Math.max(1, measured)]));
}

export const figure = defineFigure({
  id: 'predicted-durations',
  title: 'Durations of the stages, predicted and measured',
  caption:
    'Random configurations of units, horizon, learning rate, clip norm, variance of starts and scale of weights, trained on the expected loss. Left: the end of stage 1, where σ_zm turns, predicted by the descent of σ_zm alone from the initial weights; 95 in 100 are claimed to lie in the band, an epoch and a tenth wide. Right: the epoch at which the loop becomes stable, predicted by learning averaged over the two ends of the zig-zag; 80 in 100 are claimed to lie in the band, a factor of 1.5 wide; where none is predicted within 1000 epochs, 1000 stands. Left out are, on the left, configurations outside the regime of the prediction and runs that do not turn; on the right, runs that are stable within 20 epochs or not within 500.',
  data(runs) {
    const random = new Stream(runs.seed).child('predicted durations');
    return {
      stageOne: stageOneDurations(random.child('stage 1')),
      stageTwo: stageTwoDurations(random.child('stage 2')),
    };
  },
  draw: ({ stageOne, stageTwo }) =>
    beside([
      panel('stage 1', stageOne, domainOf(stageOne), {
        text: 'an epoch and a tenth',
        ends: (predicted) => [Math.max(0.1, 0.9 * predicted - 1), 1.1 * predicted + 1],
      }),
      panel('stabilisation', stageTwo, domainOf(stageTwo), {
        text: 'a factor of 1.5',
        ends: (predicted) => [predicted / 1.5, 1.5 * predicted],
      }),
    ]),
});
