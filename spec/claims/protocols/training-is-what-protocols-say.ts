/**
 * Claim: every engine trains as the plainest program does.
 */
import fc from 'fast-check';
import type { LinearAgent } from '#src/agent/linear.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { fromRows, type Mat, matrix, toRows } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { gamma, SHADOWS } from '#src/linalg/tolerance.js';
import type { LinearSpec, Protocol, RecurrentSpec, RnnProtocol, TrackingProtocol } from '#src/problem/protocol.js';
import { plantOf } from '#src/problem/protocol.js';
import {
  isNoisy,
  type NamedLoss,
  type OptimizerSpec,
  rateAt,
  ratesTimes,
  type StartSpec,
} from '#src/problem/schema.js';
import { statement } from '#src/theory/protocols/training-is-what-protocols-say.js';
import { trainAveraged } from '#src/training/averaged.js';
import { explicitLearner } from '#src/training/learner.js';
import { openLoopTask, trainOpenLoop } from '#src/training/open-loop.js';
import { PROBLEMS } from '#src/training/problems.js';
import { train } from '#src/training/train.js';
import { type Drawn, leak, logUniform, plain, seed } from '../../generators/number.js';
import { upTo } from '../../support/measure.js';
import {
  mapTensors,
  type PlainTask,
  type PlainTrial,
  plainLoss,
  plainTraining,
  type Tensors,
} from '../../support/plain-trainer.js';

const EPOCHS = 3;

const RULES: readonly object[] = [
  { kind: 'sgd' },
  { kind: 'sgd', momentum: 0.9 },
  { kind: 'sgd', momentum: 0.75, nesterov: true, weightDecay: 0.5 },
  { kind: 'sgd', momentum: 0.75, dampening: 0.25 },
  { kind: 'sgd', dampening: 0.25, weightDecay: 0.5 },
  { kind: 'adam' },
  { kind: 'adam', weightDecay: 0.5 },
  { kind: 'adamw' },
  { kind: 'adamw', beta1: 0.5, beta2: 0.75, eps: 1e-3, weightDecay: 0.5 },
];

/** Rates of the three epochs; the first may be 0, as in a warm-up. */
const rates = logUniform(1e-3, 0.1).chain((lr) =>
  fc.constantFrom<OptimizerSpec['lr']>(lr, lr, [lr, lr / 2, 2 * lr], [0, lr, lr]),
);

const optimizer: fc.Arbitrary<OptimizerSpec> = fc
  .tuple(
    fc.constantFrom(...RULES),
    rates,
    fc.oneof(
      fc.constant({ clip: null }),
      logUniform(0.05, 5).map((clip) => ({ clip })),
      logUniform(0.05, 5).map((clip) => ({ clip })),
      logUniform(0.01, 1).map((clipValue) => ({ clip: null, clipValue })),
    ),
  )
  .map(([rule, lr, clipping]) => ({ ...rule, lr, ...clipping }) as OptimizerSpec);

const start: fc.Arbitrary<StartSpec> = fc.oneof(
  logUniform(0.5, 2).map((high): StartSpec => ({ kind: 'uniform', low: -high, high })),
  logUniform(0.5, 2).map((sd): StartSpec => ({ kind: 'normal', sd })),
);

