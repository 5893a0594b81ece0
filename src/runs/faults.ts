/**
 * The catalogue of faults: what programs are known to do instead of what their protocol declares. Judges bet on them, and a refuted
 * run is compared with them.
 */
import type { Protocol } from '../problem/protocol.js';
import { isMatrixLoss, type LossSpec, type MatrixLoss, type NamedLoss } from '../problem/schema.js';
import {
  FACTORS,
  type Fault,
  type FaultId,
  type FaultSize,
  fault,
  inPractice,
  inProtocol,
  rounded,
  SHARES,
  times,
} from './faults/kit.js';
import { gradientFaults, updateFaults } from './faults/update.js';
import { asDeclared, type Implementation } from './implementation.js';

export {
  ELEMENTWISE,
  FAULT_NAMES,
  type Fault,
  type FaultId,
  type FaultSize,
  noticeably,
  UNSEEN,
} from './faults/kit.js';
export { lateFaults, updateFaults } from './faults/update.js';

const STATES: Readonly<Record<NamedLoss['state'], string>> = {
  mean: 'mean over time and components',
  text: 'mean over time, sum over components',
  'sum-mean': 'sum over time, mean over components',
  position: 'mean over time, position only',
};

const CONTROLS: Readonly<Record<NonNullable<NamedLoss['control']>, string>> = {
  'sum-time': 'sum over time, mean over the batch',
  'sum-all': 'sum over time and batch',
  mean: 'mean over time, controls and batch',
  'sum-batch': 'mean over time, sum over the batch',
};

/** The kinds of a table that are not the declared one. */
const others = <K extends string>(kinds: Readonly<Record<K, string>>, declared: K): [K, string][] =>
  (Object.entries(kinds) as [K, string][]).filter(([kind]) => kind !== declared);

/** Faults of the weight of the control penalty. @param weighed the loss with so many times the declared weight */
const penaltyFaults = (weighed: (factor: number) => LossSpec): Fault[] => [
  inProtocol('control', 'leaves the control penalty out of the loss', () => ({ loss: weighed(0) })),
  inProtocol(
    'penalty',
    (value) => `weighs the control penalty ${times(value)} as declared`,
    (_, value) => ({ loss: weighed(value) }),
    FACTORS,
  ),
];

/** Faults of a loss by its matrices. */
function matrixFaults(loss: MatrixLoss): Fault[] {
  const { R, discount = 1, reduction } = loss;
  // Records of any agent come as linear ones (`declaredOf`), which have named losses.
  const scoring = (
    id: FaultId,
    does: string | Fault['does'],
    change: (value: number) => object,
    parameter?: FaultSize,
  ) => inProtocol(id, does, (_, value) => ({ loss: { ...loss, ...change(value) } as unknown as NamedLoss }), parameter);
  return [
    scoring(
      'state',
      reduction === 'mean'
        ? 'sums the loss over time instead of averaging it'
        : 'averages the loss over time instead of summing it',
      () => ({ reduction: reduction === 'mean' ? 'sum' : 'mean' }),
    ),
    ...(R && isPenalised(loss)
      ? penaltyFaults((factor) => ({ ...loss, R: R.map((row) => row.map((entry) => factor * entry)) }))
      : []),
    ...(discount < 1 ? [scoring('discount', 'does not discount later steps', () => ({ discount: 1 }))] : []),
    scoring(
      'discount',
      (value) => `discounts each step by ${rounded(value)} instead of ${discount}`,
      (value) => ({ discount: value }),
      { ...FACTORS, neutral: discount, guesses: [0.9, 0.95, 0.98, 0.99], noticeable: 0.9 * discount },
    ),
  ];
}

/** Faults of a loss by its name. */
function namedFaults(loss: NamedLoss): Fault[] {
  const scoring = (id: FaultId, does: string, change: Partial<NamedLoss>): Fault =>
    inProtocol(id, does, () => ({ loss: { ...loss, ...change } }));
  return [
    ...(loss.state === 'position'
      ? []
      : [fault('velocity', 'leaves all components but the position out of the loss', () => ({ scored: 'first' }))]),
    ...others(STATES, loss.state).map(([state, means]) =>
      scoring('state', `uses loss.state "${state}" (${means})`, { state }),
    ),
    ...(isPenalised(loss)
      ? [
          ...penaltyFaults((factor) => ({ ...loss, beta: factor * loss.beta })),
          ...others(CONTROLS, loss.control ?? 'sum-time').map(([control, means]) =>
            scoring('control-kind', `uses loss.control "${control}" (${means})`, { control }),
          ),
        ]
      : []),
  ];
}

/** Faults of noise that is declared. */
function noiseFaults({ noise = {} }: Protocol): Fault[] {
  return (['process', 'observation'] as const)
    .filter((kind) => noise[kind])
    .map((kind) =>
      inProtocol(
        'noise',
        (value) => `has ${kind} noise of ${times(value)} the declared deviation, ${rounded(value * noise[kind]!)}`,
        (protocol, value) => ({ noise: { ...protocol.noise, [kind]: value * noise[kind]! } }),
        FACTORS,
      ),
    );
}

