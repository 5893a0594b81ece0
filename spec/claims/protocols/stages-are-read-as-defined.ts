/**
 * Claim: what is read off a curve is what its definition says, tried on every epoch.
 */
import fc from 'fast-check';
import { orderParametersIn } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import type { Complex } from '#src/linalg/eigen.js';
import { frobenius, type Mat, matrix, times, trace } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { eigenvalueBackwardError, gamma } from '#src/linalg/tolerance.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChain } from '#src/plant/integrator.js';
import { acquisitions, continuousModes, highestFrequency, highestLoss } from '#src/stages/acquisition.js';
import { peakOf, peakRatioOf } from '#src/stages/peak.js';
import { type StageRow, spectralStages, stabilisation, stageFollower, stageRowsOf } from '#src/stages/spectral.js';
import { measuredTurn } from '#src/stages/turn.js';
import { statement } from '#src/theory/protocols/stages-are-read-as-defined.js';
import { zigZag } from '#src/theory/stage-two/clipped-steps-hop-along-input-weights.js';
import { emptyCurve, spectraOf, spectrumOf } from '#src/training/curve.js';
import { type Drawn, leak, plain, seed } from '../../generators/number.js';
import { timeStep } from '../../generators/plant.js';
import { same, upTo } from '../../support/measure.js';

const cases = plain({
  epochs: fc.integer({ min: 6, max: 40 }),
  rank: fc.integer({ min: 1, max: 2 }),
  order: fc.integer({ min: 1, max: 3 }),
  units: fc.integer({ min: 1, max: 5 }),
  dt: timeStep,
  leak,
  seed,
});
type Case = Drawn<typeof cases>;

const subject = {
  spectralStages,
  stabilisation,
  stageFollower,
  stageRowsOf,
  measuredTurn,
  peakRatioOf,
  peakOf,
  acquisitions,
  highestLoss,
  zigZag,
  continuousModes,
  spectrumOf,
};
type Subject = typeof subject;

/** Epochs that a stage lasts. */
const LASTS = 5;

/** First epoch from which a condition lasts, by trying every one. */
const firstLasting = (met: readonly boolean[], lasts = LASTS): number | undefined =>
  upTo(met.length).find((from) => from + lasts <= met.length && met.slice(from, from + lasts).every(Boolean));

/** Series whose conditions come in stretches, so that some last and some do not. */
function stretches(length: number, random: Stream): number[] {
  const values: number[] = [];
  while (values.length < length) {
    const level = random.uniform();
    for (let k = Math.floor(random.uniform(1, 9)); k > 0 && values.length < length; k--) values.push(level);
  }
  return values;
}

function stages(subject: Subject, { epochs }: Case, random: Stream, evidence: Evidence): void {
  const [gains, sizes, kinds] = [0, 1, 2].map((k) => stretches(epochs, random.child(`series ${k}`)));
  const thirds = upTo(epochs).map(() => random.uniform(-0.2, 0.9));
  const rows = upTo(epochs).map((e): StageRow => {
    const radius = sizes![e]! < 0.5 ? 0.95 : 1.1;
    const pair: Complex[] =
      kinds![e]! < 0.7
        ? [
            { re: 0, im: radius },
            { re: 0, im: -radius },
          ]
        : [{ re: -radius, im: 0 }];
    const spectrum = { eigenvalues: [...pair, { re: thirds[e]!, im: 0 }], radius, stable: radius < 1 };
    return { gainNegative: gains![e]! < 0.7, spectrum: sizes![e]! > 0.97 ? undefined : spectrum };
  });
  const one = firstLasting(
    rows.map(
      ({ gainNegative, spectrum }) =>
        gainNegative && spectrum !== undefined && !spectrum.stable && spectrum.eigenvalues[0]!.im !== 0,
    ),
  );
  const stable = rows.map(({ spectrum }) => spectrum?.stable === true);
  const two = firstLasting(stable);
  const good = upTo(epochs).find((from) => stable.slice(from).every(Boolean));
  const real =
    two === undefined
      ? []
      : rows
          .slice(two)
          .flatMap(({ spectrum }) =>
            spectrum ? Math.max(...spectrum.eigenvalues.filter(({ im }) => im === 0).map(({ re }) => re)) : [],
          );
  const found = subject.spectralStages(rows);
  same(evidence, 'end of stage 1', found.stage1End, one);
  same(evidence, 'end of stage 2', found.stage2End, two);
  same(evidence, 'stable for good', found.stableForGood, good);
  same(evidence, 'growth of stage 3', found.stage3Growth, two === undefined ? undefined : Math.max(...real) - real[0]!);
  const follow = subject.stageFollower();
  const followed = rows.map((row) => follow(row)).at(-1)!;
  same(evidence, 'the stage followed', followed.number, two !== undefined ? 3 : one !== undefined ? 2 : 1);
  // Uncertain epochs may be stable or not.
  const known = upTo(epochs).map((e) => (kinds![e]! < 0.2 ? undefined : stable[e]));
  const { earliest, latest } = subject.stabilisation((e) => known[e], epochs);
  const most = firstLasting(known.map((each) => each !== false));
  const least = firstLasting(known.map((each) => each === true));
  same(evidence, 'earliest stabilisation', earliest, most);
  same(evidence, 'latest stabilisation', latest, least);
  evidence.classify('stage 1 ends', one !== undefined);
  evidence.classify('stage 2 ends', two !== undefined);
}

