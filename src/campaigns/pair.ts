/**
 * A paired run: an agent learns in closed loop; then a student of the same initial weights learns in open loop to act as that agent
 * does. Both are deployed while they learn.
 */

import type { Agent } from '../agent/agent.js';
import { shapeOf } from '../agent/linear.js';
import { orderParameterMatrix } from '../agent/order-parameters.js';
import { impulseResponse } from '../agent/response.js';
import type { Rnn } from '../agent/rnn.js';
import { kernelFor } from '../kernel/choose.js';
import { fromRows, identity, type Mat, type Matrix } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { reals } from '../linalg/ring.js';
import type { Plant } from '../plant/plant.js';
import { drawPhases } from '../plant/reference.js';
import { trainedTensors } from '../problem/agents.js';
import {
  deployedCost,
  openLoopOf,
  openLoopWeight,
  type Protocol,
  plantOf,
  type RnnProtocol,
} from '../problem/protocol.js';
import { batchFactor, type DataSource, drawBatch } from '../problem/start.js';
import { acquisitions } from '../stages/acquisition.js';
import { deployedGains, effectiveGains } from '../stages/gains.js';
import { hasSpectrum, localSpectrum } from '../stages/observation.js';
import { NEGATIVE, type StageRow, stageRowsOf } from '../stages/spectral.js';
import {
  type Curve,
  divergedAt,
  emptyColumn,
  type LearningCurve,
  orderParametersAt,
  spectraOf,
  type TrackingCurve,
} from '../training/curve.js';
import { deployedLoop, deployedLosses } from '../training/deployed.js';
import { gramDescent } from '../training/gram.js';
import { sampledMoments, sequenceLoss } from '../training/open-loop.js';
import { PROBLEMS, taskOf } from '../training/problems.js';
import { deployment, type RnnEngine } from '../training/rnn.js';
import { deployedTracking, trackingStudent } from '../training/tracking-open-loop.js';
import { type Schedule, train } from '../training/train.js';
import type { Plan } from './grid.js';
import type { NumberedMeasure } from './names.js';
import type { CampaignKind, Problem, ProblemOf } from './problem.js';
import type { Measure } from './schema.js';
import { namedGains, type PairedRun, type PhaseTrace } from './trace.js';

/** How many trials agents are deployed on. */
export function trialCount({ trials }: Pick<Measure, 'trials'>): number {
  return typeof trials === 'number' ? trials : trials[0]!.length;
}

/** The trials that agents are deployed on, n × trials. */
function trialsOf({ measure, trialsSeed }: Plan, { start, plant }: Protocol | RnnProtocol): Mat<number> {
  const { trials } = measure;
  if (typeof trials !== 'number') return fromRows(trials);
  return drawBatch(start!, plantOf(plant).A.rows, trials, new Stream(trialsSeed))!;
}

/** Whether an epoch is one of every so many that are measured; the last one always is. 0 for none. */
function isMeasured(every: number, epoch: number, epochs: number): boolean {
  return every > 0 && (epoch % every === 0 || epoch === epochs - 1);
}

/** One phase, and the agent of its last row. */
interface Phase<Final> {
  readonly trace: PhaseTrace;
  readonly final: Final;
}

/** Both phases of a kind of problem. */
interface PairedTask<Final> {
  closed(random: Stream): Phase<Final>;
  open(teacher: Final, random: Stream): Phase<Final>;
}

/** How agents with explicit weights are measured. */
interface Gauge<A extends Agent> {
  readonly plant: Plant;
  /** Deployed losses of an engine's agent, by horizon; `own` is the index of the protocol's horizon. */
  readonly deployed: (engine: RnnEngine<A>) => readonly number[];
  readonly own: number;
  /** The effective gains of the last deployment, where they tell the stages. */
  readonly gains?: () => Matrix;
  /** Randomness of an epoch's spectrum. */
  readonly spectrum: (epoch: number) => Stream;
  readonly readings?: (curve: Curve) => Readonly<Record<NumberedMeasure, number>>;
}

