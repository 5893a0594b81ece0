/**
 * Runs of any agent that windows refute: what is wrong with them is named.
 */
import { describe, expect, it } from 'vitest';
import { canTrain, torchRuns } from '#spec/runs/support/torch-trainer.js';
import { fixture } from '#spec/support/recorded.js';
import { SNAPSHOT_PROTOCOLS, snapshotRun } from '#spec/support/snapshots.js';
import { isMatrixLoss, type LossSpec, type OptimizerSpec, type RunProtocol, ratesTimes } from '#src/problem/schema.js';
import { type Diagnosis, diagnose } from '#src/runs/diagnosis/diagnosis.js';
import type { RecordedRun } from '#src/runs/format/schema.js';

/** The diagnosis of a run that declares something else than was done. */
const diagnosed = (run: RecordedRun, change: (protocol: RunProtocol) => Partial<RunProtocol>): Diagnosis =>
  diagnose({ ...run, protocol: { ...run.protocol, ...change(run.protocol) } as RecordedRun['protocol'] })!;

const ids = ({ likeliest, alsoFit }: Diagnosis): (string | undefined)[] => [
  likeliest?.id,
  ...alsoFit.map(({ id }) => id),
];

const tanh = fixture('pytorch-tanh-adam').read();
const relu = fixture('pytorch-relu-momentum').read();
const gru = fixture('pytorch-gru').read();
const tracking = fixture('pytorch-tracking-adam').read();

/** By value, Nesterov momentum, weight decay, and a learning rate along a cosine. */
const scheduled = snapshotRun(SNAPSHOT_PROTOCOLS[4]!, 5, 6);
/** A rate that stays, declared to fall. */
const steady = snapshotRun(SNAPSHOT_PROTOCOLS[1]!, 5, 6);

/** A loss by its matrices. */
const weighed = snapshotRun(SNAPSHOT_PROTOCOLS.find(({ loss }) => isMatrixLoss(loss))!, 5, 6);
const withLoss =
  (change: object) =>
  ({ loss }: RunProtocol) => ({ loss: { ...loss, ...change } as LossSpec });

/** Another optimiser. */
const withOptimizer =
  (change: (optimizer: OptimizerSpec) => object) =>
  ({ optimizer }: RunProtocol) => ({
    optimizer: { ...optimizer, ...change(optimizer) },
  });

