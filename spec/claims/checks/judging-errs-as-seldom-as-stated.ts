/**
 * Claim: tests, tails and bounds have the error rates that are stated, with controls on either side.
 */
import fc from 'fast-check';
import { lowRankInitial } from '#src/agent/initial.js';
import { agentOver } from '#src/agent/linear.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { Evidence, ratioOf } from '#src/claims/evidence.js';
import { quantile } from '#src/claims/prediction.js';
import { confidenceSequence, decideProportion } from '#src/claims/proportion.js';
import { SpreadTally } from '#src/claims/spread.js';
import { exitCode, mutantExitCode } from '#src/claims/verdict.js';
import { dualsOver } from '#src/linalg/dual.js';
import { majorants } from '#src/linalg/majorant.js';
import { identity, sumOfSquares } from '#src/linalg/matrix.js';
import { median } from '#src/linalg/median.js';
import { Stream } from '#src/linalg/random.js';
import { sum } from '#src/linalg/ring.js';
import {
  adjointRoundings,
  binomialShortfall,
  FALSE_ALARM_PER_FILE,
  FALSE_ALARM_PER_PROPORTION,
  gamma,
  largestNormalMoment,
  normalQuadraticTail,
  SHADOWS,
  shadowFalseAlarm,
  shadowNoise,
  UNIT_ROUNDOFF,
  unitRoundoff,
} from '#src/linalg/tolerance.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChain } from '#src/plant/integrator.js';
import { plantOver } from '#src/plant/plant.js';
import { statement } from '#src/theory/checks/judging-errs-as-seldom-as-stated.js';
import { emptyCurve } from '#src/training/curve.js';
import { compareCurves, type Tolerances } from '#src/training/shadow.js';
import { type Drawn, plain, seed } from '../../generators/number.js';

const cases = plain({
  /** In hundredths. */
  atLeast: fc.integer({ min: 50, max: 97 }),
  gap: fc.integer({ min: 10, max: 30 }),
  N: fc.integer({ min: 1, max: 3 }),
  order: fc.integer({ min: 1, max: 3 }),
  horizon: fc.integer({ min: 3, max: 12 }),
  trials: fc.integer({ min: 5, max: 60 }),
  seed,
});
type Case = Drawn<typeof cases>;

const subject = {
  decideProportion,
  alpha: FALSE_ALARM_PER_PROPORTION,
  binomialShortfall,
  shadows: SHADOWS,
  adjointRoundings,
  compareCurves,
  confidenceSequence,
};
type Subject = typeof subject;

/** 1/α of a proportion. */
const ODDS = 2n ** 21n;

/** The likelihood ratio of a sequence, in whole numbers, trial by trial: the first that is 2²¹ to one decides. */
function proportions(subject: Subject, { atLeast, gap }: Case, random: Stream, evidence: Evidence): void {
  const [a, b] = [atLeast, atLeast - gap];
  const rate = random.uniform(b / 100 - 0.2, Math.min(1, a / 100 + 0.2));
  const trials = Array.from({ length: 1500 }, () => random.uniform() < rate);
  let [forIt, against] = [1n, 1n];
  let expected: readonly [string, number | undefined] = ['undecided', undefined];
  for (const [k, success] of trials.entries()) {
    forIt *= BigInt(success ? a : 100 - a);
    against *= BigInt(success ? b : 100 - b);
    if (forIt >= ODDS * against) expected = ['holds', k + 1];
    if (against >= ODDS * forIt) expected = ['refuted', k + 1];
    if (expected[1] !== undefined) break;
  }
  const proportion = { name: 'x', atLeast: a / 100, refutedBelow: b / 100 };
  const {
    status,
    decidedAfter,
    successes,
    rate: interval,
  } = subject.decideProportion(proportion, trials, subject.alpha);
  evidence.holds(
    `proportion ${expected[0]} after ${expected[1]}`,
    status === expected[0] && decidedAfter === expected[1],
  );
  evidence.classify('a proportion is refuted', status === 'refuted');
  evidence.classify('a proportion holds', status === 'holds');
  // ∫ p^s (1 − p)^f dp = s! f!/(n + 1)!, by the midpoint rule; the ends of the sequence are where it is 20 times the likelihood.
  const few = trials.slice(0, 60);
  const s = few.filter(Boolean).length;
  const likelihood = (p: number): number => p ** s * (1 - p) ** (60 - s);
  const steps = 4096;
  const mean =
    Array.from({ length: steps }, (_, k) => likelihood((k + 0.5) / steps)).reduce((x, y) => x + y, 0) / steps;
  for (const end of subject.confidenceSequence(s, 60))
    if (end > 0 && end < 1)
      evidence.within('end of a confidence sequence', Math.abs((20 * likelihood(end)) / mean - 1), 1e-3);
  evidence.holds('the rate is inside its sequence', interval[0] <= successes / 1500 && successes / 1500 <= interval[1]);
}

