/**
 * The dominant eigenvalues of a real matrix, by Arnoldi's method from a random start; by all eigenvalues where that does not
 * certify them.
 *
 * What is certified. Let g be the start, with independent standard normal entries, p the characteristic polynomial of the m × m
 * Hessenberg matrix H, and β the product of its subdiagonal with the one that follows. Then ‖p(A)·g‖ = β·‖g‖, so that for every
 * eigenvalue μ of A, with unit left eigenvector w, |p(μ)| ≤ β·‖g‖ / |wᴴg|: μ lies in a lemniscate around the Ritz values. And
 * |wᴴg| < δ has probability at most 2δ/√π: the larger of w's real and imaginary parts has at least half its square. So no
 * eigenvalue is missed for want of a share in the start, but for a probability of FALSE_ALARM_PER_CASE.
 *
 * What is not: how often an eigenvalue with several eigenvectors counts (once here). And all of it holds of the matrix as rounding
 * leaves it, within the backward error of the QR algorithm, as what it gives for all eigenvalues does.
 */
import { type Complex, eigenvalues, modulus } from './eigen.js';
import { frobenius, type Mat, matrix } from './matrix.js';
import type { Stream } from './random.js';
import { eigenvalueBackwardError, FALSE_ALARM_PER_CASE } from './tolerance.js';
import { axpy, dot } from './vector.js';

/** Dominant eigenvalues. */
export interface Dominant {
  /**
   * Largest modulus first, distinct ones by Arnoldi's method; as many as wanted, one more to keep a pair whole. Every eigenvalue at
   * least as large as the last of them is within `DOMINANT_DISTANCE` of one of them, relative to the first.
   */
  readonly eigenvalues: readonly Complex[];
  readonly method: 'arnoldi' | 'all eigenvalues';
}

/** How far an eigenvalue may be from the one that stands for it, relative to the largest. */
export const DOMINANT_DISTANCE = 2 ** -20;

/** Dimensions of the Krylov space at which it is asked whether it is enough; matrices no larger are not worth it. */
const DIMENSIONS = [26, 34, 42] as const;

/** How many eigenvalues are asked for. */
export interface Wanted {
  readonly count: number;
  /** How many are enough where the others are not certified, as those in a bulk of similar ones; `count` by default. */
  readonly least?: number;
}

/**
 * The eigenvalues of largest modulus of a square real matrix.
 * @param random what the start is drawn from
 * @throws RangeError if A is not square or has an entry that is not finite.
 */
export function dominantEigenvalues(A: Mat<number>, { count, least = count }: Wanted, random: Stream): Dominant {
  return (
    krylovEigenvalues(A, count, least, random) ?? {
      eigenvalues: leading(eigenvalues(A), count),
      method: 'all eigenvalues',
    }
  );
}

/** The first `count`, and one more if that keeps a pair whole. */
function leading(sorted: readonly Complex[], count: number): Complex[] {
  const last = sorted[count - 1];
  return sorted.slice(0, last && last.im > 0 ? count + 1 : count);
}

function krylovEigenvalues(A: Mat<number>, count: number, least: number, random: Stream): Dominant | undefined {
  const n = A.rows;
  const most = DIMENSIONS.at(-1)!;
  if (A.cols !== n || n <= most) return undefined;
  const size = frobenius(A);
  if (!Number.isFinite(size) || size === 0) return undefined;
  const rows = A.data instanceof Float64Array ? A.data : Float64Array.from(A.data as ArrayLike<number>);
  const V = new Float64Array((most + 1) * n);
  for (let i = 0; i < n; i++) V[i] = random.normal();
  const length = Math.sqrt(dot(V, 0, V, 0, n));
  for (let i = 0; i < n; i++) V[i]! /= length;
  const H = matrix(most + 1, most);
  // log of β‖g‖/δ, for all of at most n eigenvalues.
  let bound = Math.log(length) - Math.log((FALSE_ALARM_PER_CASE * Math.sqrt(Math.PI)) / (2 * n));
  for (let m = 1; m <= most; m++) {
    const next = extend(rows, n, V, H, m - 1);
    bound += Math.log(next);
    // The space is invariant, up to rounding: nothing is left to follow.
    if (next <= eigenvalueBackwardError(n) * size) return undefined;
    if (!(DIMENSIONS as readonly number[]).includes(m)) continue;
    const ritz = eigenvalues(matrix(m, m, (i, j) => H.data[i * most + j]!));
    const exact = (found: readonly Complex[]): boolean =>
      encloses(ritz, found.length, bound) &&
      found.every((value) => residual(H, m, value) <= eigenvalueBackwardError(n) * size);
    // Fewer are enough when there is no larger space to come.
    for (let wanted = count; wanted >= (m === most ? least : count); wanted--) {
      const found = leading(ritz, wanted);
      if (exact(found)) return { eigenvalues: found, method: 'arnoldi' };
    }
  }
  return undefined;
}

