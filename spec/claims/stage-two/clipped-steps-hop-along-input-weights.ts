/**
 * Claim: the width of a clipped step, and the zig-zag of the plateau that clipping makes.
 */

import fc from 'fast-check';
import { columnCount } from '#src/agent/gram.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { withinFactor } from '#src/claims/prediction.js';
import { gamma } from '#src/linalg/tolerance.js';
import type { Protocol } from '#src/problem/protocol.js';
import { type OptimizerSpec, rateAt, ratesTimes } from '#src/problem/schema.js';
import type { DataSource } from '#src/problem/start.js';
import { stabilisationOf } from '#src/stages/spectral.js';
import { measuredTurn, positionOverlap } from '#src/stages/turn.js';
import { hopWidth, stageOneStart } from '#src/theory/stage-one/stage-one-lasts-as-predicted.js';
import { odds, statement, zigZag } from '#src/theory/stage-two/clipped-steps-hop-along-input-weights.js';
import { divergedAt, type LearningCurve, rowOf } from '#src/training/curve.js';
import { fullLearner } from '#src/training/learner.js';
import { train } from '#src/training/train.js';
import {
  agentOf,
  type Configuration,
  configuration,
  momentsOf,
  PAPER,
  population,
} from '../../generators/configuration.js';
import { logInteger, logUniform, weighted } from '../../generators/number.js';
import { staysFinite } from '../../support/curves.js';
import {
  clipTimes,
  hasStabilised,
  horizonTimes,
  inputsTrained,
  misreading,
  trainFull,
  trainGram,
} from '../../support/trainers.js';

/** Descent without clipping: where the gradient is as steep as given, a step goes a quarter of a hop. */
const unclipped = (optimizer: OptimizerSpec, steepest: number): OptimizerSpec => ({
  kind: 'sgd',
  lr: ratesTimes(optimizer, optimizer.clip! / (4 * steepest)),
  clip: null,
});

const subject = { train: trainGram, hop: hopWidth, zigZag, unclipped /** What trains under Adam. */, adam: trainFull };
type Subject = typeof subject;

const MEDIAN = 'median step of σ_zm on the plateau, lr·c·‖M‖';

const PLATEAU = 20;
/** Up to this horizon the zig-zag fades. */
const SHORTEST = 15;
/** Epochs of the runs that go on from the plateau: so many steps of a quarter of a hop reach across the valley. */
const ONWARD = 50;

/** No clipped step is wider than lr·c·‖M‖, up to rounding of σ_zm before and after. */
function bounded(subject: Subject, { protocol }: Configuration, curve: LearningCurve, evidence: Evidence): void {
  const { optimizer } = protocol;
  const d = columnCount(curve.shape);
  staysFinite(evidence, curve);
  const end = divergedAt(curve) ?? curve.epochs;
  if (end < 2) evidence.decidesNothing('the run diverges before its second epoch');
  for (let e = 0; e + 1 < end; e++) {
    const [before, after] = [rowOf(curve.gram, curve.epochs, e), rowOf(curve.gram, curve.epochs, e + 1)];
    // The Gram matrix's triangle begins ‖M‖², Z·M, ‖Z‖². Inner products of d entries err by γ_d ‖Z‖‖M‖ each, and so does
    // the update of Z, a sum of r + 1 columns.
    const norms = Math.sqrt(before[0]!) * (Math.sqrt(before[2]!) + Math.sqrt(after[2]!));
    const hop = subject.hop(rateAt(optimizer, 0), optimizer.clip!, Math.sqrt(before[0]!));
    const bound = hop * (1 + gamma(4 * d + 8)) + gamma(4 * d + 8) * norms;
    evidence.within(
      `step of σ_zm at epoch ${e}`,
      Math.abs(positionOverlap(curve, e + 1) - positionOverlap(curve, e)),
      bound,
    );
  }
}

/** The weights after a number of epochs. */
function agentAfter(epochs: number, protocol: Protocol, agent: LinearAgent, moments: DataSource): LinearAgent {
  const engine = fullLearner(protocol, agent);
  train(engine, { ...protocol, epochs }, moments);
  return engine.agent();
}

