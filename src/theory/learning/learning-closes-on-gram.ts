/**
 * Learning closes on the Gram matrix of the weight vectors.
 */

import { inputColumns, outputColumns } from '../../agent/gram.js';
import type { AgentShape, Tensor } from '../../agent/linear.js';
import { at, build, identity, type Mat, multiply, scale, subtract, transpose } from '../../linalg/matrix.js';
import type { Ring } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'learning-closes-on-gram',
  kind: 'identity',
  title: 'learning depends on the Gram matrix of the weights only',
  statement:
    'One step of gradient descent on a low-rank agent takes the columns Q = [M Zᵀ U V] to Q R, where R is a function of QᵀQ. So d = c + p + 2r columns give the learning curve of N units, exactly, at a cost that does not grow with N.',
  formula: 'G′ = Rᵀ G R,  R = I − s C,  C the coefficients of ∂L/∂Q in the columns of Q,  s = lr · κ',
  latex: String.raw`G' = R^\top G R \newline R = I - s C \newline C\text{ the coefficients of }\partial L/\partial Q\text{ in the columns of }Q \newline s = \mathit{lr} \cdot \kappa`,
  assumptions:
    'no full-rank part W₀; gradient descent with or without clipping by the global norm; any trained tensors',
  validity: 'everywhere. Momentum keeps the span but not the closure; Adam acts entry by entry and breaks both',
  tolerance: 'a multiple of the spread of shadow runs, each perturbed at rounding level in every epoch (tolerance.ts)',
  source: { theory: '#learning', status: 'new' },
};

/**
 * The step matrix R = I − s·C with Q' = Q·R, d × d.
 *
 * ∂L/∂H = J·Eᵀ and ∂L/∂J = H·E for H = [Zᵀ V], J = [M U]: column i of H moves along J, column j of J along H.
 *
 * @param E ∂L/∂K, (p+r) × (c+r)
 * @param s step size times clip factor
 */
export function stepMatrix<T>(
  R: Ring<T>,
  shape: Omit<AgentShape, 'N'>,
  E: Mat<T>,
  s: T,
  trained: readonly Tensor[],
): Mat<T> {
  const { c, p, r } = shape;
  const d = c + p + 2 * r;
  const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
  const tensorOf = (column: number): Tensor =>
    column < c ? 'M' : column < c + p ? 'Z' : column < c + p + r ? 'U' : 'V';
  const coefficients = build(d, d, (row, column) => {
    if (!trained.includes(tensorOf(column))) return R.of(0);
    const [outRow, inRow] = [outputs.indexOf(row), inputs.indexOf(row)];
    const [outColumn, inColumn] = [outputs.indexOf(column), inputs.indexOf(column)];
    if (outColumn >= 0 && inRow >= 0) return at(E, outColumn, inRow);
    if (inColumn >= 0 && outRow >= 0) return at(E, outRow, inColumn);
    return R.of(0);
  });
  return subtract(R, identity(R, d), scale(R, s, coefficients));
}

/** G' = Rᵀ·G·R: the Gram matrix one step later, d × d. */
export function gramAfter<T>(R: Ring<T>, G: Mat<T>, step: Mat<T>): Mat<T> {
  return multiply(R, transpose(step), G, step);
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'G′ without memory: ‖M‖², MᵀZ, ‖Z‖² after a step in both',
    variables: ['mm', 'mz', 'zz', 'e', 's'],
    texts: ['mm-2*s*e*mz+s^2*e^2*zz', 'mz-s*e*mm-s*e*zz+s^2*e^2*mz', 'zz-2*s*e*mz+s^2*e^2*mm'],
    values: (R, { mm, mz, zz, e, s }) => {
      const E = build(1, 1, () => e!);
      const step = stepMatrix(R, { c: 1, p: 1, r: 0 }, E, s!, ['M', 'Z']);
      const after = gramAfter(R, { rows: 2, cols: 2, data: [mm!, mz!, mz!, zz!] }, step);
      return [at(after, 0, 0), at(after, 0, 1), at(after, 1, 1)];
    },
  },
];
