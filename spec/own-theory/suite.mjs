/**
 * Learning in deep linear networks, after A. Saxe, J. McClelland and S. Ganguli, ICLR 2014, arXiv:1312.6120. A network of two layers,
 * y = W₂W₁x, is trained by gradient descent on ½‖Σ − W₂W₁‖², where Σ holds the correlations of whitened inputs and outputs.
 */
import * as loop from 'loopproof';
import { fc } from 'loopproof/fast-check';

const { add, build, defineClaim, multiply, mutantsOf, rationals, reals, scale, subtract, transpose } = loop;

/** One step of gradient descent on both layers. R does the arithmetic: on doubles, on exact fractions, on symbols. */
function step(R, sigma, lr, [W1, W2]) {
  const error = subtract(R, sigma, multiply(R, W2, W1));
  const [up1, up2] = [multiply(R, transpose(W2), error), multiply(R, error, transpose(W1))];
  return [add(R, W1, scale(R, lr, up1)), add(R, W2, scale(R, lr, up2))];
}

/** The same for one mode: a and b are its strengths in the two layers, s that in the data. */
function modeStep(R, s, lr, [a, b]) {
  const error = R.mul(lr, R.sub(s, R.mul(a, b)));
  return [R.add(a, R.mul(error, b)), R.add(b, R.mul(error, a))];
}

/** A statement, as `loopproof explain` shows it, with what most of them share. */
const stated = (id, kind, rest) => ({
  ...{ id, kind, assumptions: 'two layers, whitened inputs, gradient descent' },
  ...{ validity: 'every network and learning rate', tolerance: 'none: compared exactly, in fractions' },
  ...{ source: { status: 'paper', paper: 'Saxe, McClelland and Ganguli 2014' }, ...rest },
});

/** Fractions over 64: exact in doubles, and easy to read where a counterexample shrinks to them. */
const between = (low, high) => fc.integer({ min: 64 * low, max: 64 * high }).map((k) => k / 64);
const listOf = (arbitrary, length) => fc.array(arbitrary, { minLength: length, maxLength: length });
const drawn = (runs, parts) => ({ kind: 'drawn', arbitrary: fc.record(parts), runs, block: runs / 5 });
const diagonal = (R, values) => build(values.length, values.length, (i, j) => (i === j ? values[i] : R.of(0)));
const isZero = (A) => Array.from(A.data).every((value) => rationals.sign(value) === 0);

// 1. Modes that are aligned with the data do not disturb each other.

const apart = stated('modes-learn-apart', 'identity', {
  title: 'modes that are aligned with the data are learnt as if each were alone',
  formula: 'aᵢ′ = aᵢ + lr (sᵢ − aᵢbᵢ) bᵢ;  bᵢ′ = bᵢ + lr (sᵢ − aᵢbᵢ) aᵢ',
  statement: 'If Σ = U·diag(s)·Vᵀ, W₂ = U·diag(a)·Qᵀ and W₁ = Q·diag(b)·Vᵀ, a step changes a and b only, mode by mode.',
});
/** [[c, −s], [s, c]] with c = (1 − t²)/(1 + t²) and s = 2t/(1 + t²): orthogonal for every fraction t, without rounding. */
function rotation(R, t) {
  const over = (value) => loop.divide(value, R.add(R.of(1), R.mul(t, t)));
  const [c, s] = [over(R.sub(R.of(1), R.mul(t, t))), over(R.add(t, t))];
  return build(2, 2, (i, j) => (i === j ? c : i > j ? s : R.sub(R.of(0), s)));
}
const [data, weights] = [listOf(between(0, 3), 2), listOf(between(-1, 1), 2)];
const apartClaim = defineClaim({
  statement: apart,
  cases: drawn(200, { s: data, a: weights, b: weights, turns: listOf(between(-1, 1), 3), lr: between(0, 1) }),
  subject: { modeStep },
  check(subject, { s, a, b, turns, lr }, evidence) {
    const R = rationals;
    const [U, V, Q] = turns.map((t) => rotation(R, R.of(t)));
    const aligned = (left, values, right) => multiply(R, left, diagonal(R, values), transpose(right));
    const of = (modes, k) => modes.map((mode) => mode[k]);
    const layersOf = (modes) => [aligned(Q, of(modes, 1), V), aligned(U, of(modes, 0), Q)];
    const modes = s.map((_, k) => [R.of(a[k]), R.of(b[k])]);
    const alone = modes.map((mode, k) => subject.modeStep(R, R.of(s[k]), R.of(lr), mode));
    const together = step(R, aligned(U, s.map(R.of), V), R.of(lr), layersOf(modes));
    for (const [k, W] of layersOf(alone).entries())
      evidence.holds(`layer ${k + 1} after a step`, isZero(subtract(R, W, together[k])));
    evidence.classify('rotated', turns.every(Boolean));
  },
  floors: { rotated: 0.5 },
  mutants: [
    { name: 'half the rate', subject: { modeStep: (R, s, lr, ab) => modeStep(R, s, R.mul(lr, R.of(0.5)), ab) } },
    { name: 'one layer only', subject: { modeStep: (R, s, lr, mode) => [modeStep(R, s, lr, mode)[0], mode[1]] } },
  ],
});

