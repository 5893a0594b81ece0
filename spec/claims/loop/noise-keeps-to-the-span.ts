/**
 * Claim: the expected loss with noise, through the order parameters. The other route is the network of N units: a loss is a quadratic
 * form of independent sources, so its mean is the sum of the losses of runs that one source alone drives, at its standard deviation.
 */
import fc from 'fast-check';
import { columnCount } from '#src/agent/gram.js';
import { type LinearAgent, shapeOf } from '#src/agent/linear.js';
import { orderParametersOf } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import {
  absolute,
  add,
  at,
  build,
  type Mat,
  map,
  matrix,
  subtract,
  times,
  trace,
  transpose,
  zeros,
} from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { type Rational, rationals, toDouble } from '#src/linalg/rational.js';
import { reals } from '#src/linalg/ring.js';
import { adjointRoundings, gamma } from '#src/linalg/tolerance.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { rollout } from '#src/loop/rollout.js';
import { plantOver } from '#src/plant/plant.js';
import { type Cost, noiseOf } from '#src/problem/protocol.js';
import type { PlantSpec } from '#src/problem/schema.js';
import { weightsOver } from '#src/theory/loop/no-policy-beats-riccati.js';
import {
  expectedLoss,
  momentsWithNoise,
  noiseEntry,
  noiseMoments,
  noiseVariances,
  statement,
} from '#src/theory/loop/noise-keeps-to-the-span.js';
import { type FullEngine, fullEngine } from '#src/training/full.js';
import { lossOf } from '#src/training/loss.js';
import { exactLoop, realise } from '../../generators/loop.js';
import { type Drawn, noiseLevel, plain } from '../../generators/number.js';
import { general } from '../../generators/plant.js';
import { absoluteAgent, absoluteCost, absolutePlant } from '../../support/absolute.js';
import { exactlyEqual } from '../../support/measure.js';
import { sourcesOf } from '../../support/sources.js';

/** Steps of time whose roots are doubles: a standard deviation is then exact. */
const dt = fc.constantFrom(1, 0.25, 0.0625);

const cases = plain({
  loop: exactLoop(
    fc.oneof(
      plain<Extract<PlantSpec, { kind: 'integrator' }>>({
        kind: fc.constant('integrator'),
        order: fc.integer({ min: 1, max: 3 }),
        dt,
      }),
      plain<Extract<PlantSpec, { kind: 'cursor' }>>({
        kind: fc.constant('cursor'),
        axes: fc.integer({ min: 1, max: 2 }),
        dt,
      }),
      general(),
    ),
    2,
  ),
  horizon: fc.integer({ min: 2, max: 4 }),
  discount: fc.constantFrom(1, 0.75, 0.5),
  noise: plain({ process: noiseLevel, observation: noiseLevel }),
  /** Starts, columns of a factor of their moments. */
  starts: fc.integer({ min: 0, max: 2 }),
});
type Case = Drawn<typeof cases>;

const R = rationals;
const D = dualsOver(R);

const subject = { noiseVariances, noiseEntry, noiseMoments, momentsWithNoise, expectedLoss, fullEngine };
type Subject = typeof subject;

const TENSORS = ['M', 'Z', 'U', 'V'] as const;

const quartersUpTo = (random: Stream, largest: number, rows: number, cols: number): Mat<number> =>
  matrix(rows, cols, () => Math.round(random.uniform(-4 * largest - 0.5, 4 * largest + 0.5)) / 4);

/** Symmetric weights, of any sign. */
function weightsIn(random: Stream, size: number): Mat<number> {
  const drawn = quartersUpTo(random, 1, size, size);
  return add(reals, drawn, transpose(drawn));
}

