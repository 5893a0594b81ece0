/**
 * What a program may do instead of what its protocol declares: the departures that a refuted record is compared with.
 *
 * Two of them rewire the loop. Neither needs an engine of its own: an agent that sees the last observation, or that is
 * called at t = 0 already, is a declared agent on a plant with a delayed state.
 */

import { blocks, type Mat, matrix } from '../../linalg/matrix.js';
import { dot } from '../../linalg/vector.js';
import type { Plant } from '../../plant/plant.js';
import { type Initial, trainedTensors } from '../../problem/agents.js';
import { costOf, type Protocol, plantOf, type QuadraticCost } from '../../problem/protocol.js';
import type { TensorName } from '../../problem/schema.js';
import { clipFactor } from '../../training/descent.js';
import { effectiveEngine } from '../../training/effective.js';
import type { Engine } from '../../training/engine.js';
import { fullEngine } from '../../training/full.js';

/** What a program does: a protocol, and what no protocol has words for. */
export interface Implementation {
  readonly protocol: Protocol;
  /** As declared; the agent sees y_t where it should see y_{t+1}; or it is called at t = 0, so that u_0 ≠ 0. */
  readonly wiring: 'declared' | 'late' | 'from zero';
  /** Whether the loss scores all components of the state, or the first alone. */
  readonly scored: 'all' | 'first';
  /** Factor on the whole loss. */
  readonly lossScale: number;
  /** Factor on the starts. */
  readonly startScale: number;
  /** Weight decay: what the update adds to the clipped gradient, per weight. */
  readonly decay: number;
  /** Whether each tensor's gradient is clipped by its own norm. */
  readonly perTensor: boolean;
}

/** A protocol followed to the letter. */
export function asDeclared(protocol: Protocol): Implementation {
  return {
    protocol,
    wiring: 'declared',
    scored: 'all',
    lossScale: 1,
    startScale: 1,
    decay: 0,
    perTensor: false,
  };
}

/** The loop that a implementation closes. */
export interface Loop {
  readonly plant: Plant;
  readonly cost: QuadraticCost;
  readonly horizon: number;
  /** The plant's start from x₀: as many rows as the plant has states, n columns. */
  readonly embedding: Mat<number>;
}

/** The plant with a second copy of the state behind it. */
function extended({ A, B, C }: Plant, corner: 'late' | 'from zero'): Plant {
  const n = A.rows;
  const unit = matrix(n, n, (i, j) => (i === j ? 1 : 0));
  const none = matrix(n, n);
  const blank = matrix(C.rows, n);
  const input = blocks([[B], [matrix(n, B.cols)]]);
  // Late: (x_t, x_{t−1}), the old one seen. From zero: (0, x_0) before the first step, (x_0, 0) after it.
  return corner === 'late'
    ? {
        A: blocks([
          [A, none],
          [unit, none],
        ]),
        B: input,
        C: blocks([[blank, C]]),
      }
    : {
        A: blocks([
          [A, unit],
          [none, none],
        ]),
        B: input,
        C: blocks([[C, blank]]),
      };
}

/** The loop of a implementation. */
export function loopOf({ protocol, wiring, scored, lossScale, startScale }: Implementation): Loop {
  const plant = plantOf(protocol.plant);
  const n = plant.A.rows;
  const declared = costOf(protocol, n, plant.B.cols);
  const state = declared.state.map((weight, i) => (scored === 'first' && i > 0 ? 0 : lossScale * weight));
  const control = lossScale * declared.control;
  const embedded = (size: number, offset: number): Mat<number> =>
    matrix(size, n, (i, j) => (i === j + offset ? startScale : 0));
  if (wiring === 'declared')
    return { plant, cost: { state, control }, horizon: protocol.horizon, embedding: embedded(n, 0) };
  return {
    plant: extended(plant, wiring),
    cost: { state: Float64Array.from({ length: 2 * n }, (_, i) => (i < n ? state[i]! : 0)), control },
    horizon: protocol.horizon + (wiring === 'late' ? 0 : 1),
    embedding: embedded(2 * n, wiring === 'late' ? 0 : n),
  };
}

/** The engine of a implementation, from given parameters. */
export function engineOf(implementation: Implementation, initial: Initial): Engine {
  const { protocol } = implementation;
  const { plant, cost, horizon } = loopOf(implementation);
  const engine =
    'agent' in initial
      ? fullEngine(plant, initial.agent, cost, horizon, trainedTensors(protocol))
      : effectiveEngine(plant, protocol.agent.leak, initial.overlaps, cost, horizon);
  return withOwnUpdates(engine, implementation);
}

