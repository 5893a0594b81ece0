/**
 * Judges recorded gradients: one step of training, at the initial weights, against back-propagation through the loop.
 */

import { perturbStretches } from '../../agent/gram.js';
import type { Evidence } from '../../claims/evidence.js';
import { Stream } from '../../linalg/random.js';
import { overlapRoundings, SHADOWS, shadowNoise, unitRoundoff } from '../../linalg/tolerance.js';
import { agentFrom, initialFrom, trainedNames, weightsOf } from '../../problem/agents.js';
import { supportOf } from '../../problem/kinds.js';
import { isNoisy, type RunWeights } from '../../problem/schema.js';
import { momentFactor } from '../../problem/start.js';
import { fullLearner } from '../../training/learner.js';
import { PROBLEMS } from '../../training/problems.js';
import type { RecordedRun } from '../format/schema.js';
import { type RunRecord, recordOf } from '../record.js';
import { NOISE_UNKNOWN } from '../snapshots.js';
import { affordsGradient, BEYOND_BUDGET } from './budget.js';

/** The seed of the shadows: any will do, and the same makes verdicts repeatable. */
const SHADOW_SEED = 1;

type Tensors = Readonly<Record<string, readonly number[]>>;

/** Each tensor's numbers in the order of the file. */
function flat(weights: RunWeights): Tensors {
  const entries = Object.entries(weights as Record<string, number[] | number[][]>);
  return Object.fromEntries(entries.map(([name, value]) => [name, value.flat()]));
}

/** The gradients of a run's tensors at given weights, on the batch of an epoch, in the order of the file's numbers. */
type Gradient = (weights: RunWeights, epoch: number) => Tensors;

/** Back-propagation through the loop of a run, or why there is none. */
function gradientsOf(run: RecordedRun): Gradient | string {
  if (isNoisy(run.protocol)) return NOISE_UNKNOWN;
  const record = recordOf(run);
  if ('protocol' in record && record.protocol.agent.kind !== 'effective') return linearGradientsOf(record);
  const rnn = supportOf('batches', run.protocol);
  if ('unsupported' in rnn) return 'unsupported' in record ? record.unsupported : rnn.unsupported;
  const { protocol, teacher } = rnn;
  const given = protocol.mode === 'closed-loop' ? protocol.start : protocol.inputs;
  if (given.kind !== 'fixed')
    return `the batch is unknown: train on one batch in all epochs, and declare it as protocol.${protocol.mode === 'closed-loop' ? 'start' : 'inputs'} of kind "fixed"`;
  if (protocol.mode === 'open-loop' && !teacher) return 'the teacher is unknown: add protocol.teacher';
  const batchAt = PROBLEMS.batches.source(protocol, new Stream(0));
  return (weights, epoch) => {
    const engine = PROBLEMS.batches.learner(protocol, agentFrom(weights, protocol), teacher);
    engine.evaluate(batchAt(epoch));
    return flat(weightsOf(engine.gradient()));
  };
}

function linearGradientsOf({ protocol, moments }: RunRecord): Gradient | string {
  if (!moments) return 'the starts are unknown: add curves.moments';
  return (weights, epoch) => {
    const initial = initialFrom(weights, protocol);
    if (!('agent' in initial)) throw new RangeError('order parameters have no tensors');
    const engine = fullLearner(protocol, initial.agent);
    engine.evaluate(momentFactor(moments(epoch), unitRoundoff(protocol.precision ?? 'f32')));
    const [M, Z, U, V] = (['M', 'Z', 'U', 'V'] as const).map((tensor) => engine.gradientOf(tensor));
    const { leak, W } = initial.agent;
    const gradient = { leak, M: M!, Z: Z!, U: U!, V: V!, ...(W && { W: engine.gradientOf('W') }) };
    return flat(weightsOf(gradient));
  };
}

/** The weights, each vector moved by noise of the given size relative to it. */
function perturbed(weights: RunWeights, random: Stream, relative: number): RunWeights {
  const moved = (vector: readonly number[]): number[] => {
    const values = Float64Array.from(vector);
    perturbStretches(values, values.length, random, relative);
    return [...values];
  };
  return Object.fromEntries(
    Object.entries(weights as Record<string, number[] | number[][]>).map(([name, value]) => [
      name,
      typeof value[0] === 'number' ? moved(value as number[]) : (value as number[][]).map(moved),
    ]),
  );
}

/** Largest |a − b| over entries. */
function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((largest, value, k) => Math.max(largest, Math.abs(value - b[k]!)), 0);
}

/**
 * Judges a run's recorded gradients; adds measurements to the evidence, or says why they decide nothing.
 * @param effort multiple of the usual work (budget.ts)
 */
export function judgeGradients(run: RecordedRun, evidence: Evidence, effort?: number): void {
  const { gradients, protocol } = run;
  const { rows = 'before-update', firstUpdate = 0, agent, horizon, precision = 'f32' } = protocol;
  const gradient = gradientsOf(run);
  if (typeof gradient === 'string') return evidence.decidesNothing(gradient);
  if (!gradients) {
    const names = ['epochs', ...protocol.trained].map((name) => `gradients.${name}`);
    return evidence.decidesNothing(`to judge gradients, add ${names.join(', ')}`);
  }
  const initial = run.weights?.initial;
  if (!initial) return evidence.decidesNothing('no initial weights: add weights.initial');
  // The first update is the first that moves the weights: up to it, gradients are those of the initial ones.
  const row = gradients.epochs.findIndex((epoch) => epoch <= firstUpdate);
  if (row < 0 || rows === 'after-update')
    return evidence.decidesNothing(
      `no gradients at the initial weights: record those of epoch ${firstUpdate}, before its update`,
    );
  if (!affordsGradient(protocol, effort)) return evidence.decidesNothing(BEYOND_BUDGET);
  const epoch = gradients.epochs[row]!;
  const units = agent.kind === 'effective' ? 0 : agent.N;
  const noise = shadowNoise(overlapRoundings(units, horizon), unitRoundoff(precision));
  evidence.risks(SHADOWS.run.falseAlarm);
  const random = new Stream(SHADOW_SEED);
  const reference = gradient(initial, epoch);
  const shadows = Array.from({ length: SHADOWS.run.count }, (_, k) =>
    gradient(perturbed(initial, random.child(`shadow ${k}`), noise), epoch),
  );
  let decided = 0;
  for (const name of trainedNames(protocol)) {
    const recorded = gradients[name]?.[row]?.flat();
    if (!recorded) continue;
    const expected = reference[name]!;
    const size = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const spread = Math.max(noise * size, ...shadows.map((shadow) => distance(shadow[name]!, expected)));
    const tolerance = SHADOWS.run.multiple * spread;
    // Not finite, or not determined at this precision.
    if (!(tolerance <= SHADOWS.ceiling * size)) continue;
    decided++;
    evidence.within(
      `gradient of ${name} at epoch ${epoch}, largest entry ${size.toPrecision(4)}`,
      distance(recorded, expected),
      tolerance,
    );
  }
  if (decided === 0) return evidence.decidesNothing('rounding at the declared precision hides every recorded gradient');
  evidence.note(`${decided} of ${protocol.trained.length} trained tensors at epoch ${epoch}`);
  evidence.classify('of every trained tensor', decided === protocol.trained.length);
}
