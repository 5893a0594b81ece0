/**
 * What the theory says of a learning run before it: from the initial weights, or any weights of the same Gram matrix.
 *
 * Every number stands with the claim that vouches for it, and only where the run lies in that claim's regime. Batches are
 * replaced by the expected moments of the starts: a run on sampled batches scatters about what is said here.
 *
 * A forecast is a record of sections, each made by one function here; report/prediction.ts shows them in the same order.
 */
import { type LinearAgent, shapeOf } from '../agent/linear.js';
import { type OrderParameters, orderParametersOf } from '../agent/order-parameters.js';
import { impulseResponse } from '../agent/response.js';
import { type Mat, scalarMatrix, toRows } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { reals } from '../linalg/ring.js';
import { SHADOWS, shadowNoise, unitRoundoff } from '../linalg/tolerance.js';
import { statement as closing } from '../theory/learning/learning-closes-on-gram.js';
import {
  fullInformationBound,
  statement as noPolicy,
  observationBound,
} from '../theory/loop/no-policy-beats-riccati.js';
import { statement as peaking, teacherDoubts } from '../theory/open-loop/open-loop-training-peaks.js';
import {
  descendAlone,
  statement as duration,
  firstMinimum,
  hopWidth,
  SHORTEST_STAGE,
  type StageOneStart,
  stageOneDoubts,
  stageOneRegime,
  stageOneStart,
} from '../theory/stage-one/stage-one-lasts-as-predicted.js';
import { statement as settling, settlingLevel } from '../theory/stage-one/stage-one-settles-at-minimum.js';
import { statement as averaging } from '../theory/stage-two/averaging-removes-the-zig-zag.js';
import { statement as hopping } from '../theory/stage-two/clipped-steps-hop-along-input-weights.js';
import { statement as stabilising } from '../theory/stage-two/stabilisation-follows-gram-dynamics.js';
import { trainAveraged } from '../training/averaged.js';
import { divergedAt, type LearningCurve, orderParametersAt, spectraOf, spectrumOf } from '../training/curve.js';
import { deployedLosses } from '../training/deployed.js';
import { closesOnGram, gramLearner } from '../training/learner.js';
import { openLoopTask, trainToImitate } from '../training/open-loop.js';
import { costOf, type Protocol, plantOf, startVariance } from '../training/protocol.js';
import { shadowTolerances, type Tolerances } from '../training/shadow.js';
import { momentSource } from '../training/start.js';
import { train } from '../training/train.js';
import { climbOf } from './climb.js';
import { type Stabilisation, spectralStages, stabilisationOf, stageRowsOf } from './spectral.js';

/** A number that is forecast. */
export interface Forecast {
  readonly value: number | null;
  /** Identifier of the claim that vouches for it. */
  readonly claim: string;
  /** Why the claim says nothing here: `value` is then `null`. */
  readonly outside: string | null;
  /** How good the number is, or, for `null` without `outside`, what holds instead. */
  readonly note: string | null;
}

/** Where learning starts. */
export interface Start {
  /** A number where it is 1 × 1, else its rows, as in run files. */
  readonly overlaps: Readonly<Record<keyof OrderParameters, number | readonly (readonly number[])[]>>;
  /** ‖M‖. */
  readonly inputNorm: number;
  /** Population loss. */
  readonly loss: number;
  /** ‖g‖ before clipping. */
  readonly gradNorm: number;
  /** ρ(P_eff); `null` if it is not finite. */
  readonly spectralRadius: number | null;
  /** Decided exactly; `null` if P_eff is not finite. */
  readonly stable: boolean | null;
}

/** Stage 1: σ_zm descends alone. */
export interface StageOne {
  /** Share of the first gradient along M, signed so that 1 lowers σ_zm; `null` for a gradient of zero or not finite. */
  readonly alignment: number | null;
  /** Outside, the forecasts are known to miss; between, nothing is claimed. */
  readonly regime: 'inside' | 'between' | 'outside';
  /** lr·c·‖M‖: no clipped step moves σ_zm further. */
  readonly hop: Forecast;
  /** Updates until σ_zm turns, by descending it alone. */
  readonly turn: Forecast;
  /** σ*: the first minimum that σ_zm(0) descends to. */
  readonly minimum: Forecast;
  /** |σ_zm(0) − σ*|/(lr·c·‖M‖), in updates. */
  readonly duration: Forecast;
  /** The σ_zm about which it then hops. */
  readonly level: Forecast;
}

