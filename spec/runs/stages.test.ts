/**
 * The course of recorded runs: spectra against those of the whole coupled matrix, gains against a regression on simulated trials, stages
 * where the recorded numbers show them; and what is said and drawn of it.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { fixture } from '#spec/support/files.js';
import { SNAPSHOT_PROTOCOLS, snapshotRun } from '#spec/support/snapshots.js';
import { Stream } from '#src/linalg/random.js';
import type { RunProtocol } from '#src/problem/schema.js';
import { courseLine, stagesReached } from '#src/report/course.js';
import { parseRun, readRun } from '#src/runs/format/read.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { predictedLosses, type RunStages, stagesOf } from '#src/runs/stages.js';

type Rows = readonly (readonly number[])[];

/** The largest modulus of the eigenvalues of [[A, B·Z], [η·M·C·A, (1 − η) + η·(W + M·C·B·Z)]], two integrators. */
function radiusOfWhole(M: Rows, W: Rows, Z: Rows, leak = 1): number {
  const [m, z] = [new Matrix(M as number[][]), new Matrix(Z as number[][])];
  const A = new Matrix([
    [1, 1],
    [0, 1],
  ]);
  const BZ = new Matrix([[0], [1]]).mmul(z);
  const C = new Matrix([[1, 0]]);
  const N = W.length;
  const below = m
    .mmul(C)
    .mmul(BZ)
    .add(new Matrix(W as number[][]))
    .mul(leak)
    .add(Matrix.eye(N, N).mul(1 - leak));
  const left = m.mmul(C).mmul(A).mul(leak);
  const P = new Matrix([
    ...[0, 1].map((i) => [...A.getRow(i), ...BZ.getRow(i)]),
    ...Array.from({ length: N }, (_, i) => [...left.getRow(i), ...below.getRow(i)]),
  ]);
  const { realEigenvalues: re, imaginaryEigenvalues: im } = new EigenvalueDecomposition(P);
  return Math.max(...re.map((value, k) => Math.hypot(value, im[k]!)));
}

/** A run of a kind of agent on one batch, f64, with a snapshot every other epoch. */
function runOf(kind: string): RecordedRun {
  const declared = SNAPSHOT_PROTOCOLS.find(
    ({ agent, mode, tracking }) => agent.kind === kind && mode === 'closed-loop' && !tracking,
  )!;
  const random = new Stream(4);
  const x0 = [0, 1].map(() => Array.from({ length: declared.batch }, () => random.normal()));
  const protocol: RunProtocol = { ...declared, precision: 'f64', start: { kind: 'fixed', x0 } };
  return snapshotRun(protocol, 5, 2);
}

/** The regression of u on x over the trials of a tanh or linear agent that starts at rest. */
function regressed({ protocol }: RecordedRun, Wih: Rows, Whh: Rows, Who: Rows): readonly number[] {
  const { agent, start, horizon } = protocol;
  const f = agent.kind === 'tanh' ? Math.tanh : (a: number): number => a;
  const leak = 'leak' in agent ? (agent.leak ?? 1) : 1;
  const x0 = (start as { readonly x0: Rows }).x0;
  const sums = [0, 0, 0, 0, 0];
  for (let b = 0; b < protocol.batch; b++) {
    let [x, v, u] = [x0[0]![b]!, x0[1]![b]!, 0];
    let h = Whh.map(() => 0);
    for (let t = 1; t < horizon; t++) {
      [x, v] = [x + v, v + u];
      h = h.map(
        (value, i) =>
          (1 - leak) * value + leak * f(Wih[i]![0]! * x + Whh[i]!.reduce((sum, w, j) => sum + w * h[j]!, 0)),
      );
      u = Who[0]!.reduce((sum, w, i) => sum + w * h[i]!, 0);
      [x * x, x * v, v * v, x * u, v * u].forEach((value, k) => {
        sums[k]! += value;
      });
    }
  }
  const [xx, xv, vv, xu, vu] = sums as [number, number, number, number, number];
  const det = xx * vv - xv * xv;
  return [(xu * vv - vu * xv) / det, (vu * xx - xu * xv) / det];
}

