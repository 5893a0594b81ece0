/**
 * Eigenvalues of a real matrix without eigenvectors: reflections to Hessenberg form, then the QR algorithm with double implicit shifts
 * (Francis 1961; the steps and shifts of EISPACK's `hqr`). Where only eigenvalues are asked for, a step concerns the block that is still
 * to be split, which is a fraction of what eigenvectors take.
 */

/** A subdiagonal entry this small beside its neighbours is rounding. */
const NEGLIGIBLE = 2 ** -52;

/** Steps at one block after which a shift of another kind is tried, and after which it is given up; two or three are usual. */
const [UNUSUAL, MOST] = [10, 300];

/** H ← QᵀHQ, n × n row by row, with zeros below the subdiagonal. */
function toHessenberg(H: Float64Array, n: number): void {
  const v = new Float64Array(n);
  for (let m = 1; m < n - 1; m++) {
    let size = 0;
    for (let i = m; i < n; i++) size += Math.abs(H[i * n + m - 1]!);
    if (size === 0) continue;
    let squares = 0;
    for (let i = m; i < n; i++) {
      v[i] = H[i * n + m - 1]! / size;
      squares += v[i]! * v[i]!;
    }
    // The sign that avoids cancellation.
    const image = v[m]! > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    const half = squares - v[m]! * image;
    v[m]! -= image;
    for (let j = m; j < n; j++) {
      let share = 0;
      for (let i = m; i < n; i++) share += v[i]! * H[i * n + j]!;
      share /= half;
      for (let i = m; i < n; i++) H[i * n + j]! -= share * v[i]!;
    }
    for (let i = 0; i < n; i++) {
      let share = 0;
      for (let j = m; j < n; j++) share += H[i * n + j]! * v[j]!;
      share /= half;
      for (let j = m; j < n; j++) H[i * n + j]! -= share * v[j]!;
    }
    H[m * n + m - 1] = size * image;
    for (let i = m + 1; i < n; i++) H[i * n + m - 1] = 0;
  }
}

/** The 3-vector that begins a step whose shifts have the sum x + y and the product x·y − w, from row m on; of size 1. */
function beginning(H: Float64Array, n: number, m: number, x: number, y: number, w: number): [number, number, number] {
  const at = m * n + m;
  const z = H[at]!;
  const [r, s] = [x - z, y - z];
  const p = (r * s - w) / H[at + n]! + H[at + 1]!;
  const q = H[at + n + 1]! - z - r - s;
  const below = H[at + 2 * n + 1]!;
  const size = Math.abs(p) + Math.abs(q) + Math.abs(below);
  return [p / size, q / size, below / size];
}

/** Reflections that chase the bulge of a double step down rows m to `high` of the block from `low` on. */
function chase(
  H: Float64Array,
  n: number,
  low: number,
  m: number,
  high: number,
  first: readonly [number, number, number],
): void {
  let [p, q, r] = first;
  for (let k = m; k < high; k++) {
    const three = k < high - 1;
    let size = 1;
    if (k > m) {
      p = H[k * n + k - 1]!;
      q = H[(k + 1) * n + k - 1]!;
      r = three ? H[(k + 2) * n + k - 1]! : 0;
      size = Math.abs(p) + Math.abs(q) + Math.abs(r);
      if (size === 0) continue;
      p /= size;
      q /= size;
      r /= size;
    }
    const length = Math.sqrt(p * p + q * q + r * r);
    const s = p < 0 ? -length : length;
    if (k > m) H[k * n + k - 1] = -s * size;
    else if (low < m) H[k * n + k - 1] = -H[k * n + k - 1]!;
    p += s;
    const [x, y, z] = [p / s, q / s, r / s];
    q /= p;
    r /= p;
    const [a, b, c] = [k * n, (k + 1) * n, (k + 2) * n];
    for (let j = k; j <= high; j++) {
      let sum = H[a + j]! + q * H[b + j]!;
      if (three) {
        sum += r * H[c + j]!;
        H[c + j]! -= sum * z;
      }
      H[a + j]! -= sum * x;
      H[b + j]! -= sum * y;
    }
    for (let i = low; i <= Math.min(high, k + 3); i++) {
      const at = i * n + k;
      let sum = x * H[at]! + y * H[at + 1]!;
      if (three) {
        sum += z * H[at + 2]!;
        H[at + 2]! -= sum * r;
      }
      H[at]! -= sum;
      H[at + 1]! -= sum * q;
    }
  }
}

/**
 * Eigenvalues in the order in which they split off.
 * @param A n × n row by row, of finite entries; overwritten
 * @throws RangeError where the algorithm does not end
 */
export function realSchurEigenvalues(
  A: Float64Array,
  n: number,
): { readonly re: Float64Array; readonly im: Float64Array } {
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  toHessenberg(A, n);
  let norm = 0;
  for (let i = 0; i < n; i++) for (let j = Math.max(0, i - 1); j < n; j++) norm += Math.abs(A[i * n + j]!);
  let high = n - 1;
  let shifted = 0;
  for (let steps = 0; high >= 0; ) {
    // The block that is still to be split begins below the last negligible entry.
    let low = high;
    for (; low > 0; low--) {
      const beside = Math.abs(A[(low - 1) * n + low - 1]!) + Math.abs(A[low * n + low]!) || norm;
      if (Math.abs(A[low * n + low - 1]!) <= NEGLIGIBLE * beside) break;
    }
    const corner = high * n + high;
    let x = A[corner]!;
    if (low === high) {
      re[high] = x + shifted;
      high--;
      steps = 0;
      continue;
    }
    let y = A[corner - n - 1]!;
    let w = A[corner - 1]! * A[corner - n]!;
    if (low === high - 1) {
      const half = (y - x) / 2;
      const square = half * half + w;
      const root = Math.sqrt(Math.abs(square));
      if (square >= 0) {
        const apart = half + (half < 0 ? -root : root);
        re[high - 1] = x + shifted + apart;
        re[high] = apart === 0 ? re[high - 1]! : x + shifted - w / apart;
      } else {
        re[high - 1] = re[high] = x + shifted + half;
        im[high - 1] = root;
        im[high] = -root;
      }
      high -= 2;
      steps = 0;
      continue;
    }
    if (steps === MOST) throw new RangeError(`eigenvalues: a block of ${high - low + 1} does not split`);
    if (steps % UNUSUAL === UNUSUAL - 1) {
      shifted += x;
      for (let i = 0; i <= high; i++) A[i * n + i]! -= x;
      const s = Math.abs(A[corner - 1]!) + Math.abs(A[corner - n - 2]!);
      x = y = 0.75 * s;
      w = -0.4375 * s * s;
    }
    steps++;
    // The step begins where two subdiagonal entries in a row are small together.
    let m = high - 2;
    let first = beginning(A, n, m, x, y, w);
    for (; m > low; first = beginning(A, n, --m, x, y, w)) {
      const [p, q, r] = first;
      const at = m * n + m;
      const around = Math.abs(A[at - n - 1]!) + Math.abs(A[at]!) + Math.abs(A[at + n + 1]!);
      if (Math.abs(A[at - 1]!) * (Math.abs(q) + Math.abs(r)) <= NEGLIGIBLE * Math.abs(p) * around) break;
    }
    for (let i = m + 2; i <= high; i++) {
      A[i * n + i - 2] = 0;
      if (i > m + 2) A[i * n + i - 3] = 0;
    }
    chase(A, n, low, m, high, first);
  }
  return { re, im };
}
