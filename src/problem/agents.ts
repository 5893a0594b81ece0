/**
 * The kinds of agent: what each means for files, for training and for what training costs.
 *
 * A new kind needs an entry in `agentSchema` (schema.ts), one in `AGENTS`, its cell (src/agent) and its kernel (src/kernel).
 */
import type { Agent } from '../agent/agent.js';
import { type Gru, gruInitial } from '../agent/gru.js';
import { fullRankInitial, lowRankInitial } from '../agent/initial.js';
import { type AgentShape, type LinearAgent, linearAgent, type Tensor } from '../agent/linear.js';
import { type Lstm, lstmInitial } from '../agent/lstm.js';
import type { OrderParameters } from '../agent/order-parameters.js';
import { linearised, rnnOf } from '../agent/rnn.js';
import { GRU_GATES } from '../kernel/gru.js';
import { LSTM_GATES } from '../kernel/lstm.js';
import type { Activation } from '../kernel/rnn.js';
import type { KernelTensor } from '../kernel/units.js';
import { build, fromRows, type Mat, matrix, toRows, transpose } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { type LinearSpec, plantOf, type RecurrentSpec } from './protocol.js';
import {
  type AgentSpec,
  ORDER_PARAMETERS,
  type PlantSpec,
  type RunProtocol,
  type RunWeights,
  type TensorName,
  type TrainedName,
} from './schema.js';

/** What all kinds of agent have. */
interface Facts {
  /** The tensors in files; each may be trained. */
  readonly tensors: readonly TensorName[];
  /** Biases that an agent may have beside; without them they are 0. */
  readonly optional: readonly BiasName[];
  /** Gates of a unit: rows of M and W for each. */
  readonly gates: number;
  /** Whether a batch collapses to its moments in closed loop: for linear agents. */
  readonly collapses: boolean;
}

/** What full-rank and gated agents have beside. */
interface RecurrentFacts extends Facts {
  /** Arrays of hidden states that a kernel keeps, for gates or a leak below one. */
  histories(leak?: number): number;
  /** Random initial weights. @param recurrence W ~ recurrence·N(0, 1/N), where the kind has this scale */
  draw(sizes: Omit<AgentShape, 'r'>, constants: Constants, random: Stream, recurrence?: number): Agent;
  /** Whether `draw` has a scale of the recurrence. */
  readonly scaled: boolean;
  /** An agent of given tensors. */
  of(tensors: Record<string, Mat<number>>, constants: Constants): Agent;
}

/** What an agent has besides tensors; each kind takes its own. */
interface Constants {
  readonly kind: RecurrentSpec['kind'];
  readonly leak?: number;
  readonly resetAfter?: boolean;
}

const LOW_RANK = ['m', 'z', 'U', 'V'] as const;
const FULL_RANK = ['Wih', 'Whh', 'Who'] as const;

/** Biases by their names in files. */
const BIASES = ['bih', 'bhh', 'bho'] as const;
type BiasName = (typeof BIASES)[number];

const simple = (kind: Activation): RecurrentFacts => ({
  tensors: FULL_RANK,
  optional: BIASES,
  gates: 1,
  collapses: kind === 'linear',
  histories: (leak = 1) => (leak === 1 ? 1 : 2),
  draw: (sizes, { leak = 1 }, random, recurrence) => rnnOf(fullRankInitial(sizes, leak, random, recurrence), kind),
  scaled: true,
  of: ({ M, W, Z, ...biases }, { leak = 1 }) => ({ activation: kind, leak, M: M!, W: W!, Z: Z!, ...biases }),
});

const GATED = {
  tensors: [...FULL_RANK, 'bih', 'bhh'],
  optional: ['bho'],
  collapses: false,
  scaled: false,
} as const satisfies Partial<RecurrentFacts>;

/** The kinds of agent. */
export const AGENTS = {
  'linear-low-rank': { tensors: LOW_RANK, optional: [], gates: 1, collapses: true },
  effective: { tensors: [], optional: [], gates: 1, collapses: true },
  linear: simple('linear'),
  tanh: simple('tanh'),
  relu: simple('relu'),
  gru: {
    ...GATED,
    gates: GRU_GATES,
    histories: () => 5,
    draw: (sizes, { resetAfter = true }, random) => ({ ...gruInitial(sizes, random), resetAfter }),
    of: (tensors, { resetAfter = true }) => ({ ...tensors, resetAfter }) as unknown as Gru,
  },
  lstm: {
    ...GATED,
    gates: LSTM_GATES,
    histories: () => 7,
    draw: (sizes, _, random) => lstmInitial(sizes, random),
    of: (tensors) => ({ cell: 'lstm', ...tensors }) as unknown as Lstm,
  },
} as const satisfies Record<RecurrentSpec['kind'], RecurrentFacts> & Record<AgentSpec['kind'], Facts>;

/** What the program knows of a full-rank or gated kind. */
export const recurrentFacts = ({ kind }: RecurrentSpec): RecurrentFacts => AGENTS[kind];

