/**
 * Products of matrices, in tiles of registers: 4 rows by 2 vectors, the sums over k not unrolled. That leaves 11 of 16 vector
 * registers in use; larger or unrolled tiles spill.
 */
import { mad, SIZE, splat, VECTOR } from './memory';

/** 4 rows × 2 vectors: c ← [c] + Σ_k x[k]⊗p[k] + a·q. */
// @ts-ignore: decorator
@inline function tile42(
  c: usize, add: bool, ldc: usize,
  x: usize, ldx: usize, p: usize, kx: i32,
  a: usize, lda: usize, q: usize, ka: i32,
): void {
  const c1 = c + ldc;
  const c2 = c1 + ldc;
  const c3 = c2 + ldc;
  let s00 = v128.splat<Real>(0);
  let s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  if (add) {
    s00 = v128.load(c); s01 = v128.load(c, VECTOR);
    s10 = v128.load(c1); s11 = v128.load(c1, VECTOR);
    s20 = v128.load(c2); s21 = v128.load(c2, VECTOR);
    s30 = v128.load(c3); s31 = v128.load(c3, VECTOR);
  }
  for (let k = 0; k < kx; k++) {
    const v0 = v128.load(p);
    const v1 = v128.load(p, VECTOR);
    const x0 = splat(x);
    s00 = mad(x0, v0, s00); s01 = mad(x0, v1, s01);
    const x1 = splat(x + SIZE);
    s10 = mad(x1, v0, s10); s11 = mad(x1, v1, s11);
    const x2 = splat(x + 2 * SIZE);
    s20 = mad(x2, v0, s20); s21 = mad(x2, v1, s21);
    const x3 = splat(x + 3 * SIZE);
    s30 = mad(x3, v0, s30); s31 = mad(x3, v1, s31);
    x += ldx;
    p += ldc;
  }
  const a1 = lda;
  const a2 = lda + lda;
  const a3 = a2 + lda;
  for (let k = 0; k < ka; k++) {
    const v0 = v128.load(q);
    const v1 = v128.load(q, VECTOR);
    const x0 = splat(a);
    s00 = mad(x0, v0, s00); s01 = mad(x0, v1, s01);
    const x1 = splat(a + a1);
    s10 = mad(x1, v0, s10); s11 = mad(x1, v1, s11);
    const x2 = splat(a + a2);
    s20 = mad(x2, v0, s20); s21 = mad(x2, v1, s21);
    const x3 = splat(a + a3);
    s30 = mad(x3, v0, s30); s31 = mad(x3, v1, s31);
    a += SIZE;
    q += ldc;
  }
  v128.store(c, s00); v128.store(c, s01, VECTOR);
  v128.store(c1, s10); v128.store(c1, s11, VECTOR);
  v128.store(c2, s20); v128.store(c2, s21, VECTOR);
  v128.store(c3, s30); v128.store(c3, s31, VECTOR);
}

/** 4 rows × 1 vector. */
// @ts-ignore: decorator
@inline function tile41(
  c: usize, add: bool, ldc: usize,
  x: usize, ldx: usize, p: usize, kx: i32,
  a: usize, lda: usize, q: usize, ka: i32,
): void {
  const c1 = c + ldc;
  const c2 = c1 + ldc;
  const c3 = c2 + ldc;
  let s0 = v128.splat<Real>(0);
  let s1 = s0, s2 = s0, s3 = s0;
  if (add) {
    s0 = v128.load(c); s1 = v128.load(c1); s2 = v128.load(c2); s3 = v128.load(c3);
  }
  for (let k = 0; k < kx; k++) {
    const v = v128.load(p);
    s0 = mad(splat(x), v, s0);
    s1 = mad(splat(x + SIZE), v, s1);
    s2 = mad(splat(x + 2 * SIZE), v, s2);
    s3 = mad(splat(x + 3 * SIZE), v, s3);
    x += ldx;
    p += ldc;
  }
  const a1 = lda;
  const a2 = lda + lda;
  const a3 = a2 + lda;
  for (let k = 0; k < ka; k++) {
    const v = v128.load(q);
    s0 = mad(splat(a), v, s0);
    s1 = mad(splat(a + a1), v, s1);
    s2 = mad(splat(a + a2), v, s2);
    s3 = mad(splat(a + a3), v, s3);
    a += SIZE;
    q += ldc;
  }
  v128.store(c, s0); v128.store(c1, s1); v128.store(c2, s2); v128.store(c3, s3);
}

/**
 * c ← [c] + xᵀ·p + a·q, rows × cols, where `add` says whether c counts; x is kx × rows, p kx × cols, a rows × ka, q ka × cols.
 * Rows and columns are multiples of 4 and of a vector's lanes.
 */
export function product(
  c: usize, add: bool, rows: i32, cols: i32,
  x: usize, p: usize, kx: i32,
  a: usize, q: usize, ka: i32,
): void {
  const ldc = <usize>cols * SIZE;
  const ldx = <usize>rows * SIZE;
  const lda = <usize>ka * SIZE;
  for (let i = 0; i < rows; i += 4) {
    let j: usize = 0;
    for (; j + 2 * VECTOR <= ldc; j += 2 * VECTOR) tile42(c + j, add, ldc, x, ldx, p + j, kx, a, lda, q + j, ka);
    if (j < ldc) tile41(c + j, add, ldc, x, ldx, p + j, kx, a, lda, q + j, ka);
    c += 4 * ldc;
    x += 4 * SIZE;
    a += 4 * lda;
  }
}

/** c ← c + x·p, kc × cols, where kc is small: x is kc × rows, p rows × cols. */
export function thinProduct(c: usize, kc: i32, cols: i32, x: usize, p: usize, rows: i32): void {
  const ld = <usize>cols * SIZE;
  for (let i = 0; i < kc; i++) {
    let j: usize = 0;
    for (; j + 4 * VECTOR <= ld; j += 4 * VECTOR) {
      let s0 = v128.load(c + j), s1 = v128.load(c + j, VECTOR);
      let s2 = v128.load(c + j, 2 * VECTOR), s3 = v128.load(c + j, 3 * VECTOR);
      let q = p + j;
      let y = x;
      for (let k = 0; k < rows; k++) {
        const v = splat(y);
        s0 = mad(v, v128.load(q), s0);
        s1 = mad(v, v128.load(q, VECTOR), s1);
        s2 = mad(v, v128.load(q, 2 * VECTOR), s2);
        s3 = mad(v, v128.load(q, 3 * VECTOR), s3);
        y += SIZE;
        q += ld;
      }
      v128.store(c + j, s0); v128.store(c + j, s1, VECTOR);
      v128.store(c + j, s2, 2 * VECTOR); v128.store(c + j, s3, 3 * VECTOR);
    }
    for (; j < ld; j += VECTOR) {
      let s = v128.load(c + j);
      let q = p + j;
      let y = x;
      for (let k = 0; k < rows; k++) {
        s = mad(splat(y), v128.load(q), s);
        y += SIZE;
        q += ld;
      }
      v128.store(c + j, s);
    }
    c += ld;
    x += <usize>rows * SIZE;
  }
}
