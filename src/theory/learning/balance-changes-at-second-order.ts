/**
 * Balance: what gradient flow conserves, a finite step changes by an exact amount of second order.
 */
import { type Mat, multiply, scale, subtract, toRows, transpose } from '../../linalg/matrix.js';
import type { Ring } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'balance-changes-at-second-order',
  kind: 'identity',
  title: 'the balance of input and output weights changes only at second order',
  statement:
    'Let H = [Zᵀ V], J = [M U] and E = ∂L/∂K. If M, Z, U and V are all trained, one step of size s = lr κ changes H Hᵀ − J Jᵀ by s² (J EᵀE Jᵀ − H E Eᵀ Hᵀ), with no first-order term. If U and V are trained, whatever else is fixed, UᵀU − VᵀV changes by s² (VᵀDᵀD V − UᵀD Dᵀ U), D = ∂L/∂W.',
  formula: 'Δ(H Hᵀ − J Jᵀ) = s² (J EᵀE Jᵀ − H E Eᵀ Hᵀ);  Δ(UᵀU − VᵀV) = s² (VᵀDᵀD V − UᵀD Dᵀ U)',
  latex: String.raw`\Delta(H H^\top - J J^\top) = s^2 (J E^\top E J^\top - H E E^\top H^\top) \newline \Delta(U^\top U - V^\top V) = s^2 (V^\top D^\top D V - U^\top D D^\top U)`,
  assumptions: 'gradient descent with or without clipping; no full-rank part for the first law',
  validity: 'closed and open loop; momentum, Adam and weight decay break it',
  tolerance: 'rounding of the products and of the gradient, bounded by their absolute majorants',
  source: { theory: '#learning', status: 'new' },
};

/** H·Hᵀ − J·Jᵀ, N × N: conserved by gradient flow where M, Z, U, V are all trained. */
export function balance<T>(R: Ring<T>, H: Mat<T>, J: Mat<T>): Mat<T> {
  return subtract(R, multiply(R, H, transpose(H)), multiply(R, J, transpose(J)));
}

/** Exact change of the balance in one step of size s, N × N. @param E ∂L/∂K, (p+r) × (c+r) */
export function balanceChange<T>(R: Ring<T>, H: Mat<T>, J: Mat<T>, E: Mat<T>, s: T): Mat<T> {
  const [along, across] = [multiply(R, J, transpose(E)), multiply(R, H, E)];
  return scale(R, R.mul(s, s), balance(R, along, across));
}

/** UᵀU − VᵀV, r × r: conserved by gradient flow where U and V are trained. */
export function recurrentBalance<T>(R: Ring<T>, U: Mat<T>, V: Mat<T>): Mat<T> {
  return balance(R, transpose(U), transpose(V));
}

/** Exact change of UᵀU − VᵀV in one step of size s, r × r. @param D ∂L/∂W, N × N */
export function recurrentBalanceChange<T>(R: Ring<T>, U: Mat<T>, V: Mat<T>, D: Mat<T>, s: T): Mat<T> {
  const [alongU, alongV] = [multiply(R, D, V), multiply(R, transpose(D), U)];
  return scale(R, R.mul(s, s), recurrentBalance(R, alongU, alongV));
}

function scalar<T>(value: T): Mat<T> {
  return { rows: 1, cols: 1, data: [value] };
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'change of the balance, one unit, no memory',
    variables: ['h', 'j', 'e', 's'],
    texts: ['s^2*((j*e)^2-(h*e)^2)'],
    values: (R, { h, j, e, s }) => toRows(balanceChange(R, scalar(h!), scalar(j!), scalar(e!), s!)).flat(),
  },
  {
    name: 'change of UᵀU − VᵀV, one unit',
    variables: ['u', 'v', 'd', 's'],
    texts: ['s^2*((d*v)^2-(d*u)^2)'],
    values: (R, { u, v, d, s }) => toRows(recurrentBalanceChange(R, scalar(u!), scalar(v!), scalar(d!), s!)).flat(),
  },
];
