/**
 * Claim: open-loop learning closes on the Gram matrix: descent on the expected loss through N units, driven by one unit input
 * at a time, has the learning curve of the Gram engine. Besides, the gradient exactly, and sampled losses.
 */

import { columnCount } from '#src/agent/gram.js';
import { lowRankInitial } from '#src/agent/initial.js';
import { agentOver, type LinearAgent, shapeOf } from '#src/agent/linear.js';
import { orderParameterMatrix, orderParametersOf } from '#src/agent/order-parameters.js';
import { impulseResponse } from '#src/agent/response.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import { at, build, type Mat, map, matrix, subtract, sumOfSquares, times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { type Rational, rationals, toDouble } from '#src/linalg/rational.js';
import { reals, sum } from '#src/linalg/ring.js';
import {
  FALSE_ALARM_PER_CASE,
  gamma,
  normalQuadraticTail,
  openLoopRoundings,
  pivotRounding,
  shadowNoise,
} from '#src/linalg/tolerance.js';
import { drivenBy } from '#src/loop/rollout.js';
import { trainedTensors } from '#src/problem/agents.js';
import type { Protocol } from '#src/problem/protocol.js';
import { type DataSource, momentFactor } from '#src/problem/start.js';
import { openLoopMismatch, statement } from '#src/theory/open-loop/open-loop-learning-closes-on-gram.js';
import type { LearningCurve } from '#src/training/curve.js';
import type { Engine } from '#src/training/engine.js';
import { gramDescent } from '#src/training/gram.js';
import {
  type OpenLoopTask,
  openLoopLoss,
  sampledMoments,
  sequenceLoss,
  whiteMoments,
} from '#src/training/open-loop.js';
import { openLoopEngine } from '#src/training/open-loop-full.js';
import { train } from '#src/training/train.js';
import { type OpenLoopCase, openLoop, openLoopProblem } from '../../generators/open-loop.js';
import { regressions } from '../../regressions/open-loop-learning-closes-on-gram.js';
import { SHARP, sameCurve } from '../../support/curves.js';
import { exactlyEqual } from '../../support/measure.js';

const subject = { openLoopEngine, openLoopLoss, sequenceLoss, openLoopMismatch, sampledMoments };
type Subject = typeof subject;

const scheduleOf = ({ optimizer, epochs }: OpenLoopCase): Pick<Protocol, 'optimizer' | 'epochs'> => ({
  optimizer,
  epochs,
});

/** The teacher's response, from its order parameters. */
const responseOf = (teacher: LinearAgent, steps: number): Mat<number>[] =>
  impulseResponse(reals, teacher.leak, orderParametersOf(reals, teacher), steps);

/** An agent whose weights err by noise of the given relative size. */
function perturbed({ leak, M, Z, U, V }: LinearAgent, noise: number, random: Stream): LinearAgent {
  const err = (A: Mat<number>): Mat<number> => map(A, (value) => value * (1 + noise * random.normal()));
  return { leak, M: err(M), Z: err(Z), U: err(U), V: err(V) };
}

/** A student that starts as its teacher has nothing to learn: both engines say so, one exactly. */
function imitated(subject: Subject, task: OpenLoopTask, teacher: LinearAgent, evidence: Evidence): void {
  const engine = subject.openLoopEngine(task, teacher, teacher, ['M', 'Z', 'U', 'V']);
  const { loss, gradNorm } = engine.evaluate(momentFactor(whiteMoments(task)));
  evidence.within('loss of the teacher as its own student', loss, 0);
  evidence.within('and its gradient', gradNorm, 0);
}