/** The agent that moves along a direction. */
const moving = (agent: LinearAgent, along: LinearAgent): LinearAgent<Dual<Rational>> => {
  const dual = (A: Mat<number>, B: Mat<number>): Mat<Dual<Rational>> =>
    build(A.rows, A.cols, (i, j) => ({ value: R.of(at(A, i, j)), tangent: R.of(at(B, i, j)) }));
  const [M, Z, U, V] = TENSORS.map((tensor) => dual(agent[tensor], along[tensor])) as [
    Mat<Dual<Rational>>,
    Mat<Dual<Rational>>,
    Mat<Dual<Rational>>,
    Mat<Dual<Rational>>,
  ];
  return { leak: D.of(agent.leak), M, Z, U, V };
};

/** ⟨∇L, direction⟩ of an engine that has been evaluated. */
function slopeOf(engine: FullEngine, along: LinearAgent): number {
  return TENSORS.reduce((total, tensor) => {
    const gradient = engine.gradientOf(tensor);
    return total + trace(reals, times(transpose(along[tensor]), gradient));
  }, 0);
}

function check(subject: Subject, instance: Case, evidence: Evidence): void {
  const { loop, horizon, noise } = instance;
  const { plant: plantOfDoubles, agent } = realise(loop);
  const { N, c, p, r } = shapeOf(agent);
  const n = plantOfDoubles.A.rows;
  const random = new Stream(loop.seed).child('noise');
  const cost: Cost = { Q: weightsIn(random, n), R: weightsIn(random, p), discount: instance.discount };
  const along: LinearAgent = {
    leak: agent.leak,
    M: quartersUpTo(random, 1, N, c),
    Z: quartersUpTo(random, 1, p, N),
    U: quartersUpTo(random, 1, N, r),
    V: quartersUpTo(random, 1, N, r),
  };
  const starts = quartersUpTo(random, 2, n, instance.starts);
  const sources = sourcesOf(starts, c, horizon, noiseOf({ plant: loop.plant, noise }));

  // Over numbers that carry their derivatives along the direction.
  const plant = plantOver(D, plantOfDoubles);
  const network = moving(agent, along);
  const loss = lossOf(D, cost, rollout(D, plant, network, map(sources, D.of), horizon));
  const overlaps = orderParametersOf(D, network);
  const step = 'dt' in loop.plant ? loop.plant.dt : 1;
  const variances = subject.noiseVariances(D, D.of(noise.process), D.of(noise.observation), D.of(step));
  const moments = subject.momentsWithNoise(
    D,
    effectiveMatrix(D, plant, network.leak, overlaps),
    subject.noiseMoments(D, subject.noiseEntry(D, plant, network.leak, r), n, variances),
    map(times(starts, transpose(starts)), D.of),
    horizon,
  );
  const expected = subject.expectedLoss(D, weightsOver(D, cost), D.of(cost.discount), overlaps, moments);
  exactlyEqual(evidence, 'E L', [expected.value], [loss.value]);
  exactlyEqual(evidence, 'derivative of E L', [expected.tangent], [loss.tangent]);

  // The engine that trains, on the same sources.
  const engine = subject.fullEngine(plantOfDoubles, agent, cost, horizon, TENSORS);
  const majorant = fullEngine(
    absolutePlant(plantOfDoubles),
    absoluteAgent(agent),
    absoluteCost(cost),
    horizon,
    TENSORS,
  );
  const trained = engine.evaluate(sources).loss;
  const size = majorant.evaluate(absolute(sources)).loss;
  // Noise adds a term to each number of a state and of an observation.
  const rounding = gamma(adjointRoundings({ n: n + 1, N, c, p, r }, horizon, sources.cols) + 4 * N * (c + p + 2 * r));
  evidence.within('loss of the full engine', Math.abs(trained - toDouble(loss.value)), rounding * size);
  evidence.within(
    'gradient of the full engine',
    Math.abs(slopeOf(engine, along) - toDouble(loss.tangent)),
    rounding * slopeOf(majorant, absoluteAgent(along)),
  );

  const only = (one: number, other: number): boolean => one > 0 && other === 0;
  evidence.classify('both kinds of noise', noise.process > 0 && noise.observation > 0);
  evidence.classify('noise in the plant only', only(noise.process, noise.observation));
  evidence.classify('noise on observations only', only(noise.observation, noise.process));
  evidence.classify('noise alone, from rest', instance.starts === 0);
  evidence.classify('another dt', step !== 1);
  evidence.classify('leaky', agent.leak !== 1);
  evidence.classify('rank 0', r === 0);
  evidence.classify('rank 2', r === 2);
  evidence.classify('two observations', c === 2);
  evidence.classify('two controls', p === 2);
  evidence.classify('fewer units than columns', N < columnCount({ c, p, r }));
  evidence.classify('discount', cost.discount !== 1);
  evidence.classify('sharp to six digits', rounding * size <= 2 ** -20 * Math.abs(toDouble(loss.value)));
}

