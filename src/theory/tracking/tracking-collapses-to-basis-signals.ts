/**
 * Tracking on basis signals: while nothing is clamped, a batch of phases acts through the second moments of its coefficients
 * (training/tracking.ts rolls out the basis signals in its place).
 */
import { at, type Mat } from '../../linalg/matrix.js';
import { type Ring, sum } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'tracking-collapses-to-basis-signals',
  kind: 'identity',
  title: 'a batch of references of F harmonics acts through 2F basis signals',
  statement:
    'Harmonic f of phase φ is cos φ times its cosine part minus sin φ times its sine part. While no state component is clamped, errors are linear in these 2F coefficients. So loss and gradients of a batch equal those of the 2F basis signals under S = (1/B) Σ_b c_b c_bᵀ (½·I for uniform phases). No clamp ever acts, whatever the phases, if Σ_f √(p_f² + q_f²) stays below the limit at every step for every state component; p_f and q_f are its responses to the two parts of harmonic f. Otherwise trials are rolled out one by one.',
  formula: 'L = (weight/T) Σ_i Σ_axes eᵀ S e;  |Σ_f (cos φ_f p_f − sin φ_f q_f)| ≤ Σ_f √(p_f² + q_f²)',
  latex: String.raw`L = (\text{weight}/T) \sum_i \sum_{\mathrm{axes}} e^\top S e \newline {\lvert\sum_f (\cos \varphi_f p_f - \sin \varphi_f q_f)\rvert} \le \sum_f \sqrt{p_f^2 + q_f^2}`,
  assumptions: 'linear agent and plant, x and h start at 0, squared errors',
  validity: 'everywhere; the certificate is sufficient, not necessary, since the phases of a batch need not reach it',
  tolerance: 'γ(roundings) times loss or gradient of absolute data',
  source: { theory: '#tracking', status: 'new' },
};

/** eᵀ·S·e: the mean square of an error through the moments of the coefficients. @param errors of the basis signals */
export function meanSquare<T>(R: Ring<T>, S: Mat<T>, errors: readonly T[]): T {
  return sum(
    R,
    errors.flatMap((a, i) => errors.map((b, j) => R.mul(at(S, i, j), R.mul(a, b)))),
  );
}

/** p² + q²: the square of the largest response to a harmonic, over its phases. */
export function squaredAmplitude<T>(R: Ring<T>, p: T, q: T): T {
  return R.add(R.mul(p, p), R.mul(q, q));
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'mean square of one harmonic’s error through the moments',
    variables: ['s11', 's12', 's22', 'p', 'q'],
    texts: ['s11*p^2+2*s12*p*q+s22*q^2'],
    values: (R, { s11, s12, s22, p, q }) => [
      meanSquare(R, { rows: 2, cols: 2, data: [s11!, s12!, s12!, s22!] }, [p!, q!]),
    ],
  },
  {
    name: 'squared amplitude of a response',
    variables: ['p', 'q'],
    texts: ['p^2+q^2'],
    values: (R, { p, q }) => [squaredAmplitude(R, p!, q!)],
  },
];