/** The end of stage 2: the first epoch from which ρ(P) < 1 for five epochs. */
export interface StageTwo {
  readonly epoch: Forecast;
  /** In double precision no run that rounds differently is stable before; `null` if none becomes so. */
  readonly earliest: number | null;
  /** In double precision every run that rounds differently is stable by then; `null` if not all are. */
  readonly latest: number | null;
  /** The same epoch for a program that computes in single precision: learning is chaotic, and often it decides. */
  readonly singlePrecision: Forecast;
  /** The same epoch by learning averaged over the two ends of a hop: a rough estimate that no rounding upsets. */
  readonly averaged: Forecast;
}

/** The curve of the Gram dynamics as a whole. */
export interface Outcome {
  /** Epoch at which σ_zm < 0 with an unstable, oscillating pair begins. */
  readonly stageOneEnd: Forecast;
  /** First epoch from which the loop is stable to the end. */
  readonly stableForGood: Forecast;
  /** Growth of the largest real eigenvalue after stage 2. */
  readonly stageThreeGrowth: Forecast;
  /** Loss in the last epoch. */
  readonly finalLoss: Forecast;
  /** The loss that no policy beats, with full information. */
  readonly fullInformation: Forecast;
  /** The loss that no linear policy beats that sees the observations. */
  readonly observations: Forecast;
}

/** Imitation: a student of the same initial weights, set to imitate open loop what this run ends as. */
export interface Imitation {
  /** Epoch of the top of its deployed loss, by the expected-loss dynamics of the Gram matrix. */
  readonly top: Forecast;
  /** The deployed loss there, in units of the lowest before. */
  readonly climb: Forecast;
  /** Its deployed loss in the last epoch. */
  readonly deployedLoss: Forecast;
}

/** The forecast of a run. */
export interface RunForecast {
  readonly epochs: number;
  /** Variance of each component of x₀, whose expected moments stand in for batches. */
  readonly startVariance: number;
  readonly start: Start;
  readonly stageOne: StageOne;
  readonly stageTwo: StageTwo;
  readonly outcome: Outcome;
  readonly imitation: Imitation;
}

/** A demand on a protocol that is not met. */
export interface Obstacle {
  /** Field of the protocol. */
  readonly field: string;
  readonly received: string;
  readonly expected: string;
}

/** More states take minutes: the information in their observations is a matter of exact ranks. */
const MOST_STATES = 8;

/** The curves of a reference and its shadows are held at once. */
const MOST_EPOCHS = 100_000;

/** Why nothing can be forecast under a protocol; `undefined` where it can. */
export function obstacleTo(protocol: Protocol): Obstacle | undefined {
  const { agent, optimizer, start } = protocol;
  const { A, B, C } = plantOf(protocol.plant);
  if (agent.kind !== 'linear-low-rank')
    return {
      field: 'agent.kind',
      received: agent.kind,
      expected: 'linear-low-rank: learning closes on its Gram matrix',
    };
  if (!closesOnGram(protocol))
    return {
      field: 'optimizer',
      received: optimizer.kind === 'sgd' ? `momentum ${optimizer.momentum}` : optimizer.kind,
      expected: 'plain gradient descent, sgd without momentum',
    };
  if (B.cols !== 1 || C.rows !== 1)
    return {
      field: 'plant',
      received: `${C.rows} observations and ${B.cols} controls`,
      expected: 'one observation and one control',
    };
  if (A.rows > MOST_STATES)
    return { field: 'plant', received: `${A.rows} states`, expected: `at most ${MOST_STATES} states` };
  if (protocol.epochs > MOST_EPOCHS)
    return { field: 'epochs', received: String(protocol.epochs), expected: `at most ${MOST_EPOCHS} epochs` };
  if (startVariance(start) === undefined)
    return {
      field: 'start',
      received: start.kind === 'uniform' ? `uniform from ${start.low} to ${start.high}` : start.kind,
      expected: 'starts of a known variance about zero: uniform from −a to a, normal or population',
    };
  return undefined;
}