const anywhere = configuration({
  N: logInteger(1, 100),
  horizon: logInteger(5, 60),
  batch: logInteger(1, 50),
  clip: logUniform(0.1, 10),
  regime: fc.constantFrom('positive', 'valley', 'unit circle', 'stabilised'),
  epochs: 60,
});
const plateau = (horizon: fc.Arbitrary<number>): fc.Arbitrary<Configuration> =>
  configuration({
    ...PAPER,
    N: logInteger(20, 80),
    horizon,
    start: fc.constant(population(4 / 3)),
    lr: logUniform(5e-3, 1.5e-2),
    clip: logUniform(0.5, 1.5),
    scale: logUniform(0.8, 1.25),
    epochs: 300,
  });

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: weighted([2, anywhere], [8, plateau(logInteger(30, 80))], [5, plateau(logInteger(5, SHORTEST))]),
    runs: 2500,
    block: 50,
  },
  subject,
  check(subject, instance, evidence) {
    const { protocol } = instance;
    const agent = agentOf(instance);
    const moments = momentsOf(instance);
    const whole = instance.weights.regime !== 'drawn' || protocol.start.kind !== 'population';
    const curve = subject.train(protocol, agent, moments, whole ? undefined : hasStabilised(protocol));
    bounded(subject, instance, curve, evidence);
    evidence.classify('anywhere: the bound alone', whole);
    evidence.classify('rank above 1', curve.shape.r > 1);
    evidence.classify('three integrators', protocol.plant.kind === 'integrator' && protocol.plant.order === 3);
    if (whole) return;

    const from = measuredTurn(curve);
    const to = stabilisationOf(protocol, curve).latest ?? curve.epochs;
    const descends = stageOneStart(protocol, agent).alignment >= 0.95;
    if (!descends || !(to - from >= PLATEAU)) return;
    const { alternation, width, median } = subject.zigZag(curve.overlaps, curve.epochs, from, to);
    const { optimizer } = protocol;
    const hop = subject.hop(rateAt(optimizer, 0), optimizer.clip!, Math.sqrt(curve.gram[0]!));
    const zigZags = alternation >= 0.75 && width >= hop / 2;
    if (protocol.horizon <= SHORTEST) {
      evidence.trial(odds.short.name, !zigZags);
      return;
    }
    evidence.trial(odds.alternates.name, zigZags);
    evidence.predicts(MEDIAN, hop, median);
    evidence.classify('a plateau, horizon of 30 or more');
    // N units take their time: every third case is enough for what follows.
    if (instance.weights.seed % 3 !== 0) return;

    // The same place without clipping, and under Adam: from the start a slow run would not come as far as the plateau.
    const there = agentAfter(from, protocol, agent, moments);
    const onward = (other: OptimizerSpec): Protocol => ({ ...protocol, epochs: ONWARD, optimizer: other });
    const calm = (curve: LearningCurve): boolean =>
      staysFinite(evidence, curve, 'the run on from the plateau') &&
      subject.zigZag(curve.overlaps, ONWARD, 0, ONWARD).alternation < 0.25;
    const steepest = curve.gradNorm.slice(from, from + PLATEAU).reduce((a, b) => Math.max(a, b), optimizer.clip!);
    const free = onward(subject.unclipped(optimizer, steepest));
    evidence.trial(odds.unclipped.name, calm(subject.train(free, there, moments)));
    // Adam's first step moves every weight by its rate: along M, a quarter of a hop as well.
    const reach = Array.from({ length: agent.M.rows }, (_, i) => Math.abs(agent.M.data[i]!)).reduce((a, b) => a + b);
    const adam = onward({ kind: 'adam', lr: hop / (4 * reach), clip: null });
    evidence.trial(odds.adam.name, calm(subject.adam(adam, there, moments)));
  },
  // Eight draws of fifteen are meant for a plateau, and not every run has a long one; five for short horizons, the rest for the bound
  // on a step alone.
  proportions: Object.values(odds),
  predictions: [{ quantity: MEDIAN, near: withinFactor(1.3), proportion: odds.width }],
  floors: {
    'anywhere: the bound alone': 0.08,
    'a plateau, horizon of 30 or more': 0.3,
    'rank above 1': 0.02,
    'three integrators': 0.01,
  },
  mutants: mutantsOf(subject, {
    'clip norm a hundredth larger': { train: misreading(clipTimes(1.01), trainGram) },
    'M trained as well': { train: misreading(inputsTrained, trainGram) },
    'clipping left on at a quarter of the rate': {
      unclipped: (optimizer) => ({ kind: 'sgd', lr: ratesTimes(optimizer, 1 / 4), clip: optimizer.clip }),
    },
    'Adam that remembers nothing: the sign of the gradient': {
      adam: misreading(
        ({ optimizer, ...rest }) => ({
          ...rest,
          optimizer: { kind: 'adam', beta1: 0, beta2: 0, lr: ratesTimes(optimizer, 4), clip: null },
        }),
        trainFull,
      ),
    },
    'horizon five times as long': { train: misreading(horizonTimes(5), trainGram) },
    'half the median step': {
      zigZag: (overlaps, epochs, from, to) => {
        const found = zigZag(overlaps, epochs, from, to);
        return { ...found, median: found.median / 2 };
      },
    },
    'hop twice as wide': { hop: (lr, clip, norm) => 2 * hopWidth(lr, clip, norm) },
    'steps that keep their sign counted as turns': {
      zigZag: (overlaps, epochs, from, to) => {
        const found = zigZag(overlaps, epochs, from, to);
        return { ...found, alternation: 1 - found.alternation };
      },
    },
  }),
});
