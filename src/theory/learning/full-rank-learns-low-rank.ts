/**
 * What training changes of a full-rank recurrence: levels of units, told by how often the initial recurrence leads there.
 */
import type { LinearAgent } from '../../agent/linear.js';
import { realField } from '../../linalg/field.js';
import {
  add,
  at,
  blocks,
  build,
  identity,
  type Mat,
  multiply,
  scale,
  subtract,
  sumOfSquares,
  times,
  transpose,
  zeros,
} from '../../linalg/matrix.js';
import { type Ring, reals } from '../../linalg/ring.js';
import { recurrenceOf } from '../../loop/coupled.js';
import type { Weights } from '../../loop/riccati.js';
import { rollout } from '../../loop/rollout.js';
import type { Plant } from '../../plant/plant.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'full-rank-learns-low-rank',
  kind: 'identity',
  title: 'a full-rank recurrence learns on its levels: what level l adds is of order g^(2l)',
  statement:
    'Let a linear agent have W₀ = g X. Level 0 is the span of M and Zᵀ; level l is what X and Xᵀ reach from level l − 1, orthogonal to the levels before. In every epoch of gradient descent of M, Z and W, or of some of them, the block of W − W₀ between levels a and b is of order g^(a+b). So with d the rank of M and Zᵀ together, the singular values of W − W₀ are of order g beyond the d-th, and of order g² beyond the 2d-th. An agent that is cut to its first k levels has the loss of the whole in every epoch, up to terms of order g^(2k).',
  formula: 'W − W₀ between levels a and b = O(g^(a+b)),  L of k levels − L = O(g^(2k))',
  latex: String.raw`W - W_0\text{ between levels }a\text{ and }b = O(g^{a+b}) \newline L\text{ of }k\text{ levels} - L = O(g^{2k})`,
  assumptions: 'linear agent, closed loop, gradient descent at any rate; no momentum',
  validity:
    'every plant, quadratic cost, leak, horizon and number of units; a clip factor is a rate that depends on the same numbers. The columns W₀ⁱM and (W₀ᵀ)ʲZᵀ alone do not close: after one step W leads from Zᵀ on, and W₀Zᵀ counts',
  tolerance:
    'none for the orders: series in g over whole numbers. Words of the cut agent are those of the whole within γ(roundings) times the norms of what is multiplied',
  source: { theory: '#learning', status: 'new' },
};

/** The order in g of the block of W − W₀ from level b to level a. */
export function blockOrder(a: number, b: number): number {
  return a + b;
}

/** The order in g at which the loss of an agent cut to so many levels differs from that of the whole. */
export function lossOrder(levels: number): number {
  return 2 * levels;
}

/** An agent's tensors, or changes of them. */
export type FullRank<T> = Required<Pick<LinearAgent<T>, 'M' | 'Z' | 'W'>>;

/**
 * Derivatives of Σ_t (xᵀQx + uᵀRu), summed over starts, by M, Z and W, by costates.
 * @param agent of full rank, without U and V
 * @param starts n × K
 */
export function fullRankGradients<T>(
  R: Ring<T>,
  plant: Plant<T>,
  agent: LinearAgent<T>,
  { state, control }: Weights<T>,
  starts: Mat<T>,
  horizon: number,
): FullRank<T> {
  const { M, Z, leak } = agent;
  const W = agent.W!;
  const ran = rollout(R, plant, agent, starts, horizon);
  const [keep, two] = [R.sub(R.of(1), leak), R.of(2)];
  const scaledInput = scale(R, leak, M);
  const total = {
    M: zeros(R, M.rows, M.cols),
    Z: zeros(R, Z.rows, Z.cols),
    W: zeros(R, W.rows, W.cols),
  };
  let ofState = zeros(R, plant.A.rows, starts.cols);
  let ofHidden = zeros(R, M.rows, starts.cols);
  for (let t = horizon - 1; t > 0; t--) {
    const [x, h, u, before] = [ran.x[t]!, ran.h[t]!, ran.u[t]!, ran.h[t - 1]!];
    const ofControl = add(R, scale(R, two, multiply(R, control, u)), multiply(R, transpose(plant.B), ofState));
    const carried = add(R, scale(R, keep, ofHidden), scale(R, leak, multiply(R, transpose(W), ofHidden)));
    ofHidden = add(R, multiply(R, transpose(Z), ofControl), carried);
    const seen = multiply(R, plant.C, x);
    total.Z = add(R, total.Z, multiply(R, ofControl, transpose(h)));
    total.W = add(R, total.W, scale(R, leak, multiply(R, ofHidden, transpose(before))));
    total.M = add(R, total.M, scale(R, leak, multiply(R, ofHidden, transpose(seen))));
    const back = multiply(R, transpose(plant.A), ofState);
    const through = multiply(R, transpose(plant.C), transpose(scaledInput), ofHidden);
    ofState = add(R, scale(R, two, multiply(R, state, x)), add(R, back, through));
  }
  return total;
}

