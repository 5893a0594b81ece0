/**
 * Claim: what all else is computed with keeps the identities that define it.
 */
import fc from 'fast-check';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { DOMINANT_DISTANCE, dominantEigenvalues } from '#src/linalg/dominant.js';
import { dualsOver } from '#src/linalg/dual.js';
import { semidefiniteFactor, triangularFactor } from '#src/linalg/factor.js';
import { rationalField, realField, solveSemidefinite } from '#src/linalg/field.js';
import { intervals } from '#src/linalg/interval.js';
import { leastSquares, linearFit } from '#src/linalg/least-squares.js';
import {
  absolute,
  add,
  at,
  blocks,
  build,
  frobenius,
  fromRows,
  identity,
  largestEntry,
  type Mat,
  map,
  matrix,
  multiply,
  rowTimes,
  scalarMatrix,
  scale,
  subtract,
  sumOfSquares,
  times,
  toRows,
  trace,
  transpose,
} from '#src/linalg/matrix.js';
import { characteristic, convolve, difference, evaluate } from '#src/linalg/polynomial.js';
import { Stream } from '#src/linalg/random.js';
import { divide, fromDouble, type Rational, rational, rationals, toDouble } from '#src/linalg/rational.js';
import { integers, power, product, reals, sum } from '#src/linalg/ring.js';
import {
  eigenvalueBackwardError,
  FALSE_ALARM_PER_CASE,
  gamma,
  normalQuadraticTail,
  semidefiniteFactorError,
} from '#src/linalg/tolerance.js';
import { affine, axpy, combine, dot, products, transposeInto } from '#src/linalg/vector.js';
import { statement } from '#src/theory/checks/linear-algebra-keeps-its-identities.js';
import { type Drawn, plain, seed } from '../../generators/number.js';
import { exactlyEqual, upTo } from '../../support/measure.js';

const cases = plain({
  rows: fc.integer({ min: 1, max: 4 }),
  cols: fc.integer({ min: 1, max: 4 }),
  /** Entries of stretches: odd ones too, since loops are unrolled. */
  length: fc.integer({ min: 1, max: 19 }),
  seed,
});
type Case = Drawn<typeof cases>;

const subject = {
  multiply: (A: Mat<bigint>, B: Mat<bigint>): Mat<bigint> => multiply(integers, A, B),
  dot,
  intervals,
  semidefiniteFactor,
  triangularFactor,
  linearFit,
  dominantEigenvalues,
  stream: (seed: number): Stream => new Stream(seed),
};
type Subject = typeof subject;

const R = rationals;

/** A whole number from −9 to 9. */
const whole = (random: Stream): number => Math.floor(random.uniform(-9, 10));
const wholes = (rows: number, cols: number, random: Stream): Mat<bigint> =>
  build(rows, cols, () => BigInt(whole(random)));
const asDoubles = (A: Mat<bigint>): Mat<number> => map(A, Number);
const asRationals = (A: Mat<bigint>): Mat<Rational> => map(A, (value) => rational(value));

function equal(
  evidence: Evidence,
  quantity: string,
  a: ArrayLike<bigint | number>,
  b: ArrayLike<bigint | number>,
): void {
  evidence.holds(quantity, a.length === b.length && upTo(a.length).every((k) => Number(a[k]) === Number(b[k])));
}

