/**
 * The spectrum of the coupled matrix is that of the effective matrix, and N − c − r times 1 − η.
 */
import { convolve, evaluate, type Polynomial } from '../../linalg/polynomial.js';
import { negate, type Ring } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'spectrum-of-coupled-is-effective',
  kind: 'identity',
  title: 'P has the eigenvalues of P_eff, and N − c − r times 1 − η',
  statement:
    'det(λI − P) = (λ − 1 + η)^(N−c−r) · det(λI − P_eff). For N < c + r this is an identity of rational functions.',
  formula: 'det(λI − P) (λ − 1 + η)^max(0, c+r−N) = det(λI − P_eff) (λ − 1 + η)^max(0, N−c−r)',
  latex: String.raw`\det(\lambda I - P) (\lambda - 1 + \eta)^{\max(0, c+r-N)} = \det(\lambda I - P_{\mathrm{eff}}) (\lambda - 1 + \eta)^{\max(0, N-c-r)}`,
  assumptions: 'no full-rank part W₀; any rank, leak and shapes',
  validity: 'everywhere',
  tolerance:
    'none: both characteristic polynomials are computed exactly, in rationals, and compared coefficient by coefficient',
  source: { theory: '#the-reduction', status: 'paper' },
};

/** Both sides of the identity as polynomials in λ, cleared of denominators. */
export function bothSides<T>(
  R: Ring<T>,
  coupled: Polynomial<T>,
  effective: Polynomial<T>,
  leak: T,
  /** N − c − r, of either sign. */
  surplus: number,
): { readonly left: T[]; readonly right: T[] } {
  const silent = [negate(R, R.sub(R.of(1), leak)), R.of(1)];
  const times = (polynomial: Polynomial<T>, count: number): T[] => {
    let result = [...polynomial];
    for (let k = 0; k < count; k++) result = convolve(R, result, silent);
    return result;
  };
  return { left: times(coupled, Math.max(0, -surplus)), right: times(effective, Math.max(0, surplus)) };
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'det(λI − P) from an effective polynomial of degree 1, one silent direction',
    variables: ['l', 'eta', 'e0', 'e1'],
    texts: ['(l-1+eta)*(e0+e1*l)'],
    values: (R, { l, eta, e0, e1 }) => [evaluate(R, bothSides(R, [], [e0!, e1!], eta!, 1).right, l!)],
  },
];
