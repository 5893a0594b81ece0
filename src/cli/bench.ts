/**
 * `loopproof bench`: speed on one thread, beside a baseline of plain arithmetic, so that machines can be compared.
 */

import { cpus } from 'node:os';
import fc from 'fast-check';
import { lowRankInitial } from '../agent/initial.js';
import { type AnyClaim, defineClaim } from '../claims/claim.js';
import { judge } from '../claims/judge.js';
import { LoopproofError } from '../error.js';
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
import { divergedAt, spectraOf } from '../training/curve.js';
import { DEPLOYED_TRIALS, deployedLoop, deployedStarts } from '../training/deployed.js';
import { gramEngine } from '../training/gram.js';
import { fullLearner, gramLearner } from '../training/learner.js';
import { PROBLEMS } from '../training/problems.js';
import { generalReducedLoss } from '../training/reduced.js';
import { deployment } from '../training/rnn.js';
import type { TrackingEngine } from '../training/tracking.js';
import { train } from '../training/train.js';
import { drawn, scaling } from './scaling.js';

interface Benchmark {
  readonly id: string;
  readonly note: string;
  /** Prepares a round and returns what is timed. */
  readonly prepare: () => () => void;
  /** How many items a round works through, where a rate is of interest. */
  readonly items?: number;
  /** The matrix products of a round, where they are most of the work. */
  readonly products?: { readonly precision: Precision; readonly flops: number };
  /** Takes long: left out unless it is asked for, and measured in fewer rounds. */
  readonly long?: true;
}

const ROUNDS = { warmUp: 3, measured: 9 };
const LONG_ROUNDS = { warmUp: 0, measured: 5 };

/** The paper's low-rank protocol over a population of starts. */
function populationProtocol(N: number): Protocol {
  return {
    ...PROTOCOLS['artifact-lowrank'],
    start: { kind: 'population', variance: 4 / 3 },
    agent: { kind: 'linear-low-rank', N, rank: 1, leak: 1 },
  };
}

function problem(N: number) {
  const protocol = populationProtocol(N);
  const plant = plantOf(protocol.plant);
  const agent = lowRankInitial({ N, c: 1, p: 1, r: 1 }, 1, new Stream(3));
  const moments = momentSource(protocol.start, 2, protocol.batch, new Stream(3));
  return { protocol, plant, agent, moments };
}

function gram(N: number): Benchmark['prepare'] {
  const { protocol, agent, moments } = problem(N);
  return () => {
    const engine = gramLearner(protocol, agent);
    return () => train(engine, protocol, moments);
  };
}

/** Curves that a round of `property-1000` draws, trains and judges. */
const CURVES = 100;

/** One epoch of the paper's tracking task, once trials need no longer be rolled out one by one. */
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
  const protocol = populationProtocol(100);
  const moments = momentSource(protocol.start, 2, protocol.batch, new Stream(3));
  const text = '';
  return defineClaim<number, undefined>({
    statement: {
      id: 'property-1000',
      kind: 'identity',
      title: text,
      statement: text,
      formula: text,
      latex: text,
      assumptions: text,
      validity: text,
      tolerance: text,
      source: { theory: '#learning', status: 'new' },
    },
    cases: { kind: 'drawn', arbitrary: fc.integer({ min: 0, max: 2 ** 31 - 1 }), runs: CURVES, block: CURVES },
    subject: undefined,
    check(_, seed, evidence) {
      const agent = lowRankInitial({ N: 100, c: 1, p: 1, r: 1 }, 1, new Stream(seed));
      const curve = train(gramLearner(protocol, agent), protocol, moments);
      const { latest } = stabilisationOf(protocol, curve);
      evidence.holds('the run stays finite', divergedAt(curve) === undefined);
      evidence.classify('becomes stable', latest !== undefined);
    },
    floors: {},
    mutants: [],
  });
}