// 2. The balance of the layers is kept, but for the square of the learning rate.

const kept = stated('layers-keep-their-balance', 'identity', {
  title: 'a step changes the balance of the layers at second order only',
  formula: 'B′ = B + lr² (W₂ᵀ E Eᵀ W₂ − W₁ Eᵀ E W₁ᵀ)',
  statement: 'A step changes B = W₁W₁ᵀ − W₂ᵀW₂ by terms in lr² only, where E = Σ − W₂W₁: gradient flow keeps B.',
});
const gram = (R, A) => multiply(R, A, transpose(A));
const balance = (R, [W1, W2]) => subtract(R, gram(R, W1), gram(R, transpose(W2)));
function change(R, sigma, lr, [W1, W2]) {
  const error = subtract(R, sigma, multiply(R, W2, W1));
  const gains = [multiply(R, transpose(W2), error), multiply(R, W1, transpose(error))].map((A) => gram(R, A));
  return scale(R, R.mul(lr, lr), subtract(R, ...gains));
}
/** What the statement says is zero. */
const imbalance = (R, sigma, lr, layers, by) =>
  subtract(R, balance(R, step(R, sigma, lr, layers)), add(R, balance(R, layers), by(R, sigma, lr, layers)));
const keptClaim = defineClaim({
  statement: kept,
  cases: drawn(200, { shape: listOf(fc.nat(3), 3), entries: listOf(between(-2, 2), 48), lr: between(0, 2) }),
  subject: { change },
  check(subject, { shape, entries, lr }, evidence) {
    const [inputs, hidden, outputs] = shape.map((n) => n + 1);
    const of = (first, rows, columns) => build(rows, columns, (i, j) => rationals.of(entries[first + 4 * i + j]));
    const layers = [of(0, hidden, inputs), of(16, outputs, hidden)];
    const left = imbalance(rationals, of(32, outputs, inputs), rationals.of(lr), layers, subject.change);
    evidence.holds('the balance after a step', isZero(left));
    evidence.classify('a bottleneck', hidden < Math.min(inputs, outputs));
  },
  floors: { 'a bottleneck': 0.1 },
  mutants: [
    { name: 'kept exactly', subject: { change: (R, sigma, _, layers) => change(R, sigma, R.of(0), layers) } },
    { name: 'first order', subject: { change: (R, sigma, lr, all) => scale(R, lr, change(R, sigma, R.of(1), all)) } },
  ],
});

// 3 and 4. A balanced mode follows a sigmoid; the time that it takes is inverse to its strength.

