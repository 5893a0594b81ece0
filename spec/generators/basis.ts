/**
 * Random changes of basis of the hidden units, all of multiples of powers of 2: exact in rationals, accurate in doubles.
 */
import { build, type Mat, matrix } from '#src/linalg/matrix.js';
import type { Stream } from '#src/linalg/random.js';

/** T and S with SᵀT = I: what happens to the vectors that enter the units, and to those that read them. */
export interface Basis {
  readonly T: Mat<number>;
  readonly S: Mat<number>;
}

/**
 * T = t·(I + a·bᵀ), S = (I − b·aᵀ)/t with t = 2 or ½, and a, b on different units so that bᵀa = 0: acts alike, but the
 * lengths of vectors and the angles among them change.
 */
export function stretching(N: number, random: Stream): Basis {
  const t = random.uniform() < 0.5 ? 2 : 0.5;
  const enters = Array.from({ length: N }, (_, i) => (i === 0 ? true : i === 1 ? false : random.uniform() < 0.5));
  const eighth = (): number => Math.round(random.uniform(-4.5, 4.5)) / 8;
  const a = enters.map((into) => (into ? eighth() : 0));
  const b = enters.map((into) => (into ? 0 : eighth()));
  const unit = (i: number, j: number): number => (i === j ? 1 : 0);
  return {
    T: build(N, N, (i, j) => t * (unit(i, j) + a[i]! * b[j]!)),
    S: build(N, N, (i, j) => (unit(i, j) - b[i]! * a[j]!) / t),
  };
}

/**
 * T = S of orthonormal columns, units × N: units are added, then mixed four at a time by reflections I − 2vvᵀ,
 * v = ½·(±1, ±1, ±1, ±1). @param units at least 4 and N
 */
export function mixing(N: number, units: number, random: Stream): Mat<number> {
  const T = matrix(units, N, (i, j) => (i === j ? 1 : 0));
  const index = (below: number): number => Math.min(below - 1, Math.floor(random.uniform(0, below)));
  for (let round = 0; round < Math.min(units, 12); round++) {
    const rest = Array.from({ length: units }, (_, i) => i);
    const four = Array.from({ length: 4 }, () => ({
      unit: rest.splice(index(rest.length), 1)[0]!,
      sign: random.uniform() < 0.5 ? 1 : -1,
    }));
    for (let j = 0; j < N; j++) {
      const along = four.reduce((total, { unit, sign }) => total + (sign * T.data[unit * N + j]!) / 2, 0);
      for (const { unit, sign } of four) T.data[unit * N + j]! -= sign * along;
    }
  }
  return T;
}
