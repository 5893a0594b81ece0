/**
 * Noise in the plant and on observations: it keeps to the span of M and U, and the expected loss to the order parameters.
 */
import type { OrderParameters } from '../../agent/order-parameters.js';
import {
  add,
  at,
  blocks,
  build,
  identity,
  type Mat,
  multiply,
  scalar,
  scale,
  trace,
  transpose,
  zeros,
} from '../../linalg/matrix.js';
import { power, product, type Ring, sum } from '../../linalg/ring.js';
import type { NoiseVariances } from '../../loop/kalman.js';
import type { Weights } from '../../loop/riccati.js';
import type { Plant } from '../../plant/plant.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'noise-keeps-to-the-span',
  kind: 'identity',
  title: 'with noise the expected loss depends on the order parameters only',
  statement:
    'Noise w of the plant enters the state after each step, noise v of the observations what is seen of it: x′ = A x + B u + w, y′ = C x′ + v, with variances σ_w² dt and σ_v². In the coordinates (x, a, b), h = M a + U b, both enter through G. So the second moments X_t of the coordinates follow a recursion, and the expected loss depends on the order parameters only. So do its derivatives: learning of the expected loss closes on the Gram matrix.',
  formula:
    'X_{t+1} = P_eff X_t P_effᵀ + G Σ Gᵀ,  G = [[I, 0], [η C, η I], [0, 0]];  E L = Σ_t γ^t tr((Q + kᵀ R k) X_t),  k = [0, σ_zm, σ_zu]',
  latex: String.raw`X_{t+1} = P_{\mathit{eff}} X_t P_{\mathit{eff}}^\top + G \Sigma G^\top \newline G = \begin{bmatrix}I & 0 \\ \eta C & \eta I \\ 0 & 0\end{bmatrix} \newline E L = \sum_t \gamma^t \operatorname{tr}((Q + k^\top R k) X_t) \newline k = [0, \sigma_{zm}, \sigma_{zu}]`,
  assumptions:
    'no full-rank part W₀; noise of mean 0, independent from step to step, of the start and of each other; X_0 = diag(Σ₀, 0), Σ = diag(σ_w² dt I, σ_v² I)',
  validity:
    'every plant, rank, leak, horizon, discount and quadratic cost, whatever the law of the noise. The loss of one draw is no function of the order parameters; with a full-rank part or a nonlinearity neither is the mean',
  tolerance:
    'none: both sides and their derivatives are computed exactly, in rationals; the full engine in double precision is within γ(roundings) times its loss of absolute data',
  source: { theory: '#noise', status: 'new' },
};

/** The variances σ_w²·dt and σ_v². */
export function noiseVariances<T>(R: Ring<T>, process: T, observation: T, dt: T): NoiseVariances<T> {
  return { state: product(R, [process, process, dt]), observation: R.mul(observation, observation) };
}

/** G, (n+c+r) × (n+c): how noise of the plant and noise of observations enter (x, a, b). */
export function noiseEntry<T>(R: Ring<T>, { C }: Plant<T>, leak: T, rank: number): Mat<T> {
  const { rows: c, cols: n } = C;
  return blocks([
    [identity(R, n), zeros(R, n, c)],
    [scale(R, leak, C), scale(R, leak, identity(R, c))],
    [zeros(R, rank, n), zeros(R, rank, c)],
  ]);
}

/** G·Σ·Gᵀ: the second moments that noise adds to those of (x, a, b) in a step. */
export function noiseMoments<T>(R: Ring<T>, G: Mat<T>, n: number, { state, observation }: NoiseVariances<T>): Mat<T> {
  const Sigma = build(G.cols, G.cols, (i, j) => (i !== j ? R.of(0) : i < n ? state : observation));
  return multiply(R, G, Sigma, transpose(G));
}

/**
 * X_0 … X_{T−1}: second moments of (x, a, b) step by step.
 * @param Peff the effective matrix
 * @param added what each step adds, as large
 * @param Sigma0 second moments of x₀, n × n
 */
export function momentsWithNoise<T>(
  R: Ring<T>,
  Peff: Mat<T>,
  added: Mat<T>,
  Sigma0: Mat<T>,
  horizon: number,
): Mat<T>[] {
  const n = Sigma0.rows;
  const moments = [build(Peff.rows, Peff.rows, (i, j) => (i < n && j < n ? at(Sigma0, i, j) : R.of(0)))];
  while (moments.length < horizon)
    moments.push(add(R, multiply(R, Peff, moments[moments.length - 1]!, transpose(Peff)), added));
  return moments;
}

/**
 * E L = Σ_t γ^t·tr((Q + kᵀ·R·k)·X_t).
 * @param moments X_0 … X_{T−1}
 */
export function expectedLoss<T>(
  R: Ring<T>,
  { state, control }: Weights<T>,
  discount: T,
  { zm, zu }: Pick<OrderParameters<T>, 'zm' | 'zu'>,
  moments: readonly Mat<T>[],
): T {
  const n = state.rows;
  const readout = blocks([[zeros(R, zm.rows, n), zm, zu]]);
  const ofControls = multiply(R, transpose(readout), control, readout);
  const weights = build(ofControls.rows, ofControls.cols, (i, j) =>
    i < n && j < n ? at(state, i, j) : at(ofControls, i, j),
  );
  return sum(
    R,
    moments.map((X, t) => R.mul(power(R, discount, t), trace(R, multiply(R, weights, X)))),
  );
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'what noise adds to the moments, one state, rank 0',
    variables: ['c', 'eta', 'w', 'v', 'dt'],
    texts: ['w^2*dt', 'eta*c*w^2*dt', 'eta^2*(c^2*w^2*dt+v^2)'],
    values: (R, { c, eta, w, v, dt }) => {
      const plant = { A: scalar(c!), B: scalar(c!), C: scalar(c!) };
      const added = noiseMoments(R, noiseEntry(R, plant, eta!, 0), 1, noiseVariances(R, w!, v!, dt!));
      return [at(added, 0, 0), at(added, 0, 1), at(added, 1, 1)];
    },
  },
  {
    name: 'loss of one step, one state, rank 0',
    variables: ['q', 'r', 'g', 'zm', 'x', 'a'],
    texts: ['q*x+g*(q*x+r*zm^2*a)'],
    values: (R, { q, r, g, zm, x, a }) => {
      const none = R.of(0);
      const moments = [none, a!].map((second) => ({ rows: 2, cols: 2, data: [x!, none, none, second] }));
      const overlaps = { zm: scalar(zm!), zu: zeros(R, 1, 0) };
      return [expectedLoss(R, { state: scalar(q!), control: scalar(r!) }, g!, overlaps, moments)];
    },
  },
];