function matrices(subject: Subject, { rows, cols, length }: Case, random: Stream, evidence: Evidence): void {
  const [A, B, D] = [wholes(rows, cols, random), wholes(cols, length, random), wholes(rows, cols, random)];
  const entries = (of: (i: number, j: number) => bigint, m = rows, n = cols): bigint[] =>
    upTo(m).flatMap((i) => upTo(n).map((j) => of(i, j)));
  const a = (i: number, j: number): bigint => A.data[i * cols + j]!;
  const d = (i: number, j: number): bigint => D.data[i * cols + j]!;
  const inner = (i: number, j: number): bigint =>
    upTo(cols).reduce((total, k) => total + a(i, k) * B.data[k * length + j]!, 0n);
  equal(evidence, 'product', subject.multiply(A, B).data, entries(inner, rows, length));
  equal(evidence, 'product of doubles', times(asDoubles(A), asDoubles(B)).data, entries(inner, rows, length));
  equal(
    evidence,
    'sum',
    add(integers, A, D).data,
    entries((i, j) => a(i, j) + d(i, j)),
  );
  equal(
    evidence,
    'difference',
    subtract(integers, A, D).data,
    entries((i, j) => a(i, j) - d(i, j)),
  );
  equal(
    evidence,
    'multiple',
    scale(integers, 3n, A).data,
    entries((i, j) => 3n * a(i, j)),
  );
  equal(
    evidence,
    'transpose',
    transpose(A).data,
    entries((i, j) => a(j, i), cols, rows),
  );
  equal(
    evidence,
    'sizes',
    absolute(asDoubles(A)).data,
    entries((i, j) => (a(i, j) < 0n ? -a(i, j) : a(i, j))),
  );
  equal(evidence, 'rows and back', fromRows(toRows(asDoubles(A))).data, A.data);
  equal(
    evidence,
    'blocks',
    blocks([
      [A, D],
      [D, A],
    ]).data,
    entries((i, j) => (i < rows === j < cols ? a(i % rows, j % cols) : d(i % rows, j % cols)), 2 * rows, 2 * cols),
  );
  const squares = A.data as readonly bigint[];
  const total = squares.reduce((sum, value) => sum + value * value, 0n);
  equal(
    evidence,
    'sum of squares',
    [sumOfSquares(integers, A, D)],
    [total + (D.data as readonly bigint[]).reduce((s, v) => s + v * v, 0n)],
  );
  evidence.within('Frobenius norm', Math.abs(frobenius(asDoubles(A)) ** 2 - Number(total)), gamma(64) * Number(total));
  equal(
    evidence,
    'largest entry',
    [largestEntry(asDoubles(A))],
    [Math.max(...squares.map((value) => Math.abs(Number(value))))],
  );
  equal(
    evidence,
    'row times vector',
    [rowTimes(asDoubles(A), rows - 1, upTo(cols))],
    [upTo(cols).reduce((s, k) => s + Number(a(rows - 1, k)) * k, 0)],
  );
  equal(
    evidence,
    'scalar and identity',
    [...scalarMatrix(2, 5).data, ...(identity(reals, 2).data.valueOf() as number[])],
    [5, 0, 0, 5, 1, 0, 0, 1],
  );

  const S = wholes(rows, rows, random);
  equal(evidence, 'trace', [trace(integers, S)], [upTo(rows).reduce((s, k) => s + S.data[k * rows + k]!, 0n)]);
  const chi = characteristic(integers, S);
  const powers = upTo(rows + 1).map((k) =>
    k === 0 ? identity(integers, rows) : multiply(integers, identity(integers, rows), ...Array<Mat<bigint>>(k).fill(S)),
  );
  const atItself = powers.map((P, k) => scale(integers, chi[k]!, P)).reduce((x, y) => add(integers, x, y));
  equal(evidence, 'a matrix is a root of its polynomial', atItself.data, Array<bigint>(rows * rows).fill(0n));
  equal(evidence, 'which is monic, of its degree', [chi.length, chi.at(-1)!], [rows + 1, 1n]);
  const [p, q] = [1, 2].map(() => upTo(rows).map(() => BigInt(whole(random)))) as [bigint[], bigint[]];
  const [x, of] = [
    BigInt(whole(random)),
    (poly: readonly bigint[], point: bigint) => poly.reduce((s, c, k) => s + c * point ** BigInt(k), 0n),
  ];
  equal(evidence, 'value of a polynomial', [evaluate(integers, p, x)], [of(p, x)]);
  equal(evidence, 'product of polynomials', [of(convolve(integers, p, q), x)], [of(p, x) * of(q, x)]);
  equal(evidence, 'difference of polynomials', [of(difference(integers, p, q), x)], [of(p, x) - of(q, x)]);
  equal(
    evidence,
    'sums and powers',
    [sum(integers, p), product(integers, q), power(integers, x, 3)],
    [p.reduce((s, v) => s + v), q.reduce((s, v) => s * v), x ** 3n],
  );
}

