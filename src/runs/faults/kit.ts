/**
 * What a fault is, and how one is declared.
 */
import type { Protocol } from '../../problem/protocol.js';
import type { Implementation, Practice } from '../implementation.js';

/** Known faults, by identifier, and what is wrong where one is. */
export const FAULT_NAMES = {
  horizon: 'horizon',
  velocity: 'components left out of the loss',
  state: 'kind of loss',
  control: 'missing control penalty',
  'control-kind': 'kind of control penalty',
  penalty: 'weight of the control penalty',
  discount: 'discount of later steps',
  'batch-sum': 'sum over the batch',
  scored: 'states scored after the step',
  late: 'late observations',
  u0: 'agent called at t = 0',
  dt: 'time step of the plant',
  start: 'width of the starting states',
  lr: 'learning rate',
  clip: 'clipping norm',
  'no-clip': 'missing clipping',
  'per-tensor': 'clipping tensor by tensor',
  momentum: 'momentum',
  decay: 'weight decay',
  frozen: 'frozen tensors',
  extra: 'additional trained tensors',
  'first-update': 'first update',
  rows: 'rows before or after the update',
  precision: 'precision',
  schedule: 'learning rate that changes',
  memory: 'loss of the optimiser’s memory',
  accumulated: 'gradients added up over epochs',
  truncated: 'truncated back-propagation',
  detached: 'detached observations',
  'clip-value': 'clipping by value',
  'clip-largest': 'clipping by the largest entry',
  'clipped-norm': 'norm logged after clipping',
  'late-weights': 'weights logged after the update',
  adamw: 'decoupled weight decay',
  eps: 'ε of Adam',
  beta1: 'β₁ of Adam',
  beta2: 'β₂ of Adam',
  uncorrected: 'bias correction of Adam',
  nesterov: 'Nesterov momentum',
  dampening: 'dampening of momentum',
  smoothed: 'smoothed loss',
  leak: 'leak',
  'reduced precision': 'products below single precision',
  carried: 'hidden state carried over',
  recurrence: 'hidden full-rank recurrence',
  bias: 'bias of the read-out',
  noise: 'noise in plant or observations',
} as const;

/** Faults that act on single weights: the Gram matrix does not tell what they do. */
export const ELEMENTWISE: ReadonlySet<FaultId> = new Set(['clip-value', 'clip-largest']);

/** Faults whose effect hangs on what no record of a linear agent holds. They are never named, and a refuted record may have them. */
export const UNSEEN: readonly FaultId[] = ['carried', 'recurrence', 'bias', 'noise'];

export type FaultId = keyof typeof FAULT_NAMES;

/** The size of a fault, and where to look for it. */
export interface FaultSize {
  /** The value that changes nothing. */
  readonly neutral: number;
  /** Values lie above, and below. */
  readonly above: number;
  readonly below: number;
  /** A search begins in the neighbourhoods of these. */
  readonly guesses: readonly number[];
  /** A value far enough from the neutral one to be worth noticing. */
  readonly noticeable: number;
}

/** A known fault. */
export interface Fault {
  readonly id: FaultId;
  /** What the program does instead, to be read after "the program"; of a size, where the fault has one. */
  readonly does: (value: number) => string;
  readonly parameter?: FaultSize;
  readonly of: (implementation: Implementation, value: number) => Implementation;
}

export const FACTORS: FaultSize = {
  neutral: 1,
  above: 0,
  below: Number.POSITIVE_INFINITY,
  guesses: [0.1, 0.5, 0.9, 1.1, 2, 10],
  noticeable: 1.1,
};
/** Factors that may be off by orders of magnitude. */
export const WIDE: FaultSize = { ...FACTORS, guesses: [2 ** -16, 2 ** -10, 1e-2, 0.1, 0.5, 0.9, 1.1, 2, 10] };
export const AMOUNTS: FaultSize = {
  neutral: 0,
  above: 0,
  below: Number.POSITIVE_INFINITY,
  guesses: [1e-2, 1e-4, 0.1, 0.5, 0.9],
  noticeable: 1e-2,
};
/** Of momentum and the like, below 1. */
export const SHARES: FaultSize = { ...AMOUNTS, above: -1e-9, below: 1, guesses: [0.9, 0.5, 0.99, 0.8, 0.1, 0.01] };
export const rounded = (value: number, digits = 4): number => Number(value.toPrecision(digits));
/** With as many digits as tell it from 1. */
export const times = (value: number): string => {
  let digits = 4;
  while (rounded(value, digits) === 1 && value !== 1 && digits < 15) digits++;
  return `${rounded(value, digits)} times`;
};

/** A program with a fault that is large enough to be worth noticing. */
export const noticeably = (implementation: Implementation, { of, parameter }: Fault): Implementation =>
  of(implementation, parameter?.noticeable ?? Number.NaN);

/** A fault in how the loop is closed. */
export function fault(
  id: FaultId,
  does: string | Fault['does'],
  change: (implementation: Implementation, value: number) => Partial<Implementation>,
  parameter?: FaultSize,
): Fault {
  return {
    id,
    does: typeof does === 'string' ? () => does : does,
    ...(parameter && { parameter }),
    of: (implementation, value) => ({ ...implementation, ...change(implementation, value) }),
  };
}

/** A fault in the protocol's own words. */
export const inProtocol = (
  id: FaultId,
  does: string | Fault['does'],
  change: (protocol: Protocol, value: number) => Partial<Protocol>,
  parameter?: FaultSize,
): Fault =>
  fault(id, does, ({ protocol }, value) => ({ protocol: { ...protocol, ...change(protocol, value) } }), parameter);

/** A fault in how a program updates or logs. */
export const inPractice = (
  id: FaultId,
  does: string | Fault['does'],
  change: (protocol: Protocol, value: number) => Partial<Practice>,
  parameter?: FaultSize,
): Fault =>
  fault(
    id,
    does,
    ({ protocol, practice }, value) => ({ practice: { ...practice, ...change(protocol, value) } }),
    parameter,
  );