const cases = plain({
  kind: fc.constantFrom(
    'gram',
    'full',
    'dense',
    'closed',
    'closed',
    'gru',
    'taught',
    'tracking',
    'tracking',
    'white',
    'averaged',
  ),
  N: fc.integer({ min: 1, max: 3 }),
  rank: fc.integer({ min: 1, max: 2 }),
  order: fc.integer({ min: 1, max: 3 }),
  axes: fc.integer({ min: 1, max: 2 }),
  dt: fc.constantFrom(1, 0.5, 0.25),
  leak,
  horizon: fc.integer({ min: 3, max: 6 }),
  batch: fc.integer({ min: 1, max: 3 }),
  cell: fc.constantFrom('linear', 'tanh', 'relu'),
  resetAfter: fc.boolean(),
  start,
  population: fc.boolean(),
  state: fc.constantFrom('mean', 'text', 'sum-mean', 'position'),
  beta: fc.constantFrom(0, 0.25),
  control: fc.constantFrom('sum-time', 'sum-all', 'mean', 'sum-batch'),
  noise: fc.constantFrom({}, { observation: 0.25 }, { process: 0.5 }, { process: 0.5, observation: 0.25 }),
  optimizer,
  firstUpdate: fc.integer({ min: 0, max: 1 }),
  rows: fc.constantFrom('before-update', 'after-update'),
  /** Of a state component, tracking: reached by some. */
  limit: fc.constantFrom(10, 0.5, 0.1),
  scale: fc.constantFrom(1, 4),
  seed,
});
type Case = Drawn<typeof cases>;

/** All that is compared, by name. */
type Outcome = Readonly<Record<string, readonly number[]>>;

const NAMES: Readonly<Record<string, string>> = {
  m: 'M',
  z: 'Z',
  U: 'U',
  V: 'V',
  Wih: 'M',
  Whh: 'W',
  Who: 'Z',
  bih: 'bih',
  bhh: 'bhh',
};
const TRAINED = {
  gram: ['m', 'z', 'U', 'V'],
  full: ['z', 'U', 'V'],
  averaged: ['z', 'U', 'V'],
  white: ['m', 'z', 'U', 'V'],
  dense: ['Wih', 'Whh', 'Who'],
  closed: ['Wih', 'Whh', 'Who'],
  taught: ['Wih', 'Whh', 'Who'],
  gru: ['Wih', 'Whh', 'Who', 'bih', 'bhh'],
  tracking: ['Whh', 'Who'],
} as const;

function protocolOf({
  kind,
  N,
  rank,
  order,
  axes,
  dt,
  leak,
  horizon,
  batch,
  cell,
  resetAfter,
  population,
  state,
  beta,
  control,
  noise,
  limit,
  ...rest
}: Case) {
  const lowRank = kind === 'gram' || kind === 'full' || kind === 'averaged' || kind === 'white';
  const plain: OptimizerSpec = { kind: 'sgd', lr: rest.optimizer.lr, clip: rest.optimizer.clip };
  const shared = {
    plant: kind === 'tracking' ? { kind: 'cursor', axes, dt } : { kind: 'integrator', order, dt },
    agent: lowRank
      ? { kind: 'linear-low-rank', N, rank, leak }
      : kind === 'gru'
        ? { kind: 'gru', N, resetAfter }
        : { kind: kind === 'dense' || kind === 'tracking' ? 'linear' : cell, N, leak },
    horizon,
    batch,
    trained: TRAINED[kind],
    epochs: EPOCHS,
    start: population && (lowRank || kind === 'dense') ? { kind: 'population', variance: 0.75 } : rest.start,
    loss: { state, beta, control },
    optimizer:
      kind === 'gram' || kind === 'white'
        ? plain
        : kind === 'averaged'
          ? { ...plain, clip: plain.clip ?? 1 }
          : rest.optimizer,
    firstUpdate: rest.firstUpdate,
    rows: rest.rows,
    precision: 'f64',
  };
  if (kind === 'tracking')
    return {
      ...shared,
      mode: 'closed-loop',
      rows: 'before-update',
      loss: { state: 'position', beta: 0 },
      tracking: {
        amplitude: 2.31,
        ramp: 2.5 * dt,
        harmonics: Array.from({ length: 2 * axes }, (_, f) => ({ frequency: 0.1 * (f + 1), axis: f % axes })),
        phases: 'drawn',
        limit,
        weight: 0.1,
      },
    };
  if (kind === 'taught')
    return { ...shared, mode: 'open-loop', inputs: { kind: 'white-observation', calledAtZero: true } };
  const noisy = kind === 'closed' || kind === 'gru' || (kind === 'full' && !population);
  return { ...shared, mode: 'closed-loop', ...(noisy && { noise }) };
}
type Written = ReturnType<typeof protocolOf>;

