/**
 * The loss of stage 1 as a sum of three geometric series, of which one is the loss and two are its remainder.
 */
import { type Ring, reals, sum } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';
import { geometric } from './stage-one-loss-is-exact.js';

export const statement: Statement = {
  id: 'stage-one-loss-grows-geometrically',
  kind: 'approximation',
  title: 'the loss without memory is κ(r^{T−1} − 1)/(r − 1) up to an oscillation of known amplitude',
  statement:
    'Let s² = |σ_zm| and ω = dt s. For σ_zm < 0, (2T/v) L = 2 + κ Σ_{n<T−1} r^n + Re(A Σ_{n<T−1} z^n) with r = 1 + ω², z = (1 + iω)², κ = (1+s²)(1+s²+ω²)/(2s²) and A = (1−s²)(s²+ω²−1−2iω)/(2s²). So L ≈ (v/2T) κ (r^{T−1} − 1)/(r − 1), within (v/2T)(2 + |A Σ z^n|). Since |A| < κ, the relative error is at most (ω/2)(r^{T−1}+1)/(r^{T−1}−1) + 2/(κ Σ r^n), of order √|σ_zm|. In every half period the remainder reaches 1/√r of its amplitude: this is argued in the derivation and tried; the three series are proved for every horizon. For σ_zm > 0 the same holds with r = (1+ω)² and κ = (1+s²)(s²+(1+ω)²)/(4s²); there the remainder is two series in (1−ω)² and 1−ω², relatively of order T r^{−T} for ω ≤ 1. The paper estimates Σ‖x_t‖² from the start (1,−1) by (r^{T+1}−1)/(r−1). The level is right, at dt = 1, after multiplication by 1/(2|σ_zm| r) for σ_zm < 0 and by (1+σ_zm)/(4σ_zm r²) for σ_zm > 0.',
  formula:
    'L ≈ (v/2T) κ (r^{T−1} − 1)/(r − 1);  σ_zm < 0: r = 1 + dt²|σ_zm|, κ = (1+|σ_zm|)(1+|σ_zm|+dt²|σ_zm|)/(2|σ_zm|);  σ_zm > 0: r = (1+dt√σ_zm)², κ = (1+σ_zm)(σ_zm+r)/(4σ_zm)',
  latex: String.raw`L \approx (v/2T) \kappa (r^{T-1} - 1)/(r - 1) \newline \sigma_{zm} < 0: r = 1 + \mathit{dt}^2{\lvert\sigma_{zm}\rvert}, \kappa = (1+{\lvert\sigma_{zm}\rvert})(1+{\lvert\sigma_{zm}\rvert}+\mathit{dt}^2{\lvert\sigma_{zm}\rvert})/(2{\lvert\sigma_{zm}\rvert}) \newline \sigma_{zm} > 0: r = (1+\mathit{dt}\sqrt{\sigma_{zm}})^2, \kappa = (1+\sigma_{zm})(\sigma_{zm}+r)/(4\sigma_{zm})`,
  assumptions: 'double integrator, no memory, η = 1, independent components of equal variance, σ_zm ≠ 0, T ≥ 2',
  validity: 'every σ_zm ≠ 0, dt and horizon; sharp where ω is small and r^T is not near 1',
  tolerance:
    'the remainder in closed form is its own band. The three series equal the loss exactly; in doubles, up to rounding, which a step does not amplify, since it is a scaled rotation',
  source: { paper: 'Fig. 3d', theory: '#stage-1', status: 'new' },
};

/** Σ_{n<count} (1 + iω)^{2n}, real and imaginary part. */
export function rotatingSum<T>(R: Ring<T>, omega: T, count: number): [T, T] {
  const [a, b] = [R.sub(R.of(1), R.mul(omega, omega)), R.add(omega, omega)];
  let [re, im] = [R.of(0), R.of(0)];
  for (let n = 0; n < count; n++)
    [re, im] = [R.add(R.of(1), R.sub(R.mul(a, re), R.mul(b, im))), R.add(R.mul(a, im), R.mul(b, re))];
  return [re, im];
}

/** Coefficients of the three series, times 4s². For σ_zm < 0: κ, and real and imaginary part of A. For σ_zm > 0: κ, and those of (1−ω)² and 1−ω². */
export type Levels<T> = readonly [T, T, T];

/** 4s² times κ, Re A and Im A, for σ_zm = −s². */
export function oscillatingLevels<T>(R: Ring<T>, s: T, dt: T): Levels<T> {
  const omega = R.mul(dt, s);
  const [g, w] = [R.mul(s, s), R.mul(omega, omega)];
  const one = R.of(1);
  const [more, less] = [R.add(one, g), R.sub(one, g)];
  return [
    R.mul(R.of(2), R.mul(more, R.add(more, w))),
    R.mul(R.of(2), R.mul(less, R.sub(R.add(g, w), one))),
    R.mul(R.of(-4), R.mul(less, omega)),
  ];
}

/** 4s² times the levels of (1+ω)^{2n}, (1−ω)^{2n} and (1−ω²)^n, for σ_zm = s². */
export function growingLevels<T>(R: Ring<T>, s: T, dt: T): Levels<T> {
  const omega = R.mul(dt, s);
  const g = R.mul(s, s);
  const one = R.of(1);
  const [more, less] = [R.add(one, g), R.sub(one, g)];
  const [up, down] = [R.add(one, omega), R.sub(one, omega)];
  return [
    R.mul(more, R.add(g, R.mul(up, up))),
    R.mul(more, R.add(g, R.mul(down, down))),
    R.mul(R.of(2), R.mul(less, R.sub(R.add(g, R.mul(omega, omega)), one))),
  ];
}

