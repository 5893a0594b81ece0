/**
 * Chains of integrators: A = I + dt·S with S the superdiagonal shift, B = dt·e_k, C = e₁ᵀ (src/theory/README.md#the-loop).
 * The paper's double integrator is k = 2, dt = 1: position is seen, velocity hidden.
 */
import { build } from '../linalg/matrix.js';
import { type Ring, reals } from '../linalg/ring.js';
import { type Plant, plant } from './plant.js';

/**
 * The chain of k integrators over a ring.
 * @param k number of integrators, at least 1
 * @param dt time step
 */
export function integratorChainOver<T>(R: Ring<T>, k: number, dt: T): Plant<T> {
  const [zero, one] = [R.of(0), R.of(1)];
  return plant(
    build(k, k, (i, j) => (i === j ? one : j === i + 1 ? dt : zero)),
    build(k, 1, (i) => (i === k - 1 ? dt : zero)),
    build(1, k, (_, j) => (j === 0 ? one : zero)),
  );
}

/**
 * The chain of k integrators.
 * @param k number of integrators, at least 1
 * @param dt time step, positive
 * @throws RangeError if k is not a positive integer or dt not a positive finite number.
 */
export function integratorChain(k: number, dt: number): Plant {
  if (!Number.isInteger(k) || k < 1)
    throw new RangeError(`integrator chain: order must be an integer ≥ 1, received ${k}`);
  if (!(dt > 0 && Number.isFinite(dt))) throw new RangeError(`integrator chain: dt must be positive, received ${dt}`);
  return integratorChainOver(reals, k, dt);
}
