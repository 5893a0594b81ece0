/**
 * Predictions for one loop: a double integrator (dt = 1) and an agent of rank 1 without leak, given by its four order
 * parameters.
 */

import { ORDER_PARAMETERS, orderParameterMatrix, scalarOrderParameters } from '../agent/order-parameters.js';
import { scalarMatrix } from '../linalg/matrix.js';
import { reals } from '../linalg/ring.js';
import { integratorChain } from '../plant/integrator.js';
import { type Cost, costOf } from '../problem/protocol.js';
import type { LoopOrderParameters } from '../theory/loop/effective-characteristic-polynomial.js';
import { fullInformationBound, observationBound } from '../theory/loop/no-policy-beats-riccati.js';
import { averagedSetPoint, nextMinimiser } from '../theory/stage-one/stage-one-set-point-scales-with-horizon.js';
import { horizonCosine } from '../theory/stage-two/longer-horizons-lower-the-pair.js';
import {
  type GainGradient,
  longGradient,
  longLoss,
  shortGradient,
  shortLoss,
} from '../theory/stage-two/short-and-long-horizons-conflict.js';
import { rates, STAGE_TWO, squaredSplit } from '../theory/stage-two/surrogate-weight-moves-the-pair.js';
import {
  deflated,
  memoryShift,
  memorySlope,
  productOfPair,
  thirdEigenvalueShift,
  thirdEigenvalueTerm,
} from '../theory/stage-two/third-eigenvalue-follows-memory.js';
import { spectrumOf } from '../training/curve.js';
import { reducedLoss } from '../training/reduced.js';

/** One question: a loop, and the loss of the protocol `artifact-lowrank` with a horizon and a penalty of one's own. */
export interface LoopQuestion {
  readonly overlaps: Readonly<Record<(typeof ORDER_PARAMETERS)[number], number>>;
  /** T: number of scored states. */
  readonly horizon: number;
  /** Weight of the control penalty β·mean_b Σ_t u². */
  readonly beta: number;
  /** Variance of each component of x₀. */
  readonly startVariance: number;
  /** m of the surrogate’s long-horizon loss (λ₁λ₂)^m. */
  readonly exponent: number;
}

/** An estimate of λ₃ (third-eigenvalue-follows-memory). */
export interface EigenvalueEstimate {
  /** 1 is Newton's step from σ_vu; 2 and 3 are the series. */
  readonly order: 1 | 2 | 3;
  readonly value: number;
  /** λ₃ − value, to the rounding of λ₃ − σ_vu; `null` where there is no λ₃. */
  readonly remainder: number | null;
  /** The next term of the series: the size of the remainder for small q. */
  readonly nextTerm: number;
}

/** The third eigenvalue and the pair that it leaves (third-eigenvalue-follows-memory). */
export interface ThirdEigenvalue {
  /**
   * λ₃: the eigenvalue that σ_vu becomes as memory grows from 0 to q; `null` where it has met another on the way and left the
   * real axis.
   */
  readonly value: number | null;
  /** q = σ_zu σ_vm. */
  readonly memory: number;
  /** |q|/|D|^{3/2}, D = (σ_vu − 1)² − σ_zm: the series is good where this is small. */
  readonly smallness: number;
  readonly estimates: readonly EigenvalueEstimate[];
  /** The other two eigenvalues; the product is |λ₁|² for a complex pair. `null` with λ₃. */
  readonly pair: { readonly product: number; readonly complex: boolean } | null;
}

/** A surrogate loss and its gradient with respect to σ_zm, σ_vu and q. */
export interface SurrogateLoss {
  readonly loss: number;
  readonly gradient: GainGradient<number>;
}

/** The surrogate of stage 2 (short-and-long-horizons-conflict, surrogate-weight-moves-the-pair), at Newton's λ₃. */
export interface Surrogate {
  /** L_short, from P_eff³. */
  readonly short: SurrogateLoss;
  /** (λ₁λ₂)^m. */
  readonly long: SurrogateLoss;
  readonly exponent: number;
  /** Cosine of the two gradients; `null` where one of them vanishes or is not finite. */
  readonly cosine: number | null;
  /** d(2 Im λ)²/dt of the pair along descent of either loss; `null` where the pair is real. */
  readonly rates: { readonly short: number; readonly long: number } | null;
  /**
   * α*: the weight of (λ₁λ₂)^m beside 1 − α* of L_short that leaves the pair where it is; `null` where the pair is real, or
   * where no weight between 0 and 1 does.
   */
  readonly balance: number | null;
  /** Whether the loop lies in the box of stage 2 in which the signs of both rates are proved. */
  readonly provedSigns: boolean;
}