function stretches({ dot }: Subject, { rows, cols, length: n }: Case, random: Stream, evidence: Evidence): void {
  const draw = (count: number): Float64Array => Float64Array.from({ length: count }, () => whole(random));
  const [a, b, V, c] = [draw(n + 2), draw(n + 3), draw(rows * n), draw(2 * rows)];
  const sumOver = (count: number, of: (k: number) => number): number => upTo(count).reduce((s, k) => s + of(k), 0);
  equal(evidence, 'dot', [dot(a, 2, b, 3, n)], [sumOver(n, (k) => a[2 + k]! * b[3 + k]!)]);
  const added = b.slice();
  axpy(3, a, 2, added, 3, n);
  equal(
    evidence,
    'axpy',
    added,
    b.map((value, k) => (k < 3 ? value : value + 3 * a[k - 1]!)),
  );
  const out = draw(n + 1);
  const into = (run: (target: Float64Array) => void, size = n): Float64Array => {
    const target = out.slice(0, size + 1);
    run(target);
    return target;
  };
  equal(
    evidence,
    'products of a stack',
    into((target) => products(2, V, rows, b, 3, n, target, 1), rows),
    upTo(Math.min(rows, n) + 1).length > 0
      ? [out[0]!, ...upTo(rows).map((q) => 2 * sumOver(n, (k) => V[q * n + k]! * b[3 + k]!))].slice(
          0,
          Math.max(rows, 0) + 1,
        )
      : [],
  );
  equal(
    evidence,
    'leaky update',
    into((target) => affine(2, a, 2, c, 1, V, rows, n, target, 1)),
    [out[0]!, ...upTo(n).map((i) => 2 * a[2 + i]! + sumOver(rows, (q) => c[1 + q]! * V[q * n + i]!))],
  );
  const steps = 2 * cols + 3;
  const [over, weights] = [draw(steps * n + 1), draw(3 * steps)];
  equal(
    evidence,
    'product over time',
    into((target) => combine(weights, 1, 3, over, 1, steps, n, target, 1)),
    [out[0]!, ...upTo(n).map((i) => out[1 + i]! + sumOver(steps, (t) => weights[1 + 3 * t]! * over[1 + t * n + i]!))],
  );
  const flipped = new Float64Array(rows * n + 1);
  transposeInto(V, 0, rows, n, flipped, 1);
  equal(
    evidence,
    'transposed stretch',
    flipped.slice(1),
    upTo(n).flatMap((j) => upTo(rows).map((i) => V[i * n + j]!)),
  );
}

