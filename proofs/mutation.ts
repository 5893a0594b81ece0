/**
 * Mutants of identities, made systematically: the ring itself is faulty at one operation. A sum becomes a difference or the
 * other way round, one term is dropped, or an integer constant is off by one.
 */
import { type Ring, reals } from '#src/linalg/ring.js';
import type { Identity } from './kernels/identity.js';

/** The faults that one operation can have. */
export const FAULTS = ['sign', 'dropped term', 'constant'] as const;
export type Fault = (typeof FAULTS)[number];

/** A ring that errs at the operation number `at` of those that a fault applies to, counted from 0. */
function faulty<T>(R: Ring<T>, fault: Fault, at: number, count: { seen: number }): Ring<T> {
  const now = (kind: Fault): boolean => kind === fault && count.seen++ === at;
  return {
    of: (value) => R.of(now('constant') ? value + 1 : value),
    mul: R.mul,
    add: (a, b) => (now('sign') ? R.sub(a, b) : now('dropped term') ? a : R.add(a, b)),
    sub: (a, b) => (now('sign') ? R.add(a, b) : now('dropped term') ? a : R.sub(a, b)),
  };
}

/** How many operations of an identity a fault applies to. */
export function operations(identity: Identity, fault: Fault): number {
  const count = { seen: 0 };
  identity.vanish(faulty(reals, fault, -1, count), Object.fromEntries(identity.variables.map((name) => [name, 1])));
  return count.seen;
}

/** The identity with one fault. */
export function mutant(identity: Identity, fault: Fault, at: number): Identity {
  return {
    name: `${identity.name}, ${fault} at operation ${at}`,
    variables: identity.variables,
    vanish: (R, x) => identity.vanish(faulty(R, fault, at, { seen: 0 }), x),
  };
}

/**
 * Mutants of an identity: all of them, or, where there are many, `most` of each fault spread evenly over its operations.
 */
export function mutantsOf(identity: Identity, most: number): Identity[] {
  return FAULTS.flatMap((fault) => {
    const total = operations(identity, fault);
    const taken = Math.min(most, total);
    return Array.from({ length: taken }, (_, k) => mutant(identity, fault, Math.floor((k * total) / taken)));
  });
}
