/**
 * Stage 1 with what is seen late, at any strength of control: the pair by the angle that it turns by in a step.
 */
import { power, product, type Ring, sum } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'late-pair-follows-its-phase',
  kind: 'universal',
  title: 'the pair of a loop that sees late is known exactly by the angle that it turns by',
  statement:
    'Without memory a double integrator whose position is seen d steps late has at σ_zm < 0 one pair ρ e^{±iθ} with 0 < θ < π/(d+2), and no other eigenvalue is as large. The angle tells modulus and σ_zm: ρ = cos(dθ/2)/cos((d+2)θ/2), w² = sin²θ cos^d(dθ/2)/cos^(d+2)((d+2)θ/2), w² = dt² |σ_zm|. Both grow with θ, without limit. The other eigenvalues are inside the unit circle as long as w² < 4 sin²(π/(d+1)); there the next ones leave it, at the angle 2π/(d+1).',
  formula: 'ρ = cos(dθ/2)/cos((d+2)θ/2),  dt² |σ_zm| = sin²θ cos^d(dθ/2)/cos^(d+2)((d+2)θ/2)',
  latex: String.raw`\rho = \cos(d\theta/2)/\cos((d+2)\theta/2) \newline \mathit{dt}^2\,|\sigma_{zm}| = \sin^2\theta\,\cos^d(d\theta/2)/\cos^{d+2}((d+2)\theta/2)`,
  assumptions: 'double integrator, no memory, η = 1, σ_zm < 0, position seen d steps late',
  validity:
    'every w and every d. The formula is proved up to d = 3, the rest argued for every d, and tried up to d = 5',
  tolerance:
    'none: for angles θ/2 of rational tangent all is rational, and whether the other eigenvalues lie inside a circle is decided',
  source: { theory: '#stage-1', status: 'new' },
};

/** Real and imaginary part of zⁿ. */
function turned<T>(R: Ring<T>, re: T, im: T, n: number): readonly [re: T, im: T] {
  let [x, y] = [R.of(1), R.of(0)];
  for (let k = 0; k < n; k++) [x, y] = [R.sub(R.mul(x, re), R.mul(y, im)), R.add(R.mul(x, im), R.mul(y, re))];
  return [x, y];
}

/** A pair λ = (re ± i·im)/over of modulus ρ = radius/over, at w² = strength/over^(d+2). */
export interface LatePair<T> {
  readonly re: T;
  readonly im: T;
  readonly radius: T;
  readonly strength: T;
  readonly over: T;
}

/**
 * The pair of angle θ, by z = re + i·im of angle θ/2 and any modulus: with near = Re z^d and over = Re z^(d+2),
 * λ = z²·near/over and λ − 1 = i·Im(z²)·z̄^d/over.
 * @param d steps that the position is seen late
 */
export function latePair<T>(R: Ring<T>, d: number, re: T, im: T): LatePair<T> {
  const [near] = turned(R, re, im, d);
  const [over] = turned(R, re, im, d + 2);
  const [x, y] = turned(R, re, im, 2);
  const size = sum(R, [R.mul(re, re), R.mul(im, im)]);
  return {
    re: R.mul(x, near),
    im: R.mul(y, near),
    radius: R.mul(size, near),
    strength: product(R, [y, y, power(R, size, 2 * d), power(R, near, d)]),
    over,
  };
}

/** w² at which the next eigenvalues reach the unit circle, at the angle 2π/(d+1); infinite where there are none. */
export function nextLeaveAt(d: number): number {
  return d === 0 ? Number.POSITIVE_INFINITY : 4 * Math.sin(Math.PI / (d + 1)) ** 2;
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'the pair for d = 1, by z of angle θ/2',
    variables: ['a', 'b'],
    texts: ['(a^2-b^2)*a', '2*a*b*a', '(a^2+b^2)*a', '4*a^2*b^2*(a^2+b^2)^2*a', 'a^3-3*a*b^2'],
    values: (R, { a, b }) => {
      const { re, im, radius, strength, over } = latePair(R, 1, a!, b!);
      return [re, im, radius, strength, over];
    },
  },
];