function series(subject: Subject, { epochs }: Case, random: Stream, evidence: Evidence): void {
  const losses = upTo(epochs).map(() => Math.exp(random.normal()));
  const pairs = upTo(epochs).flatMap((e) =>
    upTo(e).map((before) => ({ factor: losses[e]! / losses[before]!, epoch: e })),
  );
  const best = pairs.reduce((a, b) => (b.factor > a.factor ? b : a), { factor: 1, epoch: 0 });
  same(evidence, 'peak ratio', subject.peakRatioOf(losses), best);
  same(evidence, 'peak', subject.peakOf(losses), {
    loss: Math.max(...losses),
    epoch: losses.indexOf(Math.max(...losses)),
  });

  const curve = emptyCurve({ N: 0, c: 1, p: 1, r: 1 }, 2, epochs);
  const steps = upTo(epochs).map((e) => random.normal() - (e < epochs / 2 ? 2 : 0));
  const zm = steps.map((_, e) => steps.slice(0, e + 1).reduce((a, b) => a + b, 0));
  zm.forEach((value, e) => {
    curve.overlaps[4 * e] = value;
  });
  const turn = upTo(epochs - 1).find((e) => !(zm[e + 1]! < zm[e]!));
  same(evidence, 'turn', subject.measuredTurn(curve), turn ?? epochs);
  const [from, to] = [1, epochs];
  const moves = upTo(to - from - 1).map((k) => zm[from + k + 1]! - zm[from + k]!);
  const turned = upTo(moves.length - 1).filter((k) => moves[k]! * moves[k + 1]! < 0).length;
  const counted = moves.slice(0, -1).map(Math.abs);
  const { alternation, width, median } = subject.zigZag(curve.overlaps, epochs, from, to);
  same(evidence, 'alternation', alternation, turned / counted.length);
  evidence.within(
    'width',
    Math.abs(width - counted.reduce((a, b) => a + b, 0) / counted.length),
    gamma(epochs + 2) * width,
  );
  // As many are smaller as larger.
  const smaller = counted.filter((size) => size < median).length;
  evidence.holds('median', counted.includes(median) && smaller === Math.floor(counted.length / 2));

  const harmonicLoss = Float64Array.from({ length: epochs }, () => 2.67 * random.uniform());
  const tracked = { epochs, harmonics: 1, harmonicLoss };
  const epoch = upTo(epochs).find((e) => harmonicLoss[e]! < 1.3);
  const begun = epoch === undefined ? undefined : (upTo(epoch).findLast((e) => harmonicLoss[e]! > 2) ?? 0);
  const done = epoch === undefined ? undefined : upTo(epochs).find((e) => e >= epoch && harmonicLoss[e]! < 1);
  const [acquired] = subject.acquisitions(tracked);
  same(evidence, 'acquisition', [acquired?.begun, acquired?.epoch, acquired?.done], [begun, epoch, done]);
  const window = harmonicLoss.slice(1, Math.min(epochs, 5));
  same(evidence, 'highest loss', subject.highestLoss(tracked, 0, 1, 4), Math.max(...window));
}

