/**
 * Faults of gradients and updates: before the first one they change neither weights nor losses.
 */
import type { Tensor } from '../../agent/linear.js';
import { TENSORS } from '../../problem/agents.js';
import type { Protocol } from '../../problem/protocol.js';
import { hasMemory, type OptimizerSpec, type TensorName } from '../../problem/schema.js';
import {
  AMOUNTS,
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
  WIDE,
} from './kit.js';

/** A learning rate that changes from epoch to epoch, as a factor on the declared one. */
const schedule = (
  does: string | Fault['does'],
  rate: (epoch: number, value: number) => number,
  parameter?: FaultSize,
) => inPractice('schedule', does, (_, value) => ({ rate: (epoch) => rate(epoch, value) }), parameter);

/** Learning rates that change from epoch to epoch, as factors on the declared one. */
function schedules({ epochs, optimizer: { lr } }: Protocol): Fault[] {
  return [
    schedule(
      `lowers the learning rate along a cosine, from ${lr} to 0 over ${epochs} epochs`,
      (epoch) => (1 + Math.cos((Math.PI * epoch) / epochs)) / 2,
    ),
    schedule(`lowers the learning rate linearly, from ${lr} to 0 over ${epochs} epochs`, (epoch) => 1 - epoch / epochs),
    schedule(
      (value) => `multiplies the learning rate by ${rounded(value, 5)} in every epoch`,
      (epoch, value) => value ** epoch,
      { ...FACTORS, guesses: [0.9, 0.95, 0.99, 0.995, 0.999], noticeable: 0.99 },
    ),
    schedule(
      (value) => `warms the learning rate up over ${rounded(value)} epochs`,
      (epoch, value) => Math.min(1, (epoch + 1) / value),
      { ...FACTORS, above: 1, guesses: [2, 5, 10, 20, 50, 100, 1000], noticeable: 10 },
    ),
  ];
}

/** Steps that back-propagation may be truncated after. */
const TRUNCATIONS = [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40, 50, 64, 100] as const;

/** Faults of the gradient: where it does not flow back. */
export function gradientFaults({ horizon }: Protocol): Fault[] {
  return [
    fault('detached', 'detaches the observations from the plant, so that no gradient flows through it', () => ({
      cuts: { observations: true },
    })),
    ...TRUNCATIONS.filter((every) => every < horizon - 1).flatMap((every) => {
      const where = every === 1 ? 'in every step' : `every ${every} steps`;
      return [false, ...(every > 1 ? [true] : [])].flatMap((late) => [
        fault('truncated', `detaches the hidden state ${where}, so that gradients end there`, () => ({
          cuts: { every, late },
        })),
        fault('truncated', `truncates back-propagation ${where}: hidden state, plant and control are detached`, () => ({
          cuts: { every, late, plant: true },
        })),
      ]);
    }),
  ];
}

/** Faults of Adam, and of momentum. */
function optimizerFaults(optimizer: Protocol['optimizer']): Fault[] {
  const changed = (
    id: FaultId,
    does: string | Fault['does'],
    change: (value: number) => object,
    parameter?: FaultSize,
  ): Fault =>
    inPractice(id, does, (_, value) => ({ optimizer: { ...optimizer, ...change(value) } as OptimizerSpec }), parameter);
  if (optimizer.kind === 'sgd') {
    const { momentum = 0 } = optimizer;
    return [
      changed(
        'momentum',
        (value) => `has momentum ${rounded(value, 3)} instead of ${momentum}`,
        (value) => ({ momentum: value }),
        { ...SHARES, neutral: momentum },
      ),
      ...(momentum === 0
        ? []
        : [
            inPractice('nesterov', 'uses Nesterov momentum', () => ({ nesterov: true })),
            inPractice(
              'dampening',
              (value) => `dampens momentum by ${rounded(value)}`,
              (_, dampening) => ({ dampening }),
              {
                ...SHARES,
                guesses: [0.1, 0.5, 0.9],
              },
            ),
          ]),
    ];
  }
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = optimizer;
  const declaredDecay = optimizer.kind === 'adamw' ? (optimizer.weightDecay ?? 0.01) : 0;
  return [
    changed(
      'adamw',
      (value) =>
        `decays weights apart from the gradient, as AdamW does, by ${rounded(value, 3)} instead of ${declaredDecay}`,
      (weightDecay) => ({ kind: 'adamw', weightDecay }),
      {
        ...AMOUNTS,
        above: -1e-12,
        neutral: declaredDecay,
        guesses: [1e-3, 1e-2, 0.1, 1],
        noticeable: declaredDecay + 0.01,
      },
    ),
    changed(
      'eps',
      (value) => `has an ε of ${rounded(value * eps)} instead of ${eps}`,
      (value) => ({ eps: value * eps }),
      { ...FACTORS, guesses: [0.1, 10, 100, 1e3, 1e4, 1e5], noticeable: 1e3 },
    ),
    changed(
      'beta1',
      (value) => `has β₁ = ${rounded(value)} instead of ${beta1}`,
      (value) => ({ beta1: value }),
      { ...SHARES, neutral: beta1, guesses: [0, 0.5, 0.8, 0.95, 0.99], noticeable: beta1 - 0.1 * beta1 + 1e-3 },
    ),
    changed(
      'beta2',
      (value) => `has β₂ = ${rounded(value, 6)} instead of ${beta2}`,
      (value) => ({ beta2: value }),
      { ...SHARES, neutral: beta2, guesses: [0.9, 0.95, 0.98, 0.99, 0.9999], noticeable: 0.95 * beta2 + 1e-3 },
    ),
    inPractice('uncorrected', 'does not correct the means of Adam for their beginning', () => ({ uncorrected: true })),
  ];
}