describe('a refuted run of snapshots', () => {
  it.each<[string, RecordedRun, (protocol: RunProtocol) => object, number?]>([
    ['horizon', tanh, ({ horizon }) => ({ horizon: horizon + 1 })],
    ['leak', relu, ({ agent }) => ({ agent: { ...agent, leak: 0.98 } }), 1],
    ['leak', tracking, ({ agent }) => ({ agent: { ...agent, leak: 0.11 } }), 0.1],
    ['dt', relu, ({ plant }) => ({ plant: { ...plant, dt: 1.02 } }), 1 / 1.02],
    ['lr', relu, ({ optimizer }) => ({ optimizer: { ...optimizer, lr: ratesTimes(optimizer, 1.03) } }), 1 / 1.03],
    ['momentum', relu, ({ optimizer }) => ({ optimizer: { ...optimizer, momentum: 0.8 } }), 0.9],
    ['beta2', tanh, ({ optimizer }) => ({ optimizer: { ...optimizer, beta2: 0.99 } }), 0.999],
    ['adamw', gru, ({ optimizer }) => ({ optimizer: { ...optimizer, weightDecay: 0 } }), 0.1],
    ['schedule', steady, withOptimizer(() => ({ lr: Array.from({ length: 18 }, (_, e) => 0.01 * 0.9 ** e) }))],
    ['first-update', tanh, () => ({ firstUpdate: 1 })],
    ['state', weighed, withLoss({ reduction: 'sum' })],
    ['discount', weighed, withLoss({ discount: 1 }), 0.9],
    ['penalty', weighed, withLoss({ R: [[0.11]] }), 1 / 1.1],
    ['nesterov', scheduled, withOptimizer(() => ({ nesterov: false }))],
    ['nesterov', relu, withOptimizer(() => ({ nesterov: true }))],
    ['dampening', relu, withOptimizer(() => ({ dampening: 0.2 }))],
    ['decay', scheduled, withOptimizer(() => ({ weightDecay: 0.05 })), 0.01],
    ['decay', relu, withOptimizer(() => ({ weightDecay: 0.05 }))],
    ['decay', tanh, withOptimizer(() => ({ weightDecay: 0.05 }))],
    ['adamw', gru, withOptimizer(() => ({ kind: 'adam', weightDecay: 0.1 })), 0.1],
    ['clip', scheduled, withOptimizer(() => ({ clipValue: 0.11 })), 1 / 1.1],
    ['clip-value', scheduled, withOptimizer(() => ({ clip: 0.1, clipValue: undefined }))],
    ['lr', scheduled, withOptimizer((optimizer) => ({ lr: ratesTimes(optimizer, 1.03) })), 1 / 1.03],
    ['schedule', scheduled, withOptimizer(({ lr }) => ({ lr: [...(lr as number[]).slice(1), 0] }))],
    ['schedule', scheduled, withOptimizer(({ lr }) => ({ lr: [0.02, ...(lr as number[]).slice(0, -1)] }))],
  ])('is told of its %s', (id, run, change, value) => {
    const diagnosis = diagnosed(run, change);
    expect(ids(diagnosis)).toContain(id);
    const found = [diagnosis.likeliest!, ...diagnosis.alsoFit].find((one) => one.id === id)!;
    if (value !== undefined) expect(Math.abs(found.value! - value)).toBeLessThanOrEqual(0.01 * value);
    expect(diagnosis.evidence).toMatch(/^windows from/);
    expect(diagnosis.break.around.map(({ epoch }) => epoch)).toContain(diagnosis.break.epoch);
  });

  it('in single precision declared as double is told so, where its numbers do not show it', () => {
    let k = 0;
    const moved = (value: unknown): unknown =>
      typeof value === 'number'
        ? value * (1 + 1e-12 * Math.sin(k++))
        : Array.isArray(value)
          ? value.map(moved)
          : Object.fromEntries(Object.entries(value as object).map(([name, part]) => [name, moved(part)]));
    const { curves, weights, starts, snapshots, ...rest } = relu;
    const { epochs, ...tensors } = snapshots!;
    const run = {
      ...rest,
      ...(moved({ curves, weights, starts }) as object),
      snapshots: { epochs, ...(moved(tensors) as object) },
    } as RecordedRun;
    expect(diagnosed(run, () => ({ precision: 'f64' })).likeliest?.id).toBe('precision');
  });

  it('is given no name that does not fit: a loss that is off alone', () => {
    const run = structuredClone(relu);
    run.curves.loss[17]! *= 1.01;
    const { likeliest, break: place } = diagnosed(run, () => ({}));
    expect(likeliest).toBeUndefined();
    expect(place).toMatchObject({ epoch: 17, quantity: 'loss', equation: 'the loss, or an update since epoch 15' });
  });

  it('has faults excluded that end far from it at once', () => {
    const { notTestable } = diagnosed(tanh, ({ horizon }) => ({ horizon: horizon + 1 }));
    for (const id of ['state', 'late', 'u0', 'detached', 'truncated', 'no-clip'] as const)
      expect(notTestable).not.toContain(id);
  });

  it('which holds has no diagnosis', () => {
    expect(diagnose(tanh)).toBeUndefined();
    expect(diagnose(snapshotRun(SNAPSHOT_PROTOCOLS[0]!, 3, 6))).toBeUndefined();
  });
});

const absent = !canTrain();

describe('a run that PyTorch trained otherwise than declared', () => {
  if (absent) it.skip('is not tried: no torch (apt-get install python3-torch)');
  const gated = { trained: ['Wih', 'Whh', 'Who', 'bih', 'bhh'] };
  it.skipIf(absent).each([
    [
      'detached',
      { agent: 'relu', leak: 0.5 },
      undefined,
      'detaches the observations from the plant, so that no gradient flows through it',
    ],
    ['truncated', { agent: 'tanh' }, 4, 'detaches the hidden state every 4 steps, so that gradients end there'],
    [
      'truncated',
      { agent: 'gru', ...gated },
      5,
      'detaches the hidden state every 5 steps, so that gradients end there',
    ],
    [
      'truncated',
      { agent: 'lstm', ...gated },
      5,
      'detaches the hidden state every 5 steps, so that gradients end there',
    ],
    [
      'scored',
      { beta: 0.05 },
      undefined,
      'scores x_1 … x_20 instead of x_0 … x_19, and the control that led to each with it',
    ],
    ['leak', { leak: 0.5 }, 1.02, 'has a leak of 0.51 instead of 0.5'],
  ])('is told so: %s, %j', (flaw, job, value, does) => {
    const [honest, flawed] = torchRuns([
      { seed: 31, ...job },
      { seed: 31, ...job, flaw, value },
    ]);
    expect(diagnose(honest!.run)).toBeUndefined();
    expect(diagnose(flawed!.run)!.likeliest).toMatchObject({ id: flaw, does });
  });
});
