/**
 * A recorded window simulated: from its weights on, with starts that the protocol draws anew. Under the protocol the record is one
 * of many such windows.
 */
import { Stream } from '../linalg/random.js';
import {
  batchRoundings,
  ROUNDING_RMS,
  SHADOWS,
  shadowNoise,
  UNIT_ROUNDOFF,
  unitRoundoff,
} from '../linalg/tolerance.js';
import { AGENTS, trainedNames, unitsOf, weightsOf } from '../problem/agents.js';
import type { RunProtocol, RunWeights, StartSpec, TensorName } from '../problem/schema.js';
import { problemOf } from '../training/problems.js';
import type { Explicit } from '../training/snapshots.js';
import { type Beginning, training } from '../training/train.js';
import type { Implementation } from './implementation.js';
import { declaredOf, programOf } from './program.js';
import type { SnapshotWindow, WeightsRecord } from './snapshots.js';

/** The seed of what is simulated: any will do that no run has, and the same makes verdicts repeatable. */
const SEED = 0x5eed;

/** Channels that are simulated: the clip factor follows from the norm. */
const SIMULATED = ['loss', 'gradNorm'] as const;

/** What a window comes to. */
export interface Outcome {
  /** By channel, the rows of the window. */
  readonly rows: readonly Float64Array[];
  /** By how much the weights moved, tensor after tensor, where the end is recorded. */
  readonly moved?: Float64Array;
}

/** Weights in one array, tensor after tensor. */
const joined = (weights: RunWeights): Float64Array =>
  Float64Array.from(Object.values(weights).flat(2) as unknown as readonly number[]);

/** Starts so many times as wide. */
function widened(start: StartSpec, factor: number): StartSpec {
  if (start.kind === 'uniform') return { ...start, low: factor * start.low, high: factor * start.high };
  return start.kind === 'normal' ? { ...start, sd: factor * start.sd } : start;
}

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, k) => value - b[k]!);

/** A learner at the beginning of a window, again and again. */
interface Again {
  readonly protocol: RunProtocol;
  readonly learner: Explicit;
  readonly values: readonly ArrayLike<number>[];
}

/** Simulates one window. */
export class Simulator {
  readonly record: WeightsRecord;
  readonly window: SnapshotWindow;
  readonly #rows: readonly number[];
  readonly #from: Float64Array;
  readonly #beginning: Beginning;
  readonly #random: Stream;
  readonly #again = new Map<Implementation | undefined, Again>();

  constructor(record: WeightsRecord, window: SnapshotWindow) {
    const { from, to } = window;
    this.record = record;
    this.window = window;
    this.#rows = record.rows.filter((row) => row >= from.epoch && row < to);
    this.#from = joined(this.#ordered(from.weights));
    this.#beginning = from.beginning();
    this.#random = new Stream(SEED).child(`window ${from.epoch}`);
  }