const vouched = (claim: string, value: number, note: string | null = null): Forecast => ({
  value,
  claim,
  outside: null,
  note,
});
const outside = (claim: string, reasons: readonly string[]): Forecast => ({
  value: null,
  claim,
  outside: reasons.join('; '),
  note: null,
});
const none = (claim: string, note: string): Forecast => ({ value: null, claim, outside: null, note });

function startOf(protocol: Protocol, agent: LinearAgent, variance: number, stage: StageOneStart): Start {
  const plant = plantOf(protocol.plant);
  const n = plant.A.rows;
  const { loss } = gramLearner(protocol, agent).evaluate(scalarMatrix(n, Math.sqrt(variance)));
  const overlaps = orderParametersOf(reals, agent);
  const spectrum = spectrumOf(plant, agent.leak, overlaps);
  const plain = (A: Mat<number>): number | number[][] => (A.rows === 1 && A.cols === 1 ? A.data[0]! : toRows(A));
  const { zm, zu, vm, vu } = overlaps;
  return {
    overlaps: { zm: plain(zm), zu: plain(zu), vm: plain(vm), vu: plain(vu) },
    inputNorm: stage.inputNorm,
    loss,
    gradNorm: stage.gradNorm,
    spectralRadius: spectrum?.radius ?? null,
    stable: spectrum?.stable ?? null,
  };
}

function stageOneOf(protocol: Protocol, start: StageOneStart): StageOne {
  const { optimizer, trained, epochs } = protocol;
  const doubts = stageOneDoubts(start, protocol);
  const beyond = {
    alignment: Number.isFinite(start.gradNorm) && Number.isFinite(start.alignment) ? start.alignment : null,
    regime: stageOneRegime(start, protocol),
  };
  const { lr, clip } = optimizer;
  const unbounded = [
    ...(clip === null ? ['gradients are not clipped'] : []),
    ...(trained.includes('m') ? ['M is trained'] : []),
  ];
  const hop = hopWidth(lr, clip ?? Number.NaN, start.inputNorm);
  const width = unbounded.length > 0 ? outside(hopping.id, unbounded) : vouched(hopping.id, hop, 'at most');
  const all = (reasons: readonly string[]): StageOne => ({
    ...beyond,
    hop: width,
    turn: outside(duration.id, reasons),
    minimum: outside(duration.id, reasons),
    duration: outside(duration.id, reasons),
    level: outside(settling.id, reasons),
  });
  if (doubts.length > 0) return all(doubts);
  const turn = descendAlone(start, protocol);
  if (turn === undefined) {
    const never = `σ_zm does not turn within ${epochs} epochs`;
    return {
      ...beyond,
      hop: width,
      turn: none(duration.id, never),
      minimum: none(duration.id, never),
      duration: none(duration.id, never),
      level: none(settling.id, never),
    };
  }
  const level =
    turn.epoch === 0
      ? outside(settling.id, ['σ_zm turns at once'])
      : vouched(settling.id, settlingLevel(turn, hop), 'within a hop, in 70 of 100 runs');
  if (turn.epoch < SHORTEST_STAGE) return { ...all([`a stage of fewer than ${SHORTEST_STAGE} updates`]), level };
  // The descent alone steps by a hop at most and passes no minimum that is wider.
  const minimum = firstMinimum(start, hop, turn.epoch + 1);
  const good = (share: number): string => `within 1 + 10 %, in ${share} of 100 runs`;
  return {
    ...beyond,
    hop: width,
    turn: vouched(duration.id, turn.epoch, good(95)),
    minimum: minimum === undefined ? none(duration.id, 'no minimum') : vouched(duration.id, minimum),
    duration:
      minimum === undefined
        ? none(duration.id, 'no minimum')
        : vouched(duration.id, Math.abs(start.zm - minimum) / hop, good(85)),
    level,
  };
}