/** The agent after a step of descent. */
export function descended<T>(R: Ring<T>, agent: LinearAgent<T>, gradients: FullRank<T>, lr: T): LinearAgent<T> {
  const moved = (name: keyof FullRank<T>): Mat<T> => subtract(R, agent[name]!, scale(R, lr, gradients[name]));
  return { ...agent, M: moved('M'), Z: moved('Z'), W: moved('W') };
}

/** An orthonormal basis of the span of columns, by Gram and Schmidt, twice. */
export function spanOf(columns: Mat<number>): Mat<number> {
  let basis = zeros(reals, columns.rows, 0);
  for (let j = 0; j < columns.cols && basis.cols < columns.rows; j++) {
    const column = build(columns.rows, 1, (i) => at(columns, i, j));
    let rest = column;
    for (let pass = 0; pass < 2; pass++) rest = subtract(reals, rest, times(basis, times(transpose(basis), rest)));
    const [left, whole] = [sumOfSquares(reals, rest), sumOfSquares(reals, column)];
    if (realField.isZeroPivot(left, whole, columns.rows)) continue;
    basis = blocks([[basis, scale(reals, 1 / Math.sqrt(left), rest)]]);
  }
  return basis;
}

/** An orthonormal basis of the first levels of an agent, N × d. @param levels at least 1 */
export function basisOf(agent: LinearAgent, levels: number): Mat<number> {
  const W = recurrenceOf(reals, agent);
  let basis = spanOf(blocks([[agent.M, transpose(agent.Z)]]));
  for (let level = 1; level < levels; level++)
    basis = spanOf(blocks([[basis, times(W, basis), times(transpose(W), basis)]]));
  return basis;
}

/** An agent in the coordinates of an orthonormal basis: what leads out of its span is cut. @param basis N × d */
export function within(agent: LinearAgent, basis: Mat<number>): LinearAgent {
  const onto = transpose(basis);
  const none = zeros(reals, basis.cols, 0);
  return {
    leak: agent.leak,
    M: times(onto, agent.M),
    Z: times(agent.Z, basis),
    U: none,
    V: none,
    W: times(onto, recurrenceOf(reals, agent), basis),
  };
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'gradients of a scalar agent over two steps, η = 1, of a plant x′ = a x + u, y = x',
    variables: ['a', 'm', 'z', 'w', 'q', 'k', 'x'],
    texts: ['2*k*z^2*m*a^2*x^2', '2*k*z*m^2*a^2*x^2', '0'],
    values: (R, { a, m, z, w, q, k, x }) => {
      const scalar = (value: typeof a): Mat<NonNullable<typeof a>> => build(1, 1, () => value!);
      const none = zeros(R, 1, 0);
      const plant = { A: scalar(a), B: identity(R, 1), C: identity(R, 1) };
      const agent = { leak: R.of(1), M: scalar(m), Z: scalar(z), U: none, V: none, W: scalar(w) };
      const { M, Z, W } = fullRankGradients(R, plant, agent, { state: scalar(q), control: scalar(k) }, scalar(x), 2);
      return [M, Z, W].map(({ data }) => data[0]!);
    },
  },
];
