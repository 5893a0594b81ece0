/**
 * RNNs on whole batches: parity with recorded PyTorch runs, gradients by dual numbers, and the linear agent by the engine
 * that was there before.
 */

import { describe, expect, it } from 'vitest';
import { absolutePlant, absoluteRnn } from '#spec/support/absolute.js';
import { diagonalOf, weighing } from '#spec/support/cost.js';
import { expectNormal } from '#spec/support/laws.js';
import { fixture } from '#spec/support/recorded.js';
import { type Agent, tensorIn, tensorsOf, weightsIn } from '#src/agent/agent.js';
import type { AgentShape } from '#src/agent/linear.js';
import { linearised, type Rnn } from '#src/agent/rnn.js';
import { plainKernel } from '#src/kernel/plain.js';
import type { Activation, RnnTensor } from '#src/kernel/rnn.js';
import { wasmKernel } from '#src/kernel/wasm.js';
import { absolute, at, type Mat, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { adjointRoundings, gamma, TANH_ULPS } from '#src/linalg/tolerance.js';
import type { Cuts } from '#src/loop/cuts.js';
import { type Plant, plant as plantFrom } from '#src/plant/plant.js';
import { agentFrom, weightsOf } from '#src/problem/agents.js';
import { supportOf } from '#src/problem/kinds.js';
import { costOf, openLoopOf, openLoopWeight, PROTOCOLS, type RnnProtocol } from '#src/problem/protocol.js';
import type { NamedLoss, RunWeights } from '#src/problem/schema.js';
import { batchFactor, type DataSource } from '#src/problem/start.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { deployedLoop } from '#src/training/deployed.js';
import { fullEngine } from '#src/training/full.js';
import { PROBLEMS } from '#src/training/problems.js';
import { closedLoopRnn, deployment } from '#src/training/rnn.js';
import { train } from '#src/training/train.js';

const TENSORS = ['M', 'W', 'Z'] as const;

/** Largest |a − b| over all entries, relative to the largest |b| of each tensor. */
function farthest(a: Agent, b: Agent): number {
  return Math.max(
    ...tensorsOf(a).map((tensor) => {
      const [x, y] = [a, b].map((agent) => Array.from(tensorIn(agent, tensor).data as Float64Array)) as [
        number[],
        number[],
      ];
      return Math.max(...x.map((value, k) => Math.abs(value - y[k]!))) / Math.max(...y.map(Math.abs));
    }),
  );
}

const worst = (ours: ArrayLike<number>, theirs: readonly number[]): number =>
  Math.max(...theirs.map((value, e) => Math.abs(ours[e]! - value) / Math.abs(value)));

function problemOf(run: RecordedRun) {
  const support = supportOf('batches', run.protocol);
  if ('unsupported' in support) throw new Error(support.unsupported);
  return { ...support, initial: agentFrom(run.weights!.initial!, support.protocol) };
}

/** What the records themselves move by, on a change of 1e−13, is 1e−13: they are not chaotic. */
const TARGET = 10 ** -10;

const KERNELS = { plain: plainKernel, SIMD: wasmKernel('f64') };

describe.each(
  (['parity-tanh', 'parity-tanh-open', 'parity-gru'] as const).flatMap((name) =>
    (['plain', 'SIMD'] as const).map((kernel) => [name, kernel] as const),
  ),
)('%s, %s kernel', (name, kernel) => {
  const make = KERNELS[kernel];
  const run = fixture(name).read();
  const { protocol, teacher, initial } = problemOf(run);
  const batches = PROBLEMS.batches.source(protocol, new Stream(0));

  it('every loss, every gradient norm and the final weights', () => {
    const engine = PROBLEMS.batches.learner(protocol, initial, teacher, make);
    const curve = train(engine, protocol, batches);
    expect(worst(curve.loss, run.curves.loss)).toBeLessThanOrEqual(TARGET);
    expect(worst(curve.gradNorm, run.curves.gradNorm!)).toBeLessThanOrEqual(TARGET);
    expect(farthest(engine.rnn(), agentFrom(run.weights!.final!, protocol))).toBeLessThanOrEqual(TARGET);
  });

  it('each gradient of epoch 1', () => {
    const engine = PROBLEMS.batches.learner(protocol, initial, teacher, make);
    engine.evaluate(batches(0));
    const { epochs: _, ...recorded } = run.gradients as unknown as Record<string, RunWeights[keyof RunWeights][]>;
    const first = Object.fromEntries(Object.entries(recorded).map(([name, [value]]) => [name, value])) as RunWeights;
    expect(farthest(engine.gradient(), agentFrom(first, protocol))).toBeLessThanOrEqual(TARGET);
  });

  it('not with a first update at epoch 0, nor with the penalty or error weighed by the mean', () => {
    const other = PROBLEMS.batches.learner(
      { ...protocol, loss: { ...(protocol.loss as NamedLoss), state: 'text', control: 'sum-time' } },
      initial,
      teacher,
      make,
    );
    expect(worst([other.evaluate(batches(0)).loss], [run.curves.loss[0]!])).toBeGreaterThan(0.01);
    const early = train(
      PROBLEMS.batches.learner(protocol, initial, teacher, make),
      { ...protocol, firstUpdate: 0 },
      batches,
    );
    expect(worst(early.loss, run.curves.loss)).toBeGreaterThan(0.001);
  });
});

const random = new Stream(11);
const numbers = (rows: number, cols: number, scale: number) => matrix(rows, cols, () => scale * random.normal());

function drawn({ N, c, p }: Omit<AgentShape, 'r'>, activation: Activation, leak: number): Rnn {
  const scale = 1 / Math.sqrt(N);
  return { activation, leak, M: numbers(N, c, 1), W: numbers(N, N, scale), Z: numbers(p, N, scale) };
}

/** Two inputs, two outputs, three states. */
const wide: Plant = plantFrom(numbers(3, 3, 0.5), numbers(3, 2, 0.7), numbers(2, 3, 0.7));
/**
 * Relative error of a loss or derivative against its majorant: the same computation on absolute values, without φ, since
 * |φ(a)| ≤ |a|, |φ′| ≤ 1 and |a·φ″(a)| ≤ 1. Twice the roundings on a path, since φ′ inherits those of a; two routes. An ulp of φ
 * counts as two roundings.
 */
const rounding = ({ N, c, p, n }: { N: number; c: number; p: number; n: number }, horizon: number, batch: number) =>
  2 * gamma(2 * (adjointRoundings({ n, N, c, p, r: 0 }, horizon, batch) + 2 * TANH_ULPS.f64 * horizon));

describe('a linear agent on a batch', () => {
  it.each<[string, Cuts]>([
    ['', {}],
    [', with detached observations', { observations: true }],
    [', with hidden states detached', { every: 2 }],
    [', with hidden states detached a step later', { every: 3, late: true }],
    [', with all states and controls detached', { every: 3, plant: true }],
  ])('has the loss and gradients of the engine that rolls it out on moments%s', (_, cuts) => {
    // A batch of one part, and one of three.
    for (const batch of [5, 77]) compare(batch, cuts);
  });

  function compare(batch: number, cuts: Cuts): void {
    const rnn = drawn({ N: 7, c: 2, p: 2 }, 'linear', 0.4);
    const cost = weighing([1, 2, 3], 0.3, 2);
    const starts = numbers(3, batch, 1);
    const ours = closedLoopRnn({ plant: wide, cost, horizon: 9, batch, cuts }, rnn, TENSORS);
    const theirs = fullEngine(wide, linearised(rnn), cost, 9, ['M', 'W', 'Z'], cuts);
    const [a, b] = [ours.evaluate(starts), theirs.evaluate(batchFactor(starts))];
    const majorant = closedLoopRnn({ plant: absolutePlant(wide), cost, horizon: 9, batch }, absoluteRnn(rnn), TENSORS);
    const size = majorant.evaluate(absolute(starts));
    const error = rounding({ N: 7, c: 2, p: 2, n: 3 }, 9, batch);
    expect(Math.abs(a.loss - b.loss)).toBeLessThanOrEqual(error * size.loss);
    const other = { ...rnn, M: theirs.gradientOf('M'), W: theirs.gradientOf('W'), Z: theirs.gradientOf('Z') };
    const [mine, most] = [ours.gradient(), majorant.gradient()];
    for (const tensor of TENSORS)
      for (let k = 0; k < mine[tensor].data.length; k++)
        expect(Math.abs(mine[tensor].data[k]! - other[tensor].data[k]!)).toBeLessThanOrEqual(
          error * most[tensor].data[k]!,
        );
  }
});

describe('protocols', () => {
  const small = { agent: { kind: 'tanh', N: 6, leak: 1 }, horizon: 8, batch: 4, epochs: 6 } as const;
  const artifact: RnnProtocol = { ...PROTOCOLS['artifact-tanh'], ...small };
  const text: RnnProtocol = { ...PROTOCOLS.text, ...small };

  it('weigh the loss as they say', () => {
    // On average over the batch: ½·x² per component and 0.005·B·u², summed over t; or 1/T of ‖x‖².
    const whole = costOf(PROTOCOLS['artifact-tanh'], 2, 1);
    expect([whole.Q, whole.R].flatMap(diagonalOf)).toEqual([0.5, 0.5, 0.5]);
    const mean = costOf(PROTOCOLS.text, 2, 1);
    expect([mean.Q, mean.R].flatMap(diagonalOf)).toEqual([0.02, 0.02, 0]);
  });

  it('train only what they name, and Adam moves every weight by at most its rate', () => {
    const initial = PROBLEMS.batches.draw(artifact, new Stream(1));
    const engine = PROBLEMS.batches.learner({ ...artifact, trained: ['Who', 'Whh'] }, initial);
    const adam = { kind: 'adam', lr: 0.001, clip: null } as const;
    train(engine, { ...artifact, optimizer: adam, epochs: 2 }, PROBLEMS.batches.source(artifact, new Stream(2)));
    const moved = (tensor: RnnTensor) =>
      Math.max(
        ...Array.from(engine.rnn()[tensor].data as Float64Array, (v, k) => Math.abs(v - initial[tensor].data[k]!)),
      );
    expect(moved('M')).toBe(0);
    for (const tensor of ['W', 'Z'] as const) {
      // The first update is lr·ĝ/(|ĝ| + ε), in ten operations, and weights are rounded as it is taken and as it is measured.
      const size = Math.max(...Array.from(initial[tensor].data as Float64Array, Math.abs)) + 0.001;
      expect(moved(tensor)).toBeLessThanOrEqual(0.001 * (1 + gamma(16)) + gamma(2) * size);
      expect(moved(tensor)).toBeGreaterThan(0.0009);
    }
  });

  it('draw fresh batches, the same for the same seed, and rows after the update are those of the next epoch', () => {
    const batches = PROBLEMS.batches.source(text, new Stream(5));
    expect(batches(1).data).not.toEqual(batches(2).data);
    expect(batches(1).data).toEqual(batches(1).data);
    const white = PROBLEMS.batches.source(openLoopOf(text), new Stream(5))(0);
    expect([white.rows, white.cols]).toEqual([8, 4]);
    const fixed = () => batches(0);
    const initial = PROBLEMS.batches.draw(text, new Stream(1));
    const after = train(PROBLEMS.batches.learner(text, initial), text, fixed);
    const before = train(PROBLEMS.batches.learner(text, initial), { ...text, rows: 'before-update' }, fixed);
    expect(after.loss.slice(0, 5)).toEqual(before.loss.slice(1));
    expect(weightsIn(initial).M).toEqual(initial.M.data);
  });

  it('train in the precision that they name, double unless they do', () => {
    const initial = PROBLEMS.batches.draw(artifact, new Stream(1));
    const valuesOf = (protocol: RnnProtocol) =>
      PROBLEMS.batches.learner(protocol, initial).kernel.parameters[0]!.values;
    expect(valuesOf(artifact)).toBeInstanceOf(Float64Array);
    expect(valuesOf({ ...artifact, precision: 'f32' })).toBeInstanceOf(Float32Array);
  });

  it('have noise where they say so, below the same starts, in numbers of that deviation', () => {
    const quiet = PROBLEMS.batches.source(text, new Stream(5));
    const batches = PROBLEMS.batches.source({ ...text, noise: { process: 1, observation: 0.5 } }, new Stream(5));
    const entries = (epoch: number): number[] => Array.from(batches(epoch).data as Float64Array);
    expect([batches(3).rows, batches(3).cols]).toEqual([2 + 7 * 3, 4]);
    expect(entries(3)).toEqual(entries(3));
    expect(entries(3).slice(0, 8)).toEqual(Array.from(quiet(3).data as Float64Array));
    // Of each step the numbers of a state of two components, of four trials, then those of an observation.
    const noise = (source: DataSource, of: (place: number) => boolean, perStep: number): number[] =>
      Array.from({ length: 200 }, (_, epoch) =>
        Array.from(source(epoch).data as Float64Array)
          .slice(8)
          .filter((__, k) => of(k % perStep)),
      ).flat();
    const dt = 'dt' in text.plant ? text.plant.dt : 1;
    expectNormal(
      noise(batches, (place) => place < 8, 12),
      dt,
    );
    expectNormal(
      noise(batches, (place) => place >= 8, 12),
      0.25,
    );
    const alone = PROBLEMS.batches.source({ ...text, noise: { observation: 0.5 } }, new Stream(5));
    expect(noise(alone, (place) => place < 8, 12).every((value) => value === 0)).toBe(true);
    expect(noise(alone, (place) => place >= 8, 12)).toEqual(noise(batches, (place) => place >= 8, 12));
    const cursor: RnnProtocol = { ...text, plant: { kind: 'cursor', dt: 0.25, axes: 2 }, noise: { process: 2 } };
    const two = PROBLEMS.batches.source(cursor, new Stream(5));
    expect(two(0).rows).toBe(4 + 7 * (4 + 2));
    const perStep = 4 * (4 + 2);
    expectNormal(
      Array.from({ length: 200 }, (_, epoch) =>
        Array.from(two(epoch).data as Float64Array)
          .slice(16)
          .filter((__, k) => k % perStep < 16),
      ).flat(),
      2 ** 2 * 0.25,
    );
  });

  it('roll out noisy loops as they are defined', () => {
    const [horizon, batch] = [8, 4];
    const rnn = drawn({ N: 5, c: 2, p: 2 }, 'tanh', 1);
    const cost = weighing([1, 2, 3], 0.7, 2);
    const noisy = numbers(3 + (horizon - 1) * 5, batch, 1);
    const { loss } = closedLoopRnn({ plant: wide, cost, horizon, batch }, rnn, TENSORS).evaluate(noisy);
    const row = (A: Mat<number>, i: number, v: readonly number[]): number =>
      v.reduce((sum, value, k) => sum + at(A, i, k) * value, 0);
    let total = 0;
    for (let b = 0; b < batch; b++) {
      let [x, h, u] = [[0, 1, 2].map((i) => at(noisy, i, b)), [0, 0, 0, 0, 0], [0, 0]];
      for (let t = 0; t < horizon; t++) {
        if (t > 0) {
          x = x.map((_, i) => row(wide.A, i, x) + row(wide.B, i, u) + at(noisy, 3 + 5 * (t - 1) + i, b));
          const y = [0, 1].map((j) => row(wide.C, j, x) + at(noisy, 3 + 5 * (t - 1) + 3 + j, b));
          h = h.map((_, i) => Math.tanh(row(rnn.W, i, h) + row(rnn.M, i, y)));
          u = [0, 1].map((i) => row(rnn.Z, i, h));
        }
        total += x.reduce((sum, value, i) => sum + at(cost.Q, i, i) * value * value, 0);
        total += 0.7 * (u[0]! ** 2 + u[1]! ** 2);
      }
    }
    expect(loss / (total / batch)).toBeCloseTo(1, 12);
  });

  it('weigh imitation as their loss weighs a state of as many components', () => {
    for (const state of ['mean', 'text', 'sum-mean', 'position'] as const) {
      const loss = { state, beta: 0 };
      for (const p of [1, 3])
        expect(openLoopWeight(loss, 8, p)).toBe(costOf({ loss, horizon: 8, batch: 1 }, p, 1).Q.data[0]);
    }
    expect(openLoopOf(text)).toMatchObject({
      mode: 'open-loop',
      inputs: { kind: 'white-observation', calledAtZero: true },
    });
  });

  it('have white observations in open loop, one for every step', () => {
    const wideText: RnnProtocol = { ...text, plant: { kind: 'cursor', dt: 0.25, axes: 2 } };
    const batches = PROBLEMS.batches.source(openLoopOf(wideText), new Stream(5));
    expect([batches(0).rows, batches(0).cols]).toEqual([16, 4]);
    expectNormal(Array.from({ length: 100 }, (_, epoch) => Array.from(batches(epoch).data as Float64Array)).flat(), 1);
  });

  it('keep starts that are fixed', () => {
    const x0 = [
      [1, 2],
      [3, 4],
    ];
    const batches = PROBLEMS.batches.source({ ...text, start: { kind: 'fixed', x0 }, batch: 2 }, new Stream(1));
    expect(Array.from(batches(0).data as Float64Array)).toEqual([1, 2, 3, 4]);
    expect(batches(7)).toBe(batches(0));
  });

  it('draw the agents that they name', () => {
    for (const resetAfter of [true, false]) {
      const protocol: RnnProtocol = { ...text, agent: { kind: 'gru', N: 4, resetAfter } };
      const agent = PROBLEMS.batches.draw(protocol, new Stream(1));
      expect(agent).toMatchObject({ resetAfter, bih: { rows: 12 } });
      const read = PROBLEMS.batches.read(weightsOf(agent), protocol);
      expect(weightsOf(read)).toEqual(weightsOf(agent));
      expect(read).toMatchObject({ resetAfter });
      expect(PROBLEMS.batches.learner(protocol, read).rnn()).toMatchObject({ resetAfter });
    }
    expect(PROBLEMS.batches.draw({ ...text, agent: { kind: 'gru', N: 4 } }, new Stream(1))).toMatchObject({
      resetAfter: true,
    });
    expect(PROBLEMS.batches.draw({ ...text, agent: { kind: 'relu', N: 4, leak: 0.5 } }, new Stream(1))).toMatchObject({
      activation: 'relu',
      leak: 0.5,
    });
  });

  it('deploy agents on the loss that they are trained on, whatever they were trained on', () => {
    const initial = PROBLEMS.batches.draw(text, new Stream(1)) as Rnn;
    const loop = { ...deployedLoop(text, 4), cost: weighing([1, 0.5], 0.25) };
    const starts = PROBLEMS.batches.source(text, new Stream(2))(0);
    const [engine, other] = [
      closedLoopRnn(loop, initial, TENSORS),
      closedLoopRnn(loop, PROBLEMS.batches.draw(text, new Stream(9)) as Rnn, TENSORS),
    ];
    const deployed = deployment(loop, initial, starts);
    expect(deployed.run(engine.kernel)).toBe(engine.evaluate(starts).loss);
    expect(deployed.run(other.kernel)).toBe(other.evaluate(starts).loss);
    expect(deployed.x.length).toBe(8 * 2 * deployed.rows);
    expect(deployed.u.length).toBe(7 * deployed.rows);
    expect(at(starts, 1, 3)).toBe(deployed.x[deployed.rows + 3]);
    expect(() => deployment({ ...loop, plant: wide }, initial, starts)).toThrow('2 observations and 2 controls');
  });

  it('refuse what does not fit', () => {
    const initial = PROBLEMS.batches.draw(artifact, new Stream(1));
    expect(() => PROBLEMS.batches.learner({ ...artifact, trained: ['bih'] }, initial)).toThrow('no bih to be trained');
    const deaf = { ...initial, M: matrix(6, 2) };
    expect(() => PROBLEMS.batches.learner(artifact, deaf)).toThrow('the agent has 2 inputs and 1 outputs');
    expect(() => PROBLEMS.batches.learner(openLoopOf(artifact), initial, deaf)).toThrow(
      'the teacher 2 inputs and 1 outputs',
    );
    expect(() => PROBLEMS.batches.learner(artifact, initial).evaluate(matrix(1, 4))).toThrow(
      '4 columns of 2, received 1×4',
    );
    expect(() => PROBLEMS.batches.learner(artifact, initial).evaluate(matrix(3, 4))).toThrow(
      '4 columns of 23, received 3×4',
    );
    expect(() => PROBLEMS.batches.learner(openLoopOf(artifact), initial)).toThrow('needs a teacher');
    const mute = { ...initial, Z: matrix(2, 6) };
    expect(() => PROBLEMS.batches.learner(openLoopOf(artifact), initial, mute)).toThrow(
      'the teacher 1 inputs and 2 outputs',
    );
    expect(() => PROBLEMS.batches.learner(artifact, mute)).toThrow('the agent has 1 inputs and 2 outputs');
    expect(() => PROBLEMS.batches.learner(artifact, initial).evaluate(matrix(2, 3))).toThrow(
      '4 columns of 2, received 2×3',
    );
    const population = { kind: 'population', variance: 1 } as const;
    expect(() => PROBLEMS.batches.source({ ...artifact, start: population } as RnnProtocol, new Stream(1))).toThrow(
      'no trials',
    );
  });
});
