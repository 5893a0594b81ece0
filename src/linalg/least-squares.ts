/**
 * Nonlinear least squares by Levenberg and Marquardt: Householder QR of the damped Jacobian, never its normal equations.
 */
import { triangularFactor, triangularFactorOfColumns } from './factor.js';
import { at, type Matrix, matrix } from './matrix.js';

/** When a fit gives up. */
export interface Patience {
  readonly iterations: number;
  /** Each iteration has to gain this part of the sum of squares. */
  readonly gain: number;
}

export const THOROUGH: Patience = { iterations: 30, gain: 1e-3 };
export const BRIEF: Patience = { iterations: 15, gain: 0.05 };

/** Work that is left: products are counted, not timed, so that what a fit comes to does not depend on the machine. */
export interface Meter {
  /** Takes products. @returns whether they were left */
  readonly spend: (products: number) => boolean;
}

/** Residuals of unknowns: a fresh array of fixed length, not finite where the unknowns make no sense. */
export type Residuals = (x: Float64Array) => Float64Array;

/** What a fit came to. */
export interface Fit {
  readonly x: Float64Array;
  /** Σ r². */
  readonly squares: number;
  /** Whether it ended before its work was used up. */
  readonly complete: boolean;
  /** Standard error of each unknown for residuals of unit variance; infinite where nothing determines it. */
  readonly errors: () => Float64Array;
}

/**
 * Steps of four-point differences, relative to an unknown's scale: truncation, of fourth order, and rounding leave about
 * 1e−12 of a smooth function's slope. Narrow curved valleys need that much.
 */
const DIFFERENCE = 2 ** -12;
/** Dampings tried in every iteration, relative to the columns of the Jacobian. */
const DAMPINGS = [0, 1e-11, 1e-9, 1e-7, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100] as const;
/** Those of one unknown, whose direction no damping turns: steps of the whole length, a half, a hundredth. */
const SHORTENINGS = [0, 1, 10] as const;
/** Steps of Gauss and Newton taken without looking, before they have to have led lower. */
const BOLD_STEPS = 3;
/** No step may be longer, in units of scales. */
const RADIUS = 3;

const sumOfSquares = (r: Float64Array): number => {
  let total = 0;
  for (let k = 0; k < r.length; k++) total += r[k]! * r[k]!;
  return Number.isFinite(total) ? total : Number.POSITIVE_INFINITY;
};

/** ∂r/∂x, one array per unknown. */
function jacobian(residuals: Residuals, x: Float64Array, scale: Float64Array): Float64Array[] {
  return Array.from(x, (value, j) => {
    const step = DIFFERENCE * scale[j]!;
    const beside = (steps: number): Float64Array => {
      const moved = x.slice();
      moved[j] = value + steps * step;
      return residuals(moved);
    };
    const [far, near, close, away] = [beside(-2), beside(-1), beside(1), beside(2)];
    return near.map((_, i) => (8 * (close[i]! - near[i]!) - (away[i]! - far[i]!)) / (12 * step));
  });
}

/** The triangular factor of [J r], the columns of J scaled by `scale`. */
function factored(J: readonly Float64Array[], r: Float64Array, scale: Float64Array): Matrix {
  const rows = r.length;
  const columns = new Float64Array(rows * (J.length + 1));
  J.forEach((column, j) => {
    for (let i = 0; i < rows; i++) columns[j * rows + i] = column[i]! * scale[j]!;
  });
  columns.set(r, rows * J.length);
  return triangularFactorOfColumns(columns, rows, J.length + 1);
}

/**
 * The x with the least ‖J x − y‖, J one array per unknown; 0 for an unknown that y says nothing of.
 */
export function linearFit(J: readonly Float64Array[], y: Float64Array): Float64Array {
  const scale = Float64Array.from(J, (column) => 1 / (Math.sqrt(sumOfSquares(column)) || 1));
  const R = factored(J, y, scale);
  const x = new Float64Array(J.length);
  for (let j = J.length - 1; j >= 0; j--) {
    let value = at(R, j, J.length);
    for (let k = j + 1; k < J.length; k++) value -= at(R, j, k) * x[k]!;
    x[j] = at(R, j, j) === 0 ? 0 : value / at(R, j, j);
  }
  return x.map((value, j) => value * scale[j]!);
}

/** The triangular factor of [J r; damping·D 0] from that of [J r]; D has the lengths of the columns. */
function damped(R: Matrix, damping: number): Matrix {
  const { rows, cols } = R;
  const n = cols - 1;
  const lengths = Float64Array.from({ length: n }, (_, j) => {
    let squares = 0;
    for (let i = 0; i < rows; i++) squares += at(R, i, j) ** 2;
    return Math.sqrt(squares);
  });
  return triangularFactor(
    matrix(rows + n, cols, (i, j) => (i < rows ? at(R, i, j) : i - rows === j ? damping * lengths[j]! : 0)),
  );
}