const flat = (A: Mat<number>): number[] => toRows(A).flat();
const rowsOf = (rows: number, cols: number, of: () => number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: cols }, of));

/** Initial weights as the theory's text draws them. */
function drawn({ kind, N, rank, axes, scale }: Case, random: Stream): Tensors {
  const [c, p] = kind === 'tracking' ? [2 * axes, axes] : [1, 1];
  const spread = 1 / Math.sqrt(N);
  const uniform = (): number => spread * (2 * random.uniform() - 1);
  if (kind === 'gru') {
    const [M, W, bih, bhh] = [c, N, 1, 1].map((cols) => rowsOf(3 * N, cols, uniform));
    return { M: M!, W: W!, bih: bih!, bhh: bhh!, Z: rowsOf(p, N, () => random.normal() / N) };
  }
  if (kind === 'tracking') {
    const [M, Z] = [rowsOf(N, c, uniform), rowsOf(p, N, uniform)];
    return { M, Z, W: rowsOf(N, N, () => (random.normal() / 5) * spread) };
  }
  if (kind === 'dense' || kind === 'closed' || kind === 'taught') {
    const [M, Z] = [rowsOf(N, c, () => random.normal() / N), rowsOf(p, N, () => random.normal() / N)];
    return { M, Z, W: rowsOf(N, N, () => ((scale * random.normal()) / 10) * spread) };
  }
  const [M, Z] = [rowsOf(N, c, () => scale * uniform()), rowsOf(p, N, () => scale * uniform())];
  const [U, V] = [0, 1].map(() => rowsOf(N, rank, () => scale * spread * random.normal()));
  return { M, Z, U: U!, V: V! };
}

/** What to multiply the scale of initial weights with: that of W, or of all weights of low rank. */
const scaleOf = ({ kind, scale }: Case): number | undefined =>
  kind === 'dense' || kind === 'closed' || kind === 'taught'
    ? scale / 10
    : kind === 'gru' || kind === 'tracking'
      ? undefined
      : scale;

/** A linear agent of given tensors. */
const agentOf = ({ M, Z, U, V, W }: Tensors, leak: number): LinearAgent => ({
  leak,
  M: fromRows(M!),
  Z: fromRows(Z!),
  U: U ? fromRows(U) : matrix(M!.length, 0),
  V: V ? fromRows(V) : matrix(M!.length, 0),
  ...(W && { W: fromRows(W) }),
});

/** K = [Zᵀ V]ᵀ [M U]. */
function overlapsOf({ M, Z, U, V }: Tensors): number[] {
  const columns = (A: readonly (readonly number[])[]): number[][] => A[0]!.map((_, j) => A.map((row) => row[j]!));
  const ins = [...columns(M!), ...columns(U!)];
  return [...Z!, ...columns(V!)].flatMap((row) =>
    ins.map((column) => row.reduce((sum, value, k) => sum + value * column[k]!, 0)),
  );
}

/** The task of a case for the plain program. */
function taskOf(written: Written, { kind, leak, cell, resetAfter }: Case): PlainTask {
  const { A, B } = plantOf(written.plant as Protocol['plant']);
  const { horizon: T, batch } = written;
  const { state, beta, control } = written.loss as NamedLoss;
  const n = A.rows;
  const component = { mean: 1 / (n * T), text: 1 / T, 'sum-mean': 1 / n, position: 1 / T }[state];
  return {
    cell:
      kind === 'gru'
        ? resetAfter
          ? 'gru'
          : 'gru-reset-before'
        : kind === 'closed' || kind === 'taught'
          ? cell
          : 'linear',
    leak,
    // The plants of the text: position, velocity, acceleration; and a cursor's positions, then velocities.
    ...plantText(written),
    horizon: T,
    stateWeight: (i) => (kind === 'tracking' ? 1 : state === 'position' && i > 0 ? 0 : component),
    controlWeight:
      beta * { 'sum-time': 1, 'sum-all': batch, mean: 1 / (T * B.cols), 'sum-batch': batch / T }[control ?? 'sum-time'],
  };
}

