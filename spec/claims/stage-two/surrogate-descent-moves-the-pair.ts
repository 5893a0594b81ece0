/**
 * Claim: which way some hundreds of steps down the surrogate take the dominant pair.
 */
import fc from 'fast-check';
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { reals } from '#src/linalg/ring.js';
import { integratorChain } from '#src/plant/integrator.js';
import type { LoopOrderParameters } from '#src/theory/loop/effective-characteristic-polynomial.js';
import {
  descendSurrogate,
  odds,
  statement,
  surrogateBalance,
} from '#src/theory/stage-two/surrogate-descent-moves-the-pair.js';
import { rates } from '#src/theory/stage-two/surrogate-weight-moves-the-pair.js';
import { memorySlope } from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import { spectrumOf } from '#src/training/curve.js';
import { plain } from '../../generators/number.js';
import { sixtyFourth, stageTwoOrderParameters, stageTwoPlace } from '../../generators/stage-two.js';

const subject = { descend: descendSurrogate, balance: surrogateBalance };

/** How far up from α* to 1 the weight that holds the pair may be. */
const DRIFT = { 10: 1 / 20, 20: 1 / 3 } as const;
/** Bisections: to a resolution of 2^-8. */
const HALVINGS = 8;

const HELD = 'weight with which the pair ends where it began';

/** |Im λ| of the complex pair, 0 where all eigenvalues are real. */
function heightOf({ zm, vu, q }: LoopOrderParameters<number>): number {
  const { eigenvalues } = spectrumOf(integratorChain(2, 1), 1, scalarOrderParameters(zm, 1, q, vu))!;
  return Math.max(...eigenvalues.map(({ im }) => Math.abs(im)));
}

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      /** Where in the box of stage 2, in 1/64 of its sides. */
      at: stageTwoPlace,
      /** Which weights are tried, in 1/64 of the way from 0 to α*, and of that from the upper bound of the balance to 1. */
      weight: sixtyFourth,
      exponent: fc.constantFrom(10, 20),
      steps: fc.integer({ min: 200, max: 300 }),
    }),
    runs: 1000,
    block: 50,
  },
  subject,
  check(subject, { at, weight, exponent, steps }, evidence) {
    const start = stageTwoOrderParameters(at);
    const q = start.zu * start.vm;
    const balance = subject.balance(start, exponent);
    const before = heightOf({ ...start, q });
    const end = (alpha: number): number => heightOf(subject.descend(start, alpha, exponent, steps));
    const above = balance + (1 - balance) * DRIFT[exponent];
    evidence.trial(odds.up.name, end((balance * weight) / 64) > before);
    evidence.trial(odds.down.name, end(above + ((1 - above) * weight) / 64) < before);
    const ends = [0, balance, 1].map(end);
    evidence.trial(odds.falls.name, ends[0]! > ends[1]! && ends[1]! > ends[2]!);
    let [low, high] = [0, 1];
    for (let k = 0; k < HALVINGS; k++) {
      const middle = (low + high) / 2;
      if (end(middle) > before) low = middle;
      else high = middle;
    }
    const held = (low + high) / 2;
    evidence.predicts(HELD, balance, held, above - balance);
    evidence.classify('memory above half', q > 0.005);
    evidence.classify('exponent 20', exponent === 20);
  },
  proportions: Object.values(odds),
  predictions: [
    {
      quantity: HELD,
      near: (balance, held, drift) => held > balance - 2 ** -HALVINGS && held < balance + drift + 2 ** -HALVINGS,
      proportion: odds.holds,
    },
  ],
  floors: { 'memory above half': 0.3, 'exponent 20': 0.3 },
  mutants: mutantsOf(subject, {
    'the weights exchanged': { descend: (start, weight, ...rest) => descendSurrogate(start, 1 - weight, ...rest) },
    'the weight left out': { descend: (start, _, ...rest) => descendSurrogate(start, 0.5, ...rest) },
    'a surrogate of half the exponent': {
      descend: (start, weight, m, steps) => descendSurrogate(start, weight, m / 2, steps),
    },
    'the balance in σ_zm, σ_vu and q': {
      balance: ({ zm, zu, vm, vu }, m) => {
        const gains = { zm, vu, q: zu * vm };
        const { short, long } = rates(reals, gains, 1 / memorySlope(reals, gains), m);
        return short / (short - long);
      },
    },
    'the balance of an exponent larger by one': { balance: (start, m) => surrogateBalance(start, m + 1) },
  }),
});