/** 1000 epochs of the paper's tanh agent in single precision, training alone. */
function tanhBenchmarks(): Benchmark[] {
  const closed: RnnProtocol = { ...PROTOCOLS['artifact-tanh'], precision: 'f32' };
  const { batch: B, horizon: T, epochs } = closed;
  const { N } = closed.agent;
  const of = (id: string, note: string, protocol: RnnProtocol, flops: number): Benchmark => ({
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
    of('tanh-closed-1000', 'tanh agent in closed loop', closed, closedLoopFlops(N, B, T)),
    of('tanh-open-1000', 'tanh student of a tanh teacher', openLoopOf(closed), openLoopFlops(N, B, T)),
  ];
}

/** What is measured of the paper's tanh agent beside its training, once each. */
function observationBenchmarks(): Benchmark[] {
  const protocol: RnnProtocol = { ...PROTOCOLS['artifact-tanh'], precision: 'f32' };
  const { horizon: T, agent } = protocol;
  const plant = plantOf(protocol.plant);
  const trained = PROBLEMS.batches.draw(protocol, new Stream(3));
  const what = `N = ${agent.N}`;
  return [
    {
      id: 'tanh-deployed',
      note: `one deployed loss of a tanh agent, ${DEPLOYED_TRIALS} trials, ${what}, T = ${T}, f32`,
      prepare: () => {
        const { kernel } = PROBLEMS.batches.learner(protocol, trained);
        const loop = deployedLoop(protocol, DEPLOYED_TRIALS);
        const starts = deployedStarts(protocol, new Stream(4))!;
        const { run } = deployment(loop, trained, starts, kernelFor('f32'));
        return () => void run(kernel);
      },
    },
    {
      id: 'tanh-spectrum',
      note: `dominant eigenvalues of one tanh agent’s loop at rest, by Arnoldi’s method, ${what}`,
      prepare: () => () => void localSpectrum(plant, trained, new Stream(5)),
    },
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
    { id: 'gram-1000', note: '1000 epochs, T = 50, rank 1, N = 100; curve recorded', prepare: gram(100) },
    { id: 'gram-1000-N10', note: 'the same, N = 10', prepare: gram(10) },
    { id: 'gram-1000-N10000', note: 'the same, N = 10 000', prepare: gram(10_000) },
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
      prepare: () => {
        const cost = costOf(protocol, 2, 1);
        const { horizon } = protocol;
        const reduced = generalReducedLoss({ plant, leak: 1, cost, horizon, rank: 1 });
        const engine = gramEngine(plant, agent, cost, horizon, trainedTensors(protocol), reduced);
        return () => train(engine, protocol, moments);
      },
    },
    {
      id: 'full-1000-N100',
      note: '1000 epochs, T = 50, rank 1, N = 100, batch collapsed to moments; curve recorded',
      prepare: () => {
        const engine = fullLearner(protocol, agent);
        return () => train(engine, protocol, moments);
      },
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
      // Forward, back and for the gradient, a trial for each basis signal; h₋₁ = 0 takes part in none.
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
    ...observationBenchmarks(),
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
  /** A round's time in units of its matrix products' at that rate; median. */
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

/** The benchmarks of identifiers; without any, those that are quick. */
function chosen(ids: readonly string[]): Benchmark[] {
  const all = benchmarks();
  const unknown = ids.find((id) => !all.some((benchmark) => benchmark.id === id));
  if (unknown !== undefined)
    throw new LoopproofError('usage', {
      where: 'benchmark',
      received: unknown,
      expected: `one of ${all.map(({ id }) => id).join(', ')}`,
      hint: 'loopproof bench',
    });
  return all.filter(({ id, long }) => (ids.length > 0 ? ids.includes(id) || id === 'baseline' : !long));
}

/** Options as the command line reads them. */
export interface BenchOptions {
  readonly json?: boolean;
  readonly scaling?: boolean;
}

export function bench(ids: readonly string[], options: BenchOptions): void {
  const machine = {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    threads: 1,
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
    const sizes = scaling().map((result) => ({
      ...result,
      ms: significant(result.ms),
      gflops: significant(result.gflops),
    }));
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
    const heads = ['precision', 'by', 'N', 'B', 'T', 'ms per epoch', 'GFLOP/s', 'ms, a doubling to two marks'];
    return write({ scaling: sizes }, [heads, ...rows]);
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
}