/** Loss and gradient against the definition in rationals, on a small problem with weights in multiples of 1/8. */
function gradientExactly(subject: Subject, instance: OpenLoopCase, random: Stream, evidence: Evidence): void {
  const R = rationals;
  const duals = dualsOver(R);
  const full = openLoopProblem(instance);
  const { c, p, r } = shapeOf(full.student);
  const steps = Math.min(4, full.task.steps);
  const coarse = { ...R, of: (value: number) => R.of(Math.round(8 * value) / 8) };
  const drawn = (rank: number, leak: number, label: string): LinearAgent<Rational> =>
    agentOver(coarse, lowRankInitial({ N: 3, c, p, r: rank }, Math.max(1 / 8, leak), random.child(label), 3));
  const student = drawn(r, full.student.leak, 'student');
  const teacher = drawn(instance.teacher.rank, full.teacher.leak, 'teacher');
  const X = build(c, c, (i, j) => R.of(i === j ? 1 : i < j ? 0 : 0.5));

  // By definition: one input at a time, along a direction in the space of weights.
  const lift = (A: Mat<Rational>, moves: boolean): Mat<Dual<Rational>> =>
    map(A, (value) => ({ value, tangent: moves ? coarse.of(random.uniform(-1, 1)) : R.of(0) }));
  const { M, Z, U, V } = student;
  const leak = { value: student.leak, tangent: R.of(0) };
  const moving = { leak, M: lift(M, true), Z: lift(Z, true), U: lift(U, true), V: lift(V, true) };
  const pulses = Array.from({ length: steps }, (_, at) =>
    Array.from({ length: steps }, (_, t) => (t === at ? X : map(X, () => R.of(0)))),
  );
  const along = sum(
    duals,
    pulses.flatMap((inputs) => {
      const wanted = drivenBy(R, teacher, inputs);
      const controls = drivenBy(
        duals,
        moving,
        inputs.map((y) => lift(y, false)),
      );
      return controls.map((u, t) => sumOfSquares(duals, subtract(duals, u, lift(wanted[t]!, false))));
    }),
  );

  const overlaps = orderParametersOf(R, student);
  const response = impulseResponse(R, teacher.leak, orderParametersOf(R, teacher), steps);
  const { loss, E } = subject.openLoopMismatch(R, student.leak, overlaps, response, X);
  const dK = map(orderParameterMatrix(orderParametersOf(duals, moving)), ({ tangent }) => tangent);
  const slope = sum(
    R,
    Array.from({ length: E.rows * E.cols }, (_, k) => R.mul(E.data[k]!, dK.data[k]!)),
  );
  exactlyEqual(evidence, 'L/w', [loss], [along.value]);
  exactlyEqual(evidence, 'its derivative along the direction', [slope], [along.tangent]);
  const own = impulseResponse(R, student.leak, overlaps, steps);
  exactlyEqual(
    evidence,
    'L/w of equal order parameters',
    [openLoopMismatch(R, student.leak, overlaps, own, X).loss],
    [R.of(0)],
  );

  // What the engine evaluates, within rounding: absolute data, the teacher's with the other sign, bound all its terms.
  const K = map(orderParameterMatrix(overlaps), toDouble);
  const doubles = (lossOf: typeof openLoopLoss, data: (value: number) => number, sign: number) => {
    const teach = response.map((g) => map(g, (value) => sign * data(toDouble(value))));
    const gradient = matrix(p + r, c + r);
    const value = lossOf(
      { steps, weight: 1 },
      teach,
      toDouble(student.leak),
      r,
    )(
      Float64Array.from({ length: K.data.length }, (_, k) => data(K.data[k]!)),
      map(X, toDouble),
      gradient.data,
    );
    return { value, gradient };
  };
  const computed = doubles(subject.openLoopLoss, (value) => value, 1);
  const size = doubles(openLoopLoss, Math.abs, -1);
  const rounding = gamma(2 * openLoopRoundings({ c, p, r }, steps, c));
  evidence.within('L in double precision', Math.abs(computed.value - toDouble(loss)), rounding * size.value);
  for (let k = 0; k < E.data.length; k++)
    evidence.within(
      '∂L/∂K in double precision',
      Math.abs(computed.gradient.data[k]! - toDouble(E.data[k]!)),
      rounding * size.gradient.data[k]!,
    );
}