/** An engine whose gradients, once the update has clipped them, are those that a implementation descends along. */
function withOwnUpdates(engine: Engine, { protocol, decay, perTensor }: Implementation): Engine {
  if (decay === 0 && !perTensor) return engine;
  const { clip } = protocol.optimizer;
  return {
    ...engine,
    evaluate(starts) {
      const evaluation = engine.evaluate(starts);
      const together = clipFactor(evaluation.gradNorm, clip);
      for (const { values, gradient } of engine.parameters ?? []) {
        const norm = Math.sqrt(dot(gradient, 0, gradient, 0, gradient.length));
        const share = perTensor ? clipFactor(norm, clip) / together : 1;
        for (let k = 0; k < gradient.length; k++) gradient[k] = share * gradient[k]! + (decay / together) * values[k]!;
      }
      return evaluation;
    },
  };
}

/** A continuous departure: its parameter, where to look for it, and how to say what was found. */
export interface Parameter {
  /** The value that changes nothing. */
  readonly neutral: number;
  /** Values lie above. */
  readonly above: number;
  /** Where a search begins: the neighbourhoods of these. */
  readonly guesses: readonly number[];
  /** A value far enough from the neutral one to be worth noticing. */
  readonly noticeable: number;
}

/** A way not to do what is declared. */
export interface Departure {
  readonly id: string;
  /** What was done instead, as one would tell a colleague; with the parameter's value where there is one. */
  readonly tell: (value: number) => string;
  readonly parameter?: Parameter;
  readonly of: (implementation: Implementation, value: number) => Implementation;
}

const FACTORS: Parameter = { neutral: 1, above: 0, guesses: [0.1, 0.5, 0.9, 1.1, 2, 10], noticeable: 1.1 };
const AMOUNTS: Parameter = { neutral: 0, above: -1, guesses: [1e-4, 1e-2, 0.1, 0.5, 0.9], noticeable: 1e-2 };
const factor = (value: number): string => `${Number(value.toPrecision(4))} times`;
const amount = (value: number): string => String(Number(value.toPrecision(3)));

/** What is practised where a departure is large enough to be worth noticing. */
export const noticeably = (implementation: Implementation, { of, parameter }: Departure): Implementation =>
  of(implementation, parameter?.noticeable ?? Number.NaN);

/** A departure in the protocol's own words. */
function inProtocol(
  id: string,
  tell: Departure['tell'],
  change: (protocol: Protocol, value: number) => Partial<Protocol>,
  parameter?: Parameter,
): Departure {
  return {
    id,
    tell,
    ...(parameter && { parameter }),
    of: (implementation, value) => ({
      ...implementation,
      protocol: { ...implementation.protocol, ...change(implementation.protocol, value) },
    }),
  };
}

const STATES = {
  mean: 'mean over time and components',
  text: 'mean over time, summed over components',
  'sum-mean': 'summed over time',
  position: 'mean over time, of the position alone',
} as const;

/** Departures of the loop and its loss: those that losses alone can show. */
export function lossDepartures({ horizon, loss, plant, batch }: Protocol): Departure[] {
  const states = (['mean', 'text', 'sum-mean', 'position'] as const).filter((state) => state !== loss.state);
  const controls = (['sum-time', 'sum-all', 'mean', 'sum-batch'] as const).filter(
    (control) => control !== (loss.control ?? 'sum-time'),
  );
  const steps = (T: number) =>
    inProtocol(
      'horizon',
      () => `scores ${T} steps instead of ${horizon}`,
      () => ({ horizon: T }),
    );
  return [
    ...(horizon > 1 ? [steps(horizon - 1)] : []),
    steps(horizon + 1),
    ...(loss.state === 'position'
      ? []
      : [
          {
            id: 'velocity',
            tell: () => 'leaves all components but the position out of the loss',
            of: (implementation: Implementation): Implementation => ({ ...implementation, scored: 'first' }),
          },
        ]),
    ...states.map((state) =>
      inProtocol(
        'state',
        () => `has a loss that is ${STATES[state]} (loss.state "${state}")`,
        () => ({ loss: { ...loss, state } }),
      ),
    ),
    ...(loss.beta > 0
      ? [
          inProtocol(
            'control',
            () => 'leaves the control penalty out of the loss',
            () => ({ loss: { ...loss, beta: 0 } }),
          ),
          ...controls.map((control) =>
            inProtocol(
              'control-kind',
              () => `has a control penalty of kind "${control}"`,
              () => ({ loss: { ...loss, control } }),
            ),
          ),
        ]
      : []),
    ...(batch > 1
      ? [
          {
            id: 'batch-sum',
            tell: () => 'sums the loss over the batch instead of taking its mean',
            of: (implementation: Implementation): Implementation => ({ ...implementation, lossScale: batch }),
          },
        ]
      : []),
    {
      id: 'late',
      tell: () => 'gives the agent each observation one step late',
      of: (implementation) => ({ ...implementation, wiring: 'late' }),
    },
    {
      id: 'u0',
      tell: () => 'calls the agent at t = 0 already, so that u_0 is not zero',
      of: (implementation) => ({ ...implementation, wiring: 'from zero' }),
    },
    ...(plant.kind === 'integrator'
      ? [
          inProtocol(
            'dt',
            (value) => `steps the plant by ${factor(value)} the declared dt`,
            (_, value) => ({ plant: { ...plant, dt: value * plant.dt } }),
            FACTORS,
          ),
        ]
      : []),
  ];
}

