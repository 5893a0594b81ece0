/**
 * Kernel: sparse polynomials with exact integer coefficients. The zero polynomial is a complete proof.
 */
import type { Ring } from '#src/linalg/ring.js';
import type { Identity, Kernel, KernelVerdict } from './identity.js';

/**
 * A polynomial in n variables: from monomials to coefficients other than zero. A monomial is a string of n characters whose
 * codes are the exponents.
 */
export type SparsePolynomial = ReadonlyMap<string, bigint>;

function accumulate(into: Map<string, bigint>, monomial: string, coefficient: bigint): void {
  const total = (into.get(monomial) ?? 0n) + coefficient;
  if (total === 0n) into.delete(monomial);
  else into.set(monomial, total);
}

function combined(a: SparsePolynomial, b: SparsePolynomial, sign: bigint): SparsePolynomial {
  const sum = new Map(a);
  for (const [monomial, coefficient] of b) accumulate(sum, monomial, sign * coefficient);
  return sum;
}

/** The ring of polynomials in n variables. Constants must be integers. */
export function polynomialRing(n: number): Ring<SparsePolynomial> & {
  /** The k-th variable. */
  readonly variable: (k: number) => SparsePolynomial;
} {
  const one = '\0'.repeat(n);
  const times = (a: string, b: string): string => {
    const exponents: number[] = [];
    for (let k = 0; k < n; k++) exponents.push(a.charCodeAt(k) + b.charCodeAt(k));
    return String.fromCharCode(...exponents);
  };
  return {
    of: (value) => (value === 0 ? new Map() : new Map([[one, BigInt(value)]])),
    add: (a, b) => combined(a, b, 1n),
    sub: (a, b) => combined(a, b, -1n),
    mul: (a, b) => {
      const total = new Map<string, bigint>();
      for (const [s, x] of a) for (const [t, y] of b) accumulate(total, times(s, t), x * y);
      return total;
    },
    variable: (k) => new Map([[`${one.slice(0, k)}\u0001${one.slice(k + 1)}`, 1n]]),
  };
}

/** A polynomial as text, for messages. */
export function polynomialText(polynomial: SparsePolynomial, names: readonly string[]): string {
  const terms = [...polynomial].map(([monomial, coefficient]) => {
    const factors = names.flatMap((name, k) => {
      const exponent = monomial.charCodeAt(k);
      return exponent === 0 ? [] : [exponent === 1 ? name : `${name}^${exponent}`];
    });
    return [String(coefficient), ...factors].join('*');
  });
  return terms.length === 0 ? '0' : terms.join(' + ').replaceAll('+ -', '- ');
}

function decide({ variables, vanish }: Identity): KernelVerdict {
  const ring = polynomialRing(variables.length);
  let effort = 0;
  // Counting the terms of every product tells how much was worked through.
  const R: Ring<SparsePolynomial> = {
    ...ring,
    mul: (a, b) => {
      effort += a.size * b.size;
      return ring.mul(a, b);
    },
  };
  const results = vanish(R, Object.fromEntries(variables.map((name, k) => [name, ring.variable(k)])));
  const left = results.find((polynomial) => polynomial.size > 0);
  const base = { effort, unit: 'terms' } as const;
  return left === undefined && results.length > 0
    ? { holds: true, ...base }
    : { holds: false, ...base, reason: left ? `left over: ${polynomialText(left, variables)}` : 'nothing to prove' };
}

export const polynomials: Kernel = { name: 'polynomials', decide };