  /** What was recorded. */
  recorded(): Outcome {
    const { curve, channels } = this.record;
    const { end } = this.window;
    return {
      rows: SIMULATED.filter((name) => channels.includes(name)).map((name) => this.#rowsOf(curve[name])),
      ...(end && { moved: difference(joined(this.#ordered(end.weights)), this.#from) }),
    };
  }

  /**
   * What another run would have recorded.
   * @param label of what it draws; the same label draws the same, under any implementation
   */
  simulated(label: string, implementation?: Implementation): Outcome {
    const { protocol, learner, values } = this.#begun(implementation);
    const { kind, channels } = this.record;
    const { to, end } = this.window;
    learner.engine.parameters?.forEach((parameter, k) => {
      parameter.values.set(values[k]!);
    });
    const { source: sourceOf, trials } = problemOf(kind);
    const random = this.#random.child(label);
    const { starts } = this.record;
    const drawn = trials(protocol, random);
    const source = sourceOf(
      protocol,
      random,
      starts && ((epoch) => (epoch >= starts.first && epoch < starts.end ? starts.source : drawn!)(epoch)),
    );
    const schedule = { ...protocol, epochs: to, precision: 'f64' as const };
    const run = training(learner.engine, schedule, source, {}, structuredClone(this.#beginning));
    while (run.step());
    return {
      rows: SIMULATED.filter((name) => channels.includes(name)).map((name) => this.#rowsOf(run.curve[name])),
      ...(end && { moved: difference(joined(this.#ordered(weightsOf(learner.current()))), this.#from) }),
    };
  }

  /** The statistics that windows like this one are compared by. @param sample of simulated ones */
  statistics(sample: readonly Outcome[]): WindowStatistics {
    return new WindowStatistics(this, sample, this.#rows, this.#from);
  }

  #rowsOf(column: Float64Array): Float64Array {
    return Float64Array.from(this.#rows, (row) => column[row]!);
  }

  /** Tensors in the order of the learner's. */
  #ordered(weights: RunWeights): RunWeights {
    return Object.fromEntries(tensorsOf(this.record.protocol).map((name) => [name, weights[name]]));
  }

  #begun(implementation: Implementation | undefined): Again {
    const known = this.#again.get(implementation);
    if (known) return known;
    const { record, window } = this;
    const carried = implementation ?? declaredOf(record.protocol);
    const { protocol, learner: learnerOf } = programOf(record, carried);
    const { start } = protocol;
    const learner = learnerOf(window.from.weights);
    const begun: Again = {
      protocol: start ? { ...protocol, start: widened(start, carried.startScale) } : protocol,
      learner,
      values: (learner.engine.parameters ?? []).map(({ values }) => Float64Array.from(values)),
    };
    this.#again.set(implementation, begun);
    return begun;
  }
}

/** The tensors of an agent. */
const tensorsOf = ({ agent }: RunProtocol): readonly TensorName[] => AGENTS[agent.kind].tensors;

const NAMES = {
  first: (channel: string) => `${channel} at the snapshot`,
  rest: (channel: string) => `mean ${channel} after the snapshot`,
  far: (tensor: string) => `how far ${tensor} moves`,
  usual: (tensor: string) => `how far ${tensor} moves as it usually does`,
  itself: (tensor: string) => `how far ${tensor} moves along itself`,
};

/** The names of the statistics that windows have, where they are of the longest. */
export function statisticNames({ protocol, channels }: WeightsRecord, { end }: Pick<SnapshotWindow, 'end'>): string[] {
  const { first, rest, ...movements } = NAMES;
  const own = SIMULATED.filter((name) => channels.includes(name));
  return [
    ...own.flatMap((channel) => [first(channel), rest(channel)]),
    ...(end ? tensorsOf(protocol).flatMap((tensor) => Object.values(movements).map((name) => name(tensor))) : []),
  ];
}

/** Logarithms end here: numbers that are none, or none that are left, lie beyond all others. */
const FAR = 700;
const logOf = (value: number): number =>
  Number.isFinite(value) ? Math.max(-FAR, Math.min(FAR, Math.log(Math.max(value, 0)))) : FAR;

/** So do movements. */
const FAR_OFF = 1e100;
const bounded = (value: number): number =>
  Number.isNaN(value) ? FAR_OFF : Math.max(-FAR_OFF, Math.min(FAR_OFF, value));

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, k) => sum + value * b[k]!, 0);

/** One statistic of a window. */
export interface Statistic {
  readonly name: string;
  of(outcome: Outcome): number;
  /** How far rounding may have moved it in what was recorded. */
  within(recorded: Outcome): number;
}

/**
 * The first loss of a window, the mean of the others, norms likewise, all in logarithms; of each tensor how far it moved, and of
 * trained ones how far along the mean movement and along itself.
 */
export class WindowStatistics {
  readonly all: readonly Statistic[];
  /** How far rounding may have moved all weights together. */
  readonly #error: number;
  readonly #noise: number;

  constructor({ record, window }: Simulator, sample: readonly Outcome[], rows: readonly number[], from: Float64Array) {
    const { protocol, channels, digits } = record;
    const { agent, horizon, batch, precision = 'f32' } = protocol;
    const unit = unitRoundoff(precision);
    const { multiple } = SHADOWS.run;
    const noise = multiple * shadowNoise(batchRoundings(unitsOf(agent), horizon, batch), unit);
    const ofRows = SIMULATED.filter((name) => channels.includes(name)).flatMap((channel, k): Statistic[] => {
      const part = (name: string, a: number, b?: number): Statistic => ({
        name,
        of: ({ rows }) => mean(rows[k]!.slice(a, b).map(logOf)),
        within: ({ rows }) =>
          noise +
          mean(rows[k]!.slice(a, b).map((value) => Math.min(FAR, (digits[channel]?.half(value) ?? 0) / value || 0))),
      });
      const first = rows[0] === window.from.epoch ? 1 : 0;
      return [
        ...(first > 0 ? [part(NAMES.first(channel), 0, 1)] : []),
        ...(rows.length > first ? [part(NAMES.rest(channel), first)] : []),
      ];
    });
    const trained = trainedNames(protocol);
    const updates = window.to - window.from.epoch;
    const errorOf = (moved: number, size: number): number =>
      noise * moved + (2 * unit + multiple * ROUNDING_RMS * unit * Math.sqrt(updates)) * size;
    let offset = 0;
    const ofTensors = !window.end
      ? []
      : tensorsOf(protocol).flatMap((name): Statistic[] => {
          const size = ([window.from.weights[name]] as unknown[]).flat(3).length;
          const part = (all: Float64Array): Float64Array => all.subarray(begin, begin + size);
          const begin = offset;
          offset += size;
          const own = part(from);
          const length = Math.sqrt(dot(own, own));
          const rounding = Math.max(errorOf(0, length), UNIT_ROUNDOFF ** 4);
          const howFar = ({ moved }: Outcome): number => Math.sqrt(dot(part(moved!), part(moved!)));
          const onto = (what: (tensor: string) => string, axis: Float64Array): Statistic[] => {
            const squared = dot(axis, axis);
            if (!(squared > 0)) return [];
            return [
              {
                name: what(name),
                of: ({ moved }) => bounded(dot(part(moved!), axis) / squared),
                within: (recorded) => bounded(errorOf(howFar(recorded), length) / Math.sqrt(squared)),
              },
            ];
          };
          return [
            {
              name: NAMES.far(name),
              of: (outcome) => logOf(howFar(outcome) + rounding),
              within: (recorded) => noise + rounding / Math.max(howFar(recorded), rounding),
            },
            ...(trained.includes(name)
              ? [...onto(NAMES.usual, average(sample.map(({ moved }) => part(moved!)))), ...onto(NAMES.itself, own)]
              : []),
          ];
        });
    this.all = [...ofRows, ...ofTensors];
    this.#error = errorOf(0, Math.sqrt(dot(from, from)));
    this.#noise = noise;
  }

  /** Movement along a direction of all weights. */
  along(direction: Float64Array): Statistic {
    const squared = dot(direction, direction);
    return {
      name: 'weights move as under a fault',
      of: ({ moved }) => bounded(dot(moved!, direction) / squared),
      within: ({ moved }) => bounded((this.#error + this.#noise * Math.sqrt(dot(moved!, moved!))) / Math.sqrt(squared)),
    };
  }
}

/** The mean of arrays, entry by entry. */
export function average(arrays: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(arrays[0]?.length ?? 0);
  for (const array of arrays) for (let k = 0; k < total.length; k++) total[k]! += array[k]! / arrays.length;
  return total;
}