/** Tails, summed over all outcomes. */
function tails(subject: Subject, { trials: n, atLeast }: Case, random: Stream, evidence: Evidence): void {
  const p = atLeast / 100;
  const k = Math.floor(random.uniform(0, n * p));
  let [term, exact] = [(1 - p) ** n, 0];
  for (let j = 0; j <= k; j++) {
    exact += term;
    term *= ((n - j) / (j + 1)) * (p / (1 - p));
  }
  const bound = subject.binomialShortfall(k, n, p);
  evidence.within('binomial tail over its bound', exact / bound, 1 + gamma(16 * n));
  evidence.within('bound over n + 1 tails', bound / ((n + 1) * exact), 1 + gamma(16 * n));
  // The mean of n squares of normals: at the bound of Laurent and Massart the log of Chernoff's bound is x, or more.
  const x = Math.log(2 * 2 ** 40);
  const reach = normalQuadraticTail(1, n);
  const chernoff = (n / 2) * (reach - Math.log1p(reach));
  evidence.within('x over the exponent of a χ² tail', x / chernoff, 1);
  evidence.within('exponent of a χ² tail over 2x', chernoff / (2 * x), 1);
  const moment = (of: number): number => (of === 0 ? 1 : (of - 1) * moment(of - 2));
  for (const power of [2, 4, 8, 12]) {
    // Of one normal, exactly (power − 1)!!; of more at most so many times as much.
    const single = largestNormalMoment(power, 1);
    evidence.within('moment of one normal over its bound', moment(power) / single, 1);
    evidence.within(
      'bound over count × moments of a normal',
      largestNormalMoment(power, n) / (n * single),
      1 + gamma(64),
    );
  }
  evidence.within('γ_n', Math.abs(gamma(n) * (1 - n * 2 ** -53) - n * 2 ** -53), gamma(4) * gamma(n));
  evidence.holds(
    'unit roundoffs',
    1 + UNIT_ROUNDOFF === 1 &&
      1 + 2.000001 * UNIT_ROUNDOFF > 1 &&
      Math.fround(1 + unitRoundoff('f32')) === 1 &&
      Math.fround(1 + 2.001 * unitRoundoff('f32')) > 1,
  );
  evidence.within('noise of shadows', Math.abs(shadowNoise(n) ** 2 - n * 2 ** -106), gamma(8) * n * 2 ** -106);
}

/** The most that shadow runs compare, as stated beside their plans. */
const EVERYTHING = { numbers: 2 ** 16, channels: 5, growth: 2 ** 53 };
const FALSE_ALARM = 1e-8;

/** Plans of shadow runs: the least power of two that errs seldom enough. */
function plans({ shadows }: Subject, evidence: Evidence): void {
  for (const { count, multiple, falseAlarm } of [shadows.cases, shadows.run]) {
    const at = (factor: number): number => shadowFalseAlarm({ count, multiple: factor }, EVERYTHING);
    // E (√(2/π) √2 e^{1/n} max |Z| / multiple)^n in every stage and channel, by logarithms.
    const moment = Math.log(largestNormalMoment(count, EVERYTHING.numbers));
    const stage = Math.exp(1 + count * Math.log(2 / Math.sqrt(Math.PI) / multiple) + moment);
    const stated = 5 * (count * 53 * Math.LN2 + 1) * stage;
    evidence.within('false alarm of a plan', Math.abs(falseAlarm / stated - 1), 1e-9);
    evidence.within('false alarms of shadows', falseAlarm, FALSE_ALARM);
    evidence.within('false alarms that half the multiple allows', FALSE_ALARM / at(multiple / 2), 1);
  }
  evidence.holds('rates of false alarms', FALSE_ALARM_PER_FILE === 2 ** -20 && shadows.ceiling === 2 ** -10);
}

/** The longest path of roundings through a loop and its derivative, counted by numbers that carry their own. */
function roundings(subject: Subject, { N, order, horizon }: Case, random: Stream, evidence: Evidence): void {
  const agent = agentOver(dualsOver(majorants), lowRankInitial({ N, c: 1, p: 1, r: 1 }, 1, random));
  const R = dualsOver(majorants);
  const plant = plantOver(R, integratorChain(order, 1));
  const { x, u } = rollout(R, plant, agent, identity(R, order), horizon);
  const { tangent } = sum(
    R,
    [...x, ...u].map((each) => sumOfSquares(R, each)),
  );
  const granted = subject.adjointRoundings({ n: order, N, c: 1, p: 1, r: 1 }, horizon, order);
  evidence.within('roundings on the longest path, over those granted', tangent.roundings / granted, 1);
  evidence.within('roundings granted, over eight times the path', granted / (8 * tangent.roundings), 1);
}