function numbers({ intervals: I }: Subject, random: Stream, evidence: Evidence): void {
  const [a, b, c, d] = upTo(4).map(() => BigInt(whole(random) || 1)) as [bigint, bigint, bigint, bigint];
  const [x, y] = [rational(a, b), rational(c, d)];
  const is = (quantity: string, { numerator, denominator }: Rational, over: bigint, under: bigint): void =>
    evidence.holds(quantity, denominator > 0n && numerator * under === over * denominator);
  is('sum of rationals', R.add(x, y), a * d + c * b, b * d);
  is('difference of rationals', R.sub(x, y), a * d - c * b, b * d);
  is('product of rationals', R.mul(x, y), a * c, b * d);
  is('quotient of rationals', divide(x, y), a * d, b * c);
  evidence.holds('sign of a rational', R.sign(x) === (a * b > 0n ? 1 : -1) && R.sign(R.of(0)) === 0);
  for (const exponent of [-1060, -30, 0, 30, 900]) {
    const value = random.normal() * 2 ** exponent;
    const exact = fromDouble(value);
    evidence.holds('a double, to a rational and back', toDouble(exact) === value);
    // Times 2^1074 every double is whole.
    evidence.holds(
      'the bits of a double',
      exponent !== -30 || exact.numerator * 2n ** 100n === BigInt(value * 2 ** 100) * exact.denominator,
    );
  }
  for (const [name, op] of [
    ['sum', 'add'],
    ['difference', 'sub'],
    ['product', 'mul'],
  ] as const) {
    const [u, v] = [random.normal(), random.normal()];
    const { low, high } = I[op](I.of(u), I.of(v));
    const exact = R[op](fromDouble(u), fromDouble(v));
    const above = R.sign(R.sub(fromDouble(high), exact));
    const below = R.sign(R.sub(exact, fromDouble(low)));
    evidence.holds(`interval of a ${name}`, above === 1 && below === 1);
    evidence.within(
      `width of the interval of a ${name}`,
      high - low,
      2 ** -50 * Math.abs(toDouble(exact)) + 2 ** -1000,
    );
    // Ends of any sign.
    const [s, t] = [1, 2].map(() => {
      const [one, two] = [random.normal(), random.normal()];
      return { low: Math.min(one, two), high: Math.max(one, two) };
    }) as [{ low: number; high: number }, { low: number; high: number }];
    const whole = I[op](s, t);
    for (const p of [s.low, s.high])
      for (const q of [t.low, t.high]) {
        const value = op === 'add' ? p + q : op === 'sub' ? p - q : p * q;
        evidence.holds(`interval of a ${name} of intervals`, whole.low < value && value < whole.high);
      }
    evidence.holds('sign of an interval', I.sign(whole) === (whole.low > 0 ? 1 : whole.high < 0 ? -1 : undefined));
  }
  // x³y − x: 3x²y − 1 by x, x³ by y.
  const D = dualsOver(R);
  const [dx, dy] = [R.of(whole(random)), R.of(whole(random))];
  const [p, q] = [
    { value: x, tangent: dx },
    { value: y, tangent: dy },
  ];
  const { tangent } = D.sub(D.mul(D.mul(D.mul(p, p), p), q), p);
  const cube = product(R, [x, x, x]);
  const slope = R.sub(product(R, [R.of(3), x, x, y]), R.of(1));
  exactlyEqual(evidence, 'derivative', [tangent], [R.add(R.mul(slope, dx), R.mul(cube, dy))]);
}

