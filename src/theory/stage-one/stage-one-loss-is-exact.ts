/**
 * The exact loss of stage 1: a loop without memory, in closed form.
 */
import { power, type Ring, sum } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'stage-one-loss-is-exact',
  kind: 'identity',
  title: 'the loss without memory has a closed form for every horizon and step',
  statement:
    'Let the starts have independent components of variance v. Without memory, E‖x_0‖² = 2v, and for t = n + 1 ≥ 1 E‖x_t‖² = v [c² + dt² (c + e)² + (dt σ e)² + (dt² σ e + c)²], where c ± e√g = (1 ± √g)^n and g = dt² σ_zm. The paper’s geometric estimate sums |1 + √σ_zm|^{2t} instead; it has the right shape, not the level.',
  formula:
    'c = ((1+θ)^n + (1−θ)^n)/2,  e = ((1+θ)^n − (1−θ)^n)/(2θ),  θ² = g = dt² σ_zm;  Σ_{k≤T} r^k = (1 − r^{T+1})/(1 − r)',
  latex: String.raw`c = ((1+\theta)^n + (1-\theta)^n)/2 \newline e = ((1+\theta)^n - (1-\theta)^n)/(2\theta) \newline \theta^2 = g = \mathit{dt}^2 \sigma_{zm} \newline \sum_{k\le T} r^k = (1 - r^{T+1})/(1 - r)`,
  assumptions: 'double integrator, no memory, η = 1, independent components of equal variance',
  validity: 'every σ_zm, dt and horizon; θ may be imaginary, c and e are real',
  tolerance:
    'none: compared with the rollout exactly, in rationals; the double-precision formula is within its running error bound',
  source: { paper: 'Fig. 3d', theory: '#stage-1', status: 'new' },
};

/**
 * c and e with (1 ± θ)^n = c ± θ·e, θ² = g: by binomial sums, c = Σ C(n, 2j) g^j, e = Σ C(n, 2j+1) g^j.
 * @param n non-negative, small enough for exact binomials in double precision (n ≤ 50)
 */
export function binomialHalves<T>(R: Ring<T>, g: T, n: number): { readonly c: T; readonly e: T } {
  const half = (parity: number): T => {
    const terms: T[] = [];
    for (let j = 0; 2 * j + parity <= n; j++) terms.push(R.mul(R.of(binomial(n, 2 * j + parity)), power(R, g, j)));
    return sum(R, terms);
  };
  return { c: half(0), e: half(1) };
}

function binomial(n: number, k: number): number {
  let value = 1;
  for (let j = 1; j <= k; j++) value = (value * (n - j + 1)) / j;
  return value;
}

/** E‖x_t‖² in units of the starts' variance. @param zm σ_zm @param dt time step */
export function expectedSquare<T>(R: Ring<T>, zm: T, dt: T, t: number): T {
  if (t === 0) return R.of(2);
  const g = R.mul(R.mul(dt, dt), zm);
  const { c, e } = binomialHalves(R, g, t - 1);
  const velocity = R.mul(R.mul(dt, zm), e);
  const entries = [c, R.mul(dt, R.add(c, e)), velocity, R.add(R.mul(dt, velocity), c)];
  return sum(
    R,
    entries.map((entry) => R.mul(entry, entry)),
  );
}

/** Σ_{t<T} E‖x_t‖² in units of the starts' variance; the loss is v/(2T) times it. */
export function stageOneSum<T>(R: Ring<T>, zm: T, dt: T, horizon: number): T {
  return sum(
    R,
    Array.from({ length: horizon }, (_, t) => expectedSquare(R, zm, dt, t)),
  );
}

/** Σ_{n<count} ratio^n, by Horner's rule; the paper's geometric estimate has T + 1 terms, in units of the first. */
export function geometric<T>(R: Ring<T>, ratio: T, count: number): T {
  let total = R.of(0);
  for (let n = 0; n < count; n++) total = R.add(R.of(1), R.mul(ratio, total));
  return total;
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'E‖x_t‖² for t = 1, 2, 3 in units of v',
    variables: ['zm', 'dt'],
    texts: [
      '1+dt^2+1',
      '1+(2*dt)^2+(dt*zm)^2+(1+dt^2*zm)^2',
      '(1+dt^2*zm)^2+dt^2*(3+dt^2*zm)^2+(2*dt*zm)^2+(1+3*dt^2*zm)^2',
    ],
    values: (R, { zm, dt }) => [1, 2, 3].map((t) => expectedSquare(R, zm!, dt!, t)),
  },
  {
    name: 'geometric sum to T = 3',
    variables: ['r'],
    texts: ['1+r+r^2+r^3'],
    values: (R, { r }) => [geometric(R, r!, 4)],
  },
];
