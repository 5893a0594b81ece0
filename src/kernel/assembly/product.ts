/**
 * Products of matrices, in tiles of registers. The left factor is first copied into panels of 4 rows, term by term, which a tile
 * reads in one stretch; and a tile's columns of the right factor stay in the nearest cache while all panels pass by.
 */
import { mad, SIZE, splat, VECTOR } from './memory';

/** Rows of a panel. */
// @ts-ignore: decorator
@inline const ROWS: i32 = 4;
/** Bytes of a panel's column. */
// @ts-ignore: decorator
@inline const COLUMN: usize = 4 * SIZE;
/** Rows and terms that are in panels at a time: they fit the second cache. */
// @ts-ignore: decorator
@inline const MOST: i32 = 128;
const panels = memory.data(128 * 128 * 8, 64);

/** 2 rows of a panel × 4 vectors: c ← [c] + panel·p. That leaves 14 of 16 vector registers in use; a larger or unrolled tile spills. */
// @ts-ignore: decorator
@inline function tile24(c: usize, add: bool, ldc: usize, x: usize, end: usize, p: usize): void {
  const c1 = c + ldc;
  let s00 = v128.splat<Real>(0);
  let s01 = s00, s02 = s00, s03 = s00, s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  if (add) {
    s00 = v128.load(c); s01 = v128.load(c, VECTOR); s02 = v128.load(c, 2 * VECTOR); s03 = v128.load(c, 3 * VECTOR);
    s10 = v128.load(c1); s11 = v128.load(c1, VECTOR); s12 = v128.load(c1, 2 * VECTOR); s13 = v128.load(c1, 3 * VECTOR);
  }
  do {
    const v0 = v128.load(p), v1 = v128.load(p, VECTOR), v2 = v128.load(p, 2 * VECTOR), v3 = v128.load(p, 3 * VECTOR);
    const x0 = splat(x);
    s00 = mad(x0, v0, s00); s01 = mad(x0, v1, s01); s02 = mad(x0, v2, s02); s03 = mad(x0, v3, s03);
    const x1 = v128.load_splat<Real>(x, SIZE);
    s10 = mad(x1, v0, s10); s11 = mad(x1, v1, s11); s12 = mad(x1, v2, s12); s13 = mad(x1, v3, s13);
    x += COLUMN;
    p += ldc;
  } while (x < end);
  v128.store(c, s00); v128.store(c, s01, VECTOR); v128.store(c, s02, 2 * VECTOR); v128.store(c, s03, 3 * VECTOR);
  v128.store(c1, s10); v128.store(c1, s11, VECTOR); v128.store(c1, s12, 2 * VECTOR); v128.store(c1, s13, 3 * VECTOR);
}

/** A panel's 4 rows × 1 vector. */
// @ts-ignore: decorator
@inline function tile41(c: usize, add: bool, ldc: usize, x: usize, end: usize, p: usize): void {
  const c1 = c + ldc;
  const c2 = c1 + ldc;
  const c3 = c2 + ldc;
  let s0 = v128.splat<Real>(0);
  let s1 = s0, s2 = s0, s3 = s0;
  if (add) {
    s0 = v128.load(c); s1 = v128.load(c1); s2 = v128.load(c2); s3 = v128.load(c3);
  }
  do {
    const v = v128.load(p);
    s0 = mad(splat(x), v, s0);
    s1 = mad(v128.load_splat<Real>(x, SIZE), v, s1);
    s2 = mad(v128.load_splat<Real>(x, 2 * SIZE), v, s2);
    s3 = mad(v128.load_splat<Real>(x, 3 * SIZE), v, s3);
    x += COLUMN;
    p += ldc;
  } while (x < end);
  v128.store(c, s0); v128.store(c1, s1); v128.store(c2, s2); v128.store(c3, s3);
}