export const claim = defineClaim<Case, Subject>({
  statement,
  cases: { kind: 'drawn', arbitrary: cases, runs: 150, block: 50 },
  subject,
  check,
  floors: {
    'both kinds of noise': 0.3,
    'noise in the plant only': 0.05,
    'noise on observations only': 0.05,
    'noise alone, from rest': 0.15,
    'another dt': 0.15,
    leaky: 0.5,
    'rank 0': 0.1,
    'rank 2': 0.1,
    'two observations': 0.1,
    'two controls': 0.1,
    'fewer units than columns': 0.3,
    discount: 0.4,
    'sharp to six digits': 0.8,
  },
  mutants: mutantsOf(subject, {
    'noise is scored one step late': {
      momentsWithNoise: (ring, Peff, added, Sigma0, T) =>
        momentsWithNoise(ring, Peff, added, Sigma0, T).map((X, t) => (t === 0 ? X : subtract(ring, X, added))),
    },
    'the start is noisy': {
      momentsWithNoise: (ring, Peff, added, Sigma0, T) =>
        momentsWithNoise(ring, Peff, added, Sigma0, T + 1)
          .slice(0, T)
          .map((X, t) => (t === 0 ? add(ring, X, added) : X)),
    },
    'noise of the plant is not seen': {
      noiseEntry: (ring, plant, leak, rank) => {
        const blind = { ...plant, C: zeros(ring, plant.C.rows, plant.C.cols) };
        return noiseEntry(ring, blind, leak, rank);
      },
    },
    'noise of observations enters without the leak': {
      noiseEntry: (ring, plant, leak, rank) => {
        const [whole, n] = [noiseEntry(ring, plant, leak, rank), plant.C.cols];
        return build(whole.rows, whole.cols, (i, j) => (i - n === j - n && j >= n ? ring.of(1) : at(whole, i, j)));
      },
    },
    'standard deviations for variances': {
      noiseVariances: (ring, process, observation, step) => ({ state: ring.mul(process, step), observation }),
    },
    'noise of the plant does not grow with the step': {
      noiseVariances: (ring, process, observation) => noiseVariances(ring, process, observation, ring.of(1)),
    },
    'noise of observations is as that of the state': {
      noiseMoments: (ring, G, n, { state }) => noiseMoments(ring, G, n, { state, observation: state }),
    },
    'weights of controls left out': {
      expectedLoss: (ring, weights, discount, overlaps, moments) => {
        const control = zeros(ring, weights.control.rows, weights.control.cols);
        return expectedLoss(ring, { ...weights, control }, discount, overlaps, moments);
      },
    },
    'the discount begins one step early': {
      expectedLoss: (ring, weights, discount, overlaps, moments) =>
        ring.mul(discount, expectedLoss(ring, weights, discount, overlaps, moments)),
    },
    'the full engine takes observations as given': {
      fullEngine: (plant, agent, cost, T, trained) =>
        fullEngine(plant, agent, cost, T, trained, { observations: true }),
    },
  }),
});
