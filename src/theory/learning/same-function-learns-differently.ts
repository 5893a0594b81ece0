/**
 * Agents that act alike may learn differently: the order parameters are seen, the rest of the Gram matrix is not.
 */
import type { LinearAgent } from '../../agent/linear.js';
import { add, build, type Mat, map, multiply, scale, subtract, transpose } from '../../linalg/matrix.js';
import type { Ring } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'same-function-learns-differently',
  kind: 'identity',
  title: 'agents that act alike learn differently where their unseen overlaps differ',
  statement:
    'Let K = HᵀJ with J = [M U] and H = [Zᵀ V]. If SᵀT = I, the agent of the vectors T J and S H has the same K, so it acts alike in every loop; it has as many units as T has rows. How an agent learns next depends on what acting does not show: A = JᵀJ and B = HᵀH. One step s takes K to the K′ below. If two such agents take the same step, their K′ differ along E = ∂L/∂K by −s times the difference of ‖∇L‖². Over 50 epochs each follows the curve that the Gram dynamics predict for it, and the curves separate. If T = S, the Gram matrices are equal and the agents learn alike for ever.',
  formula: 'K′ = K − s (P_H E A + B E P_J) + s² P_H E Kᵀ E P_J;  ⟨E, K′₂ − K′₁⟩ = −s (‖∇L₂‖² − ‖∇L₁‖²)',
  latex: String.raw`K' = K - s (P_H E A + B E P_J) + s^2 P_H E K^\top E P_J \newline \langle E, K'_2 - K'_1\rangle = -s ({\lVert\nabla L_2\rVert}^2 - {\lVert\nabla L_1\rVert}^2)`,
  assumptions:
    'no full-rank part W₀; gradient descent, s = lr · κ; P_J and P_H keep the columns of J and H that are trained',
  validity:
    'every plant, leak and rank, every loss that depends on the order parameters, every choice of trained tensors',
  tolerance:
    'none in rationals; trained through N units, the spread of shadow runs (tolerance.ts) and the rounding of the prediction',
  source: { theory: '#learning', status: 'new' },
};

/** The agent with J′ = T·J and H′ = S·H, which acts alike if SᵀT = I. @param T units × N @param S units × N */
export function changedBasis<T>(
  R: Ring<T>,
  { leak, M, Z, U, V }: LinearAgent<T>,
  T: Mat<T>,
  S: Mat<T>,
): LinearAgent<T> {
  return {
    leak,
    M: multiply(R, T, M),
    Z: multiply(R, Z, transpose(S)),
    U: multiply(R, T, U),
    V: multiply(R, S, V),
  };
}

/** What one step changes. */
export interface Step<T> {
  /** ∂L/∂K, (p+r) × (c+r). */
  readonly E: Mat<T>;
  /** Step size times clip factor. */
  readonly s: T;
  /** Which of the columns of J and of H are trained. */
  readonly inputs: readonly boolean[];
  readonly outputs: readonly boolean[];
}

/** K′ after one step. @param A JᵀJ, (c+r) × (c+r) @param B HᵀH, (p+r) × (p+r) */
export function nextOrderParameters<T>(
  R: Ring<T>,
  K: Mat<T>,
  A: Mat<T>,
  B: Mat<T>,
  { E, s, inputs, outputs }: Step<T>,
): Mat<T> {
  const kept = (D: Mat<T>, keeps: (i: number, j: number) => boolean): Mat<T> =>
    build(D.rows, D.cols, (i, j) => (keeps(i, j) ? D.data[i * D.cols + j]! : R.of(0)));
  const left = kept(E, (i) => outputs[i]!);
  const right = kept(E, (_, j) => inputs[j]!);
  const first = add(R, multiply(R, left, A), multiply(R, B, right));
  const second = multiply(R, left, transpose(K), right);
  return add(R, subtract(R, K, scale(R, s, first)), scale(R, R.mul(s, s), second));
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'σ_zm′ and σ_zu′ of rank 1 after a step in Z, U and V',
    variables: ['zm', 'zu', 'vm', 'vu', 'mm', 'mu', 'uu', 'zz', 'zv', 'vv', 'e', 'f', 'g', 'h', 's'],
    texts: [
      'zm-s*(e*mm+f*mu)',
      'zu-s*(e*mu+f*uu+zz*f+zv*h)+s^2*((e*zm+f*zu)*f+(e*vm+f*vu)*h)',
      'vm-s*(g*mm+h*mu)',
      'vu-s*(g*mu+h*uu+zv*f+vv*h)+s^2*((g*zm+h*zu)*f+(g*vm+h*vu)*h)',
    ],
    values: (R, x) => {
      const square = (...names: string[]) =>
        map(
          build(2, 2, (i, j) => names[2 * i + j]!),
          (name) => x[name]!,
        );
      const step = { E: square('e', 'f', 'g', 'h'), s: x['s']!, inputs: [false, true], outputs: [true, true] };
      const K = square('zm', 'zu', 'vm', 'vu');
      const next = nextOrderParameters(R, K, square('mm', 'mu', 'mu', 'uu'), square('zz', 'zv', 'zv', 'vv'), step);
      return [next.data[0]!, next.data[1]!, next.data[2]!, next.data[3]!];
    },
  },
];