/** x' = x + dt·(the next derivative), the last driven by u. */
function plantText({ plant }: Written): Pick<PlainTask, 'A' | 'B' | 'C'> {
  const { dt } = plant;
  const [n, lag] = 'axes' in plant ? [2 * plant.axes!, plant.axes!] : [plant.order!, 1];
  const all = Array.from({ length: n }, (_, i) => i);
  const seen = all.slice(0, lag);
  return {
    A: all.map((i) => all.map((j) => (j === i ? 1 : j === i + lag ? dt : 0))),
    B: all.map((i) => seen.map((k) => (i === n - lag + k ? dt : 0))),
    C: seen.map((k) => all.map((j) => (j === k ? 1 : 0))),
  };
}

type Trials = (epoch: number) => PlainTrial[];

/** The trials of every epoch, as the text draws them. @param jolt what a perturbation makes of every number drawn */
function trialsOf(
  instance: Case,
  written: Written,
  task: PlainTask,
  random: Stream,
  teacher: Tensors,
  jolt: (x: number) => number,
): Trials {
  const { kind, batch, horizon: T } = instance;
  const {
    start,
    tracking,
    noise: { process = 0, observation = 0 } = {},
  } = written as Written & { tracking?: TrackingProtocol['tracking']; noise?: NonNullable<Protocol['noise']> };
  const n = task.A.length;
  const draw = (rows: number, cols: number, of: () => number): number[][] => rowsOf(rows, cols, () => jolt(of()));
  const column = (rows: readonly (readonly number[])[], b: number): number[] => rows.map((row) => row[b]!);
  const units = (variance: number): PlainTrial[] =>
    upTo(n).map((i) => ({ share: 1, start: upTo(n).map((k) => (k === i ? jolt(Math.sqrt(variance)) : 0)) }));
  const answers = (inputs: readonly (readonly number[])[]): number[][] =>
    plainLoss(task, teacher, [], [{ share: 1, inputs }]).controls[0]!;
  if (kind === 'white') {
    // States drawn from N(0, I) before every step: an input is C A e_i at one of the times.
    const inputs = upTo(T - 2).flatMap((k) =>
      upTo(n).map((i) =>
        upTo(T - 2).map((t) =>
          task.C.map((row) => (t === k ? row.reduce((sum, value, j) => sum + value * task.A[j]![i]!, 0) : 0)),
        ),
      ),
    );
    return () => inputs.map((given) => ({ share: 1 / (T - 1), inputs: given, wanted: answers(given) }));
  }
  if ('variance' in start) return () => units(start.variance);
  if (kind === 'averaged')
    return () => units('high' in start ? start.high ** 2 / 3 : (start as { sd: number }).sd ** 2);
  return (epoch) => {
    const stream = random.child(`batch ${epoch}`);
    if (kind === 'taught') {
      const inputs = draw(T, batch, () => stream.normal());
      return upTo(batch).map((b) => {
        const given = inputs.map((row) => [row[b]!]);
        const weight = written.loss.state === 'sum-mean' ? 1 : 1 / T;
        return { share: weight / batch, inputs: given, wanted: answers(given) };
      });
    }
    if (tracking) {
      const phases = draw(tracking.harmonics.length, batch, () => Math.PI * (2 * stream.uniform() - 1));
      const { dt } = written.plant;
      return upTo(batch).map((b) => ({
        share: tracking.weight / (T * batch),
        limit: tracking.limit,
        reference: upTo(T).map((t) =>
          task.C.map((_, axis) =>
            tracking.harmonics.reduce(
              (sum, harmonic, f) =>
                harmonic.axis !== axis
                  ? sum
                  : sum +
                    tracking.amplitude *
                      Math.min(1, (t * dt) / tracking.ramp) *
                      Math.cos(2 * Math.PI * harmonic.frequency * t * dt + phases[f]![b]!),
              0,
            ),
          ),
        ),
      }));
    }
    const { kind: law, ...size } = start as { kind: string; low: number; high: number; sd: number };
    const starts = draw(n, batch, () =>
      law === 'uniform' ? size.low + (size.high - size.low) * stream.uniform() : size.sd * stream.normal(),
    );
    const noises = random.child(`noise ${epoch}`);
    const noise = observation > 0 ? draw(T - 1, batch, () => observation * noises.normal()) : [];
    const kicks = noises.child('process');
    const pushes = upTo(process > 0 ? T - 1 : 0).map(() =>
      draw(n, batch, () => process * Math.sqrt(written.plant.dt) * kicks.normal()),
    );
    return upTo(batch).map((b) => ({
      share: 1 / batch,
      start: column(starts, b),
      noise: noise.map((row) => [row[b]!]),
      pushes: pushes.map((rows) => column(rows, b)),
    }));
  };
}