const sigmoid = stated('a-mode-follows-its-sigmoid', 'approximation', {
  title: 'the share of a balanced mode that is learnt grows along a sigmoid',
  formula: 'p = 1/(1 + (1/p₀ − 1) e^(−2ht))',
  statement:
    'At a = b, h = lr·s, a step raises logit p, p = ab/s, by 2h + r, −h² ≤ r ≤ h²·(1/4 + 4/(1 − 2h)); flow has r = 0.',
  validity: 'h < 1/2; tried for p from 2⁻¹² to 1 − 2⁻¹²',
  tolerance: 'this remainder, and rounding: no step amplifies an error of ln p',
});
const logit = (p) => Math.log(p / (1 - p));
/** By how much a step raises the logit of p: at least, and at most. */
const rise = (h) => [2 * h - h * h, 2 * h + h * h * (1 / 4 + 4 / (1 - 2 * h))];
/** A value must be inside an interval: its distance from the middle is measured, and half of the length is the bound. */
const inside = (evidence, what, value, [low, high], rounding) =>
  evidence.within(what, Math.abs(value - (low + high) / 2), (high - low) / 2 + rounding);
/** The share of a balanced mode that is learnt, step by step, up to the first beyond `end`. */
function course(s, lr, p0, end) {
  const shares = [p0];
  for (let mode = [Math.sqrt(p0 * s), Math.sqrt(p0 * s)]; shares.at(-1) <= end; shares.push((mode[0] * mode[1]) / s))
    mode = modeStep(reals, s, lr, mode);
  return shares;
}
const balanced = drawn(300, { s: between(1, 4), h: between(1 / 64, 3 / 8), p0: between(1 / 64, 1 / 2) });
const flow = { logit: (p0, h, t) => logit(p0) + 2 * h * t };
const sigmoidClaim = defineClaim({
  statement: sigmoid,
  cases: balanced,
  subject: flow,
  check(subject, { s, h, p0 }, evidence) {
    const shares = course(s, h / s, p0, 1 - 2 ** -12).slice(0, -1);
    for (const [t, p] of shares.entries()) {
      const rounding = loop.gamma(8 * t + 16) * (1 / (1 - p) + Math.abs(logit(p)));
      const remainder = rise(h).map((each) => (each - 2 * h) * t);
      inside(evidence, 'the logit', logit(p) - subject.logit(p0, h, t), remainder, rounding);
    }
    evidence.classify('a plateau', p0 < 0.1);
  },
  floors: { 'a plateau': 0.2 },
  mutants: mutantsOf(flow, {
    'exponential, as in one layer': { logit: (p0, h, t) => logit(1 - (1 - p0) * Math.exp(-h * t)) },
    'half as fast': { logit: (p0, h, t) => flow.logit(p0, h, t / 2) },
  }),
});
const duration = { steps: (p0, p1, h) => (logit(p1) - logit(p0)) / (2 * h) };
const timeClaim = defineClaim({
  statement: stated('time-of-a-mode-is-inverse-to-its-strength', 'approximation', {
    title: 'a mode of strength s is learnt in a time proportional to 1/s',
    formula: 'T = (logit p₁ − logit p₀) / (2 lr s)',
    statement: 'From p₀ to p₁ a balanced mode takes T steps, but for the remainder of its sigmoid, and one step.',
    validity: sigmoid.validity,
    tolerance: 'this remainder; rounding is far below the 2⁻³⁰ that are left for it',
  }),
  cases: balanced,
  subject: duration,
  check(subject, { s, h, p0 }, evidence) {
    const [predicted, measured] = [subject.steps(p0, 3 / 4, h), course(s, h / s, p0, 3 / 4).length - 1];
    const [most, least] = rise(h).map((each) => (predicted * 2 * h) / each);
    evidence.predicts('steps to three quarters', predicted, measured);
    inside(evidence, 'the steps', measured, [least, most + 1], 2 ** -30 * measured);
    evidence.classify('a plateau', p0 < 0.1);
  },
  predictions: [{ quantity: 'steps to three quarters', near: (p, m) => Math.abs(m - p) <= 1 + p / 10 }],
  floors: { 'a plateau': 0.2 },
  mutants: mutantsOf(duration, {
    'inverse to the square of s': { steps: (p0, p1, h) => duration.steps(p0, p1, h * h) },
    'without the plateau': { steps: (_, p1, h) => duration.steps(1 / 2, p1, h) },
  }),
});

