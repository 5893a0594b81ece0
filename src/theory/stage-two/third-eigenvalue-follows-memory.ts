/**
 * The third eigenvalue: Newton's step from σ_vu, its series in q, and the pair that deflation leaves.
 */
import { power, product, type Ring, reals, sum } from '../../linalg/ring.js';
import type { LoopOrderParameters } from '../loop/effective-characteristic-polynomial.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'third-eigenvalue-follows-memory',
  kind: 'approximation',
  title: 'λ₃ ≈ σ_vu + q/D, and its series in q',
  statement:
    'One Newton step on χ from σ_vu gives λ₃ ≈ σ_vu + q/D with D = (σ_vu−1)² − σ_zm; the error is of order q². To third order λ₃ = σ_vu + q/D − 2(σ_vu−1) q²/D³ + (7(σ_vu−1)² + σ_zm) q³/D⁵ + O(q⁴). At a root λ₃, the other two have the product c + bλ₃ + λ₃² with b = −(σ_vu+2) and c = 2σ_vu − σ_zm + 1.',
  formula: 'λ₃ = σ_vu + q/D − 2 w q²/D³ + (7w² + σ_zm) q³/D⁵,  w = σ_vu − 1,  D = w² − σ_zm',
  latex: String.raw`\lambda_3 = \sigma_{vu} + q/D - 2 w q^2/D^3 + (7w^2 + \sigma_{zm}) q^3/D^5 \newline w = \sigma_{vu} - 1 \newline D = w^2 - \sigma_{zm}`,
  assumptions: 'double integrator, rank 1, η = 1, dt = 1, σ_zm < 0, so that D > 0',
  validity: '|q| small against |D|^{3/2}; λ₁λ₂ is |λ₁|² only for a complex pair',
  tolerance: 'χ at the series is a polynomial in q whose terms below the declared order vanish exactly',
  source: { theory: '#stage-2', status: 'paper' },
};

/** D = χ′(σ_vu) = (σ_vu − 1)² − σ_zm. */
export function memorySlope<T>(R: Ring<T>, { zm, vu }: Omit<LoopOrderParameters<T>, 'q'>): T {
  const w = R.sub(vu, R.of(1));
  return R.sub(R.mul(w, w), zm);
}

/**
 * The term of λ₃ − σ_vu in q^k, by powers of p = 1/D: q·p, −2w·q²·p³, (7w² + σ_zm)·q³·p⁵, −10w(3w² + σ_zm)·q⁴·p⁷.
 * @param p 1/D, as an element of the ring
 * @param k 1 to 4
 */
export function thirdEigenvalueTerm<T>(R: Ring<T>, { zm, vu, q }: LoopOrderParameters<T>, p: T, k: 1 | 2 | 3 | 4): T {
  const w = R.sub(vu, R.of(1));
  const plusZm = (times: number): T => R.add(product(R, [R.of(times), w, w]), zm);
  const coefficient = {
    1: () => R.of(1),
    2: () => R.mul(R.of(-2), w),
    3: () => plusZm(7),
    4: () => product(R, [R.of(-10), w, plusZm(3)]),
  }[k]();
  return product(R, [coefficient, power(R, q, k), power(R, p, 2 * k - 1)]);
}

/**
 * λ₃ − σ_vu to a given order in q.
 * @param p 1/D, as an element of the ring
 * @param order 1 (Newton's step), 2 or 3; the fourth term is the size of the third order's remainder
 */
export function thirdEigenvalueShift<T>(R: Ring<T>, gains: LoopOrderParameters<T>, p: T, order: number): T {
  const terms = ([1, 2, 3, 4] as const).slice(0, order);
  return sum(
    R,
    terms.map((k) => thirdEigenvalueTerm(R, gains, p, k)),
  );
}

/** Enough for bisection alone to reach neighbouring doubles from any bracket. */
const MOST_STEPS = 2200;

/**
 * λ₃ − σ_vu itself: the root h of D·h + 2w·h² + h³ = q that grows from h = 0 as memory does from 0 to q. `undefined` where it
 * has met another root on the way and both left the real axis, and where D = 0.
 *
 * Solved for h, not for λ₃, so that it is as accurate as h is small.
 */
export function memoryShift({ zm, vu, q }: LoopOrderParameters<number>): number | undefined {
  const w = vu - 1;
  const slope = memorySlope(reals, { zm, vu });
  if (slope === 0 || !Number.isFinite(slope) || !Number.isFinite(q)) return undefined;
  if (q === 0) return 0;
  const gainOf = (h: number): number => h * (slope + h * (2 * w + h));
  const slopeOf = (h: number): number => slope + h * (4 * w + 3 * h);
  const direction = Math.sign(q) * Math.sign(slope);
  // Roots meet where the slope vanishes; the nearer such point ahead ends the branch. The quadratic's roots without cancellation.
  const discriminant = w * w + 3 * zm;
  const far = discriminant > 0 ? (-2 * w - (w < 0 ? -1 : 1) * Math.sqrt(discriminant)) / 3 : Number.NaN;
  const meetings = [far, slope / (3 * far)].filter((h) => h * direction > 0).sort((a, b) => Math.abs(a) - Math.abs(b));
  const passed = (h: number): boolean => Math.abs(gainOf(h)) >= Math.abs(q);
  let [near, beyond] = [0, meetings[0] ?? q / slope];
  if (meetings.length > 0 && !passed(beyond)) return undefined;
  while (!passed(beyond)) [near, beyond] = [beyond, 2 * beyond];
  let h = q / slope;
  for (let step = 0; step < MOST_STEPS; step++) {
    if (!(Math.abs(h) > Math.abs(near) && Math.abs(h) < Math.abs(beyond))) h = near + (beyond - near) / 2;
    if (h === near || h === beyond) break;
    if (passed(h)) beyond = h;
    else near = h;
    const next = h - (gainOf(h) - q) / slopeOf(h);
    if (Math.abs(next - h) <= Math.abs(h) * Number.EPSILON) return next;
    h = next;
  }
  return h;
}

/** c + b·λ₃ + λ₃²: the product of the other two roots, exact where λ₃ is a root. */
export function productOfPair<T>(R: Ring<T>, { zm, vu }: Omit<LoopOrderParameters<T>, 'q'>, root: T): T {
  const b = R.sub(R.of(-2), vu);
  const c = R.add(R.sub(R.add(vu, vu), zm), R.of(1));
  return sum(R, [c, R.mul(b, root), R.mul(root, root)]);
}

/** The quadratic λ² + (b + λ₃)·λ + c + b·λ₃ + λ₃² that division by λ − λ₃ leaves, constant term first. */
export function deflated<T>(R: Ring<T>, gains: Omit<LoopOrderParameters<T>, 'q'>, root: T): T[] {
  return [productOfPair(R, gains, root), R.add(R.sub(R.of(-2), gains.vu), root), R.of(1)];
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'λ₃ − σ_vu to third order, p = 1/D; D; λ₁λ₂ at a root k',
    variables: ['zm', 'vu', 'q', 'p', 'k'],
    texts: ['q*p-2*(vu-1)*q^2*p^3+(7*(vu-1)^2+zm)*q^3*p^5', '(vu-1)^2-zm', '2*vu-zm+1-(vu+2)*k+k^2'],
    values: (R, { zm, vu, q, p, k }) => {
      const gains = { zm: zm!, vu: vu!, q: q! };
      return [thirdEigenvalueShift(R, gains, p!, 3), memorySlope(R, gains), productOfPair(R, gains, k!)];
    },
  },
];
