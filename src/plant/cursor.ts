/**
 * A cursor in the plane: one double integrator per axis, its positions seen, its velocities hidden (src/theory/README.md#tracking).
 */
import { build } from '../linalg/matrix.js';
import { type Ring, reals } from '../linalg/ring.js';
import { type Plant, plant } from './plant.js';

/**
 * The cursor over a ring: state (x, y, vx, vy), observed (x, y), controlled by an acceleration per axis.
 * @param dt time step
 * @param axes 2 for the plane
 */
export function cursorOver<T>(R: Ring<T>, dt: T, axes: number): Plant<T> {
  const [zero, one] = [R.of(0), R.of(1)];
  return plant(
    build(2 * axes, 2 * axes, (i, j) => (i === j ? one : j === i + axes ? dt : zero)),
    build(2 * axes, axes, (i, j) => (i === j + axes ? dt : zero)),
    build(axes, 2 * axes, (i, j) => (i === j ? one : zero)),
  );
}

/**
 * The cursor.
 * @param dt time step, positive
 * @throws RangeError if dt is not a positive finite number or axes not a positive integer.
 */
export function cursor(dt: number, axes = 2): Plant {
  if (!(dt > 0 && Number.isFinite(dt))) throw new RangeError(`cursor: dt must be positive, received ${dt}`);
  if (!Number.isInteger(axes) || axes < 1)
    throw new RangeError(`cursor: axes must be an integer ≥ 1, received ${axes}`);
  return cursorOver(reals, dt, axes);
}
