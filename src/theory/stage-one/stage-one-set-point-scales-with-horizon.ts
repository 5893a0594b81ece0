/**
 * Where stage 1 comes to rest: the minimiser of the phase-averaged loss, and the minimisers of the loss itself about it.
 */
import { dualsOver } from '../../linalg/dual.js';
import { identity, scalarMatrix } from '../../linalg/matrix.js';
import { product, type Ring, reals } from '../../linalg/ring.js';
import { integratorChain } from '../../plant/integrator.js';
import { reducedLoss } from '../../training/reduced.js';
import type { Formula, Statement } from '../statement.js';
import { oscillatingLevels, rotatingSum } from './stage-one-loss-grows-geometrically.js';
import { geometric } from './stage-one-loss-is-exact.js';

export const statement: Statement = {
  id: 'stage-one-set-point-scales-with-horizon',
  kind: 'approximation',
  title: 'without memory the averaged loss is least at dt² σ_zm T ≈ −1.5936; minimisers of the loss scatter about it',
  statement:
    'On σ_zm = −g < 0 the phase-averaged loss κ Σ_{n<N} r^n, with N = T − 1, r = 1 + dt²g and a = 1 + dt², has one minimiser. There N r^{N−1}/Σ r^n = 1/(1+g) + 1/(1+ag), and dt² g T = s + c/T + O(1/T²). Here s e^s = 2(e^s − 1), that is s = 2 + W_0(−2e^{−2}) = 1.5936…, and c = s + s²/2 − s²/(dt²(s−1)). Every local minimiser of the loss itself has |1 − (1/(1+g) + 1/(1+ag)) Σ r^n/(N r^{N−1})| ≤ μ(g), where μ = |d(A Σ z^n)/d ln g|/(κ N r^{N−1}) = ½ + O(1/(N dt √g)). For long horizons N ln r therefore lies between the solutions of y/(1−e^{−y}) = 4/3 and 4, which are 0.61 and 3.92. While the left side is below μ, each turn of the phase of that derivative holds one minimiser; their number grows like √T. The limits in T, and what is said of every local minimiser, are argued in the derivation and tried, not proved.',
  formula: 's e^s = 2(e^s − 1);  −dt² σ* T = s + (s + s²/2 − s²/(dt²(s − 1)))/T + O(1/T²)',
  latex: String.raw`s e^s = 2(e^s - 1) \newline -\mathit{dt}^2 \sigma^* T = s + (s + s^2/2 - s^2/(\mathit{dt}^2(s - 1)))/T + O(1/T^2)`,
  assumptions: 'double integrator, no memory, η = 1, independent components of equal variance, dt ≤ 1, T ≥ 3',
  validity: 'the expansion is sharp where dt² T is large; minimisers are counted up to N ln r = 8',
  tolerance: 'the remainder in closed form, by Taylor’s theorem with ½ ≤ h′ and 0 ≤ h″ ≤ 1/6 for h(y) = y/(1−e^{−y})',
  source: { paper: 'Fig. 3e', theory: '#stage-1', status: 'new' },
};

/** 1 + g and 1 + g + dt²g. */
function factors<T>(R: Ring<T>, g: T, dt: T): [T, T] {
  const first = R.add(R.of(1), g);
  return [first, R.add(first, product(R, [dt, dt, g]))];
}

/** 2g times the averaged Σ_{t≥1} E‖x_t‖², as a polynomial in g = −σ_zm. */
export function averagedSum<T>(R: Ring<T>, g: T, dt: T, horizon: number): T {
  const r = R.add(R.of(1), product(R, [dt, dt, g]));
  return product(R, [...factors(R, g, dt), geometric(R, r, horizon - 1)]);
}

