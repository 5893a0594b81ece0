/**
 * Good runs are not refuted: over 2000 of them, recorded losses are distributed as the law that they are judged by says, and
 * the sequential test alarms at inflated rates as rarely as it promises.
 */

import { describe, expect, it } from 'vitest';
import { EVIDENCE, found } from '#spec/runs/support/evidence.js';
import { canonicalAgent } from '#src/agent/canonical.js';
import { Stream } from '#src/linalg/random.js';
import { costOf, type Protocol, plantOf } from '#src/problem/protocol.js';
import { momentSource } from '#src/problem/start.js';
import { parseRun, readRun } from '#src/runs/format/read.js';
import { runText } from '#src/runs/format/record.js';
import { judgeGradients } from '#src/runs/judges/gradients.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { judgeLosses } from '#src/runs/judges/losses.js';
import { judgeReplay } from '#src/runs/judges/replay.js';
import { lossMatrix, unitTrajectories } from '#src/theory/records/recorded-losses-follow-overlaps.js';
import { type LearningCurve, rowOf } from '#src/training/curve.js';
import { gramLearner } from '#src/training/learner.js';
import { PROBLEMS } from '#src/training/problems.js';
import { train } from '#src/training/train.js';

const RUNS = 2000;
const EPOCHS = 12;

/** Protocols of several sizes, laws of starts, and with and without a control penalty. */
function protocolOf(k: number): Protocol {
  return {
    mode: 'closed-loop',
    plant: { kind: 'integrator', order: 2, dt: 1 },
    agent: { kind: 'linear-low-rank', N: 10, rank: 1, leak: k % 3 === 0 ? 0.7 : 1 },
    horizon: 4 + (k % 5),
    start: k % 2 === 0 ? { kind: 'uniform', low: -2, high: 2 } : { kind: 'normal', sd: 1 },
    batch: 5 + 5 * (k % 4),
    loss: { state: 'mean', beta: k % 4 === 0 ? 0.1 : 0 },
    optimizer: { kind: 'sgd', lr: 0.02, clip: 1 },
    trained: ['z', 'U', 'V'],
    epochs: EPOCHS,
    precision: 'f64',
  };
}

/** A good run, or one whose starts are wider than it declares. */
function trained(protocol: Protocol, random: Stream, wider = 1): LearningCurve {
  const initial = PROBLEMS.moments.draw(protocol, random.child('weights'));
  if (!('agent' in initial)) throw new RangeError('an agent was asked for');
  const { start } = protocol;
  const drawn =
    start.kind === 'uniform'
      ? { ...start, low: wider * start.low, high: wider * start.high }
      : { kind: 'normal' as const, sd: wider };
  const moments = momentSource(drawn, 2, protocol.batch, random.child('starts'));
  return train(gramLearner(protocol, initial.agent), protocol, moments);
}

/** Where a run's last loss stands among those of 99 other batches at its order parameters: 0 … 99, uniform if all is well. */
function rankOf(protocol: Protocol, curve: LearningCurve, random: Stream): number {
  const plant = plantOf(protocol.plant);
  const K = { rows: 2, cols: 2, data: rowOf(curve.overlaps, EPOCHS, EPOCHS - 1) };
  const agent = canonicalAgent(K, protocol.agent.leak, 1, 1);
  const { horizon } = protocol;
  const Q = lossMatrix(costOf(protocol, 2, 1), horizon)(unitTrajectories(plant, agent, horizon));
  const draw = (): number => (protocol.start.kind === 'uniform' ? random.uniform(-2, 2) : random.normal());
  const loss = (): number => {
    let total = 0;
    for (let b = 0; b < protocol.batch; b++) {
      const [x, v] = [draw(), draw()];
      total += Q[0]! * x * x + 2 * Q[1]! * x * v + Q[3]! * v * v;
    }
    return total / protocol.batch;
  };
  return Array.from({ length: 99 }, loss).filter((other) => other < curve.loss[EPOCHS - 1]!).length;
}

const BINS = 20;

/** χ² of ranks in 20 bins. */
function spread(wider: number): number {
  const counts = new Array<number>(BINS).fill(0);
  for (let k = 0; k < RUNS; k++) {
    const random = new Stream(k).child('run');
    const protocol = protocolOf(k);
    counts[Math.floor(rankOf(protocol, trained(protocol, random, wider), random.child('others')) / (100 / BINS))]!++;
  }
  return counts.reduce((sum, count) => sum + (count - RUNS / BINS) ** 2 / (RUNS / BINS), 0);
}

/** Exceeded with probability 1e−6 at most by a χ² of k degrees of freedom (Laurent and Massart 2000, Lemma 1). */
function chiSquareBound(k: number): number {
  const x = Math.log(1e6);
  return k + 2 * Math.sqrt(k * x) + 2 * x;
}

describe('2000 good runs', () => {
  it('have losses with uniform p-values, which those of runs with starts 5 % wider are not', () => {
    expect(spread(1)).toBeLessThan(chiSquareBound(BINS - 1));
    expect(spread(1.05)).toBeGreaterThan(chiSquareBound(BINS - 1));
  });

  it('alarm at inflated α no more often than α', () => {
    const pValues = Array.from({ length: RUNS }, (_, k) => {
      const protocol = protocolOf(k);
      const random = new Stream(k).child('run');
      const curve = trained(protocol, random);
      const initial = PROBLEMS.moments.draw(protocol, random.child('weights'));
      const text = runText({ curve, protocol, initial, provenance: { producer: 'test', version: '0', seed: k } });
      const run = parseRun(text, `run ${k}`);
      const { loss, overlaps } = run.curves;
      const evidence = found(judgeLosses, { ...run, curves: { loss, overlaps } });
      // The largest evidence e has e ≥ 1/α anywhere with probability α at most.
      return Math.min(1, Math.exp(-evidence.worst()!.residual));
    });
    for (const alpha of [0.5, 0.2, 0.1, 0.05, 0.01]) {
      const alarms = pValues.filter((p) => p <= alpha).length;
      // Five standard errors above α itself.
      expect(alarms / RUNS).toBeLessThanOrEqual(alpha + 5 * Math.sqrt((alpha * (1 - alpha)) / RUNS));
    }
    expect(pValues.filter((p) => p <= 0.5).length).toBeGreaterThan(0);
  });
});

describe('a file', () => {
  const FIXTURES = ['pytorch-lowrank-seed0', 'parity-lowrank', 'parity-lowrank-penalty', 'parity-effective'];
  const JUDGES = [judgeReplay, judgeIncrements, judgeLosses, judgeGradients];

  it.each(FIXTURES)(
    '%s is refuted by chance with a derived probability of 1e−6 at most, whatever its evidence',
    (name) => {
      const run = readRun(`fixtures/${name}.json`);
      for (const reduce of Object.values(EVIDENCE)) {
        const evidences = JUDGES.map((judge) => found(judge, reduce(run)));
        const decided = evidences.filter(({ undecided }) => undecided === undefined);
        expect(decided.length).toBeGreaterThan(0);
        for (const { falseAlarm } of decided) expect(falseAlarm).toBeGreaterThan(0);
        expect(evidences.reduce((sum, { falseAlarm }) => sum + falseAlarm, 0)).toBeLessThanOrEqual(1e-6);
      }
    },
  );
});