/** A learning curve with what rounding in some precision leaves open of it. */
interface Known {
  readonly curve: LearningCurve;
  readonly precision: 'f32' | 'f64';
  readonly tolerances: Tolerances;
  /** First epoch whose order parameters are not known any more. */
  readonly chaoticFrom: number;
}

const WORD = { f32: 'single', f64: 'double' } as const;

/** The seed of the shadow runs: any will do, and the same makes forecasts repeatable. */
const SHADOW_SEED = 1;

/** The Gram dynamics, and what is known of them in either precision. */
function knownCurves(
  protocol: Protocol,
  agent: LinearAgent,
  units: number,
  onStep: (step: string) => void,
): Readonly<Record<'f32' | 'f64', Known>> {
  const { epochs, horizon } = protocol;
  const n = plantOf(protocol.plant).A.rows;
  const moments = momentSource(protocol.start, n, protocol.batch, new Stream(0));
  const learner = (): ReturnType<typeof gramLearner> => gramLearner(protocol, agent);
  const curve = train(learner(), protocol, moments);
  const known = (precision: 'f32' | 'f64'): Known => {
    onStep(`shadow runs in ${WORD[precision]} precision`);
    const noise = shadowNoise(units + 2 * horizon + 16, unitRoundoff(precision));
    const random = new Stream(SHADOW_SEED);
    const tolerances = shadowTolerances(learner, protocol, moments, curve, noise, random, { plan: SHADOWS.run });
    const chaotic = tolerances.overlaps.findIndex((value) => !(value <= SHADOWS.ceiling));
    return { curve, precision, tolerances, chaoticFrom: chaotic < 0 ? epochs : chaotic };
  };
  return { f32: known('f32'), f64: known('f64') };
}

/** Whether the statement about stabilisation speaks of a protocol. */
function stabilisationDoubts({ plant, agent }: Protocol): string[] {
  const chain = plant.kind === 'integrator' && (plant.order === 2 || plant.order === 3);
  const rank = agent.kind === 'linear-low-rank' ? agent.rank : 0;
  return [
    ...(chain ? [] : ['the plant is no chain of two or three integrators']),
    ...(rank >= 1 && rank <= 3 ? [] : [`rank ${rank} is not 1 to 3`]),
  ];
}

/** The end of stage 2 as far as rounding leaves it certain. */
function stabilisationOfKnown(protocol: Protocol, { curve, tolerances }: Known): Stabilisation {
  // Beyond the ceiling nothing is known of a trajectory.
  const radius = tolerances.overlaps.map((value) => (value <= SHADOWS.ceiling ? value : Number.POSITIVE_INFINITY));
  return stabilisationOf(protocol, curve, radius);
}

function stabilisationForecast(
  { epochs }: Protocol,
  { earliest, latest }: Stabilisation,
  { precision, chaoticFrom }: Known,
): Forecast {
  const claim = stabilising.id;
  if (earliest === undefined) return none(claim, `not within ${epochs} epochs`);
  if (latest === earliest) return vouched(claim, latest, `whatever the ${WORD[precision]}-precision rounding`);
  if (latest !== undefined)
    return outside(claim, [`${WORD[precision]}-precision rounding decides between epochs ${earliest} and ${latest}`]);
  const why = chaoticFrom < epochs ? `chaotic from epoch ${chaoticFrom} on` : 'near the edge of stability to the end';
  return outside(claim, [`${WORD[precision]}-precision rounding decides: not before epoch ${earliest}, ${why}`]);
}