/** Trains an engine and measures it on the way: the weights that the protocol's rows belong to. */
function follow<A extends Agent>(
  { horizons, every, spectrumEvery }: Plan['measure'],
  schedule: Schedule,
  engine: RnnEngine<A>,
  source: DataSource,
  gauge: Gauge<A>,
): Phase<A> {
  const { epochs, rows } = schedule;
  const deployed = horizons.map(() => emptyColumn(epochs));
  const own = deployed[gauge.own]!;
  const radius = emptyColumn(epochs);
  const stages: StageRow[] = [];
  /** `undefined` beyond the range of numbers. */
  const gains = (epoch: number): Matrix | undefined => (Number.isFinite(own[epoch]) ? gauge.gains?.() : undefined);
  let final = engine.rnn();
  const observe = (epoch: number): void => {
    if (epoch === epochs - 1) final = engine.rnn();
    if (isMeasured(every, epoch, epochs))
      for (const [k, loss] of gauge.deployed(engine).entries())
        deployed[k]![epoch] = Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY;
    if (!isMeasured(spectrumEvery, epoch, epochs)) return;
    const spectrum = localSpectrum(gauge.plant, engine.rnn(), gauge.spectrum(epoch));
    radius[epoch] = spectrum?.radius ?? Number.POSITIVE_INFINITY;
    if (gauge.gains && every === 1 && spectrumEvery === 1)
      stages[epoch] = { gainNegative: (gains(epoch)?.data[0] ?? 0) < NEGATIVE.k1, spectrum };
  };
  // A row after its update would have its loss evaluated anew: twice the work for a number that is not used. The batch's loss
  // before the update is kept, and measurements are taken after it.
  const curve = train(
    engine,
    { ...schedule, rows: 'before-update' },
    source,
    rows === 'after-update' ? { afterEpoch: observe } : { observe },
  );
  const last = gains(epochs - 1);
  const readings = last ? namedGains(last) : gauge.readings?.(curve);
  const trace = {
    ...curve,
    deployed,
    own,
    radius,
    ...(readings && { readings }),
    ...(stages.length > 0 && { stages }),
  };
  return { trace, final };
}

/** A low-rank agent's learning curve, measured. All follows from its order parameters. @param starts factor of the trials' moments */
function traceOf({ measure }: Plan, protocol: Protocol, curve: LearningCurve, starts: Mat<number>): PhaseTrace {
  const plant = plantOf(protocol.plant);
  const { leak } = protocol.agent;
  const { every, spectrumEvery, horizons } = measure;
  const { epochs, shape } = curve;
  const thinned = (column: Float64Array, step: number): Float64Array =>
    column.map((value, epoch) => (isMeasured(step, epoch, epochs) ? value : Number.NaN));
  const deployed = horizons.map((horizon) => {
    const problem = { plant, leak, cost: deployedCost(protocol, horizon), horizon, rank: shape.r };
    return thinned(deployedLosses(curve, problem, starts), every);
  });
  const spectra = spectraOf(curve, plant, leak);
  const own = deployed[horizons.indexOf(protocol.horizon)]!;
  // Loops beyond the range of numbers have no regression.
  const gains =
    Number.isFinite(own.at(-1)) &&
    effectiveGains(plant, leak, orderParameterMatrix(orderParametersAt(curve, epochs - 1)), protocol.horizon, starts);
  const radii = Float64Array.from(spectra, (spectrum) => spectrum?.radius ?? Number.NaN);
  return {
    ...curve,
    deployed,
    own,
    radius: thinned(radii, spectrumEvery),
    ...(gains && { readings: namedGains(gains) }),
    ...(spectrumEvery === 1 && { stages: stageRowsOf(curve, spectra) }),
  };
}