/** c ← [c] + panels·p, where the panels have `terms` columns. */
function sumPanels(c: usize, add: bool, rows: i32, ldc: usize, p: usize, terms: i32): void {
  const panel = <usize>terms * COLUMN;
  const end = panels + <usize>(rows / ROWS) * panel;
  let j: usize = 0;
  for (; j + 4 * VECTOR <= ldc; j += 4 * VECTOR) {
    let to = c + j;
    for (let x = panels; x < end; x += panel) {
      tile24(to, add, ldc, x, x + panel, p + j);
      to += 2 * ldc;
      tile24(to, add, ldc, x + 2 * SIZE, x + panel, p + j);
      to += 2 * ldc;
    }
  }
  for (; j < ldc; j += VECTOR) {
    let to = c + j;
    for (let x = panels; x < end; x += panel) {
      tile41(to, add, ldc, x, x + panel, p + j);
      to += 4 * ldc;
    }
  }
}

/** Panels of xᵀ: x is terms × rows, its rows ldx apart. */
function packColumns(x: usize, ldx: usize, rows: i32, terms: i32): void {
  let to = panels;
  for (let i = 0; i < rows; i += ROWS) {
    let from = x + <usize>i * SIZE;
    for (let k = 0; k < terms; k++) {
      v128.store(to, v128.load(from));
      if (SIZE == 8) v128.store(to, v128.load(from, VECTOR), VECTOR);
      from += ldx;
      to += COLUMN;
    }
  }
}

/** Panels of a: rows × terms, its rows lda apart; terms is a multiple of a vector's lanes. */
function packRows(a: usize, lda: usize, rows: i32, terms: i32): void {
  const end = <usize>terms * SIZE;
  let to = panels;
  for (let i = 0; i < rows; i += ROWS) {
    for (let from = a; from < a + end; from += VECTOR) {
      transposePanel(to, from, lda);
      to += 4 * VECTOR;
    }
    a += 4 * lda;
  }
}

/** A panel's columns from a vector of each of its rows. */
// @ts-ignore: decorator
@inline function transposePanel(to: usize, a: usize, lda: usize): void {
  const a0 = v128.load(a), a1 = v128.load(a + lda), a2 = v128.load(a + 2 * lda), a3 = v128.load(a + 3 * lda);
  if (SIZE == 8) {
    v128.store(to, v128.shuffle<i64>(a0, a1, 0, 2));
    v128.store(to, v128.shuffle<i64>(a2, a3, 0, 2), VECTOR);
    v128.store(to, v128.shuffle<i64>(a0, a1, 1, 3), 2 * VECTOR);
    v128.store(to, v128.shuffle<i64>(a2, a3, 1, 3), 3 * VECTOR);
  } else {
    const low01 = v128.shuffle<i32>(a0, a1, 0, 4, 1, 5), low23 = v128.shuffle<i32>(a2, a3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(a0, a1, 2, 6, 3, 7), high23 = v128.shuffle<i32>(a2, a3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store(to, v128.shuffle<i64>(low01, low23, 1, 3), VECTOR);
    v128.store(to, v128.shuffle<i64>(high01, high23, 0, 2), 2 * VECTOR);
    v128.store(to, v128.shuffle<i64>(high01, high23, 1, 3), 3 * VECTOR);
  }
}

/**
 * c ← [c] + xᵀ·p + a·q, rows × cols, where `add` says whether c counts; x is kx × rows, p kx × cols, a rows × ka, q ka × cols.
 * Rows, columns and ka are multiples of 4; kx or ka is not 0.
 */
export function product(
  c: usize, add: bool, rows: i32, cols: i32,
  x: usize, p: usize, kx: i32,
  a: usize, q: usize, ka: i32,
): void {
  const ldc = <usize>cols * SIZE;
  const ldx = <usize>rows * SIZE;
  const lda = <usize>ka * SIZE;
  for (let i = 0; i < rows; i += MOST) {
    const some = min(MOST, rows - i);
    const ci = c + <usize>i * ldc;
    for (let k = 0; k < kx; k += MOST) {
      const terms = min(MOST, kx - k);
      packColumns(x + <usize>k * ldx + <usize>i * SIZE, ldx, some, terms);
      sumPanels(ci, add || k > 0, some, ldc, p + <usize>k * ldc, terms);
    }
    for (let k = 0; k < ka; k += MOST) {
      const terms = min(MOST, ka - k);
      packRows(a + <usize>i * lda + <usize>k * SIZE, lda, some, terms);
      sumPanels(ci, add || kx > 0 || k > 0, some, ldc, q + <usize>k * ldc, terms);
    }
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
