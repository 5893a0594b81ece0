/**
 * `loopproof bench`: speed on one thread, beside a baseline of plain arithmetic, so that machines can be compared.
 */
import { cpus } from 'node:os';
import fc from 'fast-check';
import { lowRankInitial } from '../agent/initial.js';
import { type AnyClaim, defineClaim } from '../claims/claim.js';
import { judge } from '../claims/judge.js';
import { Stream } from '../linalg/random.js';
import { dot } from '../linalg/vector.js';
import { table } from '../report/terminal.js';
import { stabilisationOf } from '../stages/spectral.js';
import { divergedAt, spectraOf } from '../training/curve.js';
import { gramEngine } from '../training/gram.js';
import { fullLearner, gramLearner, trainedTensors } from '../training/learner.js';
import { costOf, PROTOCOLS, type Protocol, plantOf } from '../training/protocol.js';
import { generalReducedLoss } from '../training/reduced.js';
import { momentSource } from '../training/start.js';
import type { TrackingEngine } from '../training/tracking.js';
import {
  drawTracker,
  phaseSource,
  TRACKING,
  type TrackingProtocol,
  trackingLearner,
} from '../training/tracking-protocol.js';
import { train } from '../training/train.js';
import { trainTracking } from '../training/train-tracking.js';

interface Benchmark {
  readonly id: string;
  readonly note: string;
  /** Prepares a round and returns what is timed. */
  readonly prepare: () => () => void;
  /** How many items a round works through, where a rate is of interest. */
  readonly items?: number;
}

const WARM_UP = 3;
const ROUNDS = 9;

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
  const schedule: TrackingProtocol = { ...TRACKING, firstUpdate: 0 };
  const phases = phaseSource(schedule, new Stream(3));
  const begin = (): TrackingEngine => {
    const engine = trackingLearner(schedule, drawTracker(schedule, new Stream(6)));
    trainTracking(engine, { ...schedule, epochs: 20 }, phases);
    return engine;
  };
  let engine: TrackingEngine | undefined;
  return () => {
    engine ??= begin();
    const learner = engine;
    return () => {
      trainTracking(learner, { ...schedule, epochs: 1 }, phases);
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
      assumptions: text,
      validity: text,
      tolerance: text,
      source: text,
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
  readonly note: string;
}

function measure({ prepare }: Benchmark): { ms: number; best: number } {
  const times: number[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const work = prepare();
    const start = performance.now();
    work();
    if (round >= 0) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { ms: times[Math.floor(ROUNDS / 2)]!, best: times[0]! };
}

export function bench({ json }: { readonly json?: boolean }): void {
  let baseline: number | undefined;
  const results = benchmarks().map((benchmark): BenchmarkResult => {
    const { ms, best } = measure(benchmark);
    baseline ??= ms;
    const round = (value: number): number => Number(value.toPrecision(4));
    const { id, note, items } = benchmark;
    const rate = items === undefined ? {} : { perSecond: round((1000 * items) / ms) };
    return { id, ms: round(ms), best: round(best), relative: round(ms / baseline), ...rate, note };
  });
  const machine = {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    threads: 1,
  };
  if (json) process.stdout.write(`${JSON.stringify({ machine, benchmarks: results }, undefined, 2)}\n`);
  else {
    const rows = results.map(({ id, ms, best, relative, perSecond, note }) => [
      id,
      String(ms),
      String(best),
      String(relative),
      perSecond === undefined ? '' : String(perSecond),
      note,
    ]);
    process.stdout.write(`${machine.cpu}, Node ${machine.node}\n\n`);
    process.stdout.write(
      `${table([['benchmark', 'median ms', 'best ms', '× baseline', 'per second', 'what'], ...rows])}\n`,
    );
  }
}
