/**
 * The protocol of a learning run: everything that is fixed before the run starts.
 *
 * The field names are those of the run file `loop-run/1` (src/runs/README.md). Every part that has kinds is a union of them, and
 * every type below is derived from its schema. A field that is absent from a file is absent from the parsed protocol.
 */
import { z } from 'zod';
import { LIMITS } from '../limits.js';

/** A parsed value that nobody writes to. */
type Immutable<T> = T extends readonly (infer U)[]
  ? readonly Immutable<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

type Parsed<S extends z.ZodType> = Immutable<z.output<S>>;

const count = (max: number) => z.int().min(1).max(max);
const fraction = z.number().min(0).lt(1);
const positive = z.number().positive().max(LIMITS.magnitude);
const index = z.int().min(0);
const size = z.number().min(0).max(LIMITS.magnitude);

/** A number of a file whose size is limited. */
export const moderate = z.number().min(-LIMITS.magnitude).max(LIMITS.magnitude);
const rows = z.array(z.array(moderate).min(1)).min(1);
/** Rows that may be empty: rank 0. */
const anyRows = z.array(z.array(moderate));
const plantRows = (most: number, cols: number) => z.array(z.array(moderate).min(1).max(cols)).min(1).max(most);

/** The plant: a chain of integrators, a cursor with a double integrator per axis, or given matrices. */
export const plantSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('integrator'), order: count(LIMITS.order), dt: positive }),
  z.strictObject({ kind: z.literal('cursor'), axes: count(LIMITS.channels / 2), dt: positive }),
  z.strictObject({
    kind: z.literal('linear'),
    A: plantRows(LIMITS.order, LIMITS.order),
    B: plantRows(LIMITS.order, LIMITS.channels),
    C: plantRows(LIMITS.channels, LIMITS.order),
  }),
]);
export type PlantSpec = Parsed<typeof plantSchema>;

const leak = z.number().gt(0).max(1).default(1);
const N = count(LIMITS.units);
const rank = z.int().min(0).max(LIMITS.rank);

/** The architecture of the agent; what each kind means stands in agents.ts. `effective` has the order parameters as its weights. */
export const agentSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linear-low-rank'), N, rank, leak }),
  z.strictObject({ kind: z.literal('linear'), N, leak }),
  z.strictObject({ kind: z.literal('tanh'), N, leak }),
  z.strictObject({ kind: z.literal('relu'), N, leak }),
  z.strictObject({ kind: z.literal('gru'), N, resetAfter: z.boolean().exactOptional() }),
  z.strictObject({ kind: z.literal('lstm'), N }),
  z.strictObject({ kind: z.literal('effective'), rank: rank.default(1), leak }),
]);
export type AgentSpec = Parsed<typeof agentSchema>;

/** How x₀ is drawn: anew in every epoch (`uniform`, `normal`), or the same in every epoch (`population`, `fixed`). */
export const startSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('uniform'), low: moderate, high: moderate }),
  z.strictObject({ kind: z.literal('normal'), sd: positive }),
  z.strictObject({ kind: z.literal('population'), variance: positive }),
  z.strictObject({ kind: z.literal('fixed'), x0: rows }),
]);
export type StartSpec = Parsed<typeof startSchema>;

/** What drives student and teacher in open loop. */
const inputsSchema = z.discriminatedUnion('kind', [
  /** Observations of states drawn from N(0, I). */
  z.strictObject({ kind: z.literal('white-state') }),
  /** y_t ~ N(0, I), drawn anew in every epoch; both agents are called at t = 0. */
  z.strictObject({ kind: z.literal('white-observation'), calledAtZero: z.literal(true).exactOptional() }),
  /** The same in every epoch: T·c rows of one number per trial; the rows of step t begin at t·c. */
  z.strictObject({ kind: z.literal('fixed'), y: rows }),
]);
export type InputSpec = Parsed<typeof inputsSchema>;

/**
 * What is drawn anew in every step of a closed loop, independently, with mean 0. One step: x_{t+1} = A·x_t + B·u_t + w_t;
 * y_{t+1} = C·x_{t+1} + v_{t+1}; the agent sees y_{t+1} and acts u_{t+1}; the loss scores x_{t+1} and u_{t+1}. So the state that is scored
 * has the noise of the step that led to it, the first start x_0 has none, and the first observation that there is, y_1, has noise.
 */
export const noiseSchema = z.strictObject({
  /** σ_w: w ~ N(0, σ_w²·dt·I), n numbers; dt is 1 for a plant by its matrices. 0 by default. */
  process: size.exactOptional(),
  /** σ_v: v ~ N(0, σ_v²·I), c numbers. 0 by default. */
  observation: size.exactOptional(),
});

/** What each epoch is evaluated on, by the names of files: starting states, phases of tracking, or observations in open loop. */
export const STARTS_FIELDS = ['x0', 'phases', 'y'] as const;
export type StartsField = (typeof STARTS_FIELDS)[number];