// 5. From small random weights the stronger of two modes is learnt first.

const FIRST = loop.proportion(0.95, 0.8, 'the stronger mode is first');
const modes = { target: (strong, weak) => diagonal(reals, [strong, weak]) };
const orderClaim = defineClaim({
  statement: stated('stronger-modes-are-learnt-first', 'empirical', {
    title: 'from small random weights the stronger of two modes is learnt first',
    formula: 'T₁ < T₂ for s₁ ≥ 1.5 s₂',
    statement: 'In at least 95 of 100 networks the stronger mode reaches half of its strength before the weaker does.',
    validity: 'weights of size 0.02, 3 to 6 hidden units, s₁ from 1.5 s₂ to 3 s₂',
    tolerance: 'a proportion',
  }),
  cases: drawn(400, { weak: between(1, 2), ratio: between(1.5, 3), extra: fc.nat(3), seed: fc.nat() }),
  subject: modes,
  check({ target }, { weak, ratio, extra, seed }, evidence) {
    const [random, strengths] = [new loop.Stream(seed), [ratio * weak, weak]];
    const small = (rows, columns) => build(rows, columns, () => 0.02 * random.normal());
    let [layers, learnt] = [[small(3 + extra, 2), small(2, 3 + extra)], []];
    for (let epoch = 0; epoch < 2000 && !learnt.some(Boolean); epoch++) {
      layers = step(reals, target(...strengths), 0.1 / strengths[0], layers);
      const product = multiply(reals, layers[1], layers[0]);
      learnt = strengths.map((s, k) => loop.at(product, k, k) >= s / 2);
    }
    evidence.trial(FIRST.name, learnt[0] && !learnt[1]);
    evidence.classify('nearly as strong', ratio < 2);
  },
  proportions: [FIRST],
  floors: { 'nearly as strong': 0.1 },
  mutants: mutantsOf(modes, {
    'the modes change places': { target: (strong, weak) => modes.target(weak, strong) },
    'both are as strong': { target: (strong) => modes.target(strong, strong) },
  }),
});

// 6. Balanced minima are the flattest.

const flat = stated('balanced-minima-are-the-flattest', 'universal', {
  title: 'of all minima the balanced ones have the least curvature, 2s',
  formula: 'λ = 2s + (a − b)²',
  statement: 'Where ab = s, the Hessian of ½(s − ab)² has the eigenvalues 0 and a² + b² = 2s + (a − b)².',
  source: { status: 'new' },
});
const minima = { curvature: (R, a, b) => R.add(R.mul(R.of(2), R.mul(a, b)), R.mul(R.sub(a, b), R.sub(a, b))) };
/** What the statement says is zero: by how much the trace of the Hessian [[b², ab], [ab, a²]] differs, and its determinant. */
const unlike = (R, a, b, { curvature }) => [
  R.sub(R.add(R.mul(a, a), R.mul(b, b)), curvature(R, a, b)),
  R.sub(R.mul(R.mul(a, a), R.mul(b, b)), R.mul(R.mul(a, b), R.mul(a, b))),
];
const flatClaim = defineClaim({
  statement: flat,
  cases: drawn(300, { a: between(1 / 8, 4), b: between(1 / 8, 4) }),
  subject: minima,
  check(subject, { a, b }, evidence) {
    const zeros = unlike(rationals, rationals.of(a), rationals.of(b), subject);
    evidence.holds(
      'trace and determinant',
      zeros.every((value) => rationals.sign(value) === 0),
    );
    evidence.classify('unbalanced', a > 2 * b || b > 2 * a);
  },
  floors: { unbalanced: 0.2 },
  mutants: mutantsOf(minima, {
    'all alike': { curvature: (R, a, b) => R.mul(R.of(2), R.mul(a, b)) },
    'the square of the sum': { curvature: (R, a, b) => R.mul(R.add(a, b), R.add(a, b)) },
  }),
});

