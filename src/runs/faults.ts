/**
 * The catalogue of faults: what programs are known to do instead of what their protocol declares. Judges bet on them, and a refuted
 * run is compared with them.
 */
import type { Protocol } from '../problem/protocol.js';
import type { LossSpec, TensorName } from '../problem/schema.js';
import { asDeclared, type Implementation } from './implementation.js';

/** Known faults, by identifier, and what is wrong where one is. */
export const FAULT_NAMES = {
  horizon: 'horizon',
  velocity: 'components left out of the loss',
  state: 'kind of loss',
  control: 'missing control penalty',
  'control-kind': 'kind of control penalty',
  penalty: 'unexpected control penalty',
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
} as const;

export type FaultId = keyof typeof FAULT_NAMES;

/** The size of a fault, and where to look for it. */
export interface FaultSize {
  /** The value that changes nothing. */
  readonly neutral: number;
  /** Values lie above. */
  readonly above: number;
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

const FACTORS: FaultSize = { neutral: 1, above: 0, guesses: [0.1, 0.5, 0.9, 1.1, 2, 10], noticeable: 1.1 };
const AMOUNTS: FaultSize = { neutral: 0, above: -1, guesses: [1e-4, 1e-2, 0.1, 0.5, 0.9], noticeable: 1e-2 };
const rounded = (value: number, digits = 4): number => Number(value.toPrecision(digits));
const times = (value: number): string => `${rounded(value)} times`;

/** A program with a fault that is large enough to be worth noticing. */
export const noticeably = (implementation: Implementation, { of, parameter }: Fault): Implementation =>
  of(implementation, parameter?.noticeable ?? Number.NaN);

function fault(
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
const inProtocol = (
  id: FaultId,
  does: string | Fault['does'],
  change: (protocol: Protocol, value: number) => Partial<Protocol>,
  parameter?: FaultSize,
): Fault =>
  fault(id, does, ({ protocol }, value) => ({ protocol: { ...protocol, ...change(protocol, value) } }), parameter);

const STATES: Readonly<Record<LossSpec['state'], string>> = {
  mean: 'mean over time and components',
  text: 'mean over time, sum over components',
  'sum-mean': 'sum over time, mean over components',
  position: 'mean over time, position only',
};

const CONTROLS: Readonly<Record<NonNullable<LossSpec['control']>, string>> = {
  'sum-time': 'sum over time, mean over the batch',
  'sum-all': 'sum over time and batch',
  mean: 'mean over time, controls and batch',
  'sum-batch': 'mean over time, sum over the batch',
};

/** The kinds of a table that are not the declared one. */
const others = <K extends string>(kinds: Readonly<Record<K, string>>, declared: K): [K, string][] =>
  (Object.entries(kinds) as [K, string][]).filter(([kind]) => kind !== declared);

/** Faults of the loop and its loss: those that losses alone can show. */
export function lossFaults({ horizon, loss, plant, batch }: Protocol): Fault[] {
  const steps = (T: number): Fault =>
    inProtocol('horizon', `scores ${T} steps instead of ${horizon}`, () => ({ horizon: T }));
  const scoring = (id: FaultId, does: string, change: Partial<LossSpec>): Fault =>
    inProtocol(id, does, () => ({ loss: { ...loss, ...change } }));
  return [
    ...(horizon > 1 ? [steps(horizon - 1)] : []),
    steps(horizon + 1),
    ...(loss.state === 'position'
      ? []
      : [fault('velocity', 'leaves all components but the position out of the loss', () => ({ scored: 'first' }))]),
    ...others(STATES, loss.state).map(([state, means]) =>
      scoring('state', `uses loss.state "${state}" (${means})`, { state }),
    ),
    ...(loss.beta > 0
      ? [
          scoring('control', 'leaves the control penalty out of the loss', { beta: 0 }),
          ...others(CONTROLS, loss.control ?? 'sum-time').map(([control, means]) =>
            scoring('control-kind', `uses loss.control "${control}" (${means})`, { control }),
          ),
        ]
      : []),
    ...(batch > 1
      ? [fault('batch-sum', 'sums the loss over the batch instead of averaging it', () => ({ lossScale: batch }))]
      : []),
    fault('scored', `scores x_1 … x_${horizon} instead of x_0 … x_${horizon - 1}`, () => ({ wiring: 'scored after' })),
    fault('late', 'gives the agent each observation one step late', () => ({ wiring: 'late' })),
    fault('u0', 'calls the agent at t = 0 already, so u_0 is not zero', () => ({ wiring: 'from zero' })),
    ...(plant.kind === 'integrator'
      ? [
          inProtocol(
            'dt',
            (value) => `steps the plant by ${times(value)} the declared dt`,
            (_, value) => ({ plant: { ...plant, dt: value * plant.dt } }),
            FACTORS,
          ),
        ]
      : []),
  ];
}

/** Starts drawn from a wider or narrower law. */
export const WIDER_STARTS = fault(
  'start',
  (value) => `draws starts ${times(value)} as wide as declared`,
  (_, startScale) => ({ startScale }),
  FACTORS,
);

/** Single precision in place of double. */
export const SINGLE_PRECISION = inProtocol(
  'precision',
  'computes or records in single precision, not in double as declared',
  () => ({ precision: 'f32' }),
);

/** A fault of a given size. */
export interface SizedFault {
  readonly does: string;
  readonly implementation: Implementation;
}

const sized = (protocol: Protocol, { does, of }: Fault, value: number): SizedFault => ({
  does: does(value),
  implementation: of(asDeclared(protocol), value),
});

const WIDTHS = [0.1, 0.5, 0.9, 0.95, 0.99, 1.01, 1.05, 1.1, 2, 10] as const;

/** The widths of starts that a sequential test bets on. */
export const startBets = (protocol: Protocol): SizedFault[] =>
  WIDTHS.map((width) => sized(protocol, WIDER_STARTS, width));

/** The faults that a sequential test of losses bets on: they scale the loss or weigh it otherwise, and leave the loop as declared. */
export function lossBets(protocol: Protocol): SizedFault[] {
  const { loss } = protocol;
  const faults = lossFaults(protocol);
  const known = (...ids: readonly FaultId[]): SizedFault[] =>
    faults.filter(({ id }) => ids.includes(id)).map((one) => sized(protocol, one, Number.NaN));
  const penalty = inProtocol(
    'penalty',
    (beta) => `adds a control penalty of weight ${beta}`,
    (_, beta) => ({ loss: { ...loss, beta } }),
  );
  return [
    ...known('horizon', 'state'),
    ...startBets(protocol),
    ...(loss.beta > 0 ? known('control', 'control-kind') : [sized(protocol, penalty, 0.01)]),
  ];
}

/** Faults of the update: before the first one they change neither weights nor losses. */
export function updateFaults({ optimizer, trained, agent, firstUpdate = 0 }: Protocol): Fault[] {
  const names: readonly TensorName[] =
    agent.kind === 'linear-low-rank' ? ['m', 'z', 'U', 'V'] : agent.kind === 'linear' ? ['Wih', 'Whh', 'Who'] : [];
  const { clip, lr } = optimizer;
  const momentum = optimizer.kind === 'sgd' ? (optimizer.momentum ?? 0) : undefined;
  return [
    inProtocol(
      'lr',
      (value) => `has ${times(value)} the declared learning rate, ${rounded(value * lr)} instead of ${lr}`,
      (_, value) => ({ optimizer: { ...optimizer, lr: value * lr } }),
      FACTORS,
    ),
    ...(clip === null
      ? []
      : [
          inProtocol(
            'clip',
            (value) => `clips at ${times(value)} the declared norm, ${rounded(value * clip)} instead of ${clip}`,
            (_, value) => ({ optimizer: { ...optimizer, clip: value * clip } }),
            FACTORS,
          ),
          inProtocol('no-clip', 'does not clip gradients', () => ({ optimizer: { ...optimizer, clip: null } })),
          fault('per-tensor', 'clips each tensor by its own norm instead of all by the global norm', () => ({
            perTensor: true,
          })),
        ]),
    ...(momentum === undefined
      ? []
      : [
          inProtocol(
            'momentum',
            (value) => `has momentum ${rounded(value, 3)} instead of ${momentum}`,
            (_, value) => ({ optimizer: { ...optimizer, momentum: value } as Protocol['optimizer'] }),
            { ...AMOUNTS, neutral: momentum },
          ),
        ]),
    fault(
      'decay',
      (value) => `has a weight decay of ${rounded(value, 3)}`,
      (_, decay) => ({ decay }),
      AMOUNTS,
    ),
    ...(trained.length > 1
      ? trained.map((name) =>
          inProtocol('frozen', `does not train ${name}`, () => ({
            trained: trained.filter((other) => other !== name),
          })),
        )
      : []),
    ...names
      .filter((name) => !trained.includes(name))
      .map((name) =>
        inProtocol('extra', `trains ${name} too`, () => ({
          trained: names.filter((other) => other === name || trained.includes(other)),
        })),
      ),
    inProtocol('first-update', firstUpdate === 0 ? 'does not update in epoch 0' : 'updates from epoch 0 on', () => ({
      firstUpdate: firstUpdate === 0 ? 1 : 0,
    })),
  ];
}

/** The faults that a protocol may suffer, but for the width of its starts and its precision. */
export function faultsOf(protocol: Protocol): Fault[] {
  const after = protocol.rows === 'after-update';
  return [
    ...lossFaults(protocol),
    ...updateFaults(protocol),
    inProtocol('rows', `logs its rows ${after ? 'before' : 'after'} the update`, () => ({
      rows: after ? 'before-update' : 'after-update',
    })),
  ];
}
