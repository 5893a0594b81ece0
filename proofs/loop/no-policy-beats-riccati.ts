/**
 * Derivation: completion of squares, and the filter that leaves the least error.
 */
import { add, build, type Mat, multiply, scalar, scale, subtract, transpose } from '#src/linalg/matrix.js';
import { type Ring, sum } from '#src/linalg/ring.js';
import { estimate } from '#src/loop/kalman.js';
import { controlWeights, valueUnder, type Weights } from '#src/loop/riccati.js';
import type { Plant } from '#src/plant/plant.js';
import { deviation, squared, squareResidual, statement } from '#src/theory/loop/no-policy-beats-riccati.js';
import type { Derivation } from '../derivation.js';
import type { Identity, Values } from '../kernels/identity.js';
import { entries, flat, symbol } from '../support/symbols.js';

const upper = (letter: string, n: number): string[] =>
  entries(letter, n, n).filter((name) => Number(name[1]) <= Number(name[2]));

/** The symmetric matrix of the variables `upper` names. */
function symmetric<T>(x: Values<T>, letter: string, n: number): Mat<T> {
  return build(n, n, (i, j) => x[`${letter}${Math.min(i, j) + 1}${Math.max(i, j) + 1}`]!);
}

/** Plant and weights of free entries, the weights symmetric; of more than one state A is a chain with free diagonal. */
const freeProblem = (n: number, p: number): string[] => [
  ...entries('a', n, 1),
  ...entries('b', n, p),
  ...upper('q', n),
  ...upper('r', p),
];

function problemOf<T>(R: Ring<T>, x: Values<T>, n: number, p: number): { plant: Plant<T>; weights: Weights<T> } {
  const A = build(n, n, (i, j) => (i === j ? x[`a${i + 1}1`]! : R.of(j === i + 1 ? 1 : 0)));
  return {
    plant: { A, B: symbol(x, 'b', n, p), C: A },
    weights: { state: symmetric(x, 'q', n), control: symmetric(x, 'r', p) },
  };
}

const oneStep = (n: number, p: number): Identity => ({
  name: `the completed square of one step, any gains: ${n} states, ${p} controls`,
  variables: [
    ...freeProblem(n, p),
    ...upper('p', n),
    ...entries('k', p, n),
    ...entries('x', n, 1),
    ...entries('u', p, 1),
  ],
  vanish(R, x) {
    const { plant, weights } = problemOf(R, x, n, p);
    const [K, state, control] = [symbol(x, 'k', p, n), symbol(x, 'x', n, 1), symbol(x, 'u', p, 1)];
    return [squareResidual(R, plant, weights, symmetric(x, 'p', n), K, state, control)];
  },
});

const wholeRun = (horizon: number): Identity => ({
  name: `the loss of ${horizon} steps is the value of start and noise, the deviations, what noise meets, and what the gains are short of optimal`,
  variables: [
    ...freeProblem(1, 1),
    ...entries('k', 1, horizon),
    ...entries('u', 1, horizon),
    'x',
    ...entries('w', 1, horizon - 1),
  ],
  vanish<T>(R: Ring<T>, x: Values<T>) {
    const { plant, weights } = problemOf(R, x, 1, 1);
    const gain = (t: number): Mat<T> => scalar(x[`k1${t + 1}`]!);
    const control = (t: number): Mat<T> => scalar(x[`u1${t + 1}`]!);
    const values = [scalar(R.of(0))];
    for (let t = horizon - 1; t >= 0; t--) values.unshift(valueUnder(R, plant, weights, values[0]!, gain(t)));
    const loss: T[] = [];
    const accounted: T[] = [squared(R, values[0]!, scalar(x['x']!))];
    let state: Mat<T> = scalar(x['x']!);
    for (let t = 0; t < horizon; t++) {
      loss.push(squared(R, weights.state, state), squared(R, weights.control, control(t)));
      const { S, pull } = controlWeights(R, plant, weights, values[t + 1]!);
      const short = multiply(R, subtract(R, pull, multiply(R, S, gain(t))), state);
      const apart = add(R, control(t), multiply(R, gain(t), state));
      const mixed = multiply(R, apart, short).data[0]!;
      accounted.push(deviation(R, { S, K: gain(t) }, state, control(t)), mixed, mixed);
      state = add(R, multiply(R, plant.A, state), multiply(R, plant.B, control(t)));
      if (t + 1 === horizon) break;
      const noise = scalar(x[`w1${t + 1}`]!);
      const met = multiply(R, noise, values[t + 1]!, state).data[0]!;
      accounted.push(squared(R, values[t + 1]!, noise), met, met);
      state = add(R, state, noise);
    }
    return [R.sub(sum(R, loss), sum(R, accounted))];
  },
});

/** With one control, K = BᵀPA / S: all cleared of S by scaling A and Q, which valueUnder is homogeneous in. */
const recursion = (n: number): Identity => ({
  name: `under the best gains the value is Q + AᵀPA − KᵀSK, times S²: ${n} states`,
  variables: [...freeProblem(n, 1), ...upper('p', n)],
  vanish(R, x) {
    const { plant, weights } = problemOf(R, x, n, 1);
    const P = symmetric(x, 'p', n);
    const { S, pull } = controlWeights(R, plant, weights, P);
    const s = S.data[0]!;
    const square = R.mul(s, s);
    const scaled = { ...plant, A: scale(R, s, plant.A) };
    const value = valueUnder(R, scaled, { ...weights, state: scale(R, square, weights.state) }, P, pull);
    const { A } = plant;
    const plain = scale(R, square, add(R, weights.state, multiply(R, transpose(A), P, A)));
    return flat(subtract(R, value, subtract(R, plain, scale(R, s, multiply(R, transpose(pull), pull)))));
  },
});

