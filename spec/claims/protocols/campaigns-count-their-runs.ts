/**
 * Claim: a campaign's runs are those that its file names, trained as their protocols say, and its summary counts them.
 */
import fc from 'fast-check';
import { expand, type Plan, plansOf } from '#src/campaigns/grid.js';
import { outcomeLine, parseOutcome, type RunOutcome } from '#src/campaigns/outcome.js';
import { pairOf } from '#src/campaigns/pair.js';
import { outcomeOf } from '#src/campaigns/run.js';
import { parseCampaign } from '#src/campaigns/schema.js';
import { bootstrapInterval, fisherExact, mean, rankTest } from '#src/campaigns/statistics.js';
import { summarise } from '#src/campaigns/summary.js';
import { measuresOf, type PhaseTrace, tradeOffOf } from '#src/campaigns/trace.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { type Mat, matrix, toRows } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { gamma, SHADOWS } from '#src/linalg/tolerance.js';
import { openLoopOf, type Protocol, type RnnProtocol } from '#src/problem/protocol.js';
import { statement } from '#src/theory/protocols/campaigns-count-their-runs.js';
import { emptyCurve } from '#src/training/curve.js';
import { PROBLEMS } from '#src/training/problems.js';
import { train } from '#src/training/train.js';
import { type Drawn, plain, seed } from '../../generators/number.js';
import { same, upTo } from '../../support/measure.js';
import { plainLoss, type Tensors } from '../../support/plain-trainer.js';

const cases = plain({
  agents: fc.subarray(['tanh', 'linear-low-rank'] as const, { minLength: 1 }),
  perturbations: fc.subarray(['plain', 'weak feedback', 'small weights', 'longer'] as const, {
    minLength: 1,
    maxLength: 3,
  }),
  seeds: fc.integer({ min: 1, max: 3 }),
  every: fc.integer({ min: 1, max: 4 }),
  trials: fc.integer({ min: 1, max: 4 }),
  seed,
});
type Case = Drawn<typeof cases>;

const CHANGES = {
  plain: {},
  'weak feedback': { feedback: 0.5 },
  'small weights': { weightScale: 0.3 },
  longer: { horizon: 9 },
} as const;

const subject = {
  expand,
  pairOf,
  outcomeOf,
  summarise,
  measuresOf,
  tradeOffOf,
  fisherExact,
  rankTest,
  bootstrapInterval,
};
type Subject = typeof subject;

const EPOCHS = 12;

function campaignOf({ agents, perturbations, seeds, every, trials, seed }: Case) {
  const block = {
    name: 'block',
    protocol: 'text',
    agent: { N: 4 },
    horizon: 6,
    batch: 3,
    epochs: EPOCHS,
    precision: 'f64',
    agents,
    perturbations: perturbations.map((name) => ({ name, ...CHANGES[name] })),
    seeds,
    measure: { horizons: [4, 12], every, trials },
  };
  return parseCampaign(
    JSON.stringify({ format: 'loop-campaign/1', name: 'trial', seed: seed % 1000, blocks: [block] }),
    'trial',
  );
}

/** The deployed loss of an agent by the plain program: (1/T) Σ_t mean_b ‖x_t‖². */
function deployedPlainly(
  weights: Tensors,
  activation: 'linear' | 'tanh',
  feedback: number,
  horizon: number,
  trials: Mat<number>,
): number {
  const task = {
    cell: activation,
    leak: 1,
    A: [
      [1, 1],
      [0, 1],
    ],
    B: [[0], [feedback]],
    C: [[1, 0]],
    horizon,
    stateWeight: () => 1 / horizon,
    controlWeight: 0,
  };
  const starts = upTo(trials.cols).map((b) => ({
    share: 1 / trials.cols,
    start: [trials.data[b]!, trials.data[trials.cols + b]!],
  }));
  return plainLoss(task, weights, [], starts).loss;
}

