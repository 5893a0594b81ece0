/**
 * `loopproof bench`: speed on one thread, relative to plain arithmetic, so that machines can be compared; and by number of threads.
 */

import { cpus } from 'node:os';
import fc from 'fast-check';
import { lowRankInitial } from '../agent/initial.js';
import type { LinearAgent } from '../agent/linear.js';
import { type AnyClaim, defineClaim } from '../claims/claim.js';
import { judge } from '../claims/judge.js';
import { kernelFor } from '../kernel/choose.js';
import { closedLoopFlops, openLoopFlops } from '../kernel/flops.js';
import type { Precision } from '../kernel/numbers.js';
import { productRate } from '../kernel/rate.js';
import { median } from '../linalg/median.js';
import { Stream } from '../linalg/random.js';
import { dot } from '../linalg/vector.js';
import { trainedTensors } from '../problem/agents.js';
import {
  costOf,
  openLoopOf,
  PROTOCOLS,
  type Protocol,
  plantOf,
  type RnnProtocol,
  type TrackingProtocol,
} from '../problem/protocol.js';
import { momentSource } from '../problem/start.js';
import { table } from '../report/table.js';
import { localSpectrum } from '../stages/observation.js';
import { stabilisationOf } from '../stages/spectral.js';
import { statement as learningClosesOnGram } from '../theory/learning/learning-closes-on-gram.js';
import { divergedAt, spectraOf } from '../training/curve.js';
import { DEPLOYED_TRIALS, deployedLoop, deployedStarts } from '../training/deployed.js';
import type { Engine } from '../training/engine.js';
import { gramEngine } from '../training/gram.js';
import { fullLearner, gramLearner } from '../training/learner.js';
import { PROBLEMS } from '../training/problems.js';
import { generalReducedLoss } from '../training/reduced.js';
import { deployment } from '../training/rnn.js';
import type { TrackingEngine } from '../training/tracking.js';
import { train } from '../training/train.js';
import { threadTimes } from './bench-threads.js';
import { usage } from './errors.js';
import { defineCommand } from './options.js';
import { drawn, scaling } from './scaling.js';

interface Benchmark {
  readonly id: string;
  readonly note: string;
  /** Prepares a round and returns what is timed. */
  readonly prepare: () => () => void;
  /** Number of items in a round, where the rate is of interest. */
  readonly items?: number;
  /** The matrix products of a round, where they are most of the work. */
  readonly products?: { readonly precision: Precision; readonly flops: number };
  /** Takes long: run only by name, and in fewer rounds. */
  readonly long?: true;
}

const ROUNDS = { warmUp: 3, measured: 9 };
const LONG_ROUNDS = { warmUp: 0, measured: 5 };

/** Learning by the paper's low-rank protocol, over a population of starts. */
function problem(N: number) {
  const protocol: Protocol = {
    ...PROTOCOLS['artifact-lowrank'],
    start: { kind: 'population', variance: 4 / 3 },
    agent: { kind: 'linear-low-rank', N, rank: 1, leak: 1 },
  };
  const plant = plantOf(protocol.plant);
  const draw = (seed: number) => lowRankInitial({ N, c: 1, p: 1, r: 1 }, 1, new Stream(seed));
  return {
    protocol,
    plant,
    draw,
    agent: draw(3),
    moments: momentSource(protocol.start, 2, protocol.batch, new Stream(3)),
  };
}

/** Trains 1000 epochs. @param begin the learner, which is not timed */
function training(N: number, begin: (protocol: Protocol, agent: LinearAgent) => Engine): Benchmark['prepare'] {
  const { protocol, agent, moments } = problem(N);
  return () => {
    const engine = begin(protocol, agent);
    return () => train(engine, protocol, moments);
  };
}

/** Curves that a round of `property-1000` draws, trains and judges. */
const CURVES = 100;