/** Where σ_zm rests at the end of stage 1, without memory (stage-one-set-point-scales-with-horizon, stage-one-settles-at-minimum). */
export interface SetPoint {
  /** The minimum of the phase-averaged loss. */
  readonly averaged: number;
  /** The next minimum of the loss below this loop's σ_zm; `null` if there is none. */
  readonly below: number | null;
  /** The next one above it. */
  readonly above: number | null;
}

/** Losses that no policy beats (no-policy-beats-riccati): with full information, and seeing positions only; u₀ = 0. */
export interface LossBounds {
  readonly fullInformation: number;
  readonly observations: number;
}

/** The answer. What overflows is NaN or infinite, what does not exist `null`. */
export interface LoopPrediction {
  /** Population loss: mean over t and both state components, plus the control penalty. */
  readonly loss: number;
  /** ∂loss/∂σ. */
  readonly gradient: Readonly<Record<(typeof ORDER_PARAMETERS)[number], number>>;
  /** Eigenvalues of P_eff as [re, im], largest modulus first; absent where P_eff is not finite. */
  readonly eigenvalues?: readonly (readonly [number, number])[];
  readonly spectralRadius?: number;
  /** Decided exactly. */
  readonly stable?: boolean;
  /** `null` for horizons below 3, whose loss has no minimum on σ_zm < 0, and above 1000, where the search takes long. */
  readonly setPoint: SetPoint | null;
  /** `null` where D = 0: σ_vu is a root of both factors of χ, and nothing can be expanded about it. */
  readonly thirdEigenvalue: ThirdEigenvalue | null;
  /** `null` where D = 0. */
  readonly surrogate: Surrogate | null;
  /** Cosine of the gradients of the losses of horizons 4 and 200 (longer-horizons-lower-the-pair); `null` if undefined. */
  readonly horizonCosine: number | null;
  readonly bounds: LossBounds;
}

/** The horizons whose gradients are compared. */
export const HORIZONS = [4, 200] as const;

const plant = integratorChain(2, 1);

function costFor(horizon: number, beta: number): Cost {
  return costOf({ horizon, batch: 1, loss: { state: 'mean', beta } }, 2, 1);
}

/** Bounds for starts of unit variance: those of another variance are so many times larger. */
export type UnitBounds = (horizon: number, beta: number) => LossBounds;

/** The bounds, computed anew at every call: some milliseconds. */
export const unitBounds: UnitBounds = (horizon, beta) => {
  const moments = scalarMatrix(2, 1);
  const cost = costFor(horizon, beta);
  return {
    fullInformation: fullInformationBound(plant, cost, horizon, moments),
    observations: observationBound(plant, cost, horizon, moments),
  };
};