function factors(subject: Subject, { rows, cols }: Case, random: Stream, evidence: Evidence): void {
  const A = wholes(rows, cols, random);
  const S = multiply(integers, A, transpose(A));
  const Y = wholes(rows, 2, random);
  const M = multiply(integers, S, Y);
  const solved = solveSemidefinite(rationalField, asRationals(S), asRationals(M));
  exactlyEqual(evidence, 'solution of a semidefinite system', multiply(R, asRationals(S), solved), asRationals(M));
  const regular = add(integers, S, scale(integers, 50n, identity(integers, rows)));
  const doubles = solveSemidefinite(realField, asDoubles(regular), asDoubles(multiply(integers, regular, Y)));
  // Its condition is at most 1 + tr S/50.
  const condition = 1 + Number(trace(integers, S)) / 50;
  upTo(2 * rows).forEach((k) => {
    evidence.within(
      'solution in doubles',
      Math.abs(doubles.data[k]! - Number(Y.data[k]!)),
      gamma(64 * rows) * 64 * condition ** 2,
    );
  });
  const X = subject.semidefiniteFactor(asDoubles(S));
  const most = largestEntry(asDoubles(S));
  const back = subtract(reals, times(X, transpose(X)), asDoubles(S));
  evidence.within('X Xᵀ − S', largestEntry(back), semidefiniteFactorError(rows) * most);
  const F = subject.triangularFactor(asDoubles(A));
  const gram = subtract(reals, times(transpose(F), F), times(transpose(asDoubles(A)), asDoubles(A)));
  const size = frobenius(asDoubles(A));
  evidence.within('Fᵀ F − Qᵀ Q', largestEntry(gram), gamma(64 * rows * (cols + 1)) * size * size);
  evidence.holds(
    'upper triangular',
    upTo(F.rows).every((i) => upTo(Math.min(i, F.cols)).every((j) => at(F, i, j) === 0)),
  );

  // More equations than unknowns, of full rank by an identity on top.
  const J = upTo(cols).map((j) =>
    Float64Array.from({ length: rows + cols }, (_, i) => (i < cols ? Number(i === j) : Number(at(A, i - cols, j)))),
  );
  const y = Float64Array.from({ length: rows + cols }, () => whole(random));
  const x = subject.linearFit(J, y);
  const residuals = (at: Float64Array): Float64Array =>
    y.map((value, i) => J.reduce((s, column, j) => s + column[i]! * at[j]!, -value));
  const r = residuals(x);
  const lengths = (v: Float64Array): number => Math.sqrt(dot(v, 0, v, 0, v.length));
  for (const column of J)
    evidence.within(
      'residuals along a column',
      Math.abs(dot(column, 0, r, 0, r.length)),
      gamma(4096) * lengths(column) * (lengths(y) + (size + 2) * lengths(x)),
    );
  const least = dot(r, 0, r, 0, r.length);
  const found = leastSquares(residuals, new Float64Array(cols), new Float64Array(cols).fill(1));
  evidence.within('least squares over the least', found.squares - least, 1e-6 * least + 1e-12);
  const normal = solveSemidefinite(
    rationalField,
    build(cols, cols, (i, j) => rational(BigInt(dot(J[i]!, 0, J[j]!, 0, y.length)))),
    identity(R, cols),
  );
  found.errors().forEach((error, k) => {
    const exact = Math.sqrt(toDouble(at(normal, k, k)));
    evidence.within('standard error', Math.abs(error / exact - 1), 1e-6);
  });
}

/** Eigenvalues put into a matrix of 60 rows: a pair and three real ones, the others small. */
function dominant(subject: Subject, random: Stream, evidence: Evidence): void {
  const n = 60;
  const [radius, angle] = [random.uniform(1, 1.5), random.uniform(0.5, 2.5)];
  const planted = matrix(n, n, (i, j) => {
    if (i < 2 && j < 2) return radius * (i === j ? Math.cos(angle) : i < j ? -Math.sin(angle) : Math.sin(angle));
    return i === j ? (i === 2 ? 0.9 : 0.2 * Math.cos(i)) : 0;
  });
  const v = Float64Array.from({ length: n }, () => random.normal());
  const square = dot(v, 0, v, 0, n);
  const H = matrix(n, n, (i, j) => Number(i === j) - (2 * v[i]! * v[j]!) / square);
  const { eigenvalues } = subject.dominantEigenvalues(times(H, planted, H), { count: 3 }, random);
  evidence.risks(FALSE_ALARM_PER_CASE);
  const expected = [
    { re: radius * Math.cos(angle), im: radius * Math.sin(angle) },
    { re: radius * Math.cos(angle), im: -radius * Math.sin(angle) },
    { re: 0.9, im: 0 },
  ];
  const off = radius * DOMINANT_DISTANCE + 16 * eigenvalueBackwardError(n) * frobenius(planted);
  evidence.holds('as many as were asked for', eigenvalues.length === 3);
  expected.forEach(({ re, im }, k) => {
    const found = eigenvalues[k]!;
    evidence.within('a dominant eigenvalue', Math.hypot(found.re - re, found.im - im), off);
  });
}