/** What the plain program makes of a case. */
function plainly(
  instance: Case,
  written: Written,
  initial: Tensors,
  teacher: Tensors,
  jolt: (x: number) => number,
): Outcome {
  const task = taskOf(written, instance);
  const random = new Stream(instance.seed).child('data');
  const trials = trialsOf(instance, written, task, random, teacher, jolt);
  const trained = written.trained.map((name) => NAMES[name]!);
  const weights = mapTensors(initial, jolt);
  if (instance.kind === 'averaged') {
    const optimizer = written.optimizer as OptimizerSpec;
    const [lr, clip] = [rateAt(optimizer, 0), optimizer.clip];
    const norm = Math.hypot(...weights['M']!.flat());
    const ends = [1, -1].map((side) => {
      const away = mapTensors(weights, (value, name, _, j) =>
        name === 'Z' ? value + (side * lr * clip! * weights['M']![j]![0]!) / (2 * norm) : value,
      );
      const { loss, gradient } = plainLoss(task, away, trained, trials(0));
      const size = Math.hypot(...Object.values(gradient).flat(2));
      return { loss, gradient, size, clip: Math.min(1, clip! / (size + 1e-6)) };
    });
    const mean = (of: (end: (typeof ends)[number]) => number): number => (of(ends[0]!) + of(ends[1]!)) / 2;
    const moved = mapTensors(weights, (value, name, i, j) =>
      name === 'M' ? value : value - lr * mean((end) => end.clip * end.gradient[name]![i]![j]!),
    );
    return {
      loss: [mean((end) => end.loss)],
      gradNorm: [mean((end) => end.size)],
      clipFactor: [mean((end) => end.clip)],
      overlaps: [...overlapsOf(weights), ...overlapsOf(moved)],
    };
  }
  const schedule = { ...written, optimizer: written.optimizer as OptimizerSpec, rows: written.rows as 'after-update' };
  // One epoch more: the weights before it are those in the end.
  const rows = plainTraining({ ...schedule, epochs: EPOCHS + 1 }, weights, (now, epoch) =>
    plainLoss(task, now, trained, trials(Math.min(epoch, EPOCHS - 1))),
  );
  const run = rows.slice(0, EPOCHS);
  const last = (schedule.rows === 'after-update' ? run.at(-1)! : rows.at(-1)!).weights;
  const lowRank = instance.kind === 'gram' || instance.kind === 'white';
  return {
    loss: run.map(({ loss }) => loss),
    gradNorm: run.map(({ gradNorm }) => gradNorm),
    clipFactor: run.map(({ clipFactor }) => clipFactor),
    ...(lowRank
      ? { overlaps: run.flatMap((row) => overlapsOf(row.weights)) }
      : { weights: ['M', 'Z', 'U', 'V', 'W', 'bih', 'bhh'].flatMap((name) => last[name]?.flat() ?? []) }),
    ...(instance.kind === 'tracking' &&
      instance.limit === 10 && { harmonics: harmonicLosses(instance, written, task, weights) }),
  };
}