/** Faults of the form of a loss. */
const formFaults = (loss: LossSpec): Fault[] => (isMatrixLoss(loss) ? matrixFaults(loss) : namedFaults(loss));

/** Whether controls cost anything. */
const isPenalised = (loss: LossSpec): boolean =>
  isMatrixLoss(loss) ? loss.R?.some((row) => row.some((value) => value !== 0)) === true : loss.beta > 0;

/** Faults of scoring states after the step, with the controls of either side of it. */
function scoredAfter(horizon: number, loss: LossSpec): Fault[] {
  const does = `scores x_1 … x_${horizon} instead of x_0 … x_${horizon - 1}`;
  const after = (controls: string, wiring: Implementation['wiring']): Fault =>
    fault('scored', `${does}${controls}`, () => ({ wiring }));
  if (!isPenalised(loss)) return [after('', 'scored after')];
  return [
    after(`, and u_1 … u_${horizon} with them`, 'scored after'),
    after(', and the control that led to each with it', 'states scored after'),
  ];
}

/** Leaks that a search begins from. */
const LEAKS = [1, 0.9, 0.5, 0.2, 0.1] as const;

/** Another leak than declared. */
const leakFault = (declared: number): Fault =>
  inProtocol(
    'leak',
    (value) => `has a leak of ${rounded(value)} instead of ${declared}`,
    ({ agent }, leak) => ({ agent: { ...agent, leak } }),
    {
      ...FACTORS,
      neutral: declared,
      below: 1 + 1e-9,
      guesses: LEAKS.filter((leak) => leak !== declared),
      noticeable: 0.9 * declared,
    },
  );

/** Faults of the loop and its loss: those that losses alone can show. */
export function lossFaults({ horizon, loss, plant, batch, agent }: Protocol): Fault[] {
  const steps = (T: number): Fault =>
    inProtocol('horizon', `scores ${T} steps instead of ${horizon}`, () => ({ horizon: T }));
  return [
    ...(horizon > 1 ? [steps(horizon - 1)] : []),
    steps(horizon + 1),
    ...formFaults(loss),
    ...(batch > 1
      ? [fault('batch-sum', 'sums the loss over the batch instead of averaging it', () => ({ lossScale: batch }))]
      : []),
    ...scoredAfter(horizon, loss),
    fault('late', 'gives the agent each observation one step late', () => ({ wiring: 'late' })),
    ...('leak' in agent && agent.leak < 1
      ? [
          fault('leak', 'leaves the leak out of the observation’s way into the hidden state', () => ({
            gain: 1 / agent.leak,
          })),
        ]
      : []),
    ...('leak' in agent ? [leakFault(agent.leak)] : []),
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
  'computes in single precision, not in double as declared',
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
  const bets = [...known('horizon', 'state'), ...startBets(protocol)];
  if (isMatrixLoss(loss) || isPenalised(loss)) return [...bets, ...known('control', 'control-kind')];
  const penalty = inProtocol(
    'penalty',
    (beta) => `adds a control penalty of weight ${beta}`,
    (_, beta) => ({ loss: { ...loss, beta } }),
  );
  return [...bets, sized(protocol, penalty, 0.01)];
}

/** Faults of what is logged. */
function logFaults({ optimizer: { clip }, rows }: Protocol): Fault[] {
  const after = rows === 'after-update';
  return [
    inProtocol('rows', `logs its rows ${after ? 'before' : 'after'} the update`, () => ({
      rows: after ? 'before-update' : 'after-update',
    })),
    ...(clip === null
      ? []
      : [inPractice('clipped-norm', 'logs the gradient norm after clipping', () => ({ logsClipped: true }))]),
    ...(after
      ? []
      : [
          inPractice(
            'late-weights',
            'logs weights after the update, one update ahead of loss and gradient norm',
            () => ({ logsLate: true }),
          ),
          ...(clip === null
            ? []
            : [
                inPractice(
                  'late-weights',
                  'logs its rows after optimizer.step(): weights are one update ahead of the loss, and the norm is that of clipped gradients',
                  () => ({ logsLate: true, logsClipped: true }),
                ),
              ]),
        ]),
    inPractice('smoothed', 'logs the running mean of the losses, not the loss of each epoch', () => ({
      keeps: (epoch) => epoch / (epoch + 1),
    })),
    inPractice(
      'smoothed',
      (value) => `logs a smoothed loss, which keeps ${rounded(value)} of the row before`,
      (_, value) => ({ keeps: () => value }),
      { ...SHARES, guesses: [0.1, 0.5, 0.9, 0.98] },
    ),
  ];
}

/** The faults that a protocol may suffer, but for the width of its starts and its precision. */
export const faultsOf = (protocol: Protocol): Fault[] => [
  ...lossFaults(protocol),
  ...noiseFaults(protocol),
  ...gradientFaults(protocol),
  ...updateFaults(protocol),
  ...logFaults(protocol),
];
