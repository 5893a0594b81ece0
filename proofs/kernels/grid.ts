/**
 * Kernel: evaluation on a grid. A polynomial of degree at most d_k in its k-th variable that vanishes on a grid of d_k + 1
 * values for each variable is zero (Alon, Combinatorial Nullstellensatz, Lemma 2.1): a complete proof, by integers alone.
 *
 * The degree bounds are not declared but computed, by running the same identity over the (max, +) semiring of degrees.
 *
 * Where the grid is too large, random points stand in for it: a polynomial of total degree d that is not zero vanishes at a
 * point drawn from a set of size S in every variable with probability at most d/S (Schwartz 1980, Zippel 1979). With
 * S = 2^64 and four points the chance of a wrong proof is below 2^-200; the verdict says that it is of that kind.
 */
import { deriveSeed, Stream } from '#src/linalg/random.js';
import { integers, type Ring } from '#src/linalg/ring.js';
import type { Identity, Kernel, KernelVerdict, Values } from './identity.js';

/** Upper bounds of the degree in each variable; `undefined` for the zero polynomial. */
export type Degrees = readonly number[] | undefined;

/** Degrees of sums and products, cancellation not counted on. */
export function degreeSemiring(n: number): Ring<Degrees> {
  const largest = (a: Degrees, b: Degrees): Degrees => {
    if (a === undefined || b === undefined) return a ?? b;
    return a.map((degree, k) => Math.max(degree, b[k]!));
  };
  return {
    of: (value) => (value === 0 ? undefined : Array<number>(n).fill(0)),
    add: largest,
    sub: largest,
    mul: (a, b) => (a === undefined || b === undefined ? undefined : a.map((degree, k) => degree + b[k]!)),
  };
}

/** Degree bounds of an identity's expressions, the largest for each variable. */
export function degreeBounds({ variables, vanish }: Identity): number[] {
  const n = variables.length;
  const R = degreeSemiring(n);
  const unit = (k: number): Degrees => Array.from({ length: n }, (_, j) => (j === k ? 1 : 0));
  const degrees = vanish(R, Object.fromEntries(variables.map((name, k) => [name, unit(k)])));
  return variables.map((_, k) => Math.max(0, ...degrees.map((degree) => degree?.[k] ?? 0)));
}

/** Grids of more points than this are replaced by random points. */
const LARGEST_GRID = 10_000;
const RANDOM_POINTS = 4;

/** Why an identity does not hold at a point, the so-manieth that is tried; `undefined` where it does. */
function failureAt({ vanish }: Identity, values: Values<bigint>, point: number): KernelVerdict | undefined {
  const results = vanish(integers, values);
  if (results.length === 0) return { holds: false, effort: 0, unit: 'points', reason: 'nothing to prove' };
  const left = results.find((value) => value !== 0n);
  if (left === undefined) return undefined;
  const where = Object.entries(values).map(([name, value]) => `${name} = ${value}`);
  return { holds: false, effort: point, unit: 'points', reason: `${left} at ${where.join(', ')}` };
}

function atRandomPoints(identity: Identity): KernelVerdict {
  const random = new Stream(deriveSeed(0, identity.name));
  const half = (): bigint => BigInt(Math.floor(random.uniform(0, 2 ** 32)));
  for (let point = 1; point <= RANDOM_POINTS; point++) {
    const values = Object.fromEntries(identity.variables.map((variable) => [variable, (half() << 32n) + half()]));
    const failure = failureAt(identity, values, point);
    if (failure) return failure;
  }
  return { holds: true, effort: RANDOM_POINTS, unit: 'random points' };
}

function decide(identity: Identity): KernelVerdict {
  const { variables } = identity;
  const degrees = degreeBounds(identity);
  const points = degrees.reduce((product, degree) => product * (degree + 1), 1);
  if (points > LARGEST_GRID) return atRandomPoints(identity);
  const index = variables.map(() => 0);
  for (let point = 0; point < points; point++) {
    // Values around zero keep the integers small.
    const values = Object.fromEntries(variables.map((name, k) => [name, BigInt(index[k]! - (degrees[k]! >> 1))]));
    const failure = failureAt(identity, values, point + 1);
    if (failure) return failure;
    for (let k = 0; k < index.length && ++index[k]! > degrees[k]!; k++) index[k] = 0;
  }
  return { holds: true, effort: points, unit: 'points' };
}

export const grid: Kernel = { name: 'grid', decide };
