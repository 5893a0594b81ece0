/**
 * Runs of any agent, repeated from snapshot to snapshot: honest ones hold, whatever rounded them, and faulty ones do not.
 */
import { describe, expect, it } from 'vitest';
import { found } from '#spec/runs/support/evidence.js';
import { canTrain, type Job, torchRuns } from '#spec/runs/support/torch-trainer.js';
import { fixture } from '#spec/support/recorded.js';
import { SNAPSHOT_PROTOCOLS, snapshotRun } from '#spec/support/snapshots.js';
import type { Evidence } from '#src/claims/evidence.js';
import { ratioOf } from '#src/claims/evidence.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { affordable, judgeSnapshots } from '#src/runs/judges/snapshots.js';
import { type SnapshotRecord, snapshotRecordOf } from '#src/runs/snapshots.js';

const judged = (run: RecordedRun, effort?: number): Evidence => found(judgeSnapshots, run, effort);
const worst = (evidence: Evidence): number => ratioOf(evidence.worst()!);
const copyOf = (run: RecordedRun, change: (run: RecordedRun) => void): RecordedRun => {
  const copy = structuredClone(run);
  change(copy);
  return copy;
};

const tanh = fixture('pytorch-tanh-adam').read();
const relu = fixture('pytorch-relu-momentum').read();

describe('a record of snapshots', () => {
  it('is judged on every epoch, and at every end', () => {
    const { notes, coverage, open, undecided } = judged(tanh);
    expect({ notes, open, undecided }).toEqual({
      notes: ['20 of 20 epochs, weights at 4 of 4 ends'],
      open: false,
      undecided: undefined,
    });
    expect(coverage).toEqual(['loss', 'gradNorm'].map((channel) => ({ channel, epochs: 20, of: 20 })));
  });

  it('is refuted for a loss, a norm, a weight, a memory, or starts that are off', () => {
    const faults: ((run: RecordedRun) => void)[] = [
      ({ curves }) => (curves.loss[17]! *= 1.001),
      ({ curves }) => (curves.gradNorm![3]! *= 1.001),
      ({ curves }) => (curves.loss[17] = Number.NaN),
      ({ snapshots }) => (snapshots!.Whh![2]![3]![4]! += 1e-3),
      ({ weights }) => (weights!.final!.Who![0]![4]! += 1e-3),
      ({ snapshots }) => (snapshots!.optimizer!.momentum_buffer!.Whh![3]![0]![1]! += 0.01),
      ({ starts }) => (starts!.x0![12]![0]![0]! += 0.01),
    ];
    for (const fault of faults) expect(worst(judged(copyOf(relu, fault)))).toBeGreaterThan(1);
  });

  it('is refuted where it has numbers and its repetition has none', () => {
    const run = copyOf(relu, ({ protocol }) => {
      protocol.optimizer.lr = 1e200;
      protocol.optimizer.clip = null;
    });
    expect(worst(judged(run))).toBe(Number.POSITIVE_INFINITY);
  });

  it('names the window, the number and both values', () => {
    const run = copyOf(relu, ({ curves }) => (curves.loss[17]! *= 2));
    expect(judged(run).worst()!.quantity).toMatch(
      /^repeated from the weights at epoch 15, loss disagrees at epoch 17: recorded \S+, predicted \S+$/,
    );
  });

  it('tells which weights of an agent move that are not trained', () => {
    const run = copyOf(
      fixture('pytorch-tracking-adam').read(),
      ({ weights }) => (weights!.final!.Wih![0]![0]! += 1e-3),
    );
    expect(judged(run).worst()!.quantity).toMatch(/Wih, entry 0, disagrees at epoch 20/);
  });
});

