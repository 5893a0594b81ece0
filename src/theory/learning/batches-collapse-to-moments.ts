/**
 * Batches collapse: the loss is quadratic in x₀ (training/start.ts holds the factors that replace a batch).
 */
import { type Ring, sum } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'batches-collapse-to-moments',
  kind: 'identity',
  title: 'a batch of starts acts through its second moments only',
  statement:
    'A batch of B starts has the moments Σ₀ = (1/B) Σ x₀x₀ᵀ. Its loss and gradients equal those of n columns X with X Xᵀ = Σ₀. So n trajectories replace B, exactly, even if Σ₀ is singular.',
  formula: 'L(x₀¹ … x₀ᴮ) = Σ over columns of X of L,  X Xᵀ = (1/B) Σ_b x₀ᵇ (x₀ᵇ)ᵀ',
  latex: String.raw`L(x_0^1 \ldots x_0^B) = \sum\text{ over columns of }X\text{ of }L \newline X X^\top = (1/B) \sum_b x_0^b (x_0^b)^\top`,
  assumptions: 'linear agent and plant, loss quadratic in states and controls, h₀ = 0',
  validity: 'everywhere; a clamp or a nonlinearity breaks it',
  tolerance: 'γ(roundings) times the loss or gradient of absolute data, and the backward error of the factorisation',
  source: { theory: '#the-reduction', status: 'new' },
};

/** tr(Q·Σ₀): the mean loss of a batch through its moments. @param Q, moments n × n, row-major */
export function lossThroughMoments<T>(R: Ring<T>, Q: ArrayLike<T>, moments: { readonly [index: number]: T }): T {
  return sum(
    R,
    Array.from(Q, (entry, k) => R.mul(entry, moments[k]!)),
  );
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'mean loss through the moments, two components',
    variables: ['a', 'b', 'd', 'x', 'y', 'z'],
    texts: ['a*x+2*b*y+d*z'],
    values: (R, { a, b, d, x, y, z }) => [lossThroughMoments(R, [a!, b!, b!, d!], [x!, y!, y!, z!])],
  },
];
