/** Once an epoch: weights and their gradients. */
import { SIZE, VECTOR } from './memory';

/** out ← xᵀ, x n × n. */
export function transpose(out: usize, x: usize, n: i32): void {
  const ld = <usize>n * SIZE;
  for (let i = 0; i < n; i++) {
    let to = out + <usize>i * SIZE;
    for (let j = 0; j < n; j++) {
      store<Real>(to, load<Real>(x));
      x += SIZE;
      to += ld;
    }
  }
}

/** Σ x², in double precision. */
export function squares(x: usize, n: i32): f64 {
  const end = x + <usize>n * SIZE;
  let s0: f64 = 0, s1: f64 = 0;
  for (; x < end; x += 2 * SIZE) {
    const v0 = <f64>load<Real>(x);
    const v1 = <f64>load<Real>(x, SIZE);
    s0 += v0 * v0;
    s1 += v1 * v1;
  }
  return s0 + s1;
}

/** x ← x − step·g. */
export function descend(x: usize, step: f64, g: usize, n: i32): void {
  const v = v128.splat<Real>(<Real>step);
  const end = x + <usize>n * SIZE;
  for (; x < end; x += VECTOR, g += VECTOR)
    v128.store(x, v128.sub<Real>(v128.load(x), v128.mul<Real>(v, v128.load(g))));
}