/** One run, against the training that its protocol prescribes. */
function run(subject: Subject, plan: Plan, { perturbations }: Case, evidence: Evidence): void {
  const { problem, measure, seed, trialsSeed } = plan;
  const { closed, open } = subject.pairOf(plan);
  const streams = new Stream(seed);
  const count = measure.trials as number;
  const stream = new Stream(trialsSeed);
  const trials = matrix(2, count, () => -2 + 4 * stream.uniform());
  const changed = CHANGES[perturbations.find((name) => plan.id.includes(name)) ?? perturbations[0]!] as {
    feedback?: number;
    weightScale?: number;
    horizon?: number;
  };
  evidence.holds('the horizon of the plan', problem.protocol.horizon === (changed.horizon ?? 6));
  same(evidence, 'horizons', measure.horizons, [4, problem.protocol.horizon, 12]);
  const phases: [PhaseTrace, readonly [Tensors, 'linear' | 'tanh'][]][] = [];
  const tensorsOf = (agent: object): Tensors =>
    Object.fromEntries(
      Object.entries(agent).flatMap(([name, A]) => (typeof A === 'object' ? [[name, toRows(A as Mat<number>)]] : [])),
    );
  if (problem.kind === 'batches') {
    const protocol = { ...problem.protocol, rows: 'before-update' } as RnnProtocol;
    const initial = PROBLEMS.batches.draw(protocol, streams.child('weights'), changed.weightScale);
    const follow = (learnt: RnnProtocol, label: string, teacher?: typeof initial) => {
      const engine = PROBLEMS.batches.learner(learnt, initial, teacher);
      const agents: [Tensors, 'tanh'][] = [];
      const curve = train(engine, learnt, PROBLEMS.batches.source(learnt, streams.child(label)), {
        // Rows of this protocol follow the update.
        afterEpoch: () => void agents.push([tensorsOf(engine.rnn()), 'tanh']),
      });
      return { curve, agents, final: engine.rnn() };
    };
    const own = follow(protocol, 'starts');
    const student = follow(openLoopOf(protocol), 'inputs', own.final);
    same(evidence, 'losses in closed loop', [...closed.loss], [...own.curve.loss]);
    same(evidence, 'losses in open loop', [...open!.loss], [...student.curve.loss]);
    phases.push([closed, own.agents], [open!, student.agents]);
  } else if (problem.kind === 'moments') {
    const protocol = problem.protocol as Protocol;
    const initial = PROBLEMS.moments.draw(protocol, streams.child('weights'), changed.weightScale);
    const curve = train(
      PROBLEMS.moments.learner(protocol, initial),
      protocol,
      PROBLEMS.moments.source(protocol, streams.child('starts')),
    );
    same(evidence, 'losses in closed loop', [...closed.loss], [...curve.loss]);
    // An agent of two units with these order parameters: M = e₁, U = e₂, and the rows of K read them.
    const agents = upTo(EPOCHS).map((e): [Tensors, 'linear'] => {
      const [zm, zu, vm, vu] = [...curve.overlaps.subarray(4 * e, 4 * e + 4)] as [number, number, number, number];
      return [{ M: [[1], [0]], Z: [[zm, zu]], U: [[0], [1]], V: [[vm], [vu]] }, 'linear'];
    });
    phases.push([closed, agents]);
  }
  for (const [{ deployed, own }, agents] of phases) {
    same(
      evidence,
      'losses at the protocol’s own horizon',
      [...own],
      [...deployed[measure.horizons.indexOf(problem.protocol.horizon)]!],
    );
    for (const [k, horizon] of measure.horizons.entries())
      for (const epoch of upTo(EPOCHS)) {
        const measured = epoch % measure.every === 0 || epoch === EPOCHS - 1;
        evidence.holds('what is measured', Number.isNaN(deployed[k]![epoch]) === !measured);
        if (!measured || epoch % 5 > 0) continue;
        const [weights, activation] = agents[epoch]!;
        const feedback = changed.feedback ?? 1;
        const loss = deployedPlainly(weights, activation, feedback, horizon, trials);
        const jolted = upTo(4).map((shadow) => {
          const noise = streams.child(`shadow ${shadow}`);
          const moved = Object.fromEntries(
            Object.entries(weights).map(([name, rows]) => [
              name,
              rows.map((row) => row.map((w) => w * (1 + 2 ** -26 * noise.normal()))),
            ]),
          );
          return Math.abs(deployedPlainly(moved, activation, feedback, horizon, trials) - loss);
        });
        const spread = Math.max(...jolted) / 2 ** -26;
        evidence.within(
          'deployed loss',
          Math.abs(deployed[k]![epoch]! - loss),
          SHADOWS.cases.multiple * gamma(1024) * (spread + loss),
        );
      }
  }
}

