/**
 * Dual numbers a + b·ε with ε² = 0: exact directional derivatives, the oracle of the adjoint gradients.
 * Evaluating a formula at θ + ε·d gives the value and, in `tangent`, the derivative along d.
 */
import type { Ring } from './ring.js';

/** value + tangent·ε. */
export interface Dual<T = number> {
  readonly value: T;
  readonly tangent: T;
}

/** The ring of dual numbers over a ring; constants have tangent zero. */
export function dualsOver<T>(R: Ring<T>): Ring<Dual<T>> {
  return {
    of: (value) => ({ value: R.of(value), tangent: R.of(0) }),
    add: (a, b) => ({ value: R.add(a.value, b.value), tangent: R.add(a.tangent, b.tangent) }),
    sub: (a, b) => ({ value: R.sub(a.value, b.value), tangent: R.sub(a.tangent, b.tangent) }),
    mul: (a, b) => ({
      value: R.mul(a.value, b.value),
      tangent: R.add(R.mul(a.tangent, b.value), R.mul(a.value, b.tangent)),
    }),
  };
}
