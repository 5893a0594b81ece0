/**
 * Open-loop learning closes on the Gram matrix too.
 */
import { type OrderParameters, orderParameterMatrix, scalarOrderParameters } from '../../agent/order-parameters.js';
import { impulseResponse } from '../../agent/response.js';
import {
  add,
  at,
  build,
  type Mat,
  multiply,
  scalar,
  scale,
  subtract,
  sumOfSquares,
  transpose,
  zeros,
} from '../../linalg/matrix.js';
import { type Ring, sum } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'open-loop-learning-closes-on-gram',
  kind: 'identity',
  title: 'open-loop learning depends on the Gram matrix of the weights only',
  statement:
    'On inputs white in time a student descends the mismatch between its impulse response and the teacher’s, a function of the order parameters K. So open-loop learning, too, takes the columns Q = [M Zᵀ U V] to Q R, with R a function of QᵀQ. Its whole course follows from d = c + p + 2r columns and the teacher’s response, at a cost that does not grow with N. A student with the teacher’s order parameters has the loss 0.',
  formula:
    'L = w Σ_{k<m} (m − k) E ‖(g_k − g*_k) y‖²,  g_k = [σ_zm σ_zu] w_k,  w_0 = (η I, 0),  w_{k+1} = (1 − η) w_k + η (0, [σ_vm σ_vu] w_k)',
  latex: String.raw`L = w \sum_{k<m} (m - k) E {\lVert(g_k - g^*_k) y\rVert}^2 \newline g_k = [\sigma_{zm}\;\;\sigma_{zu}] w_k \newline w_0 = (\eta I, 0) \newline w_{k+1} = (1 - \eta) w_k + \eta (0, [\sigma_{vm}\;\;\sigma_{vu}] w_k)`,
  assumptions:
    'linear agents, the student without full-rank part; inputs independent from step to step, of mean zero; the expected loss; gradient descent with or without clipping',
  validity:
    'every rank, leak, number of inputs and outputs, and the weights of either protocol; on sampled sequences likewise, with their moments in place of the expected ones. Proved for 1 or 2 units, tried beyond',
  tolerance:
    'curves: the spread of shadow runs (tolerance.ts). Gradients: none, in rationals. Sampled losses: an exponential tail of quadratic forms in normal inputs, false-alarm rate 2⁻⁴⁰ per case',
  source: { theory: '#open-loop-training', status: 'new' },
};

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
    lags.map(({ error, count }) => R.mul(count, sumOfSquares(R, error))),
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