describe('less evidence', () => {
  it('without starts decides nothing, and names them', () => {
    const { starts: _, ...run } = tanh;
    expect(judged(run as RecordedRun).undecided).toBe('what epochs were evaluated on is unknown: add starts.x0');
  });

  it('without the memory is followed from epoch 0, and undecided if that is less than half', () => {
    const run = copyOf(tanh, ({ snapshots }) => delete snapshots!.optimizer);
    const { undecided, open } = judged(run);
    expect(undecided).toBe(
      '5 of 20 epochs judged: what the optimiser remembers is unknown: add snapshots.optimizer.exp_avg and snapshots.optimizer.exp_avg_sq',
    );
    expect(open).toBe(true);
  });

  it('without snapshots is followed from the initial weights', () => {
    const { snapshots: _, ...run } = tanh;
    expect(judged(run as RecordedRun).notes).toEqual(['20 of 20 epochs, weights at 1 of 1 ends']);
  });

  it('of starts of some epochs judges those', () => {
    const run = copyOf(tanh, (file) => {
      file.starts = { first: 5, x0: file.starts!.x0!.slice(5, 18) };
    });
    expect(judged(run).notes).toEqual([
      '13 of 20 epochs, weights at 2 of 3 ends: starts are not recorded of every epoch',
    ]);
  });

  it('of rows of some epochs judges those, and a fault between them by the weights', () => {
    const run = copyOf(tanh, ({ curves }) => {
      const epochs = [0, 4, 8, 12, 16];
      curves.epochs = epochs;
      for (const column of [curves.loss, curves.gradNorm!])
        column.forEach((_, e) => {
          if (!epochs.includes(e)) column[e] = Number.NaN;
        });
    });
    expect(judged(run).notes).toEqual(['5 of 5 epochs, weights at 4 of 4 ends']);
    expect(worst(judged(copyOf(run, ({ starts }) => (starts!.x0![14]![0]![0]! += 0.1))))).toBeGreaterThan(1);
  });

  it('beyond the budget takes windows from all over the run, and says how many', () => {
    const record = snapshotRecordOf(tanh) as SnapshotRecord;
    const { chosen, all } = affordable(record, 2e-5);
    expect(all).toBe(false);
    expect(chosen[0]!.from.epoch).toBe(10);
    expect(judged(tanh, 1e-5).undecided).toMatch(/^\d+ of 20 epochs judged: the rest is beyond the budget of work/);
    expect(judged(tanh, 1e-12).undecided).toMatch(/^the rest is beyond the budget of work/);
  });
});

describe('numbers of few digits', () => {
  const rounded = (value: unknown, digits: number): unknown =>
    typeof value === 'number'
      ? Number(value.toPrecision(digits))
      : Array.isArray(value)
        ? value.map((part) => rounded(part, digits))
        : Object.fromEntries(Object.entries(value as object).map(([name, part]) => [name, rounded(part, digits)]));

  it.each([3, 4, 5, 6])('never refute an honest run: %i digits', (digits) => {
    for (const protocol of SNAPSHOT_PROTOCOLS.filter((_, k) => k % 3 === 0)) {
      const run = snapshotRun(protocol, 40 + digits, 6);
      for (const field of ['curves', 'starts', 'snapshots', 'weights'] as const) {
        const coarse = { ...run, [field]: rounded(run[field], digits) } as RecordedRun;
        if (field === 'snapshots') coarse.snapshots!.epochs = run.snapshots!.epochs;
        const evidence = judged(coarse);
        if (evidence.undecided === undefined || evidence.open) expect(worst(evidence)).toBeLessThanOrEqual(1);
      }
    }
  });
});

const absent = !canTrain();
const trained = (...jobs: readonly Job[]): RecordedRun[] => torchRuns(jobs).map(({ run }) => run);

/** A loss by its matrices. */
const MATRICES = {
  Q: [
    [1, 0.5],
    [0.5, 2],
  ],
  R: [[0.1]],
  discount: 0.95,
  reduction: 'mean',
};

/** Warmed up, then along a cosine: 60 epochs. */
const SCHEDULED = {
  kind: 'sgd',
  lr: Array.from({ length: 60 }, (_, e) => 0.01 * Math.min(1, e / 5) * (1 + Math.cos(e / 20))),
  clip: null,
  clipValue: 0.05,
  momentum: 0.9,
  nesterov: true,
  weightDecay: 0.01,
};

