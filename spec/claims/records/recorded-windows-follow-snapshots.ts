/**
 * Claim: recorded runs of any agent are repeated from snapshot to snapshot.
 */

import { ratesTimes } from '#src/problem/schema.js';
import { defineFileClaim } from '#src/runs/claim.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeSnapshots } from '#src/runs/judges/snapshots.js';
import { statement } from '#src/theory/records/recorded-windows-follow-snapshots.js';
import { misdeclared, withSnapshots } from '../../support/recorded.js';
import { SNAPSHOT_PROTOCOLS, snapshotRun } from '../../support/snapshots.js';

type Optimizer = RecordedRun['protocol']['optimizer'];

/** The record of another optimiser. */
const updated = (change: (optimizer: Optimizer) => Partial<Optimizer>) =>
  misdeclared(({ optimizer }) => ({ optimizer: { ...optimizer, ...change(optimizer) } as Optimizer }));

/** The record of other snapshots. */
const saved =
  (change: (snapshots: NonNullable<RecordedRun['snapshots']>) => void) =>
  (run: RecordedRun): RecordedRun => {
    const copy = structuredClone(run);
    if (copy.snapshots) change(copy.snapshots);
    return copy;
  };

export const claim = defineFileClaim({
  statement,
  list: [
    ...withSnapshots,
    ...SNAPSHOT_PROTOCOLS.map((protocol, seed) => ({
      name: `run ${seed}: ${protocol.agent.kind}, ${protocol.optimizer.kind}`,
      read: () => snapshotRun(protocol, seed, 5),
    })),
  ],
  judge: judgeSnapshots,
  floors: { 'every epoch': 0.9 },
  mutants: {
    'learning rate 1 % higher': updated((optimizer) => ({ lr: ratesTimes(optimizer, 1.01) })),
    'clip norm 10 % higher': updated(({ clip }) => ({ clip: clip === null ? null : 1.1 * clip })),
    'horizon off by one': misdeclared(({ horizon }) => ({ horizon: horizon - 1 })),
    'dt 2 % larger': misdeclared(({ plant }) =>
      plant.kind === 'linear' ? {} : { plant: { ...plant, dt: 1.02 * plant.dt } },
    ),
    'momentum 0.1': updated((optimizer) =>
      optimizer.kind === 'sgd' ? { momentum: (optimizer.momentum ?? 0) * 0.9 + 0.01 } : {},
    ),
    'β₂ of 0.99': updated((optimizer) => (optimizer.kind === 'sgd' ? {} : { beta2: 0.99 })),
    'weight decay left out': updated(() => ({ weightDecay: 0 })),
    'Nesterov momentum declared as plain': updated(({ kind }) => (kind === 'sgd' ? { nesterov: false } : {})),
    'a schedule one epoch late': updated(({ lr }) => ({
      lr: typeof lr === 'number' ? lr : [lr[0]!, ...lr.slice(0, -1)],
    })),
    'a weight of the last snapshot off by one part in a hundred': saved(({ Whh }) => {
      if (Whh) Whh.at(-1)![0]![0]! *= 1.01;
    }),
    'the memory of a snapshot 1 % larger': saved(({ optimizer }) => {
      const { momentum_buffer: velocity } = optimizer ?? {};
      if (velocity?.Whh) velocity.Whh = velocity.Whh.map((rows) => rows.map((row) => row.map((value) => 1.01 * value)));
    }),
    'starts of one epoch of another': (run) => {
      const x0 = run.starts?.x0;
      return x0 ? { ...run, starts: { ...run.starts, x0: x0.map((batch, e) => (e === 7 ? x0[8]! : batch)) } } : run;
    },
    'recorded one epoch late': (run) => ({ ...run, curves: { loss: run.curves.loss.slice(1) } }),
  },
});