/** The departure of starts drawn from a wider or narrower law. */
export const WIDER_STARTS: Departure = {
  id: 'start',
  tell: (value) => `draws starts ${factor(value)} as wide as declared`,
  parameter: FACTORS,
  of: (implementation, value) => ({ ...implementation, startScale: value }),
};

/** Departures of the update: before the first one they change neither weights nor losses. */
export function updateDepartures({ optimizer, trained, agent, firstUpdate = 0 }: Protocol): Departure[] {
  const names: readonly TensorName[] =
    agent.kind === 'linear-low-rank' ? ['m', 'z', 'U', 'V'] : agent.kind === 'linear' ? ['Wih', 'Whh', 'Who'] : [];
  const { clip, lr } = optimizer;
  return [
    inProtocol(
      'lr',
      (value) =>
        `has ${factor(value)} the declared learning rate, ${Number((value * lr).toPrecision(4))} instead of ${lr}`,
      (_, value) => ({ optimizer: { ...optimizer, lr: value * lr } }),
      FACTORS,
    ),
    ...(clip === null
      ? []
      : [
          inProtocol(
            'clip',
            (value) =>
              `clips at ${factor(value)} the declared norm, ${Number((value * clip).toPrecision(4))} instead of ${clip}`,
            (_, value) => ({ optimizer: { ...optimizer, clip: value * clip } }),
            FACTORS,
          ),
          inProtocol(
            'no-clip',
            () => 'does not clip gradients',
            () => ({ optimizer: { ...optimizer, clip: null } }),
          ),
          {
            id: 'per-tensor',
            tell: () => 'clips each tensor’s gradient by its own norm instead of all by their global norm',
            of: (implementation: Implementation): Implementation => ({ ...implementation, perTensor: true }),
          },
        ]),
    ...(optimizer.kind === 'sgd'
      ? [
          inProtocol(
            'momentum',
            (value) => `has momentum ${amount(value)} instead of ${optimizer.momentum ?? 0}`,
            (_, value) => ({ optimizer: { ...optimizer, momentum: value } }),
            { ...AMOUNTS, neutral: optimizer.momentum ?? 0 },
          ),
        ]
      : []),
    {
      id: 'decay',
      tell: (value) => `has a weight decay of ${amount(value)}`,
      parameter: AMOUNTS,
      of: (implementation, value) => ({ ...implementation, decay: value }),
    },
    ...(trained.length > 1
      ? trained.map((name) =>
          inProtocol(
            'frozen',
            () => `does not train ${name}`,
            () => ({ trained: trained.filter((other) => other !== name) }),
          ),
        )
      : []),
    ...names
      .filter((name) => !trained.includes(name))
      .map((name) =>
        inProtocol(
          'extra',
          () => `trains ${name} too`,
          () => ({ trained: names.filter((other) => other === name || trained.includes(other)) }),
        ),
      ),
    inProtocol(
      'first-update',
      () => (firstUpdate === 0 ? 'does not update in epoch 0' : 'updates from epoch 0 on'),
      () => ({ firstUpdate: firstUpdate === 0 ? 1 : 0 }),
    ),
  ];
}

/** The departures that a protocol may suffer, but for its precision. */
export function departuresFrom(protocol: Protocol): Departure[] {
  const after = protocol.rows === 'after-update';
  return [
    ...lossDepartures(protocol),
    ...updateDepartures(protocol),
    inProtocol(
      'rows',
      () => `logs its rows ${after ? 'before' : 'after'} the update`,
      () => ({ rows: after ? 'before-update' : 'after-update' }),
    ),
  ];
}
