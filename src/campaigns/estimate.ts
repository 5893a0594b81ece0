/**
 * Time and memory of a campaign before it begins: floating-point operations counted from the sizes, the rate that a short probe
 * of this machine reaches, and the memory of the largest run on every worker.
 */

import { closedLoopFlops, openLoopFlops } from '../kernel/flops.js';
import { Stream } from '../linalg/random.js';
import { isRecurrent, recurrentFacts } from '../problem/agents.js';
import { PROTOCOLS, type RnnProtocol, type TrackingProtocol } from '../problem/protocol.js';
import { PROBLEMS } from '../training/problems.js';
import type { Plan } from './grid.js';
import { trialCount } from './pair.js';
import type { Problem } from './problem.js';

/** The cost of a run. */
export interface RunCost {
  readonly flops: number;
  readonly bytes: number;
  /** Bytes of the largest kernel's main stretches: it has one memory, and no more than that can hold. */
  readonly kernel: number;
}

/** What is expected of a campaign. */
export interface WorkEstimate {
  readonly runs: number;
  readonly seconds: number;
  readonly bytes: number;
  /** The run with the largest kernel. */
  readonly largest: { readonly id: string; readonly kernel: number };
}

/** Operations of a batch's moments on its reduced loop, per step: a few products of size n + c + r. */
const REDUCED = 200;

/** Plain arithmetic takes as long as this many operations of a kernel. */
const PLAIN = 30;

/** What is no matrix product, in operations that take as long: a step's other work, a normal number, a spectrum. */
const STEP = 4e5;
const NORMAL = 2000;
const spectrumFlops = (N: number): number => 5e7 + 500 * N * N;

const BYTES = 8;

/** Basis signals that a batch of references collapses to. */
const basisSignals = ({ tracking }: TrackingProtocol): number => 2 * tracking.harmonics.length;

/** Products in double precision take as long as this many in single precision. */
const DOUBLE = 2;

/** Whether a kernel works in double precision: one that tracks always does. */
const isDouble = ({ kind, protocol }: Problem): boolean => kind === 'tracking' || protocol.precision === 'f64';

/** What a run costs. */
export function costOfPlan({ problem, measure }: Plan): RunCost {
  const { protocol } = problem;
  const { agent, horizon, epochs } = protocol;
  const { every, spectrumEvery, horizons } = measure;
  const trials = trialCount(measure);
  if (!('N' in agent)) throw new RangeError(`${agent.kind} agents have no units`);
  const { N } = agent;
  const observed = horizons.reduce((sum, steps) => sum + steps, 0) / every;
  if (!isRecurrent(agent)) {
    const closed = REDUCED * (horizon + observed);
    // Every column of the moments is answered by the teacher, lag by lag.
    const open = horizon * (REDUCED * horizon + horizon * horizon) + horizon * horizon * protocol.batch;
    const bytes = BYTES * (epochs * 64 + N * 16 + 3 * horizon * horizon);
    return { flops: PLAIN * epochs * (closed + open), bytes, kernel: 0 };
  }
  const batch = problem.kind === 'tracking' ? basisSignals(problem.protocol) : protocol.batch;
  const slower = (isDouble(problem) ? DOUBLE : 1) * recurrentFacts(agent).gates;
  const deployed = (slower * 2 * N * N * trials + STEP) * observed;
  const spectra = spectrumEvery === 0 ? 0 : spectrumFlops(N) / spectrumEvery;
  const products = slower * (closedLoopFlops(N, batch, horizon) + openLoopFlops(N, batch, horizon));
  const perEpoch = products + 2 * (STEP * horizon + deployed + spectra) + NORMAL * protocol.batch * horizon;
  // Hidden states, their activations and adjoints; weights, gradients, the optimiser's memory, a teacher's.
  const histories = 3 * N * batch * horizon;
  return {
    flops: epochs * perEpoch,
    bytes: BYTES * (histories + 10 * N * N + epochs * 16),
    kernel: kernelBytes(problem, batch),
  };
}

/** Hidden states of all steps, with the gates that they passed or what they leaked from; W, its gradient and its rows. */
function kernelBytes(problem: Problem, batch: number): number {
  const { agent, horizon } = problem.protocol;
  if (!isRecurrent(agent)) return 0;
  const { N } = agent;
  const { gates, histories } = recurrentFacts(agent);
  const size = isDouble(problem) ? BYTES : BYTES / 2;
  return size * (histories('leak' in agent ? agent.leak : 1) * N * batch * (horizon - 1) + 3 * gates * N * N);
}

const PROBE_MS = 300;

/** Operations per second of one thread: the best closed-loop epoch of the paper's size within a moment. */
export function probeRate(): number {
  const protocol: RnnProtocol = { ...PROTOCOLS.text, precision: 'f32' };
  const random = new Stream(1);
  const engine = PROBLEMS.batches.learner(protocol, PROBLEMS.batches.draw(protocol, random));
  const starts = PROBLEMS.batches.source(protocol, random)(0);
  let best = Number.POSITIVE_INFINITY;
  for (const end = performance.now() + PROBE_MS; performance.now() < end; ) {
    const start = performance.now();
    engine.evaluate(starts);
    best = Math.min(best, performance.now() - start);
  }
  return (1000 * closedLoopFlops(protocol.agent.N, protocol.batch, protocol.horizon)) / best;
}

/** What runs will take on a number of workers. @param rate operations per second and worker */
export function estimate(plans: readonly Plan[], rate: number, workers: number): WorkEstimate {
  const costs = plans.map(costOfPlan);
  const flops = costs.reduce((sum, cost) => sum + cost.flops, 0);
  const longest = costs.reduce((most, cost) => Math.max(most, cost.flops), 0);
  const largest = costs.reduce((most, cost) => Math.max(most, cost.bytes), 0);
  const kernels = plans.map(({ id }, k) => ({ id, kernel: costs[k]!.kernel }));
  const busy = Math.min(workers, plans.length);
  return {
    runs: plans.length,
    seconds: plans.length === 0 ? 0 : Math.max(flops / busy, longest) / rate,
    bytes: busy * largest,
    largest: kernels.reduce((most, next) => (next.kernel > most.kernel ? next : most), { id: '', kernel: 0 }),
  };
}
