/**
 * Protocols: everything about a learning run that is fixed before it starts (theory.md §1, run-format.md).
 *
 * The field names are those of the run file, so that a configuration is a run without curves.
 */

import { fromRows, matrix } from '../linalg/matrix.js';
import { cursor } from '../plant/cursor.js';
import { integratorChain } from '../plant/integrator.js';
import { type Plant, plant } from '../plant/plant.js';

/** The plant: a chain of integrators, a cursor with one of two integrators per axis, or matrices of one's own. */
export type PlantSpec =
  | { readonly kind: 'integrator'; readonly order: number; readonly dt: number }
  | { readonly kind: 'cursor'; readonly axes: number; readonly dt: number }
  | {
      readonly kind: 'linear';
      readonly A: readonly (readonly number[])[];
      readonly B: readonly (readonly number[])[];
      readonly C: readonly (readonly number[])[];
    };

/** The agent's architecture. `effective` has the order parameters themselves as its weights. */
export type AgentSpec =
  | { readonly kind: 'linear-low-rank'; readonly N: number; readonly rank: number; readonly leak: number }
  | { readonly kind: 'linear'; readonly N: number; readonly leak: number }
  | { readonly kind: 'effective'; readonly rank: number; readonly leak: number };

/** How x₀ is drawn: afresh every epoch, or the same every epoch (`population`, `fixed`). */
export type StartSpec =
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'normal'; readonly sd: number }
  | { readonly kind: 'population'; readonly variance: number }
  | { readonly kind: 'fixed'; readonly x0: readonly (readonly number[])[] };

/** What is minimised; T the horizon, n the number of state components, B the batch. */
export interface LossSpec {
  /**
   * `mean`: mean of x² over t, components, batch · `text`: (1/T) Σ_t mean_b ‖x‖² · `sum-mean`: Σ_t mean over components and
   * batch of x² · `position`: mean over t and batch of the first component's square.
   */
  readonly state: 'mean' | 'text' | 'sum-mean' | 'position';
  /** Weight of the control penalty, ≥ 0. */
  readonly beta: number;
  /**
   * `sum-time`: β·mean_b Σ_t ‖u‖² · `sum-all`: β·Σ_b Σ_t ‖u‖² · `mean`: β·mean over t, controls and batch of u² ·
   * `sum-batch`: β·(1/T) Σ_t Σ_b ‖u‖².
   */
  readonly control?: 'sum-time' | 'sum-all' | 'mean' | 'sum-batch';
}

/** The optimiser; gradients are clipped by their global norm first. */
export type OptimizerSpec =
  | { readonly kind: 'sgd'; readonly lr: number; readonly clip: number | null; readonly momentum?: number }
  | {
      readonly kind: 'adam';
      readonly lr: number;
      readonly beta1?: number;
      readonly beta2?: number;
      readonly eps?: number;
      readonly clip: number | null;
    };

/** The trained tensors by their names in run files: those of low-rank agents, those of full-rank agents. */
export type TrainedName = 'm' | 'z' | 'U' | 'V' | 'Wih' | 'Whh' | 'Who';

/** A closed-loop learning problem. */
export interface Protocol {
  readonly mode: 'closed-loop';
  readonly plant: PlantSpec;
  readonly agent: AgentSpec;
  /** T: the number of scored states x_0 … x_{T−1}. */
  readonly horizon: number;
  readonly start: StartSpec;
  /** B: trials per epoch. */
  readonly batch: number;
  readonly loss: LossSpec;
  readonly optimizer: OptimizerSpec;
  /** Ignored for `effective` agents, which train all order parameters. */
  readonly trained: readonly TrainedName[];
  readonly epochs: number;
  /** The first epoch that updates; epochs before it only evaluate. */
  readonly firstUpdate?: number;
  readonly precision?: 'f32' | 'f64';
  /** Whether row e holds the parameters before or after update e. */
  readonly rows?: 'before-update' | 'after-update';
}

/** The named protocols of theory.md §1 that are of low-rank agents; the others are `RNN_PROTOCOLS`. */
export const PROTOCOLS = {
  'artifact-lowrank': {
    mode: 'closed-loop',
    plant: { kind: 'integrator', order: 2, dt: 1 },
    agent: { kind: 'linear-low-rank', N: 100, rank: 1, leak: 1 },
    horizon: 50,
    start: { kind: 'uniform', low: -2, high: 2 },
    batch: 100,
    loss: { state: 'mean', beta: 0 },
    optimizer: { kind: 'sgd', lr: 0.01, clip: 1 },
    trained: ['z', 'U', 'V'],
    epochs: 1000,
  },
} as const satisfies Record<string, Protocol>;

/** The plant that a protocol names. @throws RangeError if its matrices do not fit. */
export function plantOf(spec: PlantSpec): Plant {
  if (spec.kind === 'integrator') return integratorChain(spec.order, spec.dt);
  if (spec.kind === 'cursor') return cursor(spec.dt, spec.axes);
  return plant(fromRows(spec.A), fromRows(spec.B), fromRows(spec.C));
}

/**
 * Variance of one component of x₀ where starts are random and independent; `undefined` for fixed starts, and for uniform
 * starts whose mean is not zero.
 */
export function startVariance(start: StartSpec): number | undefined {
  switch (start.kind) {
    case 'uniform':
      return start.low === -start.high ? start.high ** 2 / 3 : undefined;
    case 'normal':
      return start.sd ** 2;
    case 'population':
      return start.variance;
    case 'fixed':
      return undefined;
  }
}

/**
 * The loss as weights of a quadratic form: L = mean_b Σ_t (Σ_i state[i]·x_i² + control·‖u‖²).
 */
export interface QuadraticCost {
  /** One weight per state component, n. */
  readonly state: Float64Array;
  readonly control: number;
}

/** The weights that a protocol's loss stands for. @param n state components @param p controls */
export function costOf(protocol: Pick<Protocol, 'loss' | 'horizon' | 'batch'>, n: number, p: number): QuadraticCost {
  const { loss, horizon: T, batch: B } = protocol;
  const perComponent = { mean: 1 / (n * T), text: 1 / T, 'sum-mean': 1 / n, position: 1 / T }[loss.state];
  const control = { 'sum-time': 1, 'sum-all': B, mean: 1 / (T * p), 'sum-batch': B / T }[loss.control ?? 'sum-time'];
  return {
    state: matrix(n, 1, (i) => (loss.state === 'position' && i > 0 ? 0 : perComponent)).data,
    control: loss.beta * control,
  };
}

/**
 * What agents cost deployed: the states alone, weighed as the protocol weighs them, or, where it sums over time, summed over time
 * and components, as published test losses are.
 */
export function deployedCost(
  { loss, batch, plant }: Pick<Protocol, 'loss' | 'batch' | 'plant'>,
  horizon: number,
): QuadraticCost {
  const { A, B } = plantOf(plant);
  const { state, control } = costOf({ loss: { ...loss, beta: 0 }, horizon, batch }, A.rows, B.cols);
  const weight = loss.state === 'sum-mean' ? A.rows : 1;
  return { state: state.map((value) => weight * value), control };
}