/** The three sums over n < count that the levels belong to; the rotating one with its sign, so that the levels' product sums. */
function series<T>(R: Ring<T>, sign: 1 | -1, omega: T, count: number): Levels<T> {
  const [one, w] = [R.of(1), R.mul(omega, omega)];
  if (sign < 0) {
    const [re, im] = rotatingSum(R, omega, count);
    return [geometric(R, R.add(one, w), count), re, R.sub(R.of(0), im)];
  }
  const [up, down] = [R.add(one, omega), R.sub(one, omega)];
  return [R.mul(up, up), R.mul(down, down), R.mul(up, down)].map((ratio) =>
    geometric(R, ratio, count),
  ) as unknown as Levels<T>;
}

const levelsOf = (sign: 1 | -1): typeof growingLevels => (sign < 0 ? oscillatingLevels : growingLevels);

/** 4s²·Σ_{t<T} E‖x_t‖² in units of v, for σ_zm = ±s²: 8s² of t = 0, and the three series. */
export function sumOfSeries<T>(R: Ring<T>, sign: 1 | -1, s: T, dt: T, horizon: number): T {
  const levels = levelsOf(sign)(R, s, dt);
  const sums = series(R, sign, R.mul(dt, s), horizon - 1);
  const start = R.mul(R.of(8), R.mul(s, s));
  return sum(R, [start, ...levels.map((level, k) => R.mul(level, sums[k]!))]);
}

/** The leading series and the band around it, in units of v/(2T). */
export interface Growth {
  readonly leading: number;
  readonly band: number;
  /** Bound of band / leading by the order that is declared; for σ_zm > 0 if ω ≤ 1. */
  readonly order: number;
}

/**
 * (2T/v) times the loss without memory is within `band` of `leading`.
 * @param zm σ_zm, not 0
 * @param horizon T ≥ 2
 */
export function stageOneGrowth(zm: number, dt: number, horizon: number): Growth {
  const s = Math.sqrt(Math.abs(zm));
  const omega = dt * s;
  const sign = zm < 0 ? -1 : 1;
  const [kappa, second, third] = levelsOf(sign)(reals, s, dt).map((level) => level / (4 * s * s)) as [
    number,
    number,
    number,
  ];
  const count = horizon - 1;
  const [first, ...rest] = series(reals, sign, omega, count);
  const leading = kappa * first;
  if (sign < 0) {
    const band = 2 + Math.hypot(second, third) * Math.hypot(...rest);
    // (r^N + 1)/(r^N − 1) = 1 + 2/(ω²·Σ r^n).
    return { leading, band, order: (omega / 2) * (1 + 2 / (omega * omega * first)) + 2 / leading };
  }
  const band = 2 + second * rest[0] + Math.abs(third * rest[1]);
  return { leading, band, order: (2 / kappa + 3 * count) / first };
}

/**
 * The paper's estimate r⁰ + … + r^T of Σ_{t<T} ‖x_t‖² from the start (1, −1), dt = 1, at its proper level.
 * @returns the estimate times its level ratio, and the band that the sum is within
 */
export function paperEstimate(zm: number, horizon: number): Omit<Growth, 'order'> {
  const s = Math.sqrt(Math.abs(zm));
  const g = s * s;
  const r = zm < 0 ? 1 + g : (1 + s) ** 2;
  const ratio = zm < 0 ? 1 / (2 * g * r) : (1 + g) / (4 * g * r * r);
  // The states from t = 1 on are −(e, c); the first two terms of the estimate precede them.
  const outside = 2 + ratio * (1 + r);
  const [, ...rest] = series(reals, zm < 0 ? -1 : 1, s, horizon - 1);
  const [mixed, falling] = [Math.abs(1 - 1 / g) / 2, (1 + 1 / g) / 4];
  const band = zm < 0 ? mixed * Math.hypot(...rest) : falling * rest[0] + mixed * Math.abs(rest[1]);
  return { leading: ratio * geometric(reals, r, horizon + 1), band: outside + band };
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: '4s² times the levels, for σ_zm < 0 and σ_zm > 0',
    variables: ['s', 'dt'],
    texts: [
      '2*(1+s^2)*(1+s^2+dt^2*s^2)',
      '2*(1-s^2)*(s^2+dt^2*s^2-1)',
      '-4*(1-s^2)*dt*s',
      '(1+s^2)*(s^2+(1+dt*s)^2)',
      '(1+s^2)*(s^2+(1-dt*s)^2)',
      '2*(1-s^2)*(s^2+dt^2*s^2-1)',
    ],
    values: (R, { s, dt }) => [...oscillatingLevels(R, s!, dt!), ...growingLevels(R, s!, dt!)],
  },
  {
    name: 'the sums to n = 2',
    variables: ['r', 'w'],
    texts: ['1+r+r^2', '1+(1-w^2)+(1-w^2)^2-4*w^2', '2*w+4*w*(1-w^2)'],
    values: (R, { r, w }) => [geometric(R, r!, 3), ...rotatingSum(R, w!, 3)],
  },
];
