/**
 * Identities: what kernels prove.
 *
 * An identity is written once, as expressions over any ring that vanish for all values of its variables, and it calls the
 * project's own formulas: what is proved is the code that computes. Only sums, differences, products and integer constants
 * occur, so that every kernel can interpret it; divisions are cleared beforehand.
 */
import type { Ring } from '#src/linalg/ring.js';

/** Values of an identity's variables. */
export type Values<T> = Readonly<Record<string, T>>;

/** Expressions that vanish identically. */
export interface Identity {
  /** The equation, in words and plain formulas. */
  readonly name: string;
  readonly variables: readonly string[];
  /** The expressions; `x` holds a ring element for each variable. */
  readonly vanish: <T>(R: Ring<T>, x: Values<T>) => readonly T[];
}

/** The identity over rings that refuse every constant but integers. They throw a RangeError that says what to do. */
export function withIntegersOnly<I extends Pick<Identity, 'vanish'>>(identity: I): I {
  const integer = (value: number): number => {
    if (Number.isSafeInteger(value)) return value;
    throw new RangeError(
      `the constant ${value} is no integer; identities have integer constants only, clear divisions first`,
    );
  };
  const vanish: Identity['vanish'] = (R, x) => identity.vanish({ ...R, of: (value) => R.of(integer(value)) }, x);
  return { ...identity, vanish };
}

/** What a kernel says of an identity. */
export interface KernelVerdict {
  /** `undefined` where the identity is out of the kernel's reach. */
  readonly holds: boolean | undefined;
  /** Terms, points, expressions or operations that were worked through. */
  readonly effort: number;
  readonly unit: 'terms' | 'points' | 'random points' | 'expressions' | 'operations';
  /** Why it does not hold, or is out of reach. */
  readonly reason?: string;
}

/** A kernel: an independent way of deciding identities. Rocq, the fourth, decides those of a derivation together (rocq.ts). */
export interface Kernel {
  readonly name: 'polynomials' | 'grid' | 'nerdamer' | 'rocq';
  readonly decide: (identity: Identity) => KernelVerdict;
}