/** The two sides of the averaged loss' stationarity: (1+g)(1+ag)·N·r^{N−1} and (2+(1+a)g)·Σ r^n. */
export function stationarity<T>(R: Ring<T>, g: T, dt: T, horizon: number): [T, T] {
  const N = horizon - 1;
  const r = R.add(R.of(1), product(R, [dt, dt, g]));
  const [first, second] = factors(R, g, dt);
  const last = R.sub(geometric(R, r, N), geometric(R, r, N - 1));
  return [product(R, [first, second, R.of(N), last]), R.mul(R.add(first, second), geometric(R, r, N))];
}

/** s > 0 with s·e^s = 2(e^s − 1), that is s = 2(1 − e^{−s}), by Newton's method. */
export function setPointScale(): number {
  let s = 1.6;
  for (let k = 0; k < 6; k++) s -= (s + 2 * Math.expm1(-s)) / (1 - 2 * Math.exp(-s));
  return s;
}

/** σ_zm < 0 where the averaged loss is least, by bisection. @param horizon T ≥ 3 */
export function averagedSetPoint(horizon: number, dt: number): number {
  const N = horizon - 1;
  const a = 1 + dt * dt;
  // N/Σ_{m<N} r^−m − 1/(1+g) − 1/(1+ag) increases with g.
  const rises = (g: number): boolean => {
    const w = dt * dt * g;
    return (N * w) / ((1 + w) * -Math.expm1(-N * Math.log1p(w))) > 1 / (1 + g) + 1 / (1 + a * g);
  };
  // At g = 1 the first is at least 1, the others together at most 1.
  let [low, high] = [0, 1];
  for (let k = 0; k < 80; k++) {
    const middle = (low + high) / 2;
    if (rises(middle)) high = middle;
    else low = middle;
  }
  return -(low + high) / 2;
}

/** −dt²·σ*·T by its expansion: what it is within `remainder` of. */
export interface SetPointExpansion {
  readonly value: number;
  /** The limit s, and c of the term c/T. */
  readonly coefficients: readonly [number, number];
  readonly remainder: number;
}

/**
 * The expansion of −dt²·σ*·T, σ* the minimiser of the averaged loss.
 *
 * With h(y) = y/(1−e^{−y}), y = N ln(1 + u/T) and u = dt²gT the minimiser solves h(y) = (1/(1+g) + 1/(1+ag))·(1+w)ln(1+w)/w,
 * w = dt²g, whose right side is below 2 for dt ≤ 1 and between 2 − 2g − C₋g² and 2 − 2g + C₊g². So y < s; Taylor's theorem for
 * h at s and for ln(1 + u/T) leaves the remainder.
 * @param horizon T ≥ 3
 * @param dt at most 1
 */
export function setPointExpansion(horizon: number, dt: number): SetPointExpansion {
  const T = horizon;
  const s = setPointScale();
  const slope = (2 * (s - 1)) / s;
  const pull = 2 / (dt * dt * slope);
  const c = s + (s * s) / 2 - pull * s;
  const a = 1 + dt * dt;
  // u and g are at most these, since y < s.
  const u = T * Math.expm1(s / (T - 1));
  const g = u / (dt * dt * T);
  const below = (a * a - 1) / 2 + (a - 1) ** 2 / 3;
  const above = (3 + a * a) / 2 + ((1 + a * a) * (a - 1) * g) / 2;
  // |y − s| by h′ ≥ ½, and |u − s|.
  const offY = Math.min(s, 2 * (2 * g + below * g * g));
  const offU = (u + (u * u) / 2) / T + offY;
  const factor = Math.max(Math.abs(1 + s / 2 - pull), Math.abs(1 + (u + s) / 2 - pull));
  const logarithm = (u * u) / 2 + u ** 3 / 3;
  const curvature = (Math.max(below, above) * g * g + (offY * offY) / 12) / slope;
  return {
    value: s + c / T,
    coefficients: [s, c],
    remainder: (offU * factor) / T + logarithm / (T * T) + curvature,
  };
}

