/** What is done to numbers one by one; n is a multiple of a vector's lanes. */
import { mad, SIZE, VECTOR } from './memory';

/** x ← max(0, x). */
export function relu(x: usize, n: i32): void {
  const zero = v128.splat<Real>(0);
  const end = x + <usize>n * SIZE;
  for (; x < end; x += VECTOR) v128.store(x, v128.max<Real>(v128.load(x), zero));
}

/** out ← s·x. */
export function scale(out: usize, s: Real, x: usize, n: i32): void {
  const vs = v128.splat<Real>(s);
  const end = x + <usize>n * SIZE;
  for (; x < end; x += VECTOR, out += VECTOR) v128.store(out, v128.mul<Real>(vs, v128.load(x)));
}

/** out ← s·x + r·y. */
export function mix(out: usize, s: Real, x: usize, r: Real, y: usize, n: i32): void {
  const vs = v128.splat<Real>(s);
  const vr = v128.splat<Real>(r);
  const end = x + <usize>n * SIZE;
  for (; x < end; x += VECTOR, y += VECTOR, out += VECTOR)
    v128.store(out, mad(vs, v128.load(x), v128.mul<Real>(vr, v128.load(y))));
}

/** out ← s·(1 − φ²)·x: back through tanh, φ its value. */
export function backThroughTanh(out: usize, s: Real, phi: usize, x: usize, n: i32): void {
  const vs = v128.splat<Real>(s);
  const one = v128.splat<Real>(1);
  const end = x + <usize>n * SIZE;
  for (; x < end; x += VECTOR, phi += VECTOR, out += VECTOR) {
    const v = v128.load(phi);
    const slope = v128.sub<Real>(one, v128.mul<Real>(v, v));
    v128.store(out, v128.mul<Real>(v128.load(x), v128.mul<Real>(vs, slope)));
  }
}

/** out ← s·x where φ > 0, else 0: back through relu, φ its value. */
export function backThroughRelu(out: usize, s: Real, phi: usize, x: usize, n: i32): void {
  const vs = v128.splat<Real>(s);
  const zero = v128.splat<Real>(0);
  const end = x + <usize>n * SIZE;
  for (; x < end; x += VECTOR, phi += VECTOR, out += VECTOR)
    v128.store(out, v128.and(v128.mul<Real>(vs, v128.load(x)), v128.gt<Real>(v128.load(phi), zero)));
}
