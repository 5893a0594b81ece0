/**
 * Forecasts of a learning run, from its initial weights or any weights of the same Gram matrix.
 *
 * Every number names the claim behind it, and stands only where the run lies in that claim's regime. The expected moments of the starts
 * stand in for batches: a run on sampled batches scatters about its forecast.
 *
 * A forecast is a record of sections, each made by one function here; report/prediction.ts shows them in the same order.
 */

import { type LinearAgent, shapeOf } from '../../agent/linear.js';
import { type OrderParameters, orderParametersOf } from '../../agent/order-parameters.js';
import { type Mat, scalarMatrix, toRows } from '../../linalg/matrix.js';
import { reals } from '../../linalg/ring.js';
import { type Protocol, plantOf } from '../../problem/protocol.js';
import { besideDescent, steadyRate } from '../../problem/schema.js';
import { startVariance } from '../../problem/start.js';
import { type StageOneStart, stageOneStart } from '../../theory/stage-one/stage-one-lasts-as-predicted.js';
import { spectrumOf } from '../../training/curve.js';
import { closesOnGram, gramLearner } from '../../training/learner.js';
import { type CurveForecast, curveOf, knownCurves, type StageTwo, stageTwoOf } from './gram.js';
import { type OpenLoopForecast, openLoopOf } from './open-loop.js';
import { type StageOne, stageOneOf } from './stage-one.js';

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

/** The forecast of a run. */
export interface RunForecast {
  readonly epochs: number;
  /** Variance of each component of x₀, whose expected moments stand in for batches. */
  readonly startVariance: number;
  readonly start: Start;
  readonly stageOne: StageOne;
  readonly stageTwo: StageTwo;
  readonly outcome: CurveForecast;
  readonly imitation: OpenLoopForecast;
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
      received: besideDescent(optimizer)!,
      expected: 'plain gradient descent: sgd without momentum, weight decay and clipValue',
    };
  if (steadyRate(optimizer) === undefined)
    return {
      field: 'optimizer.lr',
      received: 'a schedule',
      expected: 'one learning rate: forecasts are of steps of one size',
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

/**
 * Forecasts a run.
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
  const outcome = curveOf(expected, agent, variance, known.f64);
  onStep('open-loop training');
  const imitation = openLoopOf(expected, agent, variance, known.f64);
  return { epochs: protocol.epochs, startVariance: variance, start, stageOne, stageTwo, outcome, imitation };
}