/** The loss of each harmonic alone, mean over its phases: of two a quarter turn apart, since errors are linear in it. */
function harmonicLosses(instance: Case, written: Written, task: PlainTask, weights: Tensors): number[] {
  const { tracking, plant } = written as Written & { tracking: TrackingProtocol['tracking'] };
  const { amplitude, ramp, harmonics } = tracking;
  const T = instance.horizon;
  return harmonics.map(({ frequency, axis }) => {
    const trials = [0, Math.PI / 2].map((phase) => ({
      share: 1 / (2 * T),
      reference: Array.from({ length: T }, (_, t) =>
        task.C.map((__, k) =>
          k === axis
            ? amplitude * Math.min(1, (t * plant.dt) / ramp) * Math.cos(2 * Math.PI * frequency * t * plant.dt + phase)
            : 0,
        ),
      ),
    }));
    return plainLoss(task, weights, [], trials).loss;
  });
}

/** What this project's engines make of a case. */
function ours(instance: Case, written: Written, initial: Tensors, teacher: Tensors): Outcome {
  const { kind, seed, leak } = instance;
  const random = new Stream(seed).child('data');
  const recorded = ({
    loss,
    gradNorm,
    clipFactor,
  }: {
    loss: Float64Array;
    gradNorm: Float64Array;
    clipFactor: Float64Array;
  }) => ({
    loss: [...loss],
    gradNorm: [...gradNorm],
    clipFactor: [...clipFactor],
  });
  if (kind === 'gram' || kind === 'full' || kind === 'dense' || kind === 'averaged' || kind === 'white') {
    const protocol = written as unknown as Protocol;
    const agent = agentOf(initial, leak);
    if (kind === 'averaged') {
      const curve = trainAveraged({ ...protocol, epochs: 2 }, agent);
      const { loss, gradNorm, clipFactor } = recorded(curve);
      return {
        loss: [loss[0]!],
        gradNorm: [gradNorm[0]!],
        clipFactor: [clipFactor[0]!],
        overlaps: [...curve.overlaps],
      };
    }
    if (kind === 'white') {
      const plant = plantOf(protocol.plant);
      const task = openLoopTask('low-rank', plant, protocol.horizon);
      const impulse = Array.from({ length: task.steps }, (_, t) => [t === 0 ? 1 : 0]);
      const response = plainLoss(taskOf(written, instance), teacher, [], [{ share: 1, inputs: impulse }]).controls[0]!;
      const curve = trainOpenLoop(
        task,
        response.map((row) => fromRows([row])),
        agent,
        protocol,
      );
      return { ...recorded(curve), overlaps: [...curve.overlaps] };
    }
    if (kind === 'gram') {
      const curve = train(
        PROBLEMS.moments.learner(protocol, { agent }),
        protocol,
        PROBLEMS.moments.source(protocol, random),
      );
      return { ...recorded(curve), overlaps: [...curve.overlaps] };
    }
    const problem = PROBLEMS[isNoisy(protocol) ? 'trials' : 'moments'];
    const explicit = isNoisy(protocol) ? PROBLEMS.trials.explicit : explicitLearner;
    const { engine, current } = explicit(protocol, { agent });
    const curve = train(engine, protocol, problem.source(protocol, random));
    const end = (current() as { agent: LinearAgent }).agent;
    return { ...recorded(curve), weights: [end.M, end.Z, end.U, end.V, ...(end.W ? [end.W] : [])].flatMap(flat) };
  }
  const { cell, resetAfter } = instance;
  const agent = { ...tensorsAsAgent(initial), ...(kind === 'gru' ? { resetAfter } : { leak, activation: cell }) };
  if (kind === 'tracking') {
    const protocol = written as unknown as TrackingProtocol;
    const engine = PROBLEMS.tracking.learner(protocol, { ...agent, activation: 'linear' } as never);
    let harmonics: number[] = [];
    const curve = train(engine, protocol, PROBLEMS.tracking.source(protocol, random), {
      observe(epoch) {
        if (epoch === 0) harmonics = [...engine.harmonicLoss];
      },
    });
    return {
      ...recorded(curve),
      weights: weightsOf(engine.rnn() as never),
      ...(instance.limit === 10 && { harmonics }),
    };
  }
  const protocol = written as unknown as RnnProtocol;
  const engine = PROBLEMS.batches.learner(protocol, agent as never, tensorsAsTeacher(teacher, agent) as never);
  const curve = train(engine, protocol, PROBLEMS.batches.source(protocol, random));
  return { ...recorded(curve), weights: weightsOf(engine.rnn() as never) };
}