/** One epoch of the paper's tracking task, after the epochs that roll out trials one by one. */
function trackingEpoch(): Benchmark['prepare'] {
  const schedule: TrackingProtocol = { ...PROTOCOLS.tracking, firstUpdate: 0 };
  const phases = PROBLEMS.tracking.source(schedule, new Stream(3));
  const begin = (): TrackingEngine => {
    const engine = PROBLEMS.tracking.learner(schedule, PROBLEMS.tracking.draw(schedule, new Stream(6)));
    train(engine, { ...schedule, epochs: 20 }, phases);
    return engine;
  };
  let engine: TrackingEngine | undefined;
  return () => {
    engine ??= begin();
    const learner = engine;
    return () => {
      train(learner, { ...schedule, epochs: 1 }, phases);
      if (!learner.collapsed()) throw new Error('the batch did not collapse');
    };
  };
}

/** A claim that trains one whole curve per case: what property-based verification costs, machinery and all. */
function curveClaim(): AnyClaim {
  const { protocol, draw, moments } = problem(100);
  return defineClaim<number, undefined>({
    statement: { ...learningClosesOnGram, id: 'property-1000' },
    cases: { kind: 'drawn', arbitrary: fc.integer({ min: 0, max: 2 ** 31 - 1 }), runs: CURVES, block: CURVES },
    subject: undefined,
    check(_, seed, evidence) {
      const curve = train(gramLearner(protocol, draw(seed)), protocol, moments);
      const { latest } = stabilisationOf(protocol, curve);
      evidence.holds('the run stays finite', divergedAt(curve) === undefined);
      evidence.classify('becomes stable', latest !== undefined);
    },
    floors: {},
    mutants: [],
  });
}

/** The paper's tanh agent in single precision: 1000 epochs of training alone, and what is measured beside training, once each. */
function tanhBenchmarks(): Benchmark[] {
  const closed: RnnProtocol = { ...PROTOCOLS['artifact-tanh'], precision: 'f32' };
  const { batch: B, horizon: T, epochs, agent } = closed;
  const { N } = agent;
  const trained = PROBLEMS.batches.draw(closed, new Stream(3));
  const long = (id: string, note: string, protocol: RnnProtocol, flops: number): Benchmark => ({
    id,
    note: `${epochs} epochs, N = ${N}, B = ${B}, T = ${T}, f32, ${note}`,
    long: true,
    products: { precision: 'f32', flops: epochs * flops },
    prepare: () => {
      const learner = PROBLEMS.batches.learner(
        protocol,
        PROBLEMS.batches.draw(protocol, new Stream(3)),
        PROBLEMS.batches.draw(protocol, new Stream(4)),
      );
      const batches = PROBLEMS.batches.source(protocol, new Stream(5));
      return () => void train(learner, protocol, batches);
    },
  });
  return [
    {
      id: 'tanh-deployed',
      note: `one deployed loss of a tanh agent, ${DEPLOYED_TRIALS} trials, N = ${N}, T = ${T}, f32`,
      prepare: () => {
        const { kernel } = PROBLEMS.batches.learner(closed, trained);
        const loop = deployedLoop(closed, DEPLOYED_TRIALS);
        const { run } = deployment(loop, trained, deployedStarts(closed, new Stream(4))!, kernelFor('f32'));
        return () => void run(kernel);
      },
    },
    {
      id: 'tanh-spectrum',
      note: `dominant eigenvalues of one tanh agent’s loop at rest, by Arnoldi’s method, N = ${N}`,
      prepare: () => () => void localSpectrum(plantOf(closed.plant), trained, new Stream(5)),
    },
    long('tanh-closed-1000', 'tanh agent in closed loop', closed, closedLoopFlops(N, B, T)),
    long('tanh-open-1000', 'tanh student of a tanh teacher', openLoopOf(closed), openLoopFlops(N, B, T)),
  ];
}

