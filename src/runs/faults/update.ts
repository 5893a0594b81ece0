/**
 * Faults of gradients and updates: before the first one they change neither weights nor losses.
 */
import type { Tensor } from '../../agent/linear.js';
import { TENSORS } from '../../problem/agents.js';
import type { Protocol } from '../../problem/protocol.js';
import {
  hasMemory,
  type OptimizerSpec,
  rateAt,
  ratesTimes,
  type TensorName,
  weightDecayOf,
} from '../../problem/schema.js';
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

/** Another optimiser in place of the declared one. */
const inOptimizer = (
  id: FaultId,
  does: string | Fault['does'],
  change: (optimizer: OptimizerSpec, value: number, epochs: number) => object,
  parameter?: FaultSize,
): Fault =>
  inPractice(
    id,
    does,
    ({ optimizer, epochs }, value) => ({
      optimizer: { ...optimizer, ...change(optimizer, value, epochs) } as OptimizerSpec,
    }),
    parameter,
  );

/** Learning rates that differ from the declared ones from epoch to epoch. */
const schedule = (
  does: string | Fault['does'],
  rate: (declared: (epoch: number) => number, epoch: number, value: number) => number,
  parameter?: FaultSize,
) =>
  inOptimizer(
    'schedule',
    does,
    (optimizer, value, epochs) => ({
      lr: Array.from({ length: epochs }, (_, epoch) => rate((e) => rateAt(optimizer, e), epoch, value)),
    }),
    parameter,
  );