/** Moments of 2¹⁴ numbers, and of products with another stream's. */
function randomness(subject: Subject, seed: number, evidence: Evidence): void {
  const count = 2 ** 14;
  const [one, two] = ['one', 'two'].map((label) => subject.stream(seed).child(label)) as [Stream, Stream];
  const again = subject.stream(seed).child('one');
  // Hoeffding: a mean of numbers in [0, 1].
  const reach = Math.sqrt(Math.log(2 / FALSE_ALARM_PER_CASE) / (2 * count));
  const mean = (of: () => number): number => upTo(count).reduce((s) => s + of(), 0) / count;
  const uniform = mean(() => {
    const value = one.uniform();
    if (value !== again.uniform()) evidence.holds('streams repeat', false);
    return value;
  });
  evidence.within('mean of uniforms', Math.abs(uniform - 1 / 2), reach);
  let near = seed;
  const first = mean(() => subject.stream(near++).uniform());
  evidence.within('mean of what streams of seeds that follow each other begin with', Math.abs(first - 1 / 2), reach);
  evidence.within('mean square of uniforms', Math.abs(mean(() => one.uniform() ** 2) - 1 / 3), reach);
  evidence.within('uniforms of two streams', Math.abs(mean(() => one.uniform() * two.uniform()) - 1 / 4), reach);
  const range = Array.from({ length: 256 }, () => one.uniform(-3, 5));
  evidence.holds(
    'range of uniforms',
    Math.min(...range) >= -3 && Math.max(...range) < 5 && Math.min(...range) < -1.5 && Math.max(...range) > 3.5,
  );
  const tail = normalQuadraticTail(1, count);
  evidence.within('mean square of normals', Math.abs(mean(() => two.normal() ** 2) - 1), tail);
  // xy = ((x + y)² − (x − y)²)/4, and so its mean.
  evidence.within(
    'products of normals that follow each other',
    Math.abs(mean(() => two.normal() * two.normal())),
    tail,
  );
  evidence.within(
    'share of normals within 0.6744897501960817',
    Math.abs(mean(() => Number(Math.abs(two.normal()) < 0.6744897501960817)) - 1 / 2),
    reach,
  );
  evidence.within('share of normals above 0', Math.abs(mean(() => Number(two.normal() > 0)) - 1 / 2), reach);
  evidence.risks(9 * FALSE_ALARM_PER_CASE);
}

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: cases, runs: 60, block: 30 },
  subject,
  check(subject, instance, evidence) {
    const random = new Stream(instance.seed);
    matrices(subject, instance, random.child('matrices'), evidence);
    stretches(
      subject,
      { ...instance, length: Math.max(instance.length, instance.rows) },
      random.child('stretches'),
      evidence,
    );
    numbers(subject, random.child('numbers'), evidence);
    factors(subject, instance, random.child('factors'), evidence);
    dominant(subject, random.child('dominant'), evidence);
    randomness(subject, instance.seed, evidence);
    evidence.classify('more columns than rows', instance.cols > instance.rows);
  },
  floors: { 'more columns than rows': 0.2 },
  mutants: mutantsOf(subject, {
    'products the other way round': {
      multiply: (A, B) =>
        multiply(
          integers,
          A,
          map(B, (value) => -value),
        ),
    },
    'the last entry left out': { dot: (a, ao, b, bo, n) => dot(a, ao, b, bo, n - 1) },
    'intervals rounded to nearest': {
      intervals: { ...intervals, mul: (a, b) => ({ low: a.low * b.low, high: a.high * b.high }) },
    },
    'intervals a thousand times as wide': {
      intervals: {
        ...intervals,
        add: (a, b) => {
          const { low, high } = intervals.add(a, b);
          return { low: low - 1000 * (high - low), high: high + 1000 * (high - low) };
        },
      },
    },
    'a factor a millionth too large': {
      semidefiniteFactor: (S) => scale(reals, 1 + 1e-6, semidefiniteFactor(S)) as ReturnType<typeof semidefiniteFactor>,
    },
    'near seeds begin alike': { stream: (seed) => new Stream(seed, seed) },
    'normals 4 % wide': {
      stream: (seed) =>
        ({
          uniform: () => new Stream(seed).uniform(),
          child: (label: string) => {
            const stream = new Stream(seed).child(label);
            return { uniform: (a: number, b: number) => stream.uniform(a, b), normal: () => 1.2 * stream.normal() };
          },
        }) as unknown as Stream,
    },
  }),
});