export const claims = [apartClaim, keptClaim, sigmoidClaim, timeClaim, orderClaim, flatClaim];

const derived = (statement, scope, steps, identity) =>
  loop.defineDerivation({ statement, scope, steps, identities: [identity] });
const TAYLOR = 'Insert 2ε − ε² ≤ 2 ln(1 + ε) ≤ 2ε and y ≤ −ln(1 − y) ≤ y + y²/(1 − y).';
const square = (x, name) => build(2, 2, (i, j) => x[`${name}${i}${j}`]);
export const derivations = [
  derived(kept, '2 × 2 matrices', ['In B the terms of first order in lr cancel; those of second order are left.'], {
    name: 'B′ = B + lr²(W₂ᵀEEᵀW₂ − W₁EᵀEW₁ᵀ)',
    variables: ['lr', ...['s', 'u', 'v'].flatMap((W) => [`${W}00`, `${W}01`, `${W}10`, `${W}11`])],
    vanish: (R, x) => imbalance(R, square(x, 's'), x.lr, [square(x, 'u'), square(x, 'v')], change).data,
  }),
  derived(
    sigmoid,
    'every h and p; the bounds of the logarithms are Taylor’s',
    ['With ε = h(1 − p) and y = hp(2 + ε) ≤ 2h, a step raises the logit by 2 ln(1 + ε) − ln(1 − y).', TAYLOR],
    loop.isItsText({
      name: 'the product after a step from a = b, and what is left of s',
      variables: ['a', 's', 'lr'],
      texts: ['(a*(1+lr*(s-a*a)))^2', '(s-a*a)*(1-lr*a*a*(2+lr*(s-a*a)))'],
      values(R, { a, s, lr }) {
        const product = R.mul(...modeStep(R, s, lr, [a, a]));
        return [product, R.sub(s, product)];
      },
    }),
  ),
  derived(flat, 'every minimum', ['At ab = s the Hessian is [[b², ab], [ab, a²]].'], {
    name: 'its trace is 2s + (a − b)², its determinant 0',
    variables: ['a', 'b'],
    vanish: (R, { a, b }) => unlike(R, a, b, minima),
  }),
];
const STRENGTHS = [3, 2, 1];
export const figures = [
  loop.defineFigure({
    id: 'modes-of-a-deep-linear-network',
    title: 'Modes are learnt one after the other',
    caption:
      'Shares of modes of strength 3, 2 and 1 that a deep linear network has learnt, at every eighth step (dots), and the sigmoids of gradient flow (lines). Learning rate 0.02, weights of 0.03 at first.',
    data: () => STRENGTHS.map((s) => course(s, 0.02, 0.03 ** 2 / s, 0.999)),
    draw(data) {
      const [colours, end] = [loop.sequential(3), Math.max(...data.map(({ length }) => length))];
      const share = (s, p0, t) => 1 / (1 + (1 / p0 - 1) * Math.exp(-2 * 0.02 * s * t));
      const marks = data.flatMap((shares, k) => {
        const flowing = Array.from({ length: end }, (_, t) => [t, share(STRENGTHS[k], shares[0], t)]);
        const learnt = shares.flatMap((p, t) => (t % 8 === 0 ? [[t, p]] : []));
        return [loop.line(flowing, loop.stroke(colours[k])), loop.dots(learnt, loop.disc(colours[k]))];
      });
      const axes = { x: { label: 'step', domain: [0, end] }, y: { label: 'share learnt', domain: [0, 1] } };
      return loop.chart({ ...axes, marks });
    },
  }),
];