/** One step: column k of H and vector k + 1, orthogonalised twice. @returns the subdiagonal entry */
function extend(A: Float64Array, n: number, V: Float64Array, H: Mat<number>, k: number): number {
  const to = (k + 1) * n;
  for (let i = 0; i < n; i++) V[to + i] = dot(A, i * n, V, k * n, n);
  for (let pass = 0; pass < 2; pass++)
    for (let j = 0; j <= k; j++) {
      const share = dot(V, j * n, V, to, n);
      H.data[j * H.cols + k]! += share;
      axpy(-share, V, j * n, V, to, n);
    }
  const length = Math.sqrt(dot(V, to, V, to, n));
  H.data[(k + 1) * H.cols + k] = length;
  for (let i = 0; i < n; i++) V[to + i]! /= length;
  return length;
}

const distance = (a: Complex, b: Complex): number => Math.hypot(a.re - b.re, a.im - b.im);

/**
 * Whether |p| exceeds its bound wherever |μ| is at least that of the last found and μ not near any found: no eigenvalue is there.
 *
 * If θ_j is the nearest found, |μ − θ_i| is at least half of |θ_i − θ_j| for the other ones; for the rest it is at least |μ| − |θ_i|.
 * @param ritz largest modulus first
 * @param found how many of them
 * @param bound log of the largest |p| that an eigenvalue can have
 */
function encloses(ritz: readonly Complex[], found: number, bound: number): boolean {
  const near = DOMINANT_DISTANCE * modulus(ritz[0]!);
  const radius = modulus(ritz[found - 1]!);
  let rest = 0;
  for (const value of ritz.slice(found)) rest += Math.log(Math.max(0, radius - modulus(value)));
  const chosen = ritz.slice(0, found);
  return chosen.every((nearest, j) => {
    let product = rest + Math.log(near);
    chosen.forEach((value, i) => {
      if (i !== j) product += Math.log(Math.max(near, distance(value, nearest) / 2));
    });
    return product > bound;
  });
}

/**
 * ‖A·v − θ·v‖ / ‖v‖ of a Ritz value's vector v = V·y: (H − θ)·y is 0 in all rows but the first where y is taken from below, so
 * that what is left is h·y_m along the next vector and that row's along the first.
 */
function residual(H: Mat<number>, m: number, { re, im }: Complex): number {
  const yr = new Float64Array(m);
  const yi = new Float64Array(m);
  yr[m - 1] = 1;
  // Row i of (H − θ)·y without its subdiagonal term.
  const rowOf = (i: number): readonly [number, number] => {
    let [a, b] = [-re * yr[i]! + im * yi[i]!, -re * yi[i]! - im * yr[i]!];
    for (let k = i; k < m; k++) {
      a += H.data[i * H.cols + k]! * yr[k]!;
      b += H.data[i * H.cols + k]! * yi[k]!;
    }
    return [a, b];
  };
  for (let i = m - 1; i > 0; i--) {
    const [a, b] = rowOf(i);
    const below = H.data[i * H.cols + i - 1]!;
    yr[i - 1] = -a / below;
    yi[i - 1] = -b / below;
  }
  const next = H.data[m * H.cols + m - 1]!;
  const length = Math.hypot(Math.sqrt(dot(yr, 0, yr, 0, m)), Math.sqrt(dot(yi, 0, yi, 0, m)));
  return Math.hypot(...rowOf(0), next) / length;
}
