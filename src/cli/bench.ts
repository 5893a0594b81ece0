/**
 * `loopproof bench`: speed on one thread, beside a baseline of plain arithmetic, so that machines can be compared.
 */
import { cpus } from 'node:os';
import { lowRankInitial } from '../agent/initial.js';
import { Stream } from '../linalg/random.js';
import { dot } from '../linalg/vector.js';
import { table } from '../report/terminal.js';
import { spectraOf } from '../training/curve.js';
import { gramEngine } from '../training/gram.js';
import { fullLearner, gramLearner, trainedTensors } from '../training/learner.js';
import { costOf, PROTOCOLS, type Protocol, plantOf } from '../training/protocol.js';
import { generalReducedLoss } from '../training/reduced.js';
import { momentSource } from '../training/start.js';
import { train } from '../training/train.js';

interface Benchmark {
  readonly id: string;
  readonly note: string;
  /** Prepares a round and returns what is timed. */
  readonly prepare: () => () => void;
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
    return { id: benchmark.id, ms: round(ms), best: round(best), relative: round(ms / baseline), note: benchmark.note };
  });
  const machine = {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    threads: 1,
  };
  if (json) process.stdout.write(`${JSON.stringify({ machine, benchmarks: results }, undefined, 2)}\n`);
  else {
    const rows = results.map(({ id, ms, best, relative, note }) => [
      id,
      String(ms),
      String(best),
      String(relative),
      note,
    ]);
    process.stdout.write(`${machine.cpu}, Node ${machine.node}\n\n`);
    process.stdout.write(`${table([['benchmark', 'median ms', 'best ms', '× baseline', 'what'], ...rows])}\n`);
  }
}