/** A phase with numbers at random, and the measures that it has. */
function phaseOf(random: Stream): PhaseTrace {
  const curve = emptyCurve({ N: 0, c: 1, p: 1, r: 0 }, 1, EPOCHS);
  const column = (of: () => number): Float64Array => Float64Array.from({ length: EPOCHS }, of);
  const deployed = [0, 1].map(() => column(() => Math.exp(random.normal())));
  return {
    ...curve,
    loss: column(() => random.uniform()),
    gradNorm: column(() => 1),
    clipFactor: column(() => Math.min(1, random.uniform(0.5, 2))),
    deployed,
    own: deployed[1]!,
    radius: column(() => random.uniform(0.7, 1.05)),
  };
}

function outcomes(subject: Subject, plan: Plan, random: Stream, evidence: Evidence): RunOutcome {
  const [closed, open] = [phaseOf(random), phaseOf(random)];
  const { deployed, own, radius, clipFactor, loss } = closed;
  const last = EPOCHS - 1;
  const peak = Math.max(...own);
  const crossing = upTo(EPOCHS - 4).find((e) => radius.slice(e, e + 5).every((r) => r < 1));
  const expected = {
    trainLoss: loss[last],
    clipped: clipFactor.filter((factor) => factor < 1).length,
    deployed: own[last],
    initial: own[0],
    peak,
    peakEpoch: own.indexOf(peak),
    peakHeight: peak / own[0]!,
    radius: radius[last],
    ...(crossing !== undefined && { crossing }),
  };
  same(evidence, 'measures of a phase', subject.measuresOf(closed), expected);
  const falls = upTo(EPOCHS).filter((e) => e > 0 && Math.log(deployed[0]![e]! / deployed[0]![e - 1]!) < -0.005);
  const rises = falls.filter((e) => radius[e]! > radius[e - 1]!);
  const worsens = falls.filter((e) => Math.log(deployed[1]![e]! / deployed[1]![e - 1]!) > 0.005);
  const alone = worsens.filter((e) => !rises.includes(e));
  const counts = {
    intervals: falls.length,
    radiusRises: rises.length,
    longWorsens: worsens.length,
    lossAlone: alone.length,
  };
  same(evidence, 'trade-offs', subject.tradeOffOf(closed), counts);
  const outcome = subject.outcomeOf(plan, { closed, open }, 7);
  const gap = open.own[last]! / own[last]! - 1;
  same(evidence, 'gap', outcome.measures['gap'], gap);
  same(evidence, 'verdicts', outcome.verdicts, {
    peak: Math.max(...open.own) > open.own[0]!,
    gap: gap > 0.05,
    crossing: crossing !== undefined,
    radiusRises: rises.length > 0,
    longWorsens: worsens.length > 0,
    lossAlone: alone.length > 0,
  });
  same(evidence, 'an outcome, to a line and back', parseOutcome(outcomeLine(outcome)), outcome);
  open.loss[3] = Number.NaN;
  const lost = subject.outcomeOf(plan, { closed, open }, 7);
  same(
    evidence,
    'a diverged run',
    [lost.status, lost.diverged, lost.verdicts],
    ['diverged', { phase: 'open', epoch: 3 }, {}],
  );
  return random.uniform() < 0.3 ? lost : outcome;
}

const factorial = (n: number): bigint => upTo(n).reduce((product, k) => product * BigInt(k + 1), 1n);
const choose = (n: number, k: number): bigint => factorial(n) / (factorial(k) * factorial(n - k));