function benchmarks(): Benchmark[] {
  const { protocol, plant, agent, moments } = problem(100);
  const vector = new Float64Array(1000).fill(0.5);
  return [
    {
      id: 'baseline',
      note: '10⁷ multiply-adds in inner products of length 1000',
      prepare: () => () => {
        let total = 0;
        for (let k = 0; k < 10_000; k++) total += dot(vector, 0, vector, 0, 1000);
        if (total < 0) throw new Error('impossible');
      },
    },
    {
      id: 'gram-1000',
      note: '1000 epochs, T = 50, rank 1, N = 100; curve recorded',
      prepare: training(100, gramLearner),
    },
    { id: 'gram-1000-N10', note: 'the same, N = 10', prepare: training(10, gramLearner) },
    { id: 'gram-1000-N10000', note: 'the same, N = 10 000', prepare: training(10_000, gramLearner) },
    {
      id: 'gram-factor-N10000',
      note: 'factoring the weights of N = 10 000 once, before training',
      prepare: () => {
        const wide = problem(10_000);
        return () => void gramLearner(wide.protocol, wide.agent);
      },
    },
    {
      id: 'gram-1000-general',
      note: 'gram-1000 on the path for any shape',
      prepare: training(100, (_, agent) => {
        const cost = costOf(protocol, 2, 1);
        const { horizon } = protocol;
        const reduced = generalReducedLoss({ plant, leak: 1, cost, horizon, rank: 1 });
        return gramEngine(plant, agent, cost, horizon, trainedTensors(protocol), reduced);
      }),
    },
    {
      id: 'full-1000-N100',
      note: '1000 epochs, T = 50, rank 1, N = 100, batch collapsed to moments; curve recorded',
      prepare: training(100, fullLearner),
    },
    {
      id: 'property-1000',
      note: `${CURVES} cases drawn, trained for 1000 epochs (T = 50, N = 100), their stabilisation found, judged`,
      items: CURVES,
      prepare: () => {
        const claim = curveClaim();
        return () => {
          if (judge(claim, { seed: 3 }).status !== 'holds') throw new Error('a run diverged');
        };
      },
    },
    {
      id: 'tracking-epoch',
      note: 'one epoch of tracking on basis signals, N = 100, 300 steps, Adam',
      // Forward, backward and gradient, with one trial for each basis signal; h₋₁ = 0 costs nothing.
      products: {
        precision: 'f64',
        flops: closedLoopFlops(
          PROTOCOLS.tracking.agent.N,
          2 * PROTOCOLS.tracking.tracking.harmonics.length,
          PROTOCOLS.tracking.horizon + 1,
        ),
      },
      prepare: trackingEpoch(),
    },
    {
      id: 'spectra-1000',
      note: 'eigenvalues and exact stability of 1000 epochs',
      prepare: () => {
        const curve = train(gramLearner(protocol, agent), protocol, moments);
        return () => void spectraOf(curve, plant, 1);
      },
    },
    ...tanhBenchmarks(),
  ];
}

/** One benchmark's times. */
export interface BenchmarkResult {
  readonly id: string;
  /** Median of the rounds. */
  readonly ms: number;
  readonly best: number;
  /** Median in units of the baseline's. */
  readonly relative: number;
  /** Items per second and core, by the median. */
  readonly perSecond?: number;
  /** FLOPs per nanosecond of matrix products alone, probed before and after each round; median. */
  readonly gflops?: number;
  /** Time of a round in units of the time of its matrix products at that rate; median. */
  readonly timesProducts?: number;
  readonly note: string;
}

const significant = (value: number): number => Number(value.toPrecision(4));

function measure({ id, note, prepare, items, products, long }: Benchmark, baseline?: number): BenchmarkResult {
  const { warmUp, measured } = long ? LONG_ROUNDS : ROUNDS;
  const [times, rates, shares]: [number[], number[], number[]] = [[], [], []];
  const probe = (): number => (products ? productRate(products.precision) / 1e9 : 0);
  for (let round = -warmUp; round < measured; round++) {
    const work = prepare();
    const before = probe();
    const start = performance.now();
    work();
    const time = performance.now() - start;
    if (round < 0) continue;
    times.push(time);
    if (!products) continue;
    const rate = (before + probe()) / 2;
    rates.push(rate);
    shares.push(time / (products.flops / (1e6 * rate)));
  }
  const ms = median(times);
  return {
    id,
    ms: significant(ms),
    best: significant(Math.min(...times)),
    relative: significant(ms / (baseline ?? ms)),
    ...(items !== undefined && { perSecond: significant((1000 * items) / ms) }),
    ...(products && { gflops: significant(median(rates)), timesProducts: significant(median(shares)) }),
    note,
  };
}