/** Solves the n leading rows of an upper triangular factor against its last column; pivots of zero leave unknowns alone. */
function backSubstituted(R: Matrix): Float64Array {
  const n = R.cols - 1;
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let value = R.data[i * R.cols + n]!;
    for (let j = i + 1; j < n; j++) value -= R.data[i * R.cols + j]! * x[j]!;
    const pivot = R.data[i * R.cols + i]!;
    x[i] = pivot === 0 ? 0 : value / pivot;
  }
  return x;
}

/**
 * Minimises Σ r(x)².
 * @param start first guess
 * @param scale the size of a change that matters, per unknown
 * @param enough a sum of squares that needs no improvement
 * @param patience iterations at most, each of which has to gain some part of the sum of squares
 * @param work what is left for it, and products that one call of `residuals` takes; without it there is no limit
 */
export function leastSquares(
  residuals: Residuals,
  start: Float64Array,
  scale: Float64Array,
  enough = 0,
  { iterations, gain }: Patience = THOROUGH,
  work?: { readonly meter: Meter; readonly perCall: number },
): Fit {
  let x = Float64Array.from(start);
  let r = Float64Array.from(residuals(x));
  let squares = sumOfSquares(r);
  const [m, n] = [r.length, x.length];
  const perCall = work?.perCall ?? 0;
  /** Of the Jacobian and its factor. */
  const perJacobian = 4 * n * perCall + 2 * m * n * n;
  const perDamping = 4 * n ** 3 + perCall;
  const affords = (products: number): boolean => work?.meter.spend(products) ?? true;
  const dampings = n === 1 ? SHORTENINGS : DAMPINGS;
  let complete = true;
  /** Steps of Gauss and Newton, downhill or not: in a curved valley the way down begins uphill. Whether they lead lower. */
  const bold = (): boolean => {
    let [there, here] = [x, r];
    for (let k = 0; k < BOLD_STEPS; k++) {
      if (!affords(perJacobian + perCall)) return false;
      const J = jacobian(residuals, there, scale);
      if (J.some((column) => !Number.isFinite(sumOfSquares(column)))) return false;
      const step = backSubstituted(factored(J, here, scale));
      const length = Math.sqrt(sumOfSquares(step));
      const share = length > RADIUS ? RADIUS / length : 1;
      there = there.map((value, j) => value - share * step[j]! * scale[j]!);
      here = Float64Array.from(residuals(there));
      const found = sumOfSquares(here);
      if (found === Number.POSITIVE_INFINITY) return false;
      if (found < squares / 2) {
        [x, r, squares] = [there, here, found];
        return true;
      }
    }
    return false;
  };
  for (let iteration = 0; iteration < iterations && squares > enough && squares < Infinity; iteration++) {
    complete = affords(perJacobian + dampings.length * perDamping);
    if (!complete) break;
    const J = jacobian(residuals, x, scale);
    if (J.some((column) => !Number.isFinite(sumOfSquares(column)))) break;
    const before = squares;
    const R = factored(J, r, scale);
    let best: Float64Array<ArrayBuffer> | undefined;
    for (const damping of dampings) {
      const step = backSubstituted(damped(R, damping));
      if (!(sumOfSquares(step) <= RADIUS * RADIUS)) continue;
      const moved = x.map((value, j) => value - step[j]! * scale[j]!);
      const next = Float64Array.from(residuals(moved));
      const nextSquares = sumOfSquares(next);
      if (nextSquares < squares) [best, r, squares] = [moved, next, nextSquares];
      if (n === 1 && best) break;
    }
    if (best) x = best;
    if (squares > before / 4 && !(n > 1 && bold()) && !(squares < before * (1 - gain))) break;
  }
  const errors = (): Float64Array => {
    const J = jacobian(residuals, x, scale);
    // Column k of R⁻ᵀ has the length of unknown k's standard error.
    return Float64Array.from(x, (_, k) => {
      const order = [...J.filter((_, j) => j !== k), J[k]!];
      const R = triangularFactor(matrix(r.length, n, (i, j) => order[j]![i]!));
      const pivot = r.length < n ? 0 : Math.abs(R.data[n * n - 1]!);
      return pivot > 0 ? 1 / pivot : Number.POSITIVE_INFINITY;
    });
  };
  return { x, squares, complete, errors };
}
