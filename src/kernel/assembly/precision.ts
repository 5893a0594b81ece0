/** Between the caller's double precision and Real. */
import { SIZE } from './memory';

/** n numbers of double precision as Real: where they are, or rounded into `scratch`. @returns their address */
export function narrow(scratch: usize, x: usize, n: i32): usize {
  if (SIZE == 8) return x;
  for (let k = 0; k < n; k++) store<Real>(scratch + (<usize>k << 2), <Real>load<f64>(x + (<usize>k << 3)));
  return scratch;
}