describe('a low-rank run', () => {
  const run = parseRun(JSON.stringify(fixture('parity-lowrank')), 'parity-lowrank');
  const course = stagesOf(run)!;

  const { m, z, U, V } = run.weights!.initial as unknown as Record<string, Rows>;
  const M = m![0]!.map((value) => [value]);
  const W = U![0]!.map((u) => V![0]!.map((v) => u * v));

  it('has the spectrum of the whole loop', () => {
    expect(course.radii[0]).toBeCloseTo(radiusOfWhole(M, W, z!), 9);
  });

  it('has the gains of trials that start from all sides', () => {
    const x0 = [
      [1, 0],
      [0, 1],
    ];
    const trials = { ...run, protocol: { ...run.protocol, batch: 2, start: { kind: 'fixed' as const, x0 } } };
    const [k1, k2] = regressed(trials, M, W, z!);
    expect(course.gains![0]![0]).toBeCloseTo(k1!, 9);
    expect(course.gains![0]![1]).toBeCloseTo(k2!, 9);
  });

  it('passes the stages where its recorded numbers say so', () => {
    const { zm } = run.curves.overlaps!;
    const { stage1End, stage2End, stableForGood } = course.stages!;
    expect(zm[stage1End!]).toBeLessThan(0);
    for (let e = stage2End!; e < 200; e++) expect(course.radii[e]).toBeLessThan(1);
    expect(course.radii[stage2End! - 1]).toBeGreaterThan(1);
    expect(stableForGood).toBe(stage2End);
    expect(stagesReached(course)).toEqual([
      { epoch: 0, name: 'stage 1' },
      { epoch: stage1End, name: 'stage 2' },
      { epoch: stage2End, name: 'stage 3' },
    ]);
    expect(courseLine(course)).toMatch(
      new RegExp(
        `^stage 1 from epoch 0, stage 2 from epoch ${stage1End}, stage 3 from epoch ${stage2End}, stable from epoch`,
      ),
    );
  });

  it('has a predicted loss in every row, which is the recorded one', () => {
    const predicted = predictedLosses(run)!;
    for (const [e, loss] of run.curves.loss.entries()) expect(predicted[e]! / loss).toBeCloseTo(1, 9);
  });
});

describe.each(['tanh', 'linear'])('a run of a %s agent', (kind) => {
  const run = runOf(kind);
  const course = stagesOf(run)!;
  const { epochs, optimizer: _, ...tensors } = run.snapshots!;
  const at = (k: number): [Rows, Rows, Rows] => [tensors.Wih![k]!, tensors.Whh![k]!, tensors.Who![k]!];
  const leak = (run.protocol.agent as { readonly leak: number }).leak;

  it('has the spectrum of the whole loop near rest, at every snapshot', () => {
    expect(course.epochs).toEqual([...epochs, run.protocol.epochs]);
    for (const k of epochs.keys()) {
      const [Wih, Whh, Who] = at(k);
      expect(course.radii[k]).toBeCloseTo(radiusOfWhole(Wih, Whh, Who, leak), 7);
    }
  });

  it('has the gains of its trials', () => {
    for (const k of epochs.keys()) {
      const [k1, k2] = regressed(run, ...at(k));
      expect(course.gains![k]![0]).toBeCloseTo(k1!, 8);
      expect(course.gains![k]![1]).toBeCloseTo(k2!, 8);
    }
    expect(courseLine(course)).toMatch(new RegExp(`by whole weights at ${epochs.length + 1} epochs$`));
  });

  it('has a predicted loss', () => {
    const predicted = predictedLosses(run)!;
    for (const [e, loss] of run.curves.loss.entries()) expect(predicted[e]! / loss).toBeCloseTo(1, 9);
  });
});

describe('where the theory says less', () => {
  const read = (name: string): RecordedRun => readRun(`fixtures/${name}.json`);
  it('a relu loop has gains and no spectrum, an open loop a spectrum and no gains, bare losses nothing', () => {
    const relu = stagesOf(read('pytorch-relu-momentum'))!;
    expect(relu.radii.every((radius) => radius === undefined)).toBe(true);
    expect(relu.gains!.every((gains) => gains.length === 2)).toBe(true);
    expect(relu.stages).toBeUndefined();
    const open = stagesOf(read('pytorch-tanh-open'))!;
    expect(open.radii.every((radius) => radius !== undefined)).toBe(true);
    expect(open.gains).toBeUndefined();
    const { snapshots: _, weights: __, ...bare } = read('pytorch-tanh-adam');
    expect(stagesOf(bare)).toBeUndefined();
  });

  it('a loop that is stable from the start has no stages to tell', () => {
    const still: RunStages = {
      epochs: [0, 1],
      ofSnapshots: true,
      radii: [0.9, 0.8],
      stages: { stage2End: 0, stableForGood: 0 },
    };
    expect(stagesReached(still)).toEqual([{ epoch: 0, name: 'stage 3' }]);
    expect(courseLine({ epochs: [0], ofSnapshots: false, radii: [undefined] })).toBeUndefined();
  });
});