/** Power sums of eigenvalues are traces of powers, and conjugates come in pairs. */
function powerSums(evidence: Evidence, quantity: string, A: Mat<number>, values: readonly Complex[]): void {
  const size = frobenius(A);
  const n = A.rows;
  evidence.within(`${quantity}: how many`, Math.abs(values.length - n), 0);
  let power = A;
  let now = values;
  for (let k = 1; k <= 4; k++) {
    // A + E has the eigenvalues: tr (A + E)^k − tr A^k is k‖E‖(‖A‖ + ‖E‖)^{k−1}·n at most.
    const error = eigenvalueBackwardError(n) * size;
    const bound = n * k * (error + gamma(2 * n * k) * size) * (size + error) ** (k - 1);
    const [re, im] = [now.reduce((sum, z) => sum + z.re, 0), now.reduce((sum, z) => sum + z.im, 0)];
    evidence.within(`${quantity}: power sum ${k}`, Math.abs(re - trace(reals, power)), bound);
    evidence.within(`${quantity}: imaginary power sum ${k}`, Math.abs(im), bound);
    power = times(power, A);
    now = now.map((z, j) => ({
      re: z.re * values[j]!.re - z.im * values[j]!.im,
      im: z.re * values[j]!.im + z.im * values[j]!.re,
    }));
  }
}

function spectra(subject: Subject, { rank, order, units, dt, leak }: Case, random: Stream, evidence: Evidence): void {
  const plant = integratorChain(order, dt);
  const K = matrix(1 + rank, 1 + rank, () => random.normal());
  const spectrum = subject.spectrumOf(plant, leak, orderParametersIn(K, 1, 1))!;
  powerSums(evidence, 'P_eff', effectiveMatrix(reals, plant, leak, orderParametersIn(K, 1, 1)), spectrum.eigenvalues);
  const radius = spectrum.eigenvalues.reduce((most, { re, im }) => Math.max(most, Math.sqrt(re * re + im * im)), 0);
  evidence.within('spectral radius', Math.abs(spectrum.radius - radius), gamma(8) * radius);
  // A radius away from one by more than the error of roots (Elsner 1985) tells stability.
  const P = effectiveMatrix(reals, plant, leak, orderParametersIn(K, 1, 1));
  const size = 2 * frobenius(P);
  const off = size ** (1 - 1 / P.rows) * (eigenvalueBackwardError(P.rows) * size) ** (1 / P.rows);
  if (Math.abs(radius - 1) > off) same(evidence, 'stable by the radius', spectrum.stable, radius < 1);

  const curve = emptyCurve({ N: 0, c: 1, p: 1, r: rank }, order, 2);
  curve.overlaps.set(K.data);
  curve.overlaps.set(
    K.data.map((value) => -value),
    K.data.length,
  );
  const rows = subject.stageRowsOf(curve, spectraOf(curve, plant, leak));
  same(
    evidence,
    'σ_zm < 0',
    rows.map(({ gainNegative }) => gainNegative),
    [K.data[0]! < 0, K.data[0]! > 0],
  );

  const W = matrix(units, units, () => random.normal());
  const rate = leak / dt;
  const modes = subject.continuousModes(W, leak, dt);
  const shifted = matrix(units, units, (i, j) => rate * (W.data[i * units + j]! - (i === j ? 1 : 0)));
  powerSums(evidence, 'modes', shifted, modes);
  same(evidence, 'highest frequency', highestFrequency(modes), Math.max(0, ...modes.map(({ im }) => im)));
}

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: cases, runs: 300, block: 150 },
  subject,
  check(subject, instance, evidence) {
    const random = new Stream(instance.seed);
    stages(subject, instance, random.child('stages'), evidence);
    series(subject, instance, random.child('series'), evidence);
    spectra(subject, instance, random.child('spectra'), evidence);
  },
  floors: { 'stage 1 ends': 0.2, 'stage 2 ends': 0.3 },
  mutants: mutantsOf(subject, {
    'stages a row late': { spectralStages: (rows) => spectralStages(rows.slice(1)) },
    'a loss compared with its start': {
      peakRatioOf: (losses) => {
        const peak = Math.max(...Array.from(losses));
        return { factor: peak / losses[0]!, epoch: Array.from(losses).indexOf(peak) };
      },
    },
    'modes a millionth fast': { continuousModes: (W, leak, dt) => continuousModes(W, leak * (1 + 1e-6), dt) },
    'a radius a millionth large': {
      spectrumOf: (...loop) => {
        const spectrum = spectrumOf(...loop);
        return spectrum && { ...spectrum, radius: spectrum.radius * (1 + 1e-6) };
      },
    },
  }),
});