/** A loss by its name; T is the horizon, n the number of state components, B the batch. */
export const namedLossSchema = z.strictObject({
  /**
   * `mean`: mean of x² over t, components, batch · `text`: (1/T) Σ_t mean_b ‖x‖² · `sum-mean`: Σ_t mean over components and
   * batch of x² · `position`: mean over t and batch of the first component's square.
   */
  state: z.enum(['mean', 'text', 'sum-mean', 'position']),
  /** Weight of the control penalty. */
  beta: z.number().min(0).default(0),
  /**
   * `sum-time` (the default): β·mean_b Σ_t ‖u‖² · `sum-all`: β·Σ_b Σ_t ‖u‖² · `mean`: β·mean over t, controls and batch of u² ·
   * `sum-batch`: β·(1/T) Σ_t Σ_b ‖u‖².
   */
  control: z.enum(['sum-time', 'sum-all', 'mean', 'sum-batch']).exactOptional(),
});
export type NamedLoss = Parsed<typeof namedLossSchema>;

/** A loss by its matrices: the mean over the batch of Σ_t γ^t (x_tᵀQx_t + u_tᵀRu_t), or that divided by T. */
const matrixLossSchema = z.strictObject({
  /** n × n, symmetric, of no negative eigenvalue; and so R, p × p, which is 0 by default. */
  Q: rows,
  R: rows.exactOptional(),
  /** γ, 1 by default. */
  discount: z.number().gt(0).max(1).exactOptional(),
  /** Over time. */
  reduction: z.enum(['mean', 'sum']),
});
export type MatrixLoss = Parsed<typeof matrixLossSchema>;

/** What is minimised. */
const lossSchema = z.union([namedLossSchema, matrixLossSchema]);
export type LossSpec = NamedLoss | MatrixLoss;

/** Whether a loss is given by its matrices. */
export function isMatrixLoss(loss: LossSpec): loss is MatrixLoss {
  return 'Q' in loss;
}

/** What all optimisers have. */
const stepping = {
  /** One learning rate, or a schedule: one per epoch. */
  lr: z.union([positive, z.array(size).min(1)], {
    error: 'a number above 0, or a list of one number per epoch',
  }),
  /** The bound of the global norm of all gradients, */
  clip: positive.nullable(),
  /** or of every entry of the gradients in its place. */
  clipValue: positive.exactOptional(),
  /** λ. It adds λ·θ to the clipped gradient, but that `adamw` shrinks θ by lr·λ apart from it. 0 by default; of `adamw` 0.01. */
  weightDecay: size.exactOptional(),
};

const clippedOnce = ({ clip, clipValue }: { clip: number | null; clipValue?: number }): boolean =>
  clip === null || clipValue === undefined;
const CLIPPED_ONCE = {
  path: ['clipValue'],
  error:
    'no clipValue beside a clip: gradients are clipped by their norm or entry by entry, and "clip" is null for the latter',
};

const adam = {
  ...stepping,
  beta1: fraction.exactOptional(),
  beta2: fraction.exactOptional(),
  eps: positive.exactOptional(),
};

/** The optimiser (training/descent.ts), as PyTorch has it; gradients are clipped first. */
export const optimizerSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('sgd'),
      ...stepping,
      momentum: fraction.exactOptional(),
      nesterov: z.boolean().exactOptional(),
      /** The share of a gradient that momentum does not take up, but for the first. */
      dampening: z.number().min(0).max(1).exactOptional(),
    })
    .refine(clippedOnce, CLIPPED_ONCE)
    .refine(({ nesterov, momentum }) => !nesterov || momentum, {
      path: ['nesterov'],
      error: 'a momentum above 0 beside it, as in PyTorch: Nesterov momentum looks ahead along it',
    })
    .refine(({ nesterov, dampening }) => !nesterov || !dampening, {
      path: ['dampening'],
      error: 'no dampening beside nesterov, as in PyTorch',
    }),
  z.strictObject({ kind: z.literal('adam'), ...adam }).refine(clippedOnce, CLIPPED_ONCE),
  z.strictObject({ kind: z.literal('adamw'), ...adam }).refine(clippedOnce, CLIPPED_ONCE),
]);
export type OptimizerSpec = Parsed<typeof optimizerSchema>;

/** The learning rate of an epoch. */
export function rateAt({ lr }: OptimizerSpec, epoch: number): number {
  return typeof lr === 'number' ? lr : lr[Math.min(epoch, lr.length - 1)]!;
}

/** The learning rate where it is one for all epochs. */
export function steadyRate({ lr }: OptimizerSpec): number | undefined {
  return typeof lr === 'number' ? lr : undefined;
}

/** The learning rates, each times a factor. */
export function ratesTimes({ lr }: OptimizerSpec, factor: number): number | number[] {
  return typeof lr === 'number' ? factor * lr : lr.map((rate) => factor * rate);
}

/** λ as it is without a word, too. */
export function weightDecayOf({ kind, weightDecay = kind === 'adamw' ? 0.01 : 0 }: OptimizerSpec): number {
  return weightDecay;
}