/** The phases of each kind of problem. */
const TASKS = {
  /** Learning closes on the Gram matrix: no cost grows with N. The student sees white observations at all T steps. */
  moments(plan: Plan, { protocol, weightScale }: ProblemOf<'moments'>, random: Stream): PairedTask<LearningCurve> {
    const { horizon, batch, agent } = protocol;
    const initial = PROBLEMS.moments.draw(protocol, random.child('weights'), weightScale);
    if (!('agent' in initial)) throw new RangeError(`${agent.kind} agents have no student in open loop`);
    const { B, C } = plantOf(protocol.plant);
    const trials = batchFactor(trialsOf(plan, protocol));
    const phase = (curve: LearningCurve): Phase<LearningCurve> => ({
      trace: traceOf(plan, protocol, curve, trials),
      final: curve,
    });
    return {
      closed: (starts) =>
        phase(train(PROBLEMS.moments.learner(protocol, initial), protocol, PROBLEMS.moments.source(protocol, starts))),
      open(teacher, stream) {
        const response = impulseResponse(reals, agent.leak, orderParametersAt(teacher, teacher.epochs - 1), horizon);
        const task = { steps: horizon, weight: openLoopWeight(protocol.loss, horizon, B.cols) };
        const lossOf = sequenceLoss(task, response, agent.leak, shapeOf(initial.agent).r);
        const inputs = sampledMoments(horizon, identity(reals, C.rows), batch, stream);
        return phase(train(gramDescent(initial.agent, trainedTensors(protocol), lossOf), protocol, inputs));
      },
    };
  },

  batches(plan: Plan, { protocol, weightScale }: ProblemOf<'batches'>, random: Stream): PairedTask<Agent> {
    const { horizon, precision = 'f64' } = protocol;
    const { horizons } = plan.measure;
    const initial = PROBLEMS.batches.draw(protocol, random.child('weights'), weightScale);
    const trials = trialsOf(plan, protocol);
    const plant = plantOf(protocol.plant);
    const measure = hasSpectrum(protocol.agent.kind) ? plan.measure : { ...plan.measure, spectrumEvery: 0 };
    const own = horizons.indexOf(horizon);
    const phase = (learnt: RnnProtocol, teacher: Agent | undefined, stream: Stream): Phase<Agent> => {
      const engine = PROBLEMS.batches.learner(learnt, initial, teacher);
      const deployments = horizons.map((steps) =>
        deployment(deployedLoop(protocol, trials.cols, steps), initial, trials, kernelFor(precision)),
      );
      const spectra = stream.child('spectra');
      return follow(measure, learnt, engine, PROBLEMS.batches.source(learnt, stream), {
        plant,
        deployed: ({ kernel }) => deployments.map(({ run }) => run(kernel)),
        own,
        gains: () => deployedGains(deployments[own]!, plant.A.rows, plant.B.cols),
        spectrum: (epoch) => spectra.child(`${epoch}`),
      });
    };
    return {
      closed: (stream) => phase(protocol, undefined, stream),
      open: (teacher, stream) => phase(openLoopOf(protocol), teacher, stream),
    };
  },

  /** The student learns on what the teacher sees while it follows, and trains its input weights too. */
  tracking({ measure, trialsSeed }: Plan, { protocol }: ProblemOf<'tracking'>, random: Stream): PairedTask<Rnn> {
    const task = taskOf(protocol);
    const initial = PROBLEMS.tracking.draw(protocol, random.child('weights'));
    const phases = drawPhases(protocol.tracking.harmonics.length, trialCount(measure), new Stream(trialsSeed));
    const deployedOf = deployedTracking(task, phases, initial);
    const gauge = {
      plant: task.plant,
      deployed: (engine: RnnEngine) => [deployedOf(engine.rnn())],
      own: 0,
      spectrum: (epoch: number) => random.child(`spectrum ${epoch}`),
    };
    const source = (stream: Stream): DataSource => PROBLEMS.tracking.source(protocol, stream);
    const own = { ...measure, horizons: [protocol.horizon] };
    return {
      closed: (stream) =>
        follow(own, protocol, PROBLEMS.tracking.learner(protocol, initial), source(stream), {
          ...gauge,
          readings: (curve) => acquired(curve as TrackingCurve),
        }),
      open: (teacher, stream) => {
        const student = trackingStudent(task, protocol.batch, initial, teacher, ['M', 'W', 'Z']);
        return follow(own, protocol, student, source(stream), gauge);
      },
    };
  },
} satisfies { [K in CampaignKind]: (plan: Plan, problem: ProblemOf<K>, random: Stream) => unknown };

/** Epochs at which the harmonics' losses were acquired, by name. */
function acquired(curve: TrackingCurve): Record<NumberedMeasure, number> {
  return Object.fromEntries(
    acquisitions(curve).flatMap((found, harmonic) => (found ? [[`acquired${harmonic + 1}`, found.epoch]] : [])),
  );
}

/** The paired run of a plan. */
export function pairOf(plan: Plan): PairedRun {
  const { problem } = plan;
  const random = new Stream(plan.seed);
  const begin = TASKS[problem.kind] as (plan: Plan, problem: Problem, random: Stream) => PairedTask<unknown>;
  const task = begin(plan, problem, random);
  const closed = task.closed(random.child('starts'));
  if (divergedAt(closed.trace) !== undefined) return { closed: closed.trace };
  return { closed: closed.trace, open: task.open(closed.final, random.child('inputs')).trace };
}