describe('runs that PyTorch trained', () => {
  if (absent) it.skip('are not tried: no torch (apt-get install python3-torch)');
  const adam = { kind: 'adam', lr: 0.003, clip: 1 };
  const biased = ['Wih', 'Whh', 'Who', 'bih', 'bhh'];
  const tracking = { mode: 'tracking', agent: 'linear', leak: 0.1, dt: 0.1, T: 40, trained: ['Whh', 'Who'] };
  const jobs = [
    { seed: 1 },
    { seed: 2, agent: 'relu', optimizer: adam, rows: 'after-update' },
    { seed: 3, agent: 'linear', leak: 0.5, optimizer: { ...adam, kind: 'adamw' }, precision: 'f64' },
    { seed: 4, agent: 'gru', trained: biased, optimizer: { kind: 'sgd', lr: 0.003, clip: 1, momentum: 0.9 } },
    { seed: 5, mode: 'open-loop', firstUpdate: 1, optimizer: adam },
    { seed: 6, ...tracking, optimizer: { ...adam, clip: null } },
    { seed: 12, loss: MATRICES, optimizer: adam },
    {
      seed: 13,
      agent: 'linear',
      leak: 0.5,
      loss: { ...MATRICES, reduction: 'sum' },
      firstUpdate: 1,
      optimizer: { ...adam, clip: null },
    },
    { seed: 14, agent: 'gru', trained: biased, loss: { Q: MATRICES.Q, reduction: 'mean' }, precision: 'f64' },
    { seed: 7, optimizer: SCHEDULED },
    {
      seed: 8,
      agent: 'relu',
      optimizer: { kind: 'sgd', lr: 0.01, clip: 1, momentum: 0.8, dampening: 0.3, weightDecay: 0.05 },
    },
    { seed: 9, agent: 'gru', trained: biased, optimizer: { ...adam, weightDecay: 0.1 } },
    { seed: 10, ...tracking, firstUpdate: 1, optimizer: { ...SCHEDULED, clipValue: 0.5 } },
    {
      seed: 11,
      rows: 'after-update',
      optimizer: { kind: 'adam', lr: SCHEDULED.lr, clip: null, clipValue: 0.1 },
      precision: 'f64',
    },
    { seed: 17, trained: biased, optimizer: adam },
    { seed: 18, agent: 'linear', leak: 0.5, trained: biased, precision: 'f64' },
    {
      seed: 19,
      agent: 'relu',
      trained: [...biased, 'bho'],
      optimizer: { kind: 'sgd', lr: 0.003, clip: 1, momentum: 0.9 },
    },
    { seed: 20, agent: 'gru', mode: 'open-loop', trained: [...biased, 'bho'], optimizer: adam },
    { seed: 22, agent: 'lstm', trained: biased, optimizer: adam },
    { seed: 23, agent: 'lstm', trained: [...biased, 'bho'], mode: 'open-loop', precision: 'f64' },
    { seed: 21, mode: 'open-loop', trained: ['Whh', 'Who', 'bho'], biases: ['bih'], firstUpdate: 1 },
  ];

  it.skipIf(absent)('hold on every epoch', () => {
    for (const run of trained(...jobs)) {
      expect(judged(run).notes).toEqual(['60 of 60 epochs, weights at 6 of 6 ends']);
      expect(worst(judged(run))).toBeLessThanOrEqual(1);
    }
  });

  it.skipIf(absent)('are refuted with a flaw', { timeout: 600_000 }, () => {
    const flaws = [{ flaw: 'lr', value: 1.01 }, { flaw: 'frozen', value: 'Who' }, { flaw: 'accumulated' }];
    for (const run of trained(...jobs.flatMap((job) => flaws.map((flaw) => ({ ...job, ...flaw })))))
      expect(worst(judged(run))).toBeGreaterThan(1);
    const still = jobs.flatMap((job) =>
      (job.trained ?? []).filter((name) => name.startsWith('b')).map((value) => ({ ...job, value })),
    );
    for (const run of trained(...still.map((job) => ({ ...job, flaw: 'frozen' }))))
      expect(worst(judged(run))).toBeGreaterThan(1);
    const swapped = jobs.filter(({ agent }) => agent === 'lstm').map((job) => ({ ...job, flaw: 'swapped' }));
    for (const run of trained(...swapped)) expect(worst(judged(run))).toBeGreaterThan(1);
    const late = jobs.map((job) => ({ ...job, flaw: 'lr', value: 1.1, since: 30 }));
    for (const run of trained(...late))
      expect(judged(run).worst()!.quantity).toMatch(/^repeated from the weights at epoch (30|40|50)/);
  });
});