/** Inputs per sequence up to which sampled losses are looked at. */
const LONGEST_SAMPLED = 16;
const SAMPLED = { epochs: 10, batch: 100 } as const;

/** The mean of sampled losses, before any update, is the expected loss within the tail of its distribution. */
function sampled(
  subject: Subject,
  task: OpenLoopTask,
  student: LinearAgent,
  teacher: LinearAgent,
  { loss }: LearningCurve,
  random: Stream,
  evidence: Evidence,
): void {
  const { steps, weight, covariance } = task;
  const X = momentFactor(covariance);
  const source = subject.sampledMoments(steps, X, SAMPLED.batch, random.child('inputs'));
  const engine = subject.openLoopEngine(task, student, teacher, []);
  let mean = 0;
  for (let epoch = 0; epoch < SAMPLED.epochs; epoch++)
    mean += engine.evaluate(momentFactor(source(epoch))).loss / SAMPLED.epochs;

  // One trial costs weight · ‖Δ z‖², z standard normal, Δ the block-Toeplitz matrix of the responses' differences times X.
  const own = responseOf(student, steps);
  const differences = responseOf(teacher, steps).map((g, k) => times(subtract(reals, own[k]!, g), X));
  const [p, c] = [differences[0]!.rows, X.cols];
  const toeplitz = matrix(steps * p, steps * c, (i, j) => {
    const lag = Math.floor(i / p) - Math.floor(j / c);
    return lag < 0 ? 0 : at(differences[lag]!, i % p, j % c);
  });
  const square = times(toeplitz, transpose(toeplitz));
  let quadratic = 0;
  for (let k = 0; k < square.data.length; k++) quadratic += square.data[k]! ** 2;
  const tail = normalQuadraticTail(weight * Math.sqrt(quadratic), SAMPLED.epochs * SAMPLED.batch);
  // Moments of a sampled sequence are factored up to pivots at rounding level, and the reference curve is rounded too.
  const rounding = (gamma(4 * steps * (shapeOf(student).N + 16)) + pivotRounding(steps * c)) * steps * c;
  evidence.risks(FALSE_ALARM_PER_CASE);
  evidence.within('mean of sampled losses', Math.abs(mean - loss[0]!), tail + rounding * loss[0]!);
}

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: openLoop, runs: 30, block: 10, regressions },
  subject,
  check(subject, instance, evidence) {
    const { task, student, teacher } = openLoopProblem(instance);
    const shape = shapeOf(student);
    const schedule = scheduleOf(instance);
    const trained = trainedTensors(instance);
    const random = new Stream(instance.seed).child('check');
    const response = responseOf(teacher, task.steps);

    // Products of N, sums over lags, and the teacher's response.
    const roundings = shape.N + instance.teacher.N + 4 * task.steps + 16;
    const descent =
      (lossOf: typeof openLoopLoss, answers = () => response) =>
      (): Engine =>
        gramDescent(student, trained, lossOf(task, answers(), student.leak, shape.r));
    // The teacher's answers are rounded too, and grow where it is unstable.
    const disturbance = random.child('teachers');
    const disturbed = (): Mat<number>[] =>
      responseOf(perturbed(teacher, shadowNoise(roundings), disturbance), task.steps);
    const through = (moments: DataSource): LearningCurve =>
      train(subject.openLoopEngine(task, student, teacher, trained), schedule, moments);

    const white = whiteMoments(task);
    const full = through(() => white);
    const moments = () => task.covariance;
    const { end, lastTolerance } = sameCurve(
      evidence,
      { curve: full, predicted: train(descent(subject.openLoopLoss)(), schedule, moments) },
      {
        learner: descent(openLoopLoss),
        disturbed: descent(openLoopLoss, disturbed),
        schedule,
        moments,
        roundings,
        random: random.child('shadows'),
      },
    );
    const short = task.steps * shape.c <= LONGEST_SAMPLED;
    if (short) {
      sampled(subject, task, student, teacher, full, random, evidence);
      const source = sampledMoments(task.steps, momentFactor(task.covariance), 20, random.child('batches'));
      const drawn = Array.from({ length: instance.epochs }, (_, epoch) => source(epoch));
      const batches: DataSource = (epoch) => drawn[epoch]!;
      sameCurve(
        evidence,
        { curve: through(batches), predicted: train(descent(subject.sequenceLoss)(), schedule, batches) },
        {
          learner: descent(sequenceLoss),
          schedule,
          moments: batches,
          roundings,
          random: random.child('sampled shadows'),
        },
      );
    }
    imitated(subject, task, teacher, evidence);
    gradientExactly(subject, instance, random.child('exact'), evidence);

    const { optimizer } = instance;
    const learnt = full.loss[instance.epochs - 1]! <= 0.9 * full.loss[0]!;
    evidence.classify('learns', learnt);
    evidence.classify('tolerance below 1e-8 at the end', end === 'complete' && lastTolerance < SHARP);
    evidence.classify(
      'clipped at some epoch',
      full.clipFactor.some((factor) => factor < 1),
    );
    evidence.classify('without clipping', optimizer.clip === null);
    evidence.classify('leaky', student.leak !== 1);
    evidence.classify('rank above 1', shape.r > 1);
    evidence.classify('teacher of another rank', instance.teacher.rank !== shape.r);
    evidence.classify('several inputs or outputs', shape.c > 1 || shape.p > 1);
    evidence.classify('fewer units than columns', shape.N < columnCount(shape));
    evidence.classify('M trained', trained.includes('M'));
    evidence.classify('sampled', short);
  },
  floors: {
    learns: 0.3,
    'tolerance below 1e-8 at the end': 0.8,
    'clipped at some epoch': 0.15,
    'without clipping': 0.2,
    leaky: 0.3,
    'rank above 1': 0.2,
    'teacher of another rank': 0.3,
    'several inputs or outputs': 0.07,
    'fewer units than columns': 0.1,
    'M trained': 0.1,
    sampled: 0.2,
  },
  mutants: mutantsOf(subject, {
    'every lag counted once more': {
      openLoopLoss: ({ steps, weight }, teacher, ...rest) =>
        openLoopLoss({ steps: steps + 1, weight }, [...teacher, teacher[steps - 1]!], ...rest),
    },
    'the full engine sees one step less': {
      openLoopEngine: ({ steps, weight }, ...rest) => openLoopEngine({ steps: steps - 1, weight }, ...rest),
    },
    'teacher scaled by one part in a million': {
      openLoopLoss: (task, teacher, ...rest) =>
        openLoopLoss(
          task,
          teacher.map((g) => map(g, (value) => value * (1 + 2 ** -20))),
          ...rest,
        ),
    },
    'gradient with respect to K transposed': {
      openLoopMismatch: (R, leak, overlaps, ...rest) => {
        const { loss, E } = openLoopMismatch(R, leak, overlaps, ...rest);
        return { loss, E: E.rows === E.cols ? transpose(E) : E };
      },
    },
    'memory gradient dropped': {
      openLoopLoss: (...problem) => {
        const lossOf = openLoopLoss(...problem);
        return (K, starts, E) => {
          const loss = lossOf(K, starts, E);
          E[E.length - 1] = 0;
          return loss;
        };
      },
    },
    'a sampled sequence answered without its last step': {
      sequenceLoss: ({ steps, weight }, ...rest) => sequenceLoss({ steps: steps - 1, weight }, ...rest),
    },
    'sampled inputs of twice the variance': {
      sampledMoments: (steps, factor, ...rest) =>
        sampledMoments(
          steps,
          map(factor, (value) => Math.SQRT2 * value),
          ...rest,
        ),
    },
  }),
});