/** What schedules programs follow instead. */
function schedules({ epochs, optimizer: { lr } }: Protocol): Fault[] {
  if (typeof lr !== 'number')
    return [
      schedule(
        'applies each learning rate one epoch early, as a scheduler does that steps before the optimizer',
        (declared, epoch) => declared(epoch + 1),
      ),
      schedule('applies each learning rate one epoch late', (declared, epoch) => declared(Math.max(0, epoch - 1))),
      schedule(`does not change its learning rate, but keeps ${lr[0]}`, (declared) => declared(0)),
    ];
  return [
    schedule(
      `lowers the learning rate along a cosine, from ${lr} to 0 over ${epochs} epochs`,
      (declared, epoch) => (declared(epoch) * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2,
    ),
    schedule(
      `lowers the learning rate linearly, from ${lr} to 0 over ${epochs} epochs`,
      (declared, epoch) => declared(epoch) * (1 - epoch / epochs),
    ),
    schedule(
      (value) => `multiplies the learning rate by ${rounded(value, 5)} in every epoch`,
      (declared, epoch, value) => declared(epoch) * value ** epoch,
      { ...FACTORS, guesses: [0.9, 0.95, 0.99, 0.995, 0.999], noticeable: 0.99 },
    ),
    schedule(
      (value) => `warms the learning rate up over ${rounded(value)} epochs`,
      (declared, epoch, value) => declared(epoch) * Math.min(1, (epoch + 1) / value),
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

/** Faults of Adam, of momentum, and of weight decay. */
function optimizerFaults(optimizer: OptimizerSpec): Fault[] {
  const declaredDecay = weightDecayOf(optimizer);
  const amounts = { ...AMOUNTS, above: -1e-12, noticeable: declaredDecay + 0.01 };
  const instead = declaredDecay === 0 ? '' : ` instead of ${declaredDecay}`;
  // What is missing altogether: a fit would end at the edge of its range.
  const without = (id: FaultId, does: string, setting: object, declared: number): Fault[] =>
    declared === 0 ? [] : [inOptimizer(id, does, () => setting)];
  const undecayed = without('decay', 'does not decay weights', { weightDecay: 0 }, declaredDecay);
  if (optimizer.kind === 'sgd') {
    const { momentum = 0, nesterov = false, dampening = 0 } = optimizer;
    return [
      inOptimizer(
        'momentum',
        (value) => `has momentum ${rounded(value, 3)} instead of ${momentum}`,
        (_, value) => ({ momentum: value }),
        { ...SHARES, neutral: momentum },
      ),
      ...without('momentum', 'has no momentum', { momentum: 0 }, momentum),
      ...(momentum === 0
        ? []
        : [
            inOptimizer(
              'nesterov',
              nesterov ? 'uses plain momentum, not Nesterov’s' : 'uses Nesterov momentum',
              () => ({
                nesterov: !nesterov,
              }),
            ),
            inOptimizer(
              'dampening',
              (value) => `dampens momentum by ${rounded(value)} instead of ${dampening}`,
              (_, value) => ({ dampening: value }),
              { ...SHARES, neutral: dampening, guesses: [0.1, 0.5, 0.9] },
            ),
            ...without('dampening', 'does not dampen momentum', { dampening: 0 }, dampening),
          ]),
      inOptimizer(
        'decay',
        (value) => `has a weight decay of ${rounded(value, 3)}${instead}`,
        (_, weightDecay) => ({ weightDecay }),
        { ...amounts, neutral: declaredDecay },
      ),
      ...undecayed,
    ];
  }
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = optimizer;
  const { kind } = optimizer;
  const guesses = [1e-3, 1e-2, 0.1, 1];
  const sizeOf = (other: OptimizerSpec['kind']): FaultSize => ({
    ...amounts,
    neutral: kind === other ? declaredDecay : 0,
    guesses,
  });
  return [
    inOptimizer(
      'adamw',
      (value) =>
        `decays weights apart from the gradient, as AdamW does, by ${rounded(value, 3)}${kind === 'adamw' ? instead : ''}`,
      (_, weightDecay) => ({ kind: 'adamw', weightDecay }),
      sizeOf('adamw'),
    ),
    inOptimizer(
      'decay',
      (value) =>
        `adds a weight decay of ${rounded(value, 3)} to the gradient, as Adam does${kind === 'adam' ? instead : ''}`,
      (_, weightDecay) => ({ kind: 'adam', weightDecay }),
      sizeOf('adam'),
    ),
    ...undecayed,
    inOptimizer(
      'eps',
      (value) => `has an ε of ${rounded(value * eps)} instead of ${eps}`,
      (_, value) => ({ eps: value * eps }),
      { ...FACTORS, guesses: [0.1, 10, 100, 1e3, 1e4, 1e5], noticeable: 1e3 },
    ),
    inOptimizer(
      'beta1',
      (value) => `has β₁ = ${rounded(value)} instead of ${beta1}`,
      (_, value) => ({ beta1: value }),
      { ...SHARES, neutral: beta1, guesses: [0, 0.5, 0.8, 0.95, 0.99], noticeable: beta1 - 0.1 * beta1 + 1e-3 },
    ),
    inOptimizer(
      'beta2',
      (value) => `has β₂ = ${rounded(value, 6)} instead of ${beta2}`,
      (_, value) => ({ beta2: value }),
      { ...SHARES, neutral: beta2, guesses: [0.9, 0.95, 0.98, 0.99, 0.9999], noticeable: 0.95 * beta2 + 1e-3 },
    ),
    inPractice('uncorrected', 'does not correct the means of Adam for their beginning', () => ({ uncorrected: true })),
  ];
}

/** Faults of clipping. */
function clippingFaults({ clip, clipValue }: OptimizerSpec): Fault[] {
  const none = inOptimizer('no-clip', 'does not clip gradients', () => ({ clip: null, clipValue: undefined }));
  const unscaled = (value: number): string | undefined => {
    const scale = Math.round(Math.log2(1 / value));
    return scale >= 4 && Math.abs(value * 2 ** scale - 1) < 1e-3
      ? `clips gradients before it unscales them, by ${2 ** scale}`
      : undefined;
  };
  if (clipValue !== undefined)
    return [
      inOptimizer(
        'clip',
        (value) =>
          unscaled(value) ??
          `clips entries at ${times(value)} the declared bound, ${rounded(value * clipValue)} instead of ${clipValue}`,
        (_, value) => ({ clipValue: value * clipValue }),
        WIDE,
      ),
      none,
      inOptimizer('clip-value', `clips the norm of the gradients at ${clipValue}, not every entry`, () => ({
        clip: clipValue,
        clipValue: undefined,
      })),
    ];
  if (clip === null) return [];
  return [
    inOptimizer(
      'clip',
      (value) =>
        unscaled(value) ?? `clips at ${times(value)} the declared norm, ${rounded(value * clip)} instead of ${clip}`,
      (_, value) => ({ clip: value * clip }),
      WIDE,
    ),
    none,
    inPractice('per-tensor', 'clips each tensor by its own norm instead of all by the global norm', () => ({
      clipping: 'per tensor',
    })),
    inOptimizer('clip-value', `clips every entry of the gradient at ${clip}, not the norm`, () => ({
      clip: null,
      clipValue: clip,
    })),
    inPractice('clip-largest', 'clips by the largest entry of the gradient, not by its norm', () => ({
      clipping: 'largest entry',
    })),
  ];
}

/** Epochs that gradients may be added up over. */
const ACCUMULATIONS = [2, 4, 8] as const;

/** Faults of the update: before the first one they change neither weights nor losses. */
export function updateFaults(protocol: Protocol): Fault[] {
  const { optimizer, trained, agent, firstUpdate = 0 } = protocol;
  const names: readonly TensorName[] =
    agent.kind === 'linear-low-rank' ? ['m', 'z', 'U', 'V'] : agent.kind === 'linear' ? ['Wih', 'Whh', 'Who'] : [];
  const { lr } = optimizer;
  return [
    inOptimizer(
      'lr',
      (value) =>
        typeof lr === 'number'
          ? `has ${times(value)} the declared learning rate, ${rounded(value * lr)} instead of ${lr}`
          : `has ${times(value)} the declared learning rates`,
      (_, value) => ({ lr: ratesTimes(optimizer, value) }),
      FACTORS,
    ),
    ...clippingFaults(optimizer),
    ...optimizerFaults(optimizer),
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
    (declared, epoch, value) => declared(epoch) * value ** Math.floor(epoch / from),
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
