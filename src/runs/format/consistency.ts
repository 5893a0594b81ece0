/**
 * What no schema can check of a run: lengths and shapes that depend on one another, and the memory that they ask for.
 */

import { columnCount, fromLowerTriangle } from '../../agent/gram.js';
import { LoopproofError } from '../../error.js';
import { semidefiniteFactor } from '../../linalg/factor.js';
import { fromRows } from '../../linalg/matrix.js';
import { unitRoundoff } from '../../linalg/tolerance.js';
import { AGENTS, isRecurrent, neededTensors, TENSORS, trainableOf } from '../../problem/agents.js';
import { kindOf } from '../../problem/kinds.js';
import {
  isMatrixLoss,
  isNoisy,
  type MemoryField,
  memoryFields,
  type RunProtocol,
  type RunWeights,
  type StartsField,
  type TensorName,
} from '../../problem/schema.js';
import { triangleSize } from '../../training/curve.js';
import { coarseness, digitsIn } from './digits.js';
import type { Configuration, TensorLists } from './schema.js';
import { orderParameterShapes, type Shape, type Sizes, sizesOf, startWidths } from './shapes.js';

export const FORMAT_HINT = 'see the run format in src/runs/README.md, or start from the output of `loopproof train`';

const BIAS_HINT =
  'a bias that is trained, or recorded anywhere, stands in weights.initial, weights.final and every snapshot: zeros where there is none';

type Recorded = number | readonly number[] | readonly (readonly number[])[];

/** Memory that training or replay may take for trajectories, weights and curves, in numbers. */
const MOST_NUMBERS = 2 ** 26;

/** The checks of one file. Each throws a LoopproofError that names the field. */
class Consistency {
  readonly #where: string;
  readonly #protocol: RunProtocol;
  readonly #sizes: Sizes;
  /** What weights must hold: what is needed, and biases that the file has anywhere. */
  readonly #tensors: readonly TensorName[];

  constructor(where: string, { protocol, weights, snapshots }: Configuration) {
    this.#where = where;
    this.#protocol = protocol;
    this.#sizes = this.#sizesOf(protocol);
    const given = [weights?.initial, weights?.final, snapshots].flatMap((tensors) => Object.keys(tensors ?? {}));
    const { optional }: { readonly optional: readonly TensorName[] } = AGENTS[protocol.agent.kind];
    this.#tensors = [...new Set([...neededTensors(protocol), ...optional.filter((name) => given.includes(name))])];
  }

