/**
 * The protocols that this version trains: their types, the named ones of the paper (arXiv:2505.13567), and from a protocol to its
 * plant and to its loss as the weights of a quadratic form.
 */
import { fromRows, type Mat, map, matrix, scalarMatrix } from '../linalg/matrix.js';
import { cursor } from '../plant/cursor.js';
import { integratorChain } from '../plant/integrator.js';
import { type Plant, plant } from '../plant/plant.js';
import type {
  AgentSpec,
  InputSpec,
  LossSpec,
  NamedLoss,
  PlantSpec,
  RunProtocol,
  StartSpec,
  TrackingSpec,
} from './schema.js';
import { isMatrixLoss } from './schema.js';

/** An agent whose recurrence is one full matrix, or gated: `Agent` in memory. */
export type RecurrentSpec = Exclude<AgentSpec, { kind: 'linear-low-rank' | 'effective' }>;

/** A linear agent: `LinearAgent` in memory, or order parameters alone. */
export type LinearSpec = Extract<AgentSpec, { kind: 'linear-low-rank' | 'linear' | 'effective' }>;

/** The fields that all kinds share. */
type Shared = Omit<RunProtocol, 'mode' | 'agent' | 'start' | 'tracking' | 'inputs' | 'teacher' | 'noise'>;

type Noisy = Pick<RunProtocol, 'noise'>;

/** A linear agent in closed loop. */
export interface Protocol extends Shared, Noisy {
  readonly mode: 'closed-loop';
  readonly agent: LinearSpec;
  readonly start: StartSpec;
}

/** An RNN or a GRU on whole batches. */
export type RnnProtocol = Shared & {
  readonly agent: RecurrentSpec;
} & (
    | ({ readonly mode: 'closed-loop'; readonly start: StartSpec } & Noisy)
    | {
        readonly mode: 'open-loop';
        readonly inputs: Exclude<InputSpec, { kind: 'white-state' }>;
        readonly start?: StartSpec;
        readonly loss: NamedLoss;
      }
  );

/** A cursor that learns to follow; `loss.state: "position"` is measured from the reference. */
export interface TrackingProtocol extends Omit<Shared, 'plant'> {
  readonly mode: 'closed-loop';
  readonly plant: Extract<PlantSpec, { kind: 'cursor' }>;
  readonly agent: Extract<AgentSpec, { kind: 'linear' }>;
  readonly tracking: TrackingSpec;
  readonly loss: { readonly state: 'position'; readonly beta: 0 };
}

const FIGURE = {
  mode: 'closed-loop',
  plant: { kind: 'integrator', order: 2, dt: 1 },
  agent: { kind: 'tanh', N: 100, leak: 1 },
  horizon: 50,
  batch: 100,
  optimizer: { kind: 'sgd', lr: 0.01, clip: 1 },
  trained: ['Wih', 'Whh', 'Who'],
  // Epoch 0 does not step.
  firstUpdate: 1,
} as const;

/** The named protocols: those of the paper's published code, and `text`, that of the paper itself. */
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
  'artifact-tanh': {
    ...FIGURE,
    start: { kind: 'uniform', low: -1, high: 1 },
    // The penalty is a sum over the batch.
    loss: { state: 'sum-mean', beta: 0.005, control: 'sum-all' },
    epochs: 1000,
  },
  text: {
    ...FIGURE,
    start: { kind: 'uniform', low: -2, high: 2 },
    loss: { state: 'text', beta: 0 },
    epochs: 1001,
    rows: 'after-update',
  },
  tracking: {
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
  },
} as const satisfies Record<string, Protocol | RnnProtocol | TrackingProtocol>;

/** The name of a protocol. */
export type ProtocolName = keyof typeof PROTOCOLS;

/** A loss by its name. @throws RangeError for one by its matrices: students copy controls */
function namedLoss(loss: LossSpec): NamedLoss {
  if (isMatrixLoss(loss))
    throw new RangeError('students copy controls: a loss of states by matrices is of closed loops');
  return loss;
}