/** What makes an update more than a step along the gradient, clipped by its norm; `undefined` where nothing does. */
export function besideDescent(optimizer: OptimizerSpec): string | undefined {
  if (optimizer.kind !== 'sgd') return optimizer.kind;
  const { momentum, weightDecay, clipValue } = optimizer;
  if (momentum) return `momentum ${momentum}`;
  if (weightDecay) return `weightDecay ${weightDecay}`;
  return clipValue === undefined ? undefined : `clipValue ${clipValue}`;
}

/** Whether an update is nothing but a step along the clipped gradient. */
export function isPlainDescent(optimizer: OptimizerSpec): boolean {
  return besideDescent(optimizer) === undefined;
}

/** Whether updates are combinations of gradients and weights, so that what is learnt does not depend on which units carry it. */
export function isDescent({ kind, clipValue }: OptimizerSpec): boolean {
  return kind === 'sgd' && clipValue === undefined;
}

/** What optimisers remember of a weight, by PyTorch's names. */
export const MEMORY_FIELDS = ['momentum_buffer', 'exp_avg', 'exp_avg_sq'] as const;
export type MemoryField = (typeof MEMORY_FIELDS)[number];

/** What an optimiser remembers of a weight: a velocity, or running means of gradients and of their squares. */
export function memoryFields(optimizer: OptimizerSpec): readonly MemoryField[] {
  if (optimizer.kind !== 'sgd') return ['exp_avg', 'exp_avg_sq'];
  return optimizer.momentum ? ['momentum_buffer'] : [];
}

/** Whether updates depend on those before. */
export function hasMemory(optimizer: OptimizerSpec): boolean {
  return memoryFields(optimizer).length > 0;
}

/** What a cursor follows. */
const trackingSchema = z.strictObject({
  amplitude: positive,
  ramp: positive,
  harmonics: z
    .array(z.strictObject({ frequency: positive, axis: index.max(LIMITS.channels) }))
    .min(1)
    .max(LIMITS.channels),
  /** `drawn`: anew in every epoch · `balanced`: the same in every epoch, with the moments of the population. */
  phases: z.enum(['drawn', 'balanced']),
  /** Largest size of a state component. */
  limit: positive,
  /** Weight of the mean over trials and steps of ‖y − r‖². */
  weight: positive,
});
export type TrackingSpec = Parsed<typeof trackingSchema>;

/** The tensors of agents by their names in files. */
export const tensorName = z.enum(['m', 'z', 'U', 'V', 'Wih', 'Whh', 'Who', 'bih', 'bhh', 'bho']);
export type TensorName = z.output<typeof tensorName>;

/** The order parameters by their names in files, row by row of K; they are what an `effective` agent trains. */
export const ORDER_PARAMETERS = ['zm', 'zu', 'vm', 'vu'] as const;

/** What a protocol may train. */
export type TrainedName = TensorName | (typeof ORDER_PARAMETERS)[number];

const orderParameter = z.union([moderate, anyRows]);

/** Weights of an agent of any kind: its tensors, or the order parameters of an `effective` agent. */
export const weightsSchema = z.strictObject({
  m: rows.exactOptional(),
  z: rows.exactOptional(),
  U: anyRows.exactOptional(),
  V: anyRows.exactOptional(),
  Wih: rows.exactOptional(),
  Whh: rows.exactOptional(),
  Who: rows.exactOptional(),
  bih: z.array(moderate).exactOptional(),
  bhh: z.array(moderate).exactOptional(),
  bho: z.array(moderate).exactOptional(),
  overlaps: z
    .strictObject({ zm: orderParameter, zu: orderParameter, vm: orderParameter, vu: orderParameter })
    .exactOptional(),
});
export type RunWeights = Parsed<typeof weightsSchema>;

/** The protocol of a run file. kinds.ts says which protocols this version trains. */
export const protocolSchema = z.strictObject({
  mode: z.enum(['closed-loop', 'open-loop']),
  plant: plantSchema,
  agent: agentSchema,
  /** T: the number of scored states x_0 … x_{T−1}. */
  horizon: count(LIMITS.horizon),
  start: startSchema.exactOptional(),
  noise: noiseSchema.exactOptional(),
  /** B: trials per epoch. */
  batch: count(LIMITS.batch),
  loss: lossSchema,
  optimizer: optimizerSchema,
  /** Tensors of the agent; of an `effective` agent order parameters. */
  trained: z.array(z.enum([...tensorName.options, ...ORDER_PARAMETERS])).default([]),
  epochs: count(LIMITS.epochs),
  /** The first epoch that updates; epochs before it only evaluate. 0 by default. */
  firstUpdate: index.exactOptional(),
  precision: z.enum(['f32', 'f64']).exactOptional(),
  /** Whether row e holds the parameters before update e (the default) or after it. */
  rows: z.enum(['before-update', 'after-update']).exactOptional(),
  tracking: trackingSchema.exactOptional(),
  inputs: inputsSchema.exactOptional(),
  /** The weights of the agent that a student learns from in open loop. */
  teacher: weightsSchema.exactOptional(),
});
export type RunProtocol = Parsed<typeof protocolSchema>;

/** Whether anything but starts is drawn in a closed loop. */
export function isNoisy({ noise }: Pick<RunProtocol, 'noise'>): boolean {
  return Boolean(noise?.process || noise?.observation);
}
