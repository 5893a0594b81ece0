/**
 * Open-loop learning closes on the Gram matrix too.
 */
import type { LinearAgent } from '../../agent/linear.js';
import { type OrderParameters, orderParameterMatrix, scalarOrderParameters } from '../../agent/order-parameters.js';
import { impulseResponse } from '../../agent/response.js';
import { add, at, build, type Mat, multiply, scale, subtract, transpose, zeros } from '../../linalg/matrix.js';
import { type Ring, sum } from '../../linalg/ring.js';
import { recurrenceOf } from '../../loop/coupled.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'open-loop-learning-closes-on-gram',
  kind: 'identity',
  title: 'open-loop learning depends on the Gram matrix of the weights only',
  statement:
    'On inputs white in time a student that imitates a teacher descends the mismatch of their impulse responses, a function of the order parameters K. So open-loop learning, too, moves the columns Q = [M Zᵀ U V] to Q R, R a function of QᵀQ: its whole course follows from d = c + p + 2r columns and the teacher’s response, at no cost in N. The loss at a student of the teacher’s order parameters is 0.',
  formula:
    'L = w Σ_{k<m} (m − k) E ‖(g_k − g*_k) y‖²,  g_k = [σ_zm σ_zu] w_k,  w_0 = (η I, 0),  w_{k+1} = (1 − η) w_k + η (0, [σ_vm σ_vu] w_k)',
  assumptions:
    'linear agents, the student without full-rank part; inputs independent from step to step, of mean zero; the expected loss; gradient descent with or without clipping',
  validity:
    'every rank, leak, number of inputs and outputs, either protocol’s weights; on sampled sequences likewise, their moments in place of the expected ones',
  tolerance:
    'curves: the spread of shadow runs (tolerance.ts); gradients: none, in rationals; sampled losses: an exponential tail of quadratic forms in normal inputs, false-alarm rate 2⁻⁴⁰ per case',
  source: 'theory.md §2.4, §7 (new)',
};

/** The controls of an agent driven by given inputs, one c × trials matrix per step, from h = 0 on: the definition. */
export function drivenBy<T>(R: Ring<T>, agent: LinearAgent<T>, inputs: readonly Mat<T>[]): Mat<T>[] {
  const { leak, M, Z } = agent;
  const W = recurrenceOf(R, agent);
  const keep = R.sub(R.of(1), leak);
  let h = zeros(R, M.rows, inputs[0]?.cols ?? 0);
  return inputs.map((y) => {
    h = add(R, scale(R, keep, h), scale(R, leak, add(R, multiply(R, W, h), multiply(R, M, y))));
    return multiply(R, Z, h);
  });
}

/** Σ of the squares of all entries. */
export function squares<T>(R: Ring<T>, A: Mat<T>): T {
  return sum(
    R,
    Array.from({ length: A.rows * A.cols }, (_, k) => R.mul(A.data[k]!, A.data[k]!)),
  );
}

/** L/w and its gradient with respect to K, (p+r) × (c+r), for m = teacher.length. @param X factor of the covariance of y */
export function openLoopMismatch<T>(
  R: Ring<T>,
  leak: T,
  overlaps: OrderParameters<T>,
  teacher: readonly Mat<T>[],
  X: Mat<T>,
): { readonly loss: T; readonly E: Mat<T> } {
  const { zm, zu, vm } = overlaps;
  const [p, c, r] = [zm.rows, zm.cols, zu.cols];
  const K = orderParameterMatrix(overlaps);
  const keep = R.sub(R.of(1), leak);
  const part = (A: Mat<T>, from: number, rows: number): Mat<T> => build(rows, A.cols, (i, j) => at(A, from + i, j));
  const padded = (A: Mat<T>, above: number): Mat<T> =>
    build(above + A.rows, A.cols, (i, j) => (i < above ? R.of(0) : at(A, i - above, j)));
  // Forward: the response to X, its coordinates w_k and its errors, weighted by how often lag k occurs.
  let w = build(c + vm.rows, X.cols, (i, j) => (i < c ? R.mul(leak, at(X, i, j)) : R.of(0)));
  const lags = teacher.map((g, k) => {
    const product = multiply(R, K, w);
    const error = subtract(R, part(product, 0, p), multiply(R, g, X));
    const lag = { w, error, count: R.of(teacher.length - k) };
    w = add(R, scale(R, keep, w), scale(R, leak, padded(part(product, p, r), c)));
    return lag;
  });
  const loss = sum(
    R,
    lags.map(({ error, count }) => R.mul(count, squares(R, error))),
  );
  // Backward: the adjoints of w_k, and of K·w_k.
  let adjoint = zeros(R, c + r, X.cols);
  let E = zeros(R, p + r, c + r);
  for (const { w, error, count } of lags.toReversed()) {
    const above = scale(R, R.mul(R.of(2), count), error);
    const below = scale(R, leak, part(adjoint, c, r));
    const driven = build(p + r, X.cols, (i, j) => (i < p ? at(above, i, j) : at(below, i - p, j)));
    E = add(R, E, multiply(R, driven, transpose(w)));
    adjoint = add(R, scale(R, keep, adjoint), multiply(R, transpose(K), driven));
  }
  return { loss, E };
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'L/w and ∂L/∂K for three steps, rank 1, η = 1, inputs of variance 1',
    variables: ['zm', 'zu', 'vm', 'vu', 'a', 'b', 'c'],
    texts: [
      '3*(zm-a)^2+2*(zu*vm-b)^2+(zu*vu*vm-c)^2',
      '6*(zm-a)',
      '4*(zu*vm-b)*vm+2*(zu*vu*vm-c)*vu*vm',
      '4*(zu*vm-b)*zu+2*(zu*vu*vm-c)*zu*vu',
      '2*(zu*vu*vm-c)*zu*vm',
    ],
    values: (R, { zm, zu, vm, vu, a, b, c }) => {
      const scalar = <T>(value: T) => build(1, 1, () => value);
      const teacher = [a!, b!, c!].map(scalar);
      const overlaps = scalarOrderParameters(zm!, zu!, vm!, vu!);
      const { loss, E } = openLoopMismatch(R, R.of(1), overlaps, teacher, scalar(R.of(1)));
      return [loss, E.data[0]!, E.data[1]!, E.data[2]!, E.data[3]!];
    },
  },
  {
    name: 'g_0, g_1, g_2 with leak',
    variables: ['zm', 'zu', 'vm', 'vu', 'n'],
    texts: ['n*zm', 'n*(1-n)*zm+n^2*zu*vm', 'n*(1-n)^2*zm+2*n^2*(1-n)*zu*vm+n^3*zu*vu*vm'],
    values: (R, { zm, zu, vm, vu, n }) =>
      impulseResponse(R, n!, scalarOrderParameters(zm!, zu!, vm!, vu!), 3).map((g) => g.data[0]!),
  },
];
