/**
 * Claim: recorded windows are exchangeable with windows of starts that the protocol draws anew.
 */

import { steadyRate } from '#src/problem/schema.js';
import { defineFileClaim } from '#src/runs/claim.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeChance } from '#src/runs/judges/chance.js';
import { statement } from '#src/theory/records/recorded-windows-are-exchangeable.js';
import { misdeclared, withSnapshots } from '../../support/recorded.js';
import { SNAPSHOT_PROTOCOLS, snapshotRun } from '../../support/snapshots.js';

type Optimizer = RecordedRun['protocol']['optimizer'];

/** The record of another optimiser. */
const updated = (change: (optimizer: Optimizer) => Partial<Optimizer>) =>
  misdeclared(({ optimizer }) => ({ optimizer: { ...optimizer, ...change(optimizer) } as Optimizer }));

/** A run whose starts, and what would tell them, were not recorded. */
const withoutStarts = ({ starts: _, curves: { moments: __, ...curves }, ...run }: RecordedRun): RecordedRun => ({
  ...run,
  curves,
});

/** Some of what PyTorch recorded with its starts: each case adds to what chance may refute of all claims together. */
const RECORDED = withSnapshots.filter((_, k) => k % 3 === 0);

/** Runs of several agents, long enough to tell something without starts: each has another agent and another optimiser. */
const RUNS = SNAPSHOT_PROTOCOLS.filter(({ optimizer }) => steadyRate(optimizer) !== undefined)
  .filter((_, k) => k % 9 === 0)
  .map((protocol, seed) => ({
    name: `run ${seed}: ${protocol.agent.kind}, ${protocol.optimizer.kind}`,
    read: () => withoutStarts(snapshotRun({ ...protocol, epochs: 40 }, seed, 4)),
  }));

export const claim = defineFileClaim({
  statement,
  list: [...RECORDED, ...RUNS],
  judge: judgeChance,
  floors: { 'all of a run': 0.9 },
  mutants: {
    'starts declared 10 % narrower': misdeclared(({ start }) =>
      start?.kind === 'uniform'
        ? { start: { ...start, low: 0.9 * start.low, high: 0.9 * start.high } }
        : start?.kind === 'normal'
          ? { start: { ...start, sd: 0.9 * start.sd } }
          : {},
    ),
    'learning rate 10 % higher': updated(({ lr }) => ({ lr: typeof lr === 'number' ? 1.1 * lr : lr })),
    'horizon off by one': misdeclared(({ horizon }) => ({ horizon: horizon - 1 })),
    'dt 5 % larger': misdeclared(({ plant }) =>
      plant.kind === 'linear' ? {} : { plant: { ...plant, dt: 1.05 * plant.dt } },
    ),
    'β₁ of 0.85': updated((optimizer) => (optimizer.kind === 'sgd' ? {} : { beta1: 0.85 })),
    'a tensor that is not trained': misdeclared(({ trained }) => ({ trained: trained.slice(1) })),
  },
});
