/**
 * The protocol of the tracking task (theory.md §9), and from a protocol to a learner.
 */
import { trackingInitial } from '../agent/initial.js';
import { type Rnn, rnnOf } from '../agent/rnn.js';
import type { KernelMaker } from '../kernel/kernel.js';
import type { Mat } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { cursor } from '../plant/cursor.js';
import { balancedPhases, drawPhases, type ReferenceSpec } from '../plant/reference.js';
import type { OptimizerSpec, PlantSpec } from './protocol.js';
import { type BatchSource, TENSOR_OF } from './rnn-protocol.js';
import { type TrackingEngine, type TrackingTask, trackingEngine } from './tracking.js';

/** What is to be followed. */
export interface TrackingSpec extends Omit<ReferenceSpec, 'axes'> {
  /** `drawn`: afresh every epoch · `balanced`: the same every epoch, with the moments of the population. */
  readonly phases: 'drawn' | 'balanced';
  /** Largest size of a state component. */
  readonly limit: number;
  /** Weight of the mean over trials and steps of ‖y − r‖². */
  readonly weight: number;
}

/** A cursor that learns to follow, in the words of run files; `loss.state: "position"` is counted from the reference. */
export interface TrackingProtocol {
  readonly mode: 'closed-loop';
  readonly plant: Extract<PlantSpec, { kind: 'cursor' }>;
  readonly agent: { readonly kind: 'linear'; readonly N: number; readonly leak: number };
  /** Steps. */
  readonly horizon: number;
  readonly batch: number;
  readonly tracking: TrackingSpec;
  readonly loss: { readonly state: 'position'; readonly beta: 0 };
  readonly optimizer: OptimizerSpec;
  readonly trained: readonly ('Wih' | 'Whh' | 'Who')[];
  readonly epochs: number;
  readonly firstUpdate?: number;
}

/** The paper's task. */
export const TRACKING = {
  mode: 'closed-loop',
  plant: { kind: 'cursor', axes: 2, dt: 0.1 },
  agent: { kind: 'linear', N: 100, leak: 0.1 },
  horizon: 300,
  batch: 100,
  tracking: {
    amplitude: 2.31,
    ramp: 1,
    harmonics: [
      { frequency: 0.1, axis: 0 },
      { frequency: 0.2, axis: 1 },
      { frequency: 0.3, axis: 0 },
      { frequency: 0.4, axis: 1 },
    ],
    phases: 'drawn',
    limit: 10,
    weight: 0.1,
  },
  loss: { state: 'position', beta: 0 },
  optimizer: { kind: 'adam', lr: 1e-3, clip: null },
  trained: ['Whh', 'Who'],
  epochs: 5000,
  // Epoch 0 does not step.
  firstUpdate: 1,
} as const satisfies TrackingProtocol;

/** The task of a protocol. */
export function taskOf({ plant, horizon, tracking }: TrackingProtocol): TrackingTask {
  const { axes, dt } = plant;
  const { limit, weight } = tracking;
  return { plant: cursor(dt, axes), reference: { ...tracking, axes }, dt, steps: horizon, limit, weight };
}

/** Initial weights as the task draws them. */
export function drawTracker({ agent: { kind, N, leak }, plant: { axes } }: TrackingProtocol, random: Stream): Rnn {
  return rnnOf(trackingInitial({ N, c: 2 * axes, p: axes }, leak, random), kind);
}

/** The learner of a protocol. */
export function trackingLearner(protocol: TrackingProtocol, initial: Rnn, make?: KernelMaker): TrackingEngine {
  const trained = protocol.trained.map((name) => TENSOR_OF[name]);
  return trackingEngine(taskOf(protocol), protocol.batch, initial, trained, make);
}

/** Phases of every epoch. @param random each epoch draws from its own child stream */
export function phaseSource({ tracking: { phases, harmonics }, batch }: TrackingProtocol, random: Stream): BatchSource {
  const count = harmonics.length;
  if (phases === 'drawn') return (epoch) => drawPhases(count, batch, random.child(`batch ${epoch}`));
  const balanced: Mat<number> = balancedPhases(count, batch);
  return () => balanced;
}