/** What keeps a protocol from the regime of averaged learning. */
function averagingDoubts({ plant, agent, trained, optimizer, loss, horizon }: Protocol): string[] {
  const single = agent.kind === 'linear-low-rank' && agent.rank === 1 && agent.leak === 1;
  const named = new Set<string>(trained);
  const doubts: [boolean, string][] = [
    [
      plant.kind === 'integrator' && plant.order === 2 && plant.dt === 1,
      'the plant is no double integrator with dt = 1',
    ],
    [single, 'the agent is not of rank 1 without leak'],
    [named.size === 3 && !named.has('m'), 'Z, U and V must be trained and M fixed'],
    [optimizer.clip !== null, 'gradients are not clipped'],
    [loss.state === 'mean' && loss.beta === 0, 'the loss is not the plain mean of squares'],
    [horizon >= 20 && horizon <= 100, `the horizon ${horizon} is not 20 to 100`],
  ];
  return doubts.filter(([met]) => !met).map(([, text]) => text);
}

/** Stabilisation before it is too early to be a plateau's end. */
const EARLIEST_PLATEAU = 20;

function averagedForecast(protocol: Protocol, agent: LinearAgent, expected: number | undefined): Forecast {
  const claim = averaging.id;
  const doubts = averagingDoubts(protocol);
  if (expected !== undefined && expected < EARLIEST_PLATEAU)
    doubts.push(`the loop is stable before epoch ${EARLIEST_PLATEAU}`);
  if (doubts.length > 0) return outside(claim, doubts);
  // Twice as long, so that an estimate that is late is seen to be.
  const patient = { ...protocol, epochs: 2 * protocol.epochs };
  const { latest } = stabilisationOf(protocol, trainAveraged(patient, agent));
  if (latest === undefined) return none(claim, `not within ${patient.epochs} epochs`);
  return vouched(claim, latest, 'within a factor 1.5 in 80, 2.5 in 95 of 100 runs');
}