/** The benchmarks with these identifiers; without any, the quick ones. */
function chosen(ids: readonly string[]): Benchmark[] {
  const all = benchmarks();
  const unknown = ids.find((id) => !all.some((benchmark) => benchmark.id === id));
  if (unknown !== undefined)
    throw usage('benchmark', unknown, `one of ${all.map(({ id }) => id).join(', ')}`, 'loopproof bench');
  return all.filter(({ id, long }) => (ids.length > 0 ? ids.includes(id) || id === 'baseline' : !long));
}

export default defineCommand({
  description:
    'Measures speed on one thread, relative to a baseline of plain arithmetic. Without identifiers, it runs the quick benchmarks. Training of tanh agents is compared with its matrix products alone.',
  argument: {
    name: 'benchmarks',
    many: true,
    about: 'identifiers; the long ones, tanh-closed-1000 and tanh-open-1000, run only by name',
  },
  options: {
    scaling: { about: 'time per epoch of the tanh agent by units, trials and horizon instead, with bars' },
    threads: { about: 'time per epoch of the tanh agent on one and on two threads instead' },
    torch: { about: 'the same with PyTorch beside it: python3, or $PYTHON, must have torch' },
    json: { about: 'as JSON' },
  },
  examples: ['bench', 'bench tanh-closed-1000 tanh-open-1000 --json', 'bench --scaling', 'bench --torch'],
  async run(options, ids) {
    const machine = {
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      cpu: cpus()[0]?.model ?? 'unknown',
      threads: options.threads || options.torch ? 2 : 1,
    };
    const write = (results: object, rows: readonly (readonly unknown[])[]): void => {
      const cells = rows.map((row) => row.map((cell) => String(cell ?? '')));
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ machine, ...results }, undefined, 2)}\n`
          : `${machine.cpu}, Node ${machine.node}\n\n${table(cells)}\n`,
      );
    };
    if (options.scaling) {
      const sizes = scaling().map((one) => ({ ...one, ms: significant(one.ms), gflops: significant(one.gflops) }));
      const heads = ['precision', 'by', 'N', 'B', 'T', 'ms per epoch', 'GFLOP/s', 'ms (two marks per doubling)'];
      const bars = drawn(sizes);
      const rows = sizes.map(({ precision, by, N, B, T, ms, gflops }, k) => [
        precision,
        by,
        N,
        B,
        T,
        ms,
        gflops,
        bars[k],
      ]);
      return write({ scaling: sizes }, [heads, ...rows]);
    }
    if (options.threads || options.torch) {
      const times = (await threadTimes(options.torch === true)).map(({ threads, ...numbers }) => ({
        threads,
        ...(Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, significant(n)])) as typeof numbers),
      }));
      const heads = ['threads', 'ms per epoch', '× one thread', 'PyTorch, ms per epoch', 'PyTorch / loopproof'];
      const rows = times.map(({ threads, ms, ofOne, torch, ratio }) => [threads, ms, ofOne, torch, ratio]);
      return write({ threads: times }, [heads, ...rows]);
    }
    let baseline: number | undefined;
    const results = chosen(ids).map((benchmark) => {
      const result = measure(benchmark, baseline);
      baseline ??= result.ms;
      return result;
    });
    const heads = ['benchmark', 'median ms', 'best ms', '× baseline', 'per second', 'GFLOP/s', '× products', 'what'];
    const rows = results.map((r) => [r.id, r.ms, r.best, r.relative, r.perSecond, r.gflops, r.timesProducts, r.note]);
    write({ benchmarks: results }, [heads, ...rows]);
  },
});