/** Bounds that are computed once for each horizon and penalty: for many questions in a row. */
export function rememberedBounds(bounds: UnitBounds = unitBounds): UnitBounds {
  const known = new Map<string, LossBounds>();
  return (horizon, beta) => {
    const key = `${horizon} ${beta}`;
    const found = known.get(key) ?? bounds(horizon, beta);
    known.set(key, found);
    return found;
  };
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Cosine of two gradients, each scaled to size one first: their squares may leave the range of doubles. */
function cosineOf(a: GainGradient<number>, b: GainGradient<number>): number | null {
  const unit = ({ zm, vu, q }: GainGradient<number>): number[] => {
    const size = Math.hypot(zm, vu, q);
    return [zm / size, vu / size, q / size];
  };
  const [x, y] = [unit(a), unit(b)];
  return finiteOrNull(x.reduce((sum, value, k) => sum + value * y[k]!, 0));
}

/** λ₃, its estimates and the pair. @param p 1/D */
function thirdEigenvalueOf(gains: LoopOrderParameters<number>, p: number): ThirdEigenvalue {
  const shift = memoryShift(gains);
  const shiftOf = (order: number): number => thirdEigenvalueShift(reals, gains, p, order);
  const estimates = ([1, 2, 3] as const).map((order) => ({
    order,
    value: gains.vu + shiftOf(order),
    // Of the shifts, not of the eigenvalues: a small remainder would drown in the rounding of σ_vu.
    remainder: shift === undefined ? null : shift - shiftOf(order),
    nextTerm: thirdEigenvalueTerm(reals, gains, p, (order + 1) as 2 | 3 | 4),
  }));
  const value = shift === undefined ? null : gains.vu + shift;
  return {
    value,
    memory: gains.q,
    smallness: Math.abs(gains.q) * Math.abs(p) ** 1.5,
    estimates,
    pair: value === null ? null : pairBeside(gains, value),
  };
}

function pairBeside(gains: LoopOrderParameters<number>, root: number): NonNullable<ThirdEigenvalue['pair']> {
  const [constant, linear] = deflated(reals, gains, root);
  return { product: productOfPair(reals, gains, root), complex: linear! * linear! < 4 * constant! };
}

function within({ zm, vu, q }: LoopOrderParameters<number>): boolean {
  const inside = (value: number, [low, high]: readonly [number, number]): boolean => value >= low && value <= high;
  // At q = 0 there is no memory to speak of, and nothing is claimed.
  return inside(zm, STAGE_TWO.zm) && inside(vu, STAGE_TWO.vu) && inside(q, STAGE_TWO.q) && q > 0;
}

/** @param p 1/D @param m exponent, at least 1 */
function surrogateOf(gains: LoopOrderParameters<number>, p: number, m: number): Surrogate {
  const short = { loss: shortLoss(reals, gains), gradient: shortGradient(reals, gains) };
  const long = { loss: longLoss(reals, gains, p, m), gradient: longGradient(reals, gains, p, m) };
  const moved = squaredSplit(reals, gains, p) > 0 ? rates(reals, gains, p, m) : null;
  // Infinite rates leave no quotient; rates of the same sign none between 0 and 1.
  const balance = moved && Number.isFinite(moved.long) ? moved.short / (moved.short - moved.long) : Number.NaN;
  return {
    short,
    long,
    exponent: m,
    cosine: cosineOf(short.gradient, long.gradient),
    rates: moved,
    balance: balance >= 0 && balance <= 1 ? balance : null,
    provedSigns: within(gains),
  };
}

/** Up to this horizon minima are searched for: some milliseconds. */
const LONGEST_SEARCH = 1000;

function setPointOf(horizon: number, zm: number): SetPoint | null {
  if (horizon < 3 || horizon > LONGEST_SEARCH) return null;
  return {
    averaged: averagedSetPoint(horizon, 1),
    below: nextMinimiser(horizon, 1, zm, -1) ?? null,
    above: nextMinimiser(horizon, 1, zm, 1) ?? null,
  };
}

/**
 * All predictions for a loop.
 * @param bounds where the Riccati bounds come from: `rememberedBounds()` for many questions in a row
 */
export function predictLoop(question: LoopQuestion, bounds: UnitBounds = unitBounds): LoopPrediction {
  const { overlaps, horizon, beta, startVariance, exponent } = question;
  const order = scalarOrderParameters(overlaps.zm, overlaps.zu, overlaps.vm, overlaps.vu);
  const E = new Float64Array(4);
  const starts = scalarMatrix(2, Math.sqrt(startVariance));
  const K = Float64Array.from(orderParameterMatrix(order).data as ArrayLike<number>);
  const loss = reducedLoss({ plant, leak: 1, cost: costFor(horizon, beta), horizon, rank: 1 })(K, starts, E);
  const spectrum = spectrumOf(plant, 1, order);
  const gains = { zm: overlaps.zm, vu: overlaps.vu, q: overlaps.zu * overlaps.vm };
  const slope = memorySlope(reals, gains);
  const least = bounds(horizon, beta);
  return {
    loss,
    gradient: Object.fromEntries(ORDER_PARAMETERS.map((name, k) => [name, E[k]!])) as LoopPrediction['gradient'],
    ...(spectrum && {
      eigenvalues: spectrum.eigenvalues.map(({ re, im }) => [re, im] as const),
      spectralRadius: spectrum.radius,
      stable: spectrum.stable,
    }),
    setPoint: setPointOf(horizon, overlaps.zm),
    thirdEigenvalue: slope === 0 ? null : thirdEigenvalueOf(gains, 1 / slope),
    surrogate: slope === 0 ? null : surrogateOf(gains, 1 / slope, exponent),
    horizonCosine: finiteOrNull(horizonCosine(plant, K, ...HORIZONS)),
    bounds: {
      fullInformation: startVariance * least.fullInformation,
      observations: startVariance * least.observations,
    },
  };
}