function stageTwoOf(protocol: Protocol, agent: LinearAgent, { f32, f64 }: ReturnType<typeof knownCurves>): StageTwo {
  const doubts = stabilisationDoubts(protocol);
  if (doubts.length > 0) {
    const epoch = outside(stabilising.id, doubts);
    const averaged = outside(averaging.id, averagingDoubts(protocol));
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

function outcomeOf(protocol: Protocol, agent: LinearAgent, variance: number, known: Known): Outcome {
  const { curve, tolerances, chaoticFrom } = known;
  const { epochs, horizon } = protocol;
  const plant = plantOf(protocol.plant);
  const cost = costOf(protocol, plant.A.rows, 1);
  const moments = scalarMatrix(plant.A.rows, variance);
  const last = epochs - 1;
  const diverged = divergedAt(curve);
  /** A number read off the curve up to an epoch. */
  const read = (value: number | undefined, epoch: number, missing: string, note: string | null = null): Forecast => {
    const claim = closing.id;
    if (epoch >= chaoticFrom)
      return outside(claim, [`double-precision rounding decides: chaotic from epoch ${chaoticFrom} on`]);
    if (value === undefined) return none(claim, diverged === undefined ? missing : `diverges at epoch ${diverged}`);
    return vouched(claim, value, note);
  };
  const doubts = stabilisationDoubts(protocol);
  const stages = spectralStages(doubts.length > 0 ? [] : stageRowsOf(curve, spectraOf(curve, plant, agent.leak)));
  const stage = (value: number | undefined, epoch: number, missing: string): Forecast =>
    doubts.length > 0 ? outside(closing.id, doubts) : read(value, epoch, missing);
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
    fullInformation: vouched(noPolicy.id, fullInformationBound(plant, cost, horizon, moments)),
    observations: vouched(noPolicy.id, observationBound(plant, cost, horizon, moments)),
  };
}

/** What keeps a protocol from the regime in which imitation is claimed to peak. */
function imitationDoubts({ plant, agent, trained, optimizer, loss, horizon, epochs }: Protocol): string[] {
  const N = agent.kind === 'linear-low-rank' && agent.rank === 1 && agent.leak === 1 ? agent.N : Number.NaN;
  const named = new Set<string>(trained);
  const { lr, clip } = optimizer;
  const doubts: [boolean, string][] = [
    [
      plant.kind === 'integrator' && plant.order === 2 && plant.dt === 1,
      'the plant is no double integrator with dt = 1',
    ],
    [N >= 10 && N <= 200, 'the agent is not of rank 1 without leak, with 10 to 200 units'],
    [named.size === 3 && !named.has('m'), 'Z, U and V must be trained and M fixed'],
    [lr >= 0.008 && lr <= 0.015, `the rate ${lr} is not 0.008 to 0.015`],
    [clip !== null && clip >= 0.7 && clip <= 1.5, 'gradients are not clipped at 0.7 to 1.5'],
    [loss.state === 'mean' && loss.beta === 0, 'the loss is not the plain mean of squares'],
    [horizon >= 40 && horizon <= 60, `the horizon ${horizon} is not 40 to 60`],
    [epochs >= 1000, `${epochs} epochs are fewer than 1000`],
  ];
  return doubts.filter(([met]) => !met).map(([, text]) => text);
}

function imitationOf(
  protocol: Protocol,
  agent: LinearAgent,
  variance: number,
  { curve, chaoticFrom }: Known,
): Imitation {
  const claim = peaking.id;
  const { epochs, horizon } = protocol;
  const plant = plantOf(protocol.plant);
  const doubts = imitationDoubts(protocol);
  if (chaoticFrom < epochs)
    doubts.push(`double-precision rounding decides the teacher: chaotic from epoch ${chaoticFrom} on`);
  const teacher = doubts.length === 0 ? orderParametersAt(curve, epochs - 1) : undefined;
  if (teacher) doubts.push(...teacherDoubts(plant, teacher));
  if (!teacher || doubts.length > 0) {
    const nothing = outside(claim, doubts);
    return { top: nothing, climb: nothing, deployedLoss: nothing };
  }
  const task = openLoopTask('low-rank', plant, horizon);
  const student = trainToImitate(task, impulseResponse(reals, 1, teacher, task.steps), agent, protocol);
  const starts = scalarMatrix(2, Math.sqrt(variance));
  const deployed = deployedLosses(student, { plant, leak: 1, cost: costOf(protocol, 2, 1), horizon, rank: 1 }, starts);
  const { epoch, factor } = climbOf(deployed);
  return {
    top: vouched(claim, epoch, 'within 10 %, in 90 of 100 runs on sampled inputs'),
    climb: vouched(claim, factor, 'tenfold or more in 98 of 100 runs'),
    deployedLoss: vouched(claim, deployed[epochs - 1]!, 'within 1 % of the teacher’s, in 95 of 100 runs'),
  };
}

/**
 * What the theory says of a run before it.
 *
 * @param protocol one observation, one control, a low-rank agent, plain gradient descent, starts of a known variance
 * @param agent the initial weights, or any weights of the same Gram matrix
 * @param onStep hears what is computed next: many epochs take seconds
 * @throws RangeError naming the obstacle for other protocols (`obstacleTo`)
 */
export function forecastRun(
  protocol: Protocol,
  agent: LinearAgent,
  onStep: (step: string) => void = () => undefined,
): RunForecast {
  const obstacle = obstacleTo(protocol);
  if (obstacle)
    throw new RangeError(`forecastRun: ${obstacle.field} is ${obstacle.received}, expected ${obstacle.expected}`);
  const variance = startVariance(protocol.start)!;
  const expected: Protocol = { ...protocol, start: { kind: 'population', variance }, precision: 'f64' };
  const units = protocol.agent.kind === 'linear-low-rank' ? protocol.agent.N : shapeOf(agent).N;
  onStep('stage 1');
  const stage = stageOneStart(expected, agent);
  const start = startOf(expected, agent, variance, stage);
  const stageOne = stageOneOf(expected, stage);
  const known = knownCurves(expected, agent, units, onStep);
  onStep('stage 2');
  const stageTwo = stageTwoOf(expected, agent, known);
  onStep('stages of the whole curve');
  const outcome = outcomeOf(expected, agent, variance, known.f64);
  onStep('imitation');
  const imitation = imitationOf(expected, agent, variance, known.f64);
  return { epochs: protocol.epochs, startVariance: variance, start, stageOne, stageTwo, outcome, imitation };
}