const ignorance = (n: number): Identity => ({
  name: `the error of an estimate does not depend on the control: ${n} states`,
  variables: [
    ...entries('a', n, n),
    ...entries('b', n, 1),
    ...entries('c', 1, n),
    ...entries('l', n, 1),
    ...entries('x', n, 1),
    ...entries('h', n, 1),
    'u',
    ...entries('w', n, 1),
    'v',
  ],
  vanish(R, x) {
    const plant = { A: symbol(x, 'a', n, n), B: symbol(x, 'b', n, 1), C: symbol(x, 'c', 1, n) };
    const [L, state, last] = [symbol(x, 'l', n, 1), symbol(x, 'x', n, 1), symbol(x, 'h', n, 1)];
    const u = build(1, 1, () => x['u']!);
    const noise = symbol(x, 'w', n, 1);
    const next = add(R, add(R, multiply(R, plant.A, state), multiply(R, plant.B, u)), noise);
    const seen = add(R, multiply(R, plant.C, next), scalar(x['v']!));
    const error = subtract(R, next, estimate(R, plant, L, last, u, seen));
    const carried = add(R, multiply(R, plant.A, subtract(R, state, last)), noise);
    const told = add(R, multiply(R, plant.C, carried), scalar(x['v']!));
    return flat(subtract(R, error, subtract(R, carried, multiply(R, L, told))));
  },
});

const leastError = (n: number): Identity => ({
  name: `σ ((I−LC)Σ(I−LC)ᵀ + LVLᵀ) = σΣ − ΣCᵀCΣ + (σL − ΣCᵀ)(σL − ΣCᵀ)ᵀ, σ = CΣCᵀ + V: ${n} states`,
  variables: [...entries('c', 1, n), ...entries('l', n, 1), ...upper('s', n), 'v'],
  vanish(R, x) {
    const [C, L, Sigma] = [symbol(x, 'c', 1, n), symbol(x, 'l', n, 1), symmetric(x, 's', n)];
    const seen = multiply(R, C, Sigma);
    const variance = R.add(multiply(R, seen, transpose(C)).data[0]!, x['v']!);
    // (I − LC)Σ(I − LC)ᵀ + LVLᵀ is valueUnder of the dual problem.
    const unit = build(n, n, (i, j) => R.of(i === j ? 1 : 0));
    const none = build(n, n, () => R.of(0));
    const dual = { A: unit, B: transpose(C), C: unit };
    const weights = { state: none, control: scalar(x['v']!) };
    const error = scale(R, variance, valueUnder(R, dual, weights, Sigma, transpose(L)));
    const short = subtract(R, scale(R, variance, L), transpose(seen));
    const least = subtract(R, scale(R, variance, Sigma), multiply(R, transpose(seen), seen));
    return flat(subtract(R, error, add(R, least, multiply(R, short, transpose(short)))));
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    'one step with 1 or 2 states and 1 or 2 controls, runs of 2 and 3 steps with 1 state, the filter with 1 or 2 states and 1 observation; noise in all of them; completed squares without noise for every horizon and all sizes by theorems; for the filter of other sizes the steps argue',
  steps: [
    'With v = u + Kx, xᵀQx + uᵀRu + (Ax+Bu)ᵀP(Ax+Bu) equals xᵀ(Q + KᵀRK + (A−BK)ᵀP(A−BK))x + vᵀSv + 2vᵀ(BᵀPA − SK)x. Gains with SK = BᵀPA make the last term vanish. They exist, since Sw = 0 implies PBw = 0. Where S leaves K free, vᵀSv does not depend on the choice.',
    'Summed over t = 0 … T−1 with P_T = 0 the values telescope: L = tr(P_0Σ_0) + Σ_t E v_tᵀS_tv_t for all controls.',
    'Noise w that enters x_t adds wᵀP_tw and twice wᵀP_t(Ax + Bu). It is independent of x and u before it and has mean 0: in the mean the first is tr(P_tW), the second 0.',
    'All S_t are positive semidefinite. With u_0 = 0 the term of t = 0 is tr(K_0ᵀS_0K_0Σ_0), and the others are at least 0; full information attains that.',
    'The error of an estimate obeys e′ = (I−LC)(Ae + w) − Lv, independently of the control. So over linear functions u_t of y_1 … y_t, E v_tᵀS_tv_t is at least tr(K_tᵀS_tK_tΣ_{t|t}). One filter attains this for every t at once: the filter whose gains complete the square of (I−LC)Σ(I−LC)ᵀ + LVLᵀ.',
  ],
  identities: [
    oneStep(1, 1),
    oneStep(2, 1),
    oneStep(1, 2),
    wholeRun(2),
    wholeRun(3),
    recursion(1),
    recursion(2),
    ignorance(1),
    ignorance(2),
    leastError(2),
  ],
  theorems: [
    {
      name: 'loss_is_value_and_squares',
      says: 'the loss of any controls is the value of the start plus completed squares, for every horizon and all sizes',
      over: 'rings',
    },
    {
      name: 'completed_square',
      says: 'the completed square of one step, for all sizes',
      over: 'rings',
    },
    {
      name: 'no_controls_beat_the_value',
      says: 'no controls cost less than the value of the start, for every horizon and all sizes, over any ordered ring',
      over: 'rings',
    },
  ],
};