const tensorsAsAgent = (tensors: Tensors): Record<string, Mat<number>> =>
  Object.fromEntries(Object.entries(tensors).map(([name, rows]) => [name, fromRows(rows)]));
const tensorsAsTeacher = (tensors: Tensors, like: object): object => ({ ...like, ...tensorsAsAgent(tensors) });
const weightsOf = (agent: Record<string, Mat<number>>): number[] =>
  ['M', 'Z', 'U', 'V', 'W', 'bih', 'bhh'].flatMap((name) => (agent[name] ? flat(agent[name]) : []));

/** Initial weights as the project draws them. */
function draw(instance: Case, written: Written, random: Stream): number[] {
  const { kind } = instance;
  if (kind === 'tracking')
    return weightsOf(PROBLEMS.tracking.draw(written as unknown as TrackingProtocol, random) as never);
  if (kind === 'closed' || kind === 'taught' || kind === 'gru')
    return weightsOf(
      PROBLEMS.batches.draw(
        written as unknown as { agent: RecurrentSpec; plant: Protocol['plant'] },
        random,
        scaleOf(instance),
      ) as never,
    );
  const { agent } = PROBLEMS.moments.draw(
    written as unknown as Protocol & { agent: LinearSpec },
    random,
    scaleOf(instance),
  ) as { agent: LinearAgent };
  return weightsOf(agent as never);
}

const subject = {
  draw,
  train: ours,
  /** The protocol that is trained. */
  read: (written: Written): Written => written,
};

/** Weights and data of a shadow differ by so much; a run has at most so many roundings in a row. */
const [JOLT, ROUNDINGS] = [2 ** -26, 4096];

function within(
  evidence: Evidence,
  quantity: string,
  actual: readonly number[],
  expected: readonly number[],
  spread: number,
): void {
  evidence.within(`${quantity}: how many`, Math.abs(actual.length - expected.length), 0);
  const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const off = expected.reduce((most, value, k) => Math.max(most, Math.abs(value - actual[k]!)), 0);
  evidence.within(quantity, off, (SHADOWS.cases.multiple * spread * gamma(ROUNDINGS)) / JOLT + gamma(ROUNDINGS) * size);
}

/** Protocols read with another update. */
const updating = (change: (optimizer: OptimizerSpec) => object) => ({
  read: (written: Written): Written => {
    const optimizer = written.optimizer as OptimizerSpec;
    return { ...written, optimizer: { ...optimizer, ...change(optimizer) } as never };
  },
});