/** A protocol's open-loop counterpart: the student of a teacher, on white observations. @throws RangeError for a loss by matrices */
export function openLoopOf(protocol: RnnProtocol): RnnProtocol {
  const { noise: _, ...rest } = protocol as RnnProtocol & { mode: 'closed-loop' };
  const loss = namedLoss(rest.loss);
  return { ...rest, loss, mode: 'open-loop', inputs: { kind: 'white-observation', calledAtZero: true } };
}

/** The plant that a protocol names. @throws RangeError if its matrices do not fit. */
export function plantOf(spec: PlantSpec): Plant {
  if (spec.kind === 'integrator') return integratorChain(spec.order, spec.dt);
  if (spec.kind === 'cursor') return cursor(spec.dt, spec.axes);
  return plant(fromRows(spec.A), fromRows(spec.B), fromRows(spec.C));
}

/** Standard deviations of what is added to each number of a state in a step, and to each observation. */
export interface NoiseLevels {
  readonly state: number;
  readonly observation: number;
}

/** The noise that a protocol declares, step by step. */
export function noiseOf({ noise, plant: spec }: Pick<RunProtocol, 'noise' | 'plant'>): NoiseLevels {
  const { process = 0, observation = 0 } = noise ?? {};
  return { state: process * Math.sqrt('dt' in spec ? spec.dt : 1), observation };
}

/** A loss as the weights of a quadratic form: L = mean_b Σ_t γ^t (xᵀ·Q·x + uᵀ·R·u). */
export interface Cost {
  /** n × n, and p × p; symmetric. */
  readonly Q: Mat<number>;
  readonly R: Mat<number>;
  /** γ. */
  readonly discount: number;
}

/** What a loss depends on. */
type Scored = Pick<RunProtocol, 'horizon' | 'batch' | 'loss'>;

/** The weights that a loss stands for. @param n state components @param p controls */
export function costOf({ loss, horizon: T, batch: B }: Scored, n: number, p: number): Cost {
  if (isMatrixLoss(loss)) {
    const { Q, R, discount = 1, reduction } = loss;
    const share = reduction === 'mean' ? 1 / T : 1;
    const weights = (given: readonly (readonly number[])[]): Mat<number> =>
      map(fromRows(given), (value) => share * value);
    return { Q: weights(Q), R: R ? weights(R) : matrix(p, p), discount };
  }
  const perComponent = { mean: 1 / (n * T), text: 1 / T, 'sum-mean': 1 / n, position: 1 / T }[loss.state];
  const control = { 'sum-time': 1, 'sum-all': B, mean: 1 / (T * p), 'sum-batch': B / T }[loss.control ?? 'sum-time'];
  return {
    Q: matrix(n, n, (i, j) => (i !== j || (loss.state === 'position' && i > 0) ? 0 : perComponent)),
    R: scalarMatrix(p, loss.beta * control),
    discount: 1,
  };
}

/**
 * The loss of deployed agents: the states alone, with the protocol's weights; where the protocol sums over time, the sum over time
 * and components, as published test losses are.
 */
export function deployedCost(
  { loss, batch, plant: spec }: Omit<Scored, 'horizon'> & Pick<RunProtocol, 'plant'>,
  horizon: number,
): Cost {
  const { A, B } = plantOf(spec);
  const { Q, R, discount } = costOf({ loss, horizon, batch }, A.rows, B.cols);
  const weight = !isMatrixLoss(loss) && loss.state === 'sum-mean' ? A.rows : 1;
  return { Q: map(Q, (value) => weight * value), R: map(R, () => 0), discount };
}

/**
 * Weight of one squared error in open loop: the loss is this times Σ_t, mean over trials.
 * @param p outputs
 * @throws RangeError for a loss by matrices
 */
export function openLoopWeight(loss: LossSpec, horizon: number, p: number): number {
  const { state } = namedLoss(loss);
  return { mean: 1 / (horizon * p), text: 1 / horizon, 'sum-mean': 1 / p, position: 1 / horizon }[state];
}
