/** What units send out: inner products with every trial's row. */
import { mad, SIZE, sum, VECTOR } from './memory';

/** out[b] ← [out[b]] + s, in double precision. */
// @ts-ignore: decorator
@inline function put(out: usize, add: bool, s: v128): void {
  const value = <f64>sum(s);
  store<f64>(out, add ? load<f64>(out) + value : value);
}

/**
 * out[k][b] ← [out[k][b]] + z[k]·h[b] in double precision, where `add` says whether out counts: z is kz × cols, h rows × cols,
 * rows a multiple of 4.
 */
export function readout(out: usize, add: bool, z: usize, kz: i32, h: usize, rows: i32, cols: i32): void {
  const ld = <usize>cols * SIZE;
  for (let k = 0; k < kz; k++) {
    let h0 = h;
    for (let b = 0; b < rows; b += 4) {
      const h1 = h0 + ld;
      const h2 = h1 + ld;
      const h3 = h2 + ld;
      let s0 = v128.splat<Real>(0);
      let s1 = s0, s2 = s0, s3 = s0;
      for (let j: usize = 0; j < ld; j += VECTOR) {
        const v = v128.load(z + j);
        s0 = mad(v, v128.load(h0 + j), s0);
        s1 = mad(v, v128.load(h1 + j), s1);
        s2 = mad(v, v128.load(h2 + j), s2);
        s3 = mad(v, v128.load(h3 + j), s3);
      }
      put(out, add, s0);
      put(out + 8, add, s1);
      put(out + 16, add, s2);
      put(out + 24, add, s3);
      out += 32;
      h0 += 4 * ld;
    }
    z += ld;
  }
}