/** Curves that differ by a little less than their tolerance, and by a little more. */
function comparisons({ compareCurves }: Subject, random: Stream, evidence: Evidence): void {
  const epochs = 6;
  const curve = emptyCurve({ N: 2, c: 1, p: 1, r: 1 }, 2, epochs);
  for (const column of [curve.loss, curve.gradNorm, curve.clipFactor, curve.overlaps, curve.gram])
    for (let k = 0; k < column.length; k++) column[k] = random.uniform(1, 2);
  const tolerance = 2 ** -20;
  const constant = new Float64Array(epochs).fill(tolerance);
  const tolerances: Tolerances = {
    loss: constant,
    gradNorm: constant,
    overlaps: constant,
    gram: constant,
    clipFactor: constant,
  };
  const at = Math.floor(random.uniform(0, epochs));
  for (const column of ['loss', 'gradNorm', 'clipFactor'] as const)
    for (const [factor, apart] of [
      [0.5, false],
      [2.5, true],
    ] as const) {
      const moved = curve[column].map((value, e) => (e === at ? value * (1 + factor * tolerance) : value));
      const { decisive, compared } = compareCurves({ ...curve, [column]: moved }, curve, tolerances, 'f64');
      evidence.holds(
        `${column} ${apart ? 'beyond' : 'within'} its tolerance`,
        decisive!.difference > decisive!.tolerance === apart,
      );
      evidence.holds('all epochs are compared up to a difference', compared === (apart ? at + 1 : epochs));
    }
}

/** The small parts of a verdict, by their definitions. */
function parts(random: Stream, evidence: Evidence): void {
  const values = Array.from({ length: 9 }, () => random.normal());
  const sorted = values.toSorted((a, b) => a - b);
  evidence.holds(
    'median',
    median(values) === sorted[4] && median(values.slice(0, 2)) === (values[0]! + values[1]!) / 2,
  );
  evidence.holds(
    'quantiles',
    [0, 0.25, 0.5, 1].every((q) => quantile(sorted, q) === sorted[8 * q]),
  );
  evidence.within('quantile between', Math.abs(quantile(sorted, 1 / 16) - (sorted[0]! + sorted[1]!) / 2), gamma(8) * 4);
  const measured = new Evidence();
  const ratios = values.map((value) => Math.abs(value) / 4);
  for (const ratio of ratios) measured.within('x', 3 * ratio, 3);
  evidence.holds('the worst measurement', Math.abs(ratioOf(measured.worst()!) - Math.max(...ratios)) <= gamma(4));
  const tally = new SpreadTally();
  const tried = [0, ...ratios.map((ratio) => ratio / 2)];
  for (const ratio of tried) tally.count(ratio);
  const bins = Array.from(
    { length: 16 },
    (_, k) =>
      tried.filter((ratio) => ratio > (k === 0 ? 0 : 10 ** ((k - 16) / 2)) && ratio <= 10 ** ((k - 15) / 2)).length,
  );
  evidence.holds('spread', JSON.stringify(tally.spread) === JSON.stringify({ exact: 1, within: bins }));
  const verdicts = (...statuses: ('holds' | 'refuted' | 'undecided')[]) => statuses.map((status) => ({ status }));
  evidence.holds(
    'exit codes',
    [
      exitCode(verdicts('holds')),
      exitCode(verdicts('holds', 'refuted', 'undecided')),
      exitCode(verdicts('holds', 'undecided')),
      exitCode([]),
    ].join() === '0,1,3,3' &&
      [
        mutantExitCode(verdicts('refuted')),
        mutantExitCode(verdicts('holds', 'undecided')),
        mutantExitCode(verdicts('undecided', 'refuted')),
      ].join() === '0,1,3',
  );
}

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: cases, runs: 150, block: 75 },
  subject,
  check(subject, instance, evidence) {
    const random = new Stream(instance.seed);
    proportions(subject, instance, random.child('proportions'), evidence);
    tails(subject, instance, random.child('tails'), evidence);
    plans(subject, evidence);
    roundings(subject, instance, random.child('roundings'), evidence);
    comparisons(subject, random.child('comparisons'), evidence);
    parts(random.child('parts'), evidence);
  },
  floors: { 'a proportion is refuted': 0.1, 'a proportion holds': 0.1 },
  mutants: mutantsOf(subject, {
    'proportions decided at four fifths of the evidence': { alpha: FALSE_ALARM_PER_PROPORTION ** 0.8 },
    'a shadow multiple twice as large': {
      shadows: { ...SHADOWS, cases: { ...SHADOWS.cases, multiple: 2 * SHADOWS.cases.multiple } },
    },
    'ten times the roundings': { adjointRoundings: (...sizes) => 10 * adjointRoundings(...sizes) },
    'a fifth of the roundings': { adjointRoundings: (...sizes) => adjointRoundings(...sizes) / 5 },
    'a shortfall of half the evidence': { binomialShortfall: (...tail) => Math.sqrt(binomialShortfall(...tail)) },
    'a confidence sequence at 90 %': {
      confidenceSequence: (successes, trials) => confidenceSequence(successes, trials, 0.1),
    },
  }),
});