function statistics(subject: Subject, random: Stream, evidence: Evidence): void {
  const [n, m] = [1, 2].map(() => Math.floor(random.uniform(1, 13))) as [number, number];
  const [a, b] = [Math.floor(random.uniform(0, n + 1)), Math.floor(random.uniform(0, m + 1))];
  const table = (k: number): bigint => choose(n, k) * choose(m, a + b - k);
  const tables = upTo(n + 1).filter((k) => a + b - k >= 0 && a + b - k <= m);
  const rare = tables.filter((k) => table(k) <= table(a)).reduce((sum, k) => sum + table(k), 0n);
  const exact = Number(rare) / Number(choose(n + m, a + b));
  evidence.within('Fisher’s test', Math.abs(subject.fisherExact(a, n, b, m) - exact), gamma(256) * exact);

  const others = upTo(n).map(() => Math.floor(random.uniform(0, 9)));
  const value = Math.floor(random.uniform(0, 9));
  const below = others.filter((other) => other <= value).length + 1;
  const above = others.filter((other) => other >= value).length + 1;
  same(evidence, 'rank test', subject.rankTest(value, others), Math.min(1, (2 * Math.min(below, above)) / (n + 1)));

  const values = upTo(9).map(() => random.normal());
  const [low, high] = subject.bootstrapInterval(values, mean, 0.9, random.child('resamples'));
  const stream = random.child('resamples');
  const means = upTo(2000).map(
    () => values.map(() => values[Math.floor(9 * stream.uniform())]!).reduce((x, y) => x + y, 0) / 9,
  );
  const under = (end: number): number => means.filter((each) => each < end).length;
  const over = (end: number): number => means.filter((each) => each > end).length;
  evidence.holds(
    'ends of a bootstrap interval',
    means.includes(low) &&
      means.includes(high) &&
      under(low) <= 100 &&
      over(low) <= 1900 &&
      over(high) <= 100 &&
      under(high) <= 1900,
  );
}

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: cases, runs: 24, block: 12 },
  subject,
  check(subject, instance, evidence) {
    const random = new Stream(instance.seed);
    const campaign = campaignOf(instance);
    const blocks = subject.expand(campaign, 'trial');
    const plans = plansOf(blocks);
    const { agents, perturbations, seeds } = instance;
    const labels = agents.flatMap((agent) =>
      perturbations.map((name) => (perturbations.length === 1 ? agent : `${agent}, ${name}`)),
    );
    same(
      evidence,
      'runs',
      plans.map(({ id }) => id),
      labels.flatMap((label) => upTo(seeds).map((k) => `block/${label}/${k}`)),
    );
    evidence.holds('random numbers of their own', new Set(plans.map((plan) => plan.seed)).size === plans.length);
    evidence.holds('digests of their own', new Set(plans.map(({ digest }) => digest)).size === plans.length);
    evidence.holds('the same trials', new Set(plans.map((plan) => plan.trialsSeed)).size === 1);
    const chosen = plans[Math.floor(random.uniform(0, plans.length))];
    if (chosen) run(subject, chosen, instance, evidence);
    statistics(subject, random.child('statistics'), evidence);

    const ended = plans.flatMap((plan): RunOutcome[] => {
      const outcome = outcomes(subject, plan, random.child(plan.id), evidence);
      return random.child(`${plan.id} ends`).uniform() < 0.8 ? [outcome] : [];
    });
    const summary = subject.summarise(campaign, blocks, new Map(ended.map((outcome) => [outcome.id, outcome])));
    const finished = ended.filter(({ status }) => status === 'finished');
    same(
      evidence,
      'counts of a campaign',
      [summary.runs, summary.finished, summary.diverged, summary.missing],
      [plans.length, finished.length, ended.length - finished.length, plans.length - ended.length],
    );
    const [block] = summary.blocks;
    if (finished.length > 0) {
      same(evidence, 'a proportion', block!.proportions['gap'], [
        finished.filter(({ verdicts }) => verdicts['gap']).length,
        ended.length,
      ]);
      const gaps = finished.map(({ measures }) => measures['gap']!);
      const { n, median, mean: average } = block!.measures['gap']!;
      const half = gaps.filter((gap) => gap <= median).length;
      evidence.holds(
        'median and mean',
        n === gaps.length && 2 * half >= n && 2 * gaps.filter((gap) => gap >= median).length >= n,
      );
      evidence.within(
        'mean',
        Math.abs(average! - gaps.reduce((x, y) => x + y, 0) / n),
        gamma(2 * n + 2) * gaps.reduce((x, y) => x + Math.abs(y), 0),
      );
    }
    evidence.classify('runs of a tanh agent', agents.includes('tanh'));
    evidence.classify('a run diverges', ended.length > finished.length);
  },
  floors: { 'runs of a tanh agent': 0.4, 'a run diverges': 0.3 },
  mutants: mutantsOf(subject, {
    'the last seed left out': {
      expand: (...file) =>
        expand(...file).map((block) => ({
          ...block,
          conditions: block.conditions.map((one) => ({ ...one, plans: one.plans.slice(1) })),
        })),
    },
    'diverged runs left out of proportions': {
      summarise: (campaign, blocks, ended) =>
        summarise(campaign, blocks, new Map([...ended].filter(([, { status }]) => status === 'finished'))),
    },
    'one tail of Fisher’s test': { fisherExact: (...table) => fisherExact(...table) / 2 },
    'weights of another run': { pairOf: (plan) => pairOf({ ...plan, seed: plan.seed + 1 }) },
    'a gap of any size': {
      outcomeOf: (...run) => {
        const outcome = outcomeOf(...run);
        return { ...outcome, verdicts: { ...outcome.verdicts, gap: (outcome.measures['gap'] ?? 0) > 0 } };
      },
    },
  }),
});