/** Epochs that gradients may be added up over. */
const ACCUMULATIONS = [2, 4, 8] as const;

/** Faults of the update: before the first one they change neither weights nor losses. */
export function updateFaults(protocol: Protocol): Fault[] {
  const { optimizer, trained, agent, firstUpdate = 0 } = protocol;
  const names: readonly TensorName[] =
    agent.kind === 'linear-low-rank' ? ['m', 'z', 'U', 'V'] : agent.kind === 'linear' ? ['Wih', 'Whh', 'Who'] : [];
  const { clip, lr } = optimizer;
  const clipped = (value: number): string => {
    const scale = Math.round(Math.log2(1 / value));
    const unscaled = scale >= 4 && Math.abs(value * 2 ** scale - 1) < 1e-3;
    return unscaled
      ? `clips gradients before it unscales them, by ${2 ** scale}`
      : `clips at ${times(value)} the declared norm, ${rounded(value * clip!)} instead of ${clip}`;
  };
  return [
    inPractice(
      'lr',
      (value) => `has ${times(value)} the declared learning rate, ${rounded(value * lr)} instead of ${lr}`,
      (_, value) => ({ optimizer: { ...optimizer, lr: value * lr } }),
      FACTORS,
    ),
    ...(clip === null
      ? []
      : [
          inPractice('clip', clipped, (_, value) => ({ optimizer: { ...optimizer, clip: value * clip } }), WIDE),
          inPractice('no-clip', 'does not clip gradients', () => ({ optimizer: { ...optimizer, clip: null } })),
          inPractice('per-tensor', 'clips each tensor by its own norm instead of all by the global norm', () => ({
            clipping: 'per tensor',
          })),
          inPractice('clip-value', `clips every entry of the gradient at ${clip}, not the norm`, () => ({
            clipping: 'entries',
          })),
          inPractice('clip-largest', 'clips by the largest entry of the gradient, not by its norm', () => ({
            clipping: 'largest entry',
          })),
        ]),
    ...optimizerFaults(optimizer),
    inPractice(
      'decay',
      (value) => `has a weight decay of ${rounded(value, 3)}`,
      (_, decay) => ({ decay }),
      AMOUNTS,
    ),
    ...(trained.length > 1
      ? trained.map((name) =>
          name in TENSORS
            ? inPractice('frozen', `does not train ${name}`, () => ({
                frozen: [TENSORS[name as keyof typeof TENSORS].tensor as Tensor],
              }))
            : inProtocol('frozen', `does not train ${name}`, () => ({
                trained: trained.filter((other) => other !== name),
              })),
        )
      : []),
    inPractice('accumulated', 'does not set gradients to zero', () => ({ accumulates: Number.POSITIVE_INFINITY })),
    ...ACCUMULATIONS.map((accumulates) =>
      inPractice('accumulated', `adds gradients up over ${accumulates} epochs before each update`, () => ({
        accumulates,
      })),
    ),
    ...schedules(protocol),
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

/** Faults of the update that begin in an epoch. */
export const lateFaults = ({ optimizer }: Protocol, from: number): Fault[] => [
  schedule(
    (value) => `multiplies the learning rate by ${rounded(value)} every ${from} epochs, from epoch ${from} on`,
    (epoch, value) => value ** Math.floor(epoch / from),
    FACTORS,
  ),
  ...(!hasMemory(optimizer)
    ? []
    : [
        inPractice('memory', `loses what the optimiser remembers before the update of epoch ${from}`, () => ({
          forgets: from,
        })),
      ]),
];
