/**
 * Inner loops over stretches of Float64Arrays, and over stacks: vectors of n entries one after the other. Nothing is
 * allocated. Loops are unrolled where bounds checks and loads would cost more than the arithmetic.
 */

/** Σᵢ a[ao+i]·b[bo+i] over n entries; four partial sums, which the processor can run side by side. */
export function dot(a: Float64Array, ao: number, b: Float64Array, bo: number, n: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    s0 += a[ao + i]! * b[bo + i]!;
    s1 += a[ao + i + 1]! * b[bo + i + 1]!;
    s2 += a[ao + i + 2]! * b[bo + i + 2]!;
    s3 += a[ao + i + 3]! * b[bo + i + 3]!;
  }
  for (; i < n; i++) s0 += a[ao + i]! * b[bo + i]!;
  return s0 + s1 + (s2 + s3);
}

/** b[bo+i] += s·a[ao+i] over n entries. */
export function axpy(s: number, a: Float64Array, ao: number, b: Float64Array, bo: number, n: number): void {
  for (let i = 0; i < n; i++) b[bo + i]! += s * a[ao + i]!;
}

/** out[oo+i] = 0 over n entries: for few of them the built-in `fill` takes longer to be called than to fill. */
export function clear(out: Float64Array, oo: number, n: number): void {
  for (let i = 0; i < n; i++) out[oo + i] = 0;
}

/** out[oo+q] = s·(V_q · b) for the `count` vectors of a stack, two at a time, so that b is read half as often. */
export function products(
  s: number,
  V: Float64Array,
  count: number,
  b: Float64Array,
  bo: number,
  n: number,
  out: Float64Array,
  oo: number,
): void {
  let q = 0;
  for (; q + 1 < count; q += 2) {
    const v = q * n;
    const w = v + n;
    let s0 = 0;
    let s1 = 0;
    let t0 = 0;
    let t1 = 0;
    let i = 0;
    for (; i + 1 < n; i += 2) {
      const b0 = b[bo + i]!;
      const b1 = b[bo + i + 1]!;
      s0 += V[v + i]! * b0;
      s1 += V[v + i + 1]! * b1;
      t0 += V[w + i]! * b0;
      t1 += V[w + i + 1]! * b1;
    }
    if (i < n) {
      s0 += V[v + i]! * b[bo + i]!;
      t0 += V[w + i]! * b[bo + i]!;
    }
    out[oo + q] = s * (s0 + s1);
    out[oo + q + 1] = s * (t0 + t1);
  }
  if (q < count) out[oo + q] = s * dot(V, q * n, b, bo, n);
}

/**
 * out[oo+i] = keep·a[ao+i] + Σ_q c[co+q]·V_q[i] for the `count` vectors of a stack: a leaky low-rank update. The first two
 * vectors share one pass with the copy.
 */
export function affine(
  keep: number,
  a: Float64Array,
  ao: number,
  c: Float64Array,
  co: number,
  V: Float64Array,
  count: number,
  n: number,
  out: Float64Array,
  oo: number,
): void {
  const c0 = count > 0 ? c[co]! : 0;
  const c1 = count > 1 ? c[co + 1]! : 0;
  if (count < 2) for (let i = 0; i < n; i++) out[oo + i] = keep * a[ao + i]! + (count ? c0 * V[i]! : 0);
  else if (keep === 0) for (let i = 0; i < n; i++) out[oo + i] = c0 * V[i]! + c1 * V[n + i]!;
  else for (let i = 0; i < n; i++) out[oo + i] = keep * a[ao + i]! + (c0 * V[i]! + c1 * V[n + i]!);
  for (let q = 2; q < count; q++) axpy(c[co + q]!, V, q * n, out, oo, n);
}

/**
 * out[oo+i] += Σ_t c[co + t·stride]·a_t[i] for the `count` vectors of a stack that starts at ao: a weight gradient as one
 * product over all time steps. Eight vectors at a time, so that `out` is read and written an eighth as often.
 */
export function combine(
  c: Float64Array,
  co: number,
  stride: number,
  a: Float64Array,
  ao: number,
  count: number,
  n: number,
  out: Float64Array,
  oo: number,
): void {
  let t = 0;
  for (; t + 7 < count; t += 8) {
    const k = co + t * stride;
    const c0 = c[k]!;
    const c1 = c[k + stride]!;
    const c2 = c[k + 2 * stride]!;
    const c3 = c[k + 3 * stride]!;
    const c4 = c[k + 4 * stride]!;
    const c5 = c[k + 5 * stride]!;
    const c6 = c[k + 6 * stride]!;
    const c7 = c[k + 7 * stride]!;
    const start = ao + t * n;
    for (let i = 0; i < n; i++) {
      const j = start + i;
      const low = c0 * a[j]! + c1 * a[j + n]! + (c2 * a[j + 2 * n]! + c3 * a[j + 3 * n]!);
      const high = c4 * a[j + 4 * n]! + c5 * a[j + 5 * n]! + (c6 * a[j + 6 * n]! + c7 * a[j + 7 * n]!);
      out[oo + i]! += low + high;
    }
  }
  for (; t < count; t++) axpy(c[co + t * stride]!, a, ao + t * n, out, oo, n);
}

/** out[oo…] ← the transpose of a rows × cols matrix, row by row from ao on. */
export function transposeInto(
  a: ArrayLike<number>,
  ao: number,
  rows: number,
  cols: number,
  out: Float64Array,
  oo: number,
): void {
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[oo + j * rows + i] = a[ao + i * cols + j]!;
}
