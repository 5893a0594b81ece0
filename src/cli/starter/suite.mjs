/**
 * A theory of your own, as a suite: what this module exports, `loopproof` tests and proves.
 *
 * The example says how gradient descent learns one weight. Replace it by what you want to know.
 */
import { defineClaim, defineDerivation, majorants, mutantsOf, power, reals, roundingBound } from 'loopproof';
import { fc } from 'loopproof/fast-check';

/** What `loopproof explain` shows. */
const statement = {
  id: 'descent-shrinks-the-error-geometrically',
  kind: 'identity',
  title: 'gradient descent on a parabola shrinks the error by the factor 1 − lr·a in every step',
  statement:
    'With the loss ½·a·(w − c)², t steps of gradient descent with the learning rate lr lead from w₀ to c + (1 − lr·a)ᵗ·(w₀ − c).',
  formula: 'w = c + (1 − lr·a)ᵗ·(w₀ − c)',
  assumptions: 'one weight, a fixed learning rate',
  validity: 'every a, c, lr, w₀ and t',
  tolerance: 'the rounding of both computations, counted by running them over majorants',
  source: { status: 'new' },
};

/** The weight by the formula. R does the arithmetic: on doubles, on symbols, on error bounds. */
function predicted(R, { a, c, lr, w0 }, steps) {
  const factor = R.sub(R.of(1), R.mul(lr, a));
  return R.add(c, R.mul(power(R, factor, steps), R.sub(w0, c)));
}

/** The weight by training, step by step. */
function trained(R, { a, c, lr, w0 }, steps) {
  let w = w0;
  for (let step = 0; step < steps; step++) w = R.sub(w, R.mul(lr, R.mul(a, R.sub(w, c))));
  return w;
}

/** The same numbers in another ring. */
const over = (R, numbers) => Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, R.of(value)]));

/** Fractions: counterexamples shrink to numbers that are easy to read. */
const between = (min, max) => fc.integer({ min: 32 * min, max: 32 * max }).map((k) => k / 32);

/** What is tested. Each mutant changes it, and must be refuted. */
const subject = { predicted };

const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: fc.record({
      numbers: fc.record({ a: between(0, 2), c: between(-3, 3), lr: between(0, 2), w0: between(-3, 3) }),
      steps: fc.integer({ min: 1, max: 20 }),
    }),
    runs: 400,
    block: 100,
  },
  subject,
  check({ predicted: formula }, { numbers, steps }, evidence) {
    const residual = Math.abs(formula(reals, numbers, steps) - trained(reals, numbers, steps));
    const sizes = over(majorants, numbers);
    const rounding =
      roundingBound(predicted(majorants, sizes, steps)) + roundingBound(trained(majorants, sizes, steps));
    evidence.within('the weight', residual, rounding);
    evidence.classify('overshoots', numbers.lr * numbers.a > 1);
    evidence.classify('does not overshoot', numbers.lr * numbers.a <= 1);
  },
  // Kinds of cases, with the least share of the cases that must be of them.
  floors: { overshoots: 0.1, 'does not overshoot': 0.3 },
  mutants: mutantsOf(subject, {
    'one step too many': { predicted: (R, numbers, steps) => predicted(R, numbers, steps + 1) },
    'the error grows': {
      predicted: (R, { lr, ...rest }, steps) => predicted(R, { ...rest, lr: R.sub(R.of(0), lr) }, steps),
    },
  }),
});

/** The code above, run over symbols, is what is proved: for all numbers, at 3 steps. */
const derivation = defineDerivation({
  statement,
  scope: 'every a, c, lr and w₀; 3 steps',
  steps: [
    'The gradient of the loss is a·(w − c).',
    'One step leads from w to w − lr·a·(w − c), so that w − c is multiplied by 1 − lr·a.',
  ],
  identities: [
    {
      name: 'three steps of training give the formula',
      variables: ['a', 'c', 'lr', 'w0'],
      vanish: (R, numbers) => [R.sub(predicted(R, numbers, 3), trained(R, numbers, 3))],
    },
  ],
});

export const claims = [claim];
export const derivations = [derivation];