/** Whether an agent is full-rank or gated. */
export function isRecurrent(spec: AgentSpec): spec is RecurrentSpec {
  return 'draw' in AGENTS[spec.kind];
}

/** The kinds of full-rank and gated agents. */
export const RECURRENT_KINDS = Object.entries(AGENTS).flatMap(([kind, facts]) => ('draw' in facts ? [kind] : []));

/** N; 0 for agents without units. */
export const unitsOf = (spec: AgentSpec): number => ('N' in spec ? spec.N : 0);

/** The rank of U and V; 0 for agents without them. */
export const rankOf = (spec: AgentSpec): number => ('rank' in spec ? spec.rank : 0);

/** Sizes that the shape of a tensor depends on. */
export interface TensorSizes extends AgentShape {
  readonly gates: number;
}

/** A tensor of a file. */
interface FileTensor<T extends string> {
  /** Its name in memory. */
  readonly tensor: T;
  /** Its rows or its columns as lists, or all its entries as one. */
  readonly as: 'rows' | 'columns' | 'entries';
  /** How many lists a file has, and their length. */
  lists(sizes: TensorSizes): readonly [number, number];
}

/** The tensors of files. */
export const TENSORS = {
  m: { tensor: 'M', as: 'columns', lists: ({ N, c }) => [c, N] },
  z: { tensor: 'Z', as: 'rows', lists: ({ N, p }) => [p, N] },
  U: { tensor: 'U', as: 'columns', lists: ({ N, r }) => [r, N] },
  V: { tensor: 'V', as: 'columns', lists: ({ N, r }) => [r, N] },
  Wih: { tensor: 'M', as: 'rows', lists: ({ N, c, gates }) => [gates * N, c] },
  Whh: { tensor: 'W', as: 'rows', lists: ({ N, gates }) => [gates * N, N] },
  Who: { tensor: 'Z', as: 'rows', lists: ({ N, p }) => [p, N] },
  bih: { tensor: 'bih', as: 'entries', lists: ({ N, gates }) => [1, gates * N] },
  bhh: { tensor: 'bhh', as: 'entries', lists: ({ N, gates }) => [1, gates * N] },
  bho: { tensor: 'bho', as: 'entries', lists: ({ p }) => [1, p] },
} as const satisfies Record<TensorName, FileTensor<Tensor | KernelTensor>>;

/** What a protocol trains. */
interface Training {
  readonly trained: readonly TrainedName[];
}

/** The tensors that a protocol trains, by their names in files. */
export function trainedNames({ trained }: Training): TensorName[] {
  return trained.filter((name): name is TensorName => name in TENSORS);
}

/** The tensors that a protocol trains, by their names in memory. */
export function trainedTensors<T extends Tensor | KernelTensor = Tensor>(protocol: Training): T[] {
  return trainedNames(protocol).map((name) => TENSORS[name].tensor as T);
}

/** What agents of a kind may train. */
export function trainableOf(kind: AgentSpec['kind']): readonly TrainedName[] {
  const { tensors, optional }: Facts = AGENTS[kind];
  return kind === 'effective' ? ORDER_PARAMETERS : [...tensors, ...optional];
}

/** What weights of an agent must hold at least: what its kind has, and the biases that are trained. */
export function neededTensors({ agent, trained }: Pick<RunProtocol, 'agent' | 'trained'>): TensorName[] {
  const { tensors, optional }: Facts = AGENTS[agent.kind];
  return [...tensors, ...optional.filter((name) => trained.includes(name))];
}

/** Whether an agent that may go without biases has some: trained ones, or others than 0. */
export function hasBiases(
  { agent, trained }: Pick<RunProtocol, 'agent' | 'trained'>,
  weights: RunWeights = {},
): boolean {
  const { optional }: Facts = AGENTS[agent.kind];
  return optional.some((name) => trained.includes(name) || weights[name]?.some((value) => value !== 0));
}

/** Initial parameters of a linear agent: its weights, or the order parameters of an `effective` agent. */
export type Initial = { readonly agent: LinearAgent } | { readonly overlaps: OrderParameters };

/** A part of a protocol: an agent of the given kinds, and its plant. */
interface Drawn<S extends AgentSpec> {
  readonly agent: S;
  readonly plant: PlantSpec;
}

/**
 * Random initial weights of a full-rank or gated agent: as in agent/initial.ts, of a GRU as in agent/gru.ts. Biases that its kind may
 * go without are 0; it has those that are trained.
 */
export function drawAgent(
  { agent, plant, trained = [] }: Drawn<RecurrentSpec> & Partial<Training>,
  random: Stream,
  recurrence?: number,
): Agent {
  const { B, C } = plantOf(plant);
  const { draw, optional, gates } = recurrentFacts(agent);
  const sizes = { N: agent.N, c: C.rows, p: B.cols };
  const biases = optional
    .filter((name) => trained.includes(name))
    .map((name) => [name, matrix(TENSORS[name].lists({ ...sizes, r: 0, gates })[1], 1)]);
  return { ...draw(sizes, agent, random, recurrence), ...Object.fromEntries(biases) };
}