/** Protocols read with other noise. */
const noisier = (change: (noise: NonNullable<Protocol['noise']>, dt: number) => object) => ({
  read: (written: Written): Written => {
    const { noise } = written as { noise?: Protocol['noise'] };
    return noise ? ({ ...written, noise: change(noise, written.plant.dt) } as Written) : written;
  },
});

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: cases, runs: 240, block: 60 },
  subject,
  check(subject, instance, evidence) {
    const written = protocolOf(instance);
    const streams = new Stream(instance.seed);
    const initial = drawn(instance, streams.child('weights'));
    const teacher = drawn(instance, streams.child('teacher'));
    const flatInitial = ['M', 'Z', 'U', 'V', 'W', 'bih', 'bhh'].flatMap((name) => initial[name]?.flat() ?? []);
    within(evidence, 'initial weights', subject.draw(instance, written, streams.child('weights')), flatInitial, 0);
    const expected = plainly(instance, written, initial, teacher, (x) => x);
    // Gradients that explode leave the range whose squares are numbers.
    const all = Object.values(expected).flat();
    evidence.requires(
      'numbers below 2^64',
      all.every((value) => Math.abs(value) < 2 ** 64),
    );
    evidence.risks(SHADOWS.cases.falseAlarm);
    const shadows = Array.from({ length: SHADOWS.cases.count }, (_, k) => {
      const noise = streams.child(`shadow ${k}`);
      return plainly(instance, written, initial, teacher, (x) => x * (1 + JOLT * noise.normal()));
    });
    const actual = subject.train(instance, subject.read(written), initial, teacher);
    for (const [name, values] of Object.entries(expected)) {
      const spread = shadows.reduce(
        (most, shadow) => Math.max(most, ...shadow[name]!.map((value, k) => Math.abs(value - values[k]!))),
        0,
      );
      within(evidence, name, actual[name] ?? [], values, spread);
    }
    evidence.classify(instance.kind);
    evidence.classify(
      'clipped',
      expected['clipFactor']!.some((factor) => factor < 1),
    );
    const { optimizer } = instance;
    evidence.classify('Adam', optimizer.kind !== 'sgd');
    evidence.classify('a schedule', typeof optimizer.lr !== 'number');
    evidence.classify('entries clipped', optimizer.clipValue !== undefined);
    const { noise } = written as { noise?: Protocol['noise'] };
    evidence.classify('plant with noise', noise?.process !== undefined);
    evidence.classify('observations with noise', noise?.observation !== undefined);
  },
  floors: Object.fromEntries([
    ...Object.keys(TRAINED).map((kind) => [kind, 0.04]),
    ['clipped', 0.2],
    ['Adam', 0.25],
    ['a schedule', 0.3],
    ['entries clipped', 0.1],
    ['plant with noise', 0.05],
    ['observations with noise', 0.05],
  ]),
  mutants: mutantsOf(subject, {
    'a rate of a thousandth more': updating((optimizer) => ({ lr: ratesTimes(optimizer, 1.001) })),
    'a horizon longer by one': { read: (written) => ({ ...written, horizon: written.horizon + 1 }) },
    'noise in the plant that does not grow with the root of the step': noisier(({ process = 0, ...noise }, dt) => ({
      ...noise,
      process: process / Math.sqrt(dt),
    })),
    'observations without noise': noisier(({ observation: _, ...noise }) => noise),
    'weights a thousandth larger': { draw: (...run) => draw(...run).map((value) => 1.001 * value) },
    'β₂ of .99': updating(({ kind }) => (kind === 'sgd' ? {} : { beta2: 0.99 })),
    'no clipping': updating(({ clip }) => ({ clip: clip === null ? 1 : 1e9 })),
    'no weight decay': updating(() => ({ weightDecay: 0 })),
    'Nesterov momentum taken for plain': updating(() => ({ nesterov: false })),
    'momentum that is not dampened': updating(() => ({ dampening: 0 })),
    'entries that are not clipped': updating(() => ({ clipValue: undefined })),
    'a schedule read one epoch early': updating(({ lr }) =>
      typeof lr === 'number' ? {} : { lr: [...lr.slice(1), 0] },
    ),
  }),
});