/** The two terms of the derivative of 2T/v times the loss by ln|σ_zm|, for σ_zm < 0. */
export interface Slopes {
  /** Of the averaged loss, in units of κ·N·r^{N−1}: 1 − (1/(1+g) + 1/(1+ag))·Σ r^n/(N r^{N−1}). */
  readonly averaged: number;
  /** Of A·Σ z^n in the same units, whose real part the loss has: modulus μ and phase. */
  readonly reach: number;
  readonly phase: number;
  /** κ·N·r^{N−1}. */
  readonly unit: number;
  /** Bound of μ: ½ and terms in 1/(N dt √g). */
  readonly order: number;
}

/** The slopes at σ_zm < 0. */
export function slopesAt(zm: number, dt: number, horizon: number): Slopes {
  const g = -zm;
  const N = horizon - 1;
  const D = dualsOver(reals);
  const s = { value: Math.sqrt(g), tangent: Math.sqrt(g) / 2 };
  const step = { value: dt, tangent: 0 };
  const omega = D.mul(step, s);
  const [kappa, a, b] = oscillatingLevels(D, s, step);
  const [x, y] = rotatingSum(D, omega, N);
  const re = D.sub(D.mul(a, x), D.mul(b, y));
  const im = D.add(D.mul(a, y), D.mul(b, x));
  // The levels are times 4g: the derivative of X/g by ln g is (X′ − X)/g.
  const [left, right] = stationarity(reals, g, dt, horizon);
  const [real, imaginary] = [re.tangent - re.value, im.tangent - im.value];
  const w = dt * dt * g;
  const r = 1 + w;
  const last = left / (N * (1 + g) * (1 + g + w));
  const unit = kappa.value * N * last;
  const turned = Math.hypot(a.tangent - a.value, b.tangent - b.value) / kappa.value;
  const rest = (1 + 1 / (r * last)) * (r / (N * omega.value * Math.sqrt(4 + w)));
  return {
    averaged: 1 - right / left,
    reach: Math.hypot(real, imaginary) / unit,
    phase: Math.atan2(imaginary, real),
    unit: unit / (4 * g),
    order: Math.sqrt(r / (4 + w)) + rest * (Math.sqrt(r / (4 + w)) + turned),
  };
}

/** Minimisers are looked for up to (T−1)·ln(1 + dt²|σ_zm|) = 8: twice as far as there are any in the limit. */
const FARTHEST = 8;
/** In steps of this part of a period π/(T−1) of φ, tan φ = dt·√|σ_zm|, the angle that a step of the loop turns by. */
const PARTS = 16;

/** A point on the way, and how steeply the loss rises there along the way. */
interface Point {
  readonly phi: number;
  readonly rise: number;
}

/** The way along σ_zm < 0 in one direction. */
function wayAlong(horizon: number, dt: number, direction: 1 | -1) {
  const N = horizon - 1;
  const cost = { Q: identity(reals, 2), R: scalarMatrix(1, 0), discount: 1 };
  const loss = reducedLoss({ plant: integratorChain(2, dt), leak: 1, cost, horizon, rank: 1 });
  const [starts, K, E] = [identity(reals, 2), new Float64Array(4), new Float64Array(4)];
  const zmAt = (phi: number): number => -((Math.tan(phi) / dt) ** 2);
  const at = (phi: number): Point => {
    const zm = zmAt(phi);
    K[0] = zm;
    loss(K, starts, E);
    // In units of κ N r^{N−1}/|σ_zm|, in which all oscillations are of about one size.
    const [g, w] = [-zm, dt * dt * -zm];
    const unit = ((1 + g) * (1 + g + w) * N * (1 + w) ** (N - 1)) / (2 * g * g);
    return { phi, rise: (E[0]! * direction) / unit };
  };
  return {
    at,
    zmAt,
    first: Math.PI / (PARTS * N),
    step: (-direction * Math.PI) / (PARTS * N),
    last: Math.atan(Math.sqrt(Math.expm1(FARTHEST / N))),
  };
}
type Way = ReturnType<typeof wayAlong>;