/**
 * Random initial weights of a linear agent, as in agent/initial.ts.
 * @param scale of low-rank agents multiplies all weights, of others as `drawAgent`
 * @throws RangeError for `effective` agents, which have no random initialisation
 */
export function drawLinear({ agent, plant }: Drawn<LinearSpec>, random: Stream, scale?: number): LinearAgent {
  if (agent.kind === 'effective') throw new RangeError('an effective agent needs initial overlaps');
  const { B, C } = plantOf(plant);
  const sizes = { N: agent.N, c: C.rows, p: B.cols };
  return agent.kind === 'linear'
    ? fullRankInitial(sizes, agent.leak, random, scale)
    : lowRankInitial({ ...sizes, r: agent.rank }, agent.leak, random, scale);
}

/** A tensor in a file: its rows, or its columns. */
export type Lists = readonly (readonly number[])[];

/** The tensors of a file by their names in memory; the shapes were checked on reading. */
function tensorsFrom(weights: RunWeights, { kind, N }: Extract<AgentSpec, { N: number }>): Record<string, Mat<number>> {
  const read = {
    rows: (lists: Lists) => fromRows(lists),
    // Rank 0 has no columns.
    columns: (lists: Lists) => (lists.length === 0 ? matrix(N, 0) : transpose(fromRows(lists))),
    entries: (lists: Lists) => transpose(fromRows(lists)),
  };
  return Object.fromEntries(
    trainableOf(kind).flatMap((name) => {
      const { tensor, as } = TENSORS[name as TensorName];
      const value = weights[name as TensorName] as Lists | readonly number[] | undefined;
      return value ? [[tensor, read[as]((as === 'entries' ? [value] : value) as Lists)]] : [];
    }),
  );
}

/** The RNN or GRU of a file's weights. */
export function agentFrom(weights: RunWeights, { agent }: Pick<Drawn<RecurrentSpec>, 'agent'>): Agent {
  return recurrentFacts(agent).of(tensorsFrom(weights, agent), agent);
}

type OrderParameterEntry = number | Lists;

/** A matrix from a file's entry: a number for 1 × 1, else rows; rank 0 leaves no rows or no columns. */
function matrixOf(entry: OrderParameterEntry, rows: number, cols: number): Mat<number> {
  return typeof entry === 'number' ? build(1, 1, () => entry) : build(rows, cols, (i, j) => entry[i]![j]!);
}

/** Order parameters from a file's entries. @param r rank */
export function orderParametersFrom(
  { zm, zu, vm, vu }: Readonly<Record<keyof OrderParameters, OrderParameterEntry>>,
  { p, c, r }: Omit<AgentShape, 'N'>,
): OrderParameters {
  return { zm: matrixOf(zm, p, c), zu: matrixOf(zu, p, r), vm: matrixOf(vm, r, c), vu: matrixOf(vu, r, r) };
}

/** The parameters of a linear agent from a file's weights. */
export function initialFrom(weights: RunWeights, { agent, plant }: Drawn<LinearSpec>): Initial {
  if (agent.kind === 'effective') {
    const { B, C } = plantOf(plant);
    return { overlaps: orderParametersFrom(weights.overlaps!, { p: B.cols, c: C.rows, r: agent.rank }) };
  }
  if (agent.kind === 'linear')
    return {
      agent: linearAgent(linearised({ ...agentFrom(weights, { agent }), activation: 'linear', leak: agent.leak })),
    };
  return { agent: linearAgent({ leak: agent.leak, ...tensorsFrom(weights, agent) } as unknown as LinearAgent) };
}

/** The tensors of an agent by their names in files. */
function fileTensors(agent: LinearAgent | Agent): readonly TensorName[] {
  if (!agent.W) return LOW_RANK;
  const names = Object.keys(TENSORS) as TensorName[];
  return names.filter((name) => !(LOW_RANK as readonly TensorName[]).includes(name) && TENSORS[name].tensor in agent);
}

/** The parameters of any agent as a file has them. */
export function weightsOf(parameters: Initial | LinearAgent | Agent): RunWeights {
  if ('overlaps' in parameters)
    return {
      overlaps: Object.fromEntries(
        Object.entries(parameters.overlaps).map(([name, A]) => [name, A.rows * A.cols === 1 ? A.data[0]! : toRows(A)]),
      ) as unknown as NonNullable<RunWeights['overlaps']>,
    };
  const agent = 'agent' in parameters ? parameters.agent : parameters;
  const write = {
    rows: toRows,
    columns: (A: Mat<number>) => toRows(transpose(A)),
    entries: (A: Mat<number>) => toRows(A).flat(),
  };
  const tensors = agent as unknown as Readonly<Record<string, Mat<number>>>;
  return Object.fromEntries(
    fileTensors(agent).map((name) => [name, write[TENSORS[name].as](tensors[TENSORS[name].tensor]!)]),
  );
}
