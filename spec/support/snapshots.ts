/**
 * Runs of any agent that are recorded whole: starts of every epoch, and snapshots.
 */

import type { Agent } from '#src/agent/agent.js';
import { evidenceOf } from '#src/cli/train-evidence.js';
import { Stream } from '#src/linalg/random.js';
import { kindOf, type ProblemKind, supportOf } from '#src/problem/kinds.js';
import { openLoopOf, PROTOCOLS, type RnnProtocol, type TrackingProtocol } from '#src/problem/protocol.js';
import type { OptimizerSpec, RunProtocol } from '#src/problem/schema.js';
import { parseRun } from '#src/runs/format/read.js';
import { runText, type TrainedRun } from '#src/runs/format/record.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { problemOf } from '#src/training/problems.js';
import { train } from '#src/training/train.js';

/** A run of our own, trained at the declared precision, with snapshots so many epochs apart. */
export function snapshotRun(declared: RunProtocol, seed: number, every: number): RecordedRun {
  const kind: ProblemKind = kindOf(declared);
  const support = supportOf(kind, declared);
  if ('unsupported' in support) throw new Error(support.unsupported);
  const protocol = support.protocol as RunProtocol;
  const random = new Stream(seed);
  const { draw, explicit, source, trials } = problemOf(kind);
  const initial = draw(protocol, random.child('weights'));
  const teacher = protocol.mode === 'open-loop' ? (draw(protocol, random.child('teacher')) as Agent) : undefined;
  const learner = explicit(protocol, initial, teacher);
  const drawn = trials(protocol, random.child('batches'));
  const { starts, beforeEpoch, taken, memory } = evidenceOf(
    { protocol: protocol as TrainedRun['protocol'], initial, learner, trials: drawn },
    every,
  );
  const curve = train(
    learner.engine,
    protocol,
    source(protocol, random.child('batches')),
    { beforeEpoch: beforeEpoch! },
    {
      from: 0,
      memory: memory!,
    },
  );
  const run: TrainedRun = {
    protocol: protocol as TrainedRun['protocol'],
    ...(teacher && { teacher }),
    curve,
    ...(starts && { starts: starts(curve) }),
    snapshots: taken,
    initial,
    final: learner.current(),
    provenance: { producer: 'spec/support/snapshots.ts', version: '0', seed },
  };
  return parseRun(runText(run), `run ${seed}`);
}

const SIZES = { horizon: 15, batch: 10, epochs: 18 } as const;

const OPTIMIZERS: readonly OptimizerSpec[] = [
  { kind: 'sgd', lr: 0.01, clip: 1 },
  { kind: 'sgd', lr: 0.01, clip: 1, momentum: 0.9 },
  { kind: 'adam', lr: 0.01, clip: 1 },
  { kind: 'adamw', lr: 0.01, clip: null, weightDecay: 0.1 },
  {
    kind: 'sgd',
    lr: Array.from({ length: SIZES.epochs }, (_, epoch) => 0.005 * (1 + Math.cos(epoch / 6))),
    clip: null,
    clipValue: 0.1,
    momentum: 0.9,
    nesterov: true,
    weightDecay: 0.01,
  },
];

/** Small protocols, of every agent that is trained. */
const AGENTS: readonly ((optimizer: OptimizerSpec) => RunProtocol)[] = [
  ...(['tanh', 'relu', 'linear'] as const).map(
    (kind) =>
      (optimizer: OptimizerSpec): RunProtocol => ({
        ...PROTOCOLS.text,
        rows: 'before-update',
        loss: { state: 'mean', beta: 0.01 },
        agent: { kind, N: 12, leak: kind === 'linear' ? 0.7 : 1 },
        optimizer,
        ...SIZES,
      }),
  ),
  ...[true, false].map(
    (resetAfter) =>
      (optimizer: OptimizerSpec): RunProtocol => ({
        ...PROTOCOLS['artifact-tanh'],
        agent: { kind: 'gru', N: 8, resetAfter },
        trained: ['Wih', 'Whh', 'Who', 'bih', 'bhh'],
        optimizer,
        ...SIZES,
      }),
  ),
  (optimizer) => ({
    ...PROTOCOLS.text,
    loss: {
      Q: [
        [1, 0.5],
        [0.5, 2],
      ],
      R: [[0.1]],
      discount: 0.9,
      reduction: 'mean',
    },
    agent: { kind: 'tanh', N: 12, leak: 1 },
    optimizer,
    ...SIZES,
  }),
  (optimizer) => ({
    ...openLoopOf({ ...(PROTOCOLS['artifact-tanh'] as RnnProtocol), agent: { kind: 'tanh', N: 12, leak: 1 } }),
    optimizer,
    ...SIZES,
  }),
  (optimizer) => ({
    ...(PROTOCOLS.tracking as TrackingProtocol as unknown as RunProtocol),
    agent: { kind: 'linear', N: 12, leak: 0.1 },
    optimizer,
    ...SIZES,
  }),
  (optimizer) => ({
    ...PROTOCOLS['artifact-lowrank'],
    agent: { kind: 'linear-low-rank', N: 12, rank: 1, leak: 1 },
    optimizer,
    ...SIZES,
  }),
];

/** Protocols of every agent with every optimiser, in both precisions by turns. */
export const SNAPSHOT_PROTOCOLS: readonly RunProtocol[] = AGENTS.flatMap((protocolWith, k) =>
  OPTIMIZERS.map(
    (optimizer, j): RunProtocol => ({ ...protocolWith(optimizer), precision: (j + k) % 2 ? 'f64' : 'f32' }),
  ),
);