const middleOf = (way: Way, a: Point, b: Point): Point => way.at((a.phi + b.phi) / 2);

/** Between a point where the loss falls and one where it rises. */
function bisect(way: Way, falling: Point, rising: Point): number {
  let [low, high] = [falling, rising];
  for (let k = 0; k < 52; k++) {
    const middle = middleOf(way, low, high);
    if (middle.rise > 0) high = middle;
    else low = middle;
  }
  return way.zmAt((low.phi + high.phi) / 2);
}

/** A point between a and c where the rise has the other sign than at b, if there is one: its turning point is searched from b. */
function turned(way: Way, a: Point, b: Point, c: Point): Point | undefined {
  const sign = Math.sign(b.rise);
  let [left, best, right] = [a, b, c];
  for (let k = 0; k < 40 && best.rise * sign > 0; k++) {
    const [nearer, further] = [middleOf(way, left, best), middleOf(way, best, right)];
    if (nearer.rise * sign < best.rise * sign) [best, right] = [nearer, best];
    else if (further.rise * sign < best.rise * sign) [left, best] = [best, further];
    else [left, right] = [nearer, further];
  }
  return best.rise * sign > 0 ? undefined : best;
}

/** The first minimiser from a point on, and a point beyond it where the loss still rises. */
function search(way: Way, from: Point): { readonly zm: number; readonly beyond: Point } | undefined {
  let before: Point | undefined;
  let here = from;
  for (;;) {
    const phi = here.phi + way.step;
    if (phi < way.first / 2 || phi > way.last) return undefined;
    const next = way.at(phi);
    if (here.rise < 0 && next.rise >= 0) return { zm: bisect(way, here, next), beyond: next };
    // A dip narrower than a step shows as a turn of the rise towards 0.
    const size = Math.abs(here.rise);
    const alike = before && before.rise * here.rise > 0 && here.rise * next.rise > 0;
    if (alike && size < Math.abs(before!.rise) && size < Math.abs(next.rise)) {
      const other = turned(way, before!, here, next);
      if (other && other.rise >= 0) return { zm: bisect(way, before!, other), beyond: other };
      if (other) return { zm: bisect(way, other, next), beyond: next };
    }
    before = here;
    here = next;
  }
}

/**
 * The first local minimiser of the loss without memory on σ_zm < 0 that is met on the way from a σ_zm.
 * @param horizon T ≥ 3
 * @param from where to start; anything above 0 counts as 0
 * @param direction −1 to more negative σ_zm, 1 back to 0
 * @returns `undefined` if there is none up to (T−1)·ln(1 + dt²|σ_zm|) = 8, or up to 0
 */
export function nextMinimiser(horizon: number, dt: number, from: number, direction: 1 | -1): number | undefined {
  const way = wayAlong(horizon, dt, direction);
  const phi = Math.atan(dt * Math.sqrt(Math.max(0, -from)));
  return search(way, way.at(Math.min(way.last, Math.max(way.first, phi))))?.zm;
}

/** All of them, from 0 down. */
export function localMinimisers(horizon: number, dt: number): number[] {
  const way = wayAlong(horizon, dt, -1);
  const found: number[] = [];
  let from = way.at(way.first);
  for (;;) {
    const next = search(way, from);
    if (!next) return found;
    found.push(next.zm);
    from = next.beyond;
  }
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'averaged loss and both sides of its stationarity, T = 4',
    variables: ['g', 'dt'],
    texts: [
      '(1+g)*(1+g+dt^2*g)*(1+(1+dt^2*g)+(1+dt^2*g)^2)',
      '(1+g)*(1+g+dt^2*g)*3*(1+dt^2*g)^2',
      '(2+2*g+dt^2*g)*(1+(1+dt^2*g)+(1+dt^2*g)^2)',
    ],
    values: (R, { g, dt }) => [averagedSum(R, g!, dt!, 4), ...stationarity(R, g!, dt!, 4)],
  },
];