  #expect(field: string, condition: boolean, received: string, expected: string, hint = FORMAT_HINT): void {
    if (condition) return;
    throw new LoopproofError('invalid-run', {
      where: `${this.#where}: ${field}`,
      received,
      expected,
      hint,
    });
  }

  #sizesOf(protocol: RunProtocol): Sizes {
    try {
      return sizesOf(protocol);
    } catch (error) {
      this.#expect('protocol.plant', false, error instanceof Error ? error.message : '', 'matrices that fit');
      throw error;
    }
  }

  /** A number is a matrix of one entry, a list of numbers one of one row. */
  #matrix(field: string, value: Recorded | undefined, [rows, cols]: Shape): void {
    if (value === undefined) return;
    if (typeof value === 'number') {
      this.#expect(field, rows === 1 && cols === 1, 'a number', `${rows} rows of ${cols}`);
      return;
    }
    if (typeof value[0] === 'number') {
      this.#expect(field, value.length === cols, `${value.length} numbers`, `${cols}`);
      return;
    }
    const lists = value as readonly (readonly number[])[];
    const turned = value.length === cols && lists.every((list) => list.length === rows);
    const hint = turned ? 'transpose it: rows stand for columns' : FORMAT_HINT;
    this.#expect(field, value.length === rows, `${value.length} vectors`, `${rows}`, hint);
    lists.forEach((vector, k) => {
      this.#expect(`${field}[${k}]`, vector.length === cols, `${vector.length} numbers`, `${cols}`);
    });
  }

  /** A lower triangle must be of a covariance: of no negative eigenvalue beyond rounding. */
  #semidefinite(field: string, triangle: readonly number[], unit: number): void {
    try {
      semidefiniteFactor(fromLowerTriangle(triangle, this.#sizes.n), unit);
    } catch {
      this.#expect(field, false, JSON.stringify(triangle), 'second moments: a positive semidefinite matrix');
    }
  }

  weights(field: string, weights: RunWeights | undefined, needed: readonly TensorName[] = this.#tensors): void {
    if (!weights) return;
    const { kind } = this.#protocol.agent;
    if (kind === 'effective') {
      const { overlaps } = weights;
      this.#expect(field, overlaps !== undefined, 'no overlaps', 'overlaps {zm, zu, vm, vu}');
      for (const [name, shape] of orderParameterShapes(this.#sizes))
        this.#matrix(`${field}.overlaps.${name}`, overlaps![name], shape);
      return;
    }
    for (const name of needed)
      this.#expect(
        `${field}.${name}`,
        weights[name] !== undefined,
        'nothing',
        `the weights of a ${kind} agent`,
        this.#isOptional(name) ? BIAS_HINT : FORMAT_HINT,
      );
    for (const name of trainableOf(kind) as readonly TensorName[])
      this.#matrix(`${field}.${name}`, weights[name], TENSORS[name].lists(this.#sizes));
  }

  #isOptional(name: TensorName): boolean {
    return !(AGENTS[this.#protocol.agent.kind].tensors as readonly TensorName[]).includes(name);
  }

  protocol(): void {
    const { start, agent, trained, mode, tracking, batch, inputs, horizon, teacher, optimizer, epochs } =
      this.#protocol;
    const { n, c } = this.#sizes;
    this.#expect(
      'protocol.start',
      mode !== 'closed-loop' || start !== undefined || tracking !== undefined,
      'nothing',
      'the starts of a closed loop',
    );
    this.#tracking();
    this.#noise();
    this.#loss();
    if (start?.kind === 'fixed') this.#matrix('protocol.start.x0', start.x0, [n, batch]);
    if (start?.kind === 'uniform')
      this.#expect('protocol.start', start.low < start.high, `low ${start.low}, high ${start.high}`, 'low < high');
    const names = trainableOf(agent.kind);
    const foreign = trained.find((name) => !names.includes(name));
    this.#expect(
      'protocol.trained',
      foreign === undefined && trained.length > 0 && new Set(trained).size === trained.length,
      JSON.stringify(foreign ?? trained),
      `some of ${names.join(', ')} for a ${agent.kind} agent`,
    );
    const { lr } = optimizer;
    this.#expect(
      'protocol.optimizer.lr',
      typeof lr === 'number' || lr.length === epochs,
      `a list of ${typeof lr === 'number' ? 1 : lr.length} numbers`,
      `one for each of protocol.epochs = ${epochs}, or a number`,
      'list the learning rate of every epoch, whether it updates or not; of a run that stopped early declare the epochs that it had',
    );
    // A row for each observation of each step, a number per trial in it.
    if (inputs?.kind === 'fixed') this.#matrix('protocol.inputs.y', inputs.y, [horizon * c, batch]);
    this.weights('protocol.teacher', teacher, AGENTS[agent.kind].tensors);
    this.#work();
  }

  /** Matrices of a loss are symmetric, and no loss is below 0. */
  #loss(): void {
    const { loss } = this.#protocol;
    if (!isMatrixLoss(loss)) return;
    const { n, p } = this.#sizes;
    for (const [name, rows, size] of [
      ['Q', loss.Q, n],
      ['R', loss.R, p],
    ] as const) {
      if (!rows) continue;
      const field = `protocol.loss.${name}`;
      this.#matrix(field, rows, [size, size]);
      const hint = 'xᵀQx depends on (Q + Qᵀ)/2 alone: declare that';
      const symmetric = rows.every((row, i) => row.every((value, j) => value === rows[j]![i]));
      this.#expect(field, symmetric, JSON.stringify(rows), 'a symmetric matrix', hint);
      try {
        semidefiniteFactor(fromRows(rows), unitRoundoff('f64'));
      } catch {
        this.#expect(field, false, JSON.stringify(rows), 'a positive semidefinite matrix: a loss has a minimum');
      }
    }
  }

  /** Noise is of trials in closed loop. */
  #noise(): void {
    const { noise, mode, tracking, agent, start } = this.#protocol;
    if (!isNoisy(this.#protocol)) return;
    const expect = (condition: boolean, expected: string, hint: string): void =>
      this.#expect('protocol.noise', condition, JSON.stringify(noise), expected, hint);
    expect(mode === 'closed-loop', 'a closed loop', 'leave it out: the inputs of an open loop are noise already');
    expect(tracking === undefined, 'a loop without protocol.tracking', 'leave it out: references are followed without');
    expect(agent.kind !== 'effective', 'an agent with units', 'leave it out: order parameters alone have no trials');
    expect(
      start?.kind !== 'population',
      'starts that have trials',
      'leave it out, or declare uniform or normal starts',
    );
  }

  #tracking(): void {
    const { tracking, plant, batch } = this.#protocol;
    if (!tracking) return;
    this.#expect('protocol.plant', plant.kind === 'cursor', plant.kind, 'a cursor, for tracking');
    const axes = this.#sizes.p;
    const astray = tracking.harmonics.find(({ axis }) => axis >= axes);
    this.#expect('protocol.tracking.harmonics', !astray, `axis ${astray?.axis}`, `axes 0 to ${axes - 1}`);
    const least = 2 * tracking.harmonics.length + 1;
    const balances = tracking.phases === 'drawn' || batch >= least;
    this.#expect('protocol.batch', balances, `${batch}`, `${least} or more, for balanced phases`);
  }

  /** Sizes that are fine one by one may be too much together: refused before anything is allocated. */
  #work(): void {
    const { mode, agent, horizon, epochs, batch } = this.#protocol;
    const { p, c, n, r, N, gates } = this.#sizes;
    const columns = c + p + 2 * r;
    const dense = isRecurrent(agent) ? gates * N * N : 0;
    // Trials of agents that are not linear, and of open loops, do not collapse to their moments.
    const kind = kindOf(this.#protocol);
    const alone = mode === 'closed-loop' && (kind === 'moments' || kind === 'trials');
    const trials = alone ? 1 : 2 * gates * batch;
    const trajectory = trials * (2 * N * horizon + 4 * (n + columns) * horizon);
    const noise = isNoisy(this.#protocol) ? 4 * batch * (n + c) * horizon : 0;
    const numbers = trajectory + noise + 4 * (N * columns + dense) + epochs * (columns * columns + n * n + 8);
    this.#expect(
      'protocol',
      numbers <= MOST_NUMBERS,
      `N × horizon × trials, N² or epochs that need ${(8 * numbers) / 2 ** 20} MiB`,
      `at most ${(8 * MOST_NUMBERS) / 2 ** 20} MiB`,
    );
  }

  curves(curves: NonNullable<Configuration['curves']>): void {
    const { n } = this.#sizes;
    const epochs = curves.loss.length;
    const most = this.#protocol.epochs;
    // Rows at listed epochs may come twice (rows.ts).
    const fits = curves.epochs !== undefined || epochs <= most;
    this.#expect('curves.loss', fits, `${epochs} entries`, `at most protocol.epochs = ${most}`);
    const sameLength = (field: string, list: readonly unknown[] | undefined): void => {
      if (list)
        this.#expect(field, list.length === epochs, `${list.length} entries`, `${epochs}, as many as in curves.loss`);
    };
    for (const field of ['gradNorm', 'clipFactor', 'deployedLoss', 'gram', 'moments', 'harmonicLoss'] as const)
      sameLength(`curves.${field}`, curves[field]);
    if (curves.overlaps)
      for (const [name, shape] of orderParameterShapes(this.#sizes)) {
        const field = `curves.overlaps.${name}`;
        sameLength(field, curves.overlaps[name]);
        for (const [e, value] of curves.overlaps[name].entries()) this.#matrix(`${field}[${e}]`, value, shape);
      }
    const triangles = (field: string, list: readonly (readonly number[])[] | undefined, size: number): void => {
      for (const [e, triangle] of list?.entries() ?? []) this.#matrix(`${field}[${e}]`, triangle, [1, size]);
    };
    triangles('curves.moments', curves.moments, triangleSize(n));
    const unit = unitRoundoff(this.#protocol.precision ?? 'f32');
    const digits = digitsIn(curves.moments?.flat() ?? []);
    curves.moments?.forEach((moments, e) => {
      const field = `curves.moments[${e}]`;
      const finite = moments.every(Number.isFinite);
      const diverged = !Number.isFinite(curves.loss[e]);
      this.#expect(field, finite || diverged, 'no finite numbers', 'those of a finite loss');
      if (finite) this.#semidefinite(field, moments, Math.max(unit, coarseness(digits, moments)));
    });
    triangles('curves.gram', curves.gram, triangleSize(columnCount(this.#sizes)));
  }

  /** Recorded gradients are of trained tensors, one entry per epoch, each of its tensor's shape. */
  gradients({ epochs, ...tensors }: NonNullable<Configuration['gradients']>): void {
    const { trained } = this.#protocol;
    for (const name of Object.keys(tensors) as TensorName[])
      if (tensors[name])
        this.#expect(
          `gradients.${name}`,
          trained.includes(name),
          'gradients of a tensor that is not trained',
          trained.join(', '),
        );
    this.#entries('gradients', epochs, tensors);
  }

  /** An entry per epoch of each tensor, of its shape. */
  #entries(where: string, epochs: readonly number[], tensors: TensorLists, needed?: readonly TensorName[]): void {
    for (const name of needed ?? [])
      this.#expect(
        `${where}.${name}`,
        tensors[name] !== undefined,
        'nothing',
        `an entry for each of ${epochs.length} epochs`,
        this.#isOptional(name) ? BIAS_HINT : FORMAT_HINT,
      );
    for (const [name, entries] of Object.entries(tensors) as [TensorName, Recorded[] | undefined][]) {
      if (!entries) continue;
      this.#expect(
        `${where}.${name}`,
        entries.length === epochs.length,
        `${entries.length} entries`,
        `${epochs.length}, one for each of ${where.split('.')[0]}.epochs`,
      );
      for (const [k, entry] of entries.entries())
        this.weights(`${where}[epoch ${epochs[k]}]`, { [name]: entry } as RunWeights, [name]);
    }
  }

  /** Snapshots are whole, in order and of the run's epochs; memory is that of the optimiser. */
  snapshots({ epochs, optimizer: memory, ...tensors }: NonNullable<Configuration['snapshots']>): void {
    const { agent, optimizer, epochs: most, trained, firstUpdate = 0 } = this.#protocol;
    const [last, wrong] = [epochs.at(-1)!, epochs.findIndex((epoch, k) => k > 0 && epoch <= epochs[k - 1]!)];
    this.#expect(
      'snapshots.epochs',
      wrong < 0,
      `${epochs[wrong]} after ${epochs[wrong - 1]}`,
      'ascending epochs',
      'sort the snapshots, and keep one per epoch',
    );
    this.#expect(
      'snapshots.epochs',
      last <= most,
      `epoch ${last}`,
      `epochs 0 to ${most}, since protocol.epochs is ${most}`,
      'count the updates before a snapshot; or declare more epochs',
    );
    const own = this.#tensors;
    this.#expect(
      'snapshots',
      own.length > 0,
      `snapshots of ${agent.kind} agents`,
      'an agent with weights',
      'record curves.overlaps: order parameters are all the weights of such an agent',
    );
    this.#ofAgent('snapshots', tensors);
    this.#entries('snapshots', epochs, tensors, own);
    if (!memory) return;
    const fields = memoryFields(optimizer);
    const kind = `${optimizer.kind}${optimizer.kind === 'sgd' ? ` with momentum ${optimizer.momentum ?? 0}` : ''}`;
    const foreign = (Object.keys(memory) as MemoryField[]).find((field) => memory[field] && !fields.includes(field));
    this.#expect(
      'snapshots.optimizer',
      foreign === undefined,
      `${foreign}`,
      fields.length > 0 ? `${fields.join(' and ')}, for ${kind}` : `nothing: ${kind} has no memory`,
      'declare in protocol.optimizer what trained, or leave the memory out',
    );
    for (const field of last > firstUpdate ? fields : []) {
      const where = `snapshots.optimizer.${field}`;
      this.#expect(
        where,
        memory[field] !== undefined,
        'nothing',
        `the memory of ${kind}`,
        'save optimizer.state of every trained tensor, or leave snapshots.optimizer out',
      );
      const names = own.filter((name) => trained.includes(name));
      this.#ofAgent(where, memory[field]!);
      this.#entries(where, epochs, memory[field]!, names);
      const negative = (value: unknown): boolean =>
        Array.isArray(value) ? value.some(negative) : (value as number) < 0;
      const name = names.find((one) => field === 'exp_avg_sq' && negative(memory[field]![one]));
      this.#expect(
        `${where}.${name}`,
        name === undefined,
        'numbers below 0',
        'running means of squares',
        'save exp_avg_sq of optimizer.state here, and exp_avg as exp_avg',
      );
    }
  }

  /** Tensors must be of the agent. */
  #ofAgent(where: string, tensors: TensorLists): void {
    const own: readonly string[] = trainableOf(this.#protocol.agent.kind);
    const foreign = Object.entries(tensors).find(([name, entries]) => entries && !own.includes(name))?.[0];
    this.#expect(
      `${where}.${foreign}`,
      foreign === undefined,
      `a tensor that ${this.#protocol.agent.kind} agents do not have`,
      own.join(', '),
    );
  }

  /** Starts are a batch per epoch. */
  starts({ first = 0, ...fields }: NonNullable<Configuration['starts']>): void {
    const { batch, epochs } = this.#protocol;
    const widths = startWidths(this.#protocol, this.#sizes);
    for (const [name, batches] of Object.entries(fields) as [
      StartsField,
      readonly (readonly number[])[][] | undefined,
    ][]) {
      if (!batches) continue;
      const field = `starts.${name}`;
      const width = widths[name];
      if (width === undefined) {
        this.#expect(field, false, 'a field of another mode', `starts.${Object.keys(widths).join(', ')}`);
        continue;
      }
      this.#expect(
        field,
        first + batches.length <= epochs,
        `${batches.length} batches from epoch ${first} on`,
        `at most protocol.epochs = ${epochs}`,
      );
      for (const [k, rows] of batches.entries()) {
        const turned = rows.length === width && rows[0]?.length === batch;
        this.#expect(
          `${field}[${k}]`,
          rows.length === batch || turned,
          `${rows.length} trials`,
          `protocol.batch = ${batch}, one row per trial`,
          'record every batch whole, one row per trial; declare its size in protocol.batch',
        );
        this.#matrix(`${field}[${k}]`, rows, [batch, width]);
      }
    }
  }
}

/** Checks a run or a configuration. @param where the file's name, for errors @throws LoopproofError if it contradicts itself */
export function expectConsistent(configuration: Configuration, where: string): void {
  const { curves, gradients, weights, starts, snapshots } = configuration;
  const consistency = new Consistency(where, configuration);
  consistency.protocol();
  if (curves) consistency.curves(curves);
  if (gradients) consistency.gradients(gradients);
  if (starts) consistency.starts(starts);
  if (snapshots) consistency.snapshots(snapshots);
  consistency.weights('weights.initial', weights?.initial);
  consistency.weights('weights.final', weights?.final);
}
