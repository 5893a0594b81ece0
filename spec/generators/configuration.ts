/**
 * Random configurations of a learning problem as the theory of stages sees it: a protocol, and weights whose order
 * parameters start in a chosen regime.
 */

import fc from 'fast-check';
import { lowRankInitial } from '#src/agent/initial.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { orderParameterMatrix, orderParametersOf } from '#src/agent/order-parameters.js';
import { realField, solveSemidefinite } from '#src/linalg/field.js';
import { at, blocks, fromRows, type Mat, matrix, multiply, subtract, transpose } from '#src/linalg/matrix.js';
import { convolve } from '#src/linalg/polynomial.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { type Protocol, plantOf } from '#src/problem/protocol.js';
import { type DataSource, momentSource, remembered } from '#src/problem/start.js';
import { logInteger, logUniform, plain, seed, weighted } from './number.js';
import { stableOrderParameters } from './order-parameters.js';

/**
 * Where the order parameters start, by the spectrum of the configuration's own loop; `drawn` leaves them as the weights come.
 *
 * | regime | dominant eigenvalues |
 * |---|---|
 * | positive | one real, above 1 |
 * | valley | a complex pair outside the unit circle, σ_zm < 0 and hardly any memory; double integrator only |
 * | unit circle | a complex pair within .05 of the unit circle, either side; three integrators: from rank 2 on |
 * | double root | two that have just met or parted, near 1; double integrator only |
 * | stabilised | all inside the unit circle; three integrators: from rank 2 on |
 */
export const REGIMES = ['drawn', 'positive', 'valley', 'unit circle', 'double root', 'stabilised'] as const;
export type Regime = (typeof REGIMES)[number];

/** A configuration, as plain data. */
export interface Configuration {
  readonly protocol: Protocol;
  readonly weights: {
    readonly seed: number;
    /** Size of the initial weights, in units of the paper's. */
    readonly scale: number;
    /** How much of M is added to Z and U, of Zᵀ to V: unseen overlaps, and σ_zm away from 0. */
    readonly correlation: number;
    readonly regime: Regime;
    /** K = [[σ_zm, σ_zu], [σ_vm, σ_vu]] at the start, where the regime is not `drawn`. */
    readonly place?: readonly (readonly number[])[];
  };
}

const between = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 64 }).map((k) => low + ((high - low) * k) / 64);

/** Fractions of the way through intervals, in 1/64, from which the order parameters of a regime follow. */
interface Spot {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
}

const fraction = between(0, 1);
const spot: fc.Arbitrary<Spot> = plain({ a: fraction, b: fraction, c: fraction, d: fraction, e: fraction });

const along = (low: number, high: number, part: number): number => low + (high - low) * part;

/** K of one memory whose gain q is shared between σ_zu and σ_vm. */
function oneMemory(zm: number, q: number, vu: number): number[][] {
  const size = Math.sqrt(Math.abs(q));
  return [
    [zm, size],
    [q < 0 ? -size : size, vu],
  ];
}

/** The quadratic in μ = λ − 1 with the roots λ = radius·exp(±i·angle). */
const pair = (radius: number, angle: number): number[] => {
  const sum = 2 * radius * Math.cos(angle);
  return [1 - sum + radius * radius, 2 - sum, 1];
};

/** The linear factor in μ = λ − 1 with the root λ. */
const single = (root: number): number[] => [1 - root, 1];

/**
 * K of k − 1 memories with given eigenvalues, 0 aside. With the agent's response n(λ)/d(λ) from observation to control, d monic
 * of degree k − 1, the eigenvalues of k integrators with dt = 1 are the roots of d·(λ − 1)^k − n
 * (src/theory/README.md#effective-characteristic-polynomial): in μ = λ − 1 the upper coefficients are those of d, the lower ones
 * those of −n. (Fewer memories leave the coefficient of μ^(k−1) at 0, and no such polynomial is stable.)
 *
 * @param polynomial Π (μ − μ_i), of degree 2k − 1, constant term first; k = 2 or 3
 */
function withEigenvalues(polynomial: readonly number[]): number[][] {
  const k = polynomial.length / 2;
  const d = polynomial.slice(k);
  const direct = -polynomial[k - 1]!;
  // What remains of n is the part that the memories answer with.
  const rest = d.slice(0, -1).map((value, j) => -polynomial[j]! - direct * value);
  if (k === 2) return oneMemory(direct, rest[0]!, 1 - d[0]!);
  // In companion form, the gain shared between what is written and what is read.
  const gain = Math.sqrt(Math.hypot(...rest));
  return [
    [direct, rest[0]! / gain, rest[1]! / gain],
    [0, 1, 1],
    [gain, -d[0]!, 1 - d[1]!],
  ];
}

/** A dominant pair across the unit circle, mostly outside, from 1e−4 to .05 away. */
const crossing = ({ a, e }: Spot): number => 1 + (e < 1 / 8 ? -1 : 1) * 10 ** along(-4, Math.log10(0.05), a);

/** A fraction that keeps off both ends. */
const inner = (part: number): number => along(1 / 64, 63 / 64, part);

/** K of a regime for a double integrator, dt = 1. */
function doubleIntegratorAt(regime: Regime, spot: Spot): number[][] | undefined {
  const { a, b, c, d } = spot;
  const vu = along(-0.02, 0.02, c);
  switch (regime) {
    case 'drawn':
      return undefined;
    case 'positive':
      return oneMemory(along(0.02, 0.5, a), along(-0.002, 0.002, b), vu);
    case 'valley': {
      // The valley of stage 1: a negative position policy, and less memory than stability needs, q < −σ_zm/2 or so.
      const zm = along(-0.2, -0.005, a);
      return oneMemory(zm, along(-1, 1, b) * Math.min(0.005, -zm / 4), vu);
    }
    case 'unit circle':
      return withEigenvalues(convolve(reals, pair(crossing(spot), along(0.1, 0.6, b)), single(along(-0.1, 0.3, c))));
    case 'double root':
      // The dominant pair turns real where σ_zm passes 0 without memory.
      return oneMemory(along(-0.002, 0.002, a), along(-0.0005, 0.0005, b), vu);
    case 'stabilised': {
      const { zm, zu, vm, ...rest } = stableOrderParameters({
        s: inner(a),
        vu: inner(b),
        zm: inner(c),
        zu: 2 ** along(-3, 3, d),
      });
      return [
        [zm, zu],
        [vm, rest.vu],
      ];
    }
  }
}

/**
 * K of a regime for three integrators, dt = 1. Either sign of σ_zm is punished there: there is no valley, and nothing turns
 * real. One memory stabilises none (`withEigenvalues`), two do.
 */
function threeIntegratorsAt(regime: Regime, rank: number, spot: Spot): number[][] | undefined {
  const { a, b, c, d } = spot;
  if (regime === 'positive') return doubleIntegratorAt(regime, spot);
  if (rank < 2 || (regime !== 'unit circle' && regime !== 'stabilised')) return undefined;
  const radius = regime === 'stabilised' ? along(0.7, 0.97, a) : crossing(spot);
  const hidden = convolve(reals, pair(along(0.5, 0.9, c), along(0.1, 0.8, d)), single(along(0, 0.5, d)));
  return withEigenvalues(convolve(reals, pair(radius, along(0.1, 0.4, b)), hidden));
}

/**
 * K in the units of a chain of k integrators of any dt, whose loop is that of dt = 1 with dt^k·σ_zm and dt^k·σ_zu·σ_vm, and of
 * any rank: further memories share equally in the last, which adds eigenvalues 0.
 */
function inUnits(K: readonly (readonly number[])[], order: number, dt: number, rank: number): number[][] {
  const last = K.length - 1;
  const share = 1 / Math.sqrt(rank - last + 1);
  const unit = dt ** (-order / 2);
  const weight = (i: number): number => (i === 0 ? unit : i < last ? 1 : share);
  return Array.from({ length: rank + 1 }, (_, i) =>
    Array.from({ length: rank + 1 }, (_, j) => weight(i) * K[Math.min(i, last)]![Math.min(j, last)]! * weight(j)),
  );
}

/** K of a regime; `undefined` where weights stay as they are drawn, since there is none or too few units to place it. */
function placeIn(
  regime: Regime,
  { N, rank, order, dt }: { readonly N: number; readonly rank: number; readonly order: number; readonly dt: number },
  spot: Spot,
): number[][] | undefined {
  if (N <= rank) return undefined;
  const K = order === 2 ? doubleIntegratorAt(regime, spot) : threeIntegratorsAt(regime, rank, spot);
  return K && inUnits(K, order, dt, rank);
}

/** What a family of configurations draws from. */
export interface ConfigurationRanges {
  readonly N: fc.Arbitrary<number>;
  readonly rank: fc.Arbitrary<number>;
  readonly order: fc.Arbitrary<number>;
  readonly dt: fc.Arbitrary<number>;
  readonly horizon: fc.Arbitrary<number>;
  readonly start: fc.Arbitrary<Protocol['start']>;
  readonly batch: fc.Arbitrary<number>;
  readonly loss: fc.Arbitrary<Protocol['loss']>;
  readonly lr: fc.Arbitrary<number>;
  readonly clip: fc.Arbitrary<number | null>;
  readonly scale: fc.Arbitrary<number>;
  readonly correlation: fc.Arbitrary<number>;
  readonly regime: fc.Arbitrary<Regime>;
  readonly epochs: number | ((N: number, horizon: number) => number);
}

/** A population of starts. @param variance of each component */
export const population = (variance: number): Protocol['start'] => ({ kind: 'population', variance });

/** Alternatives shrink to the first. */
const SIMPLEST = { withCrossShrink: true };

/** The whole region of configurations that the theory speaks of. */
export const EVERYWHERE: ConfigurationRanges = {
  N: logInteger(1, 300),
  rank: fc.constantFrom(1, 1, 1, 2, 3),
  order: fc.constantFrom(2, 2, 2, 3),
  dt: fc.oneof(SIMPLEST, fc.constant(1), logUniform(0.1, 1)),
  horizon: logInteger(5, 300),
  start: fc.oneof(
    SIMPLEST,
    logUniform(0.1, 4).map(population),
    fc.constant({ kind: 'uniform' as const, low: -2, high: 2 }),
  ),
  batch: logInteger(1, 500),
  loss: fc.oneof(
    SIMPLEST,
    fc.constant({ state: 'mean' as const, beta: 0 }),
    logUniform(1e-3, 5).map((beta) => ({ state: 'mean' as const, beta })),
  ),
  lr: logUniform(1e-4, 3e-2),
  clip: fc.oneof(SIMPLEST, { weight: 4, arbitrary: logUniform(0.1, 10) }, { weight: 1, arbitrary: fc.constant(null) }),
  scale: logUniform(0.1, 3),
  correlation: fc.oneof(SIMPLEST, fc.constant(0), between(-0.5, 0.5)),
  regime: fc.constantFrom(...REGIMES),
  epochs: 400,
};

/** The paper's own setting: a double integrator and a memory of rank 1, no penalty, weights as they are drawn. */
export const PAPER = {
  rank: fc.constant(1),
  order: fc.constant(2),
  dt: fc.constant(1),
  loss: fc.constant({ state: 'mean', beta: 0 }),
  correlation: fc.constant(0),
  regime: fc.constant('drawn'),
} satisfies Partial<ConfigurationRanges>;

/**
 * Configurations near the paper's, in which the loop mostly becomes stable within some hundreds of epochs: units, horizon,
 * steps, clipping and weights vary about its own.
 */
export const LEARNING: Partial<ConfigurationRanges> = {
  ...PAPER,
  horizon: logInteger(10, 60),
  batch: logInteger(20, 500),
  start: fc.constantFrom(population(4 / 3), { kind: 'uniform', low: -2, high: 2 }),
  loss: weighted(
    [3, fc.constant({ state: 'mean' as const, beta: 0 })],
    [1, logUniform(1e-3, 0.1).map((beta) => ({ state: 'mean' as const, beta }))],
  ),
  dt: weighted([4, fc.constant(1)], [1, logUniform(0.6, 1)]),
  lr: logUniform(5e-3, 3e-2),
  clip: logUniform(0.3, 5),
  scale: logUniform(0.7, 1.5),
  correlation: fc.oneof(fc.constant(0), between(0, 0.25)),
  regime: fc.constantFrom('drawn', 'drawn', 'valley', 'double root', 'positive'),
};

/**
 * Epochs that cost about the same whatever the units and the horizon; the Gram engine and its shadows count as 60 units.
 * @param work epochs times units times horizon
 */
export function affordable(work: number, least: number, most: number): (N: number, horizon: number) => number {
  return (N, horizon) => Math.max(least, Math.min(most, Math.round(work / ((N + 60) * horizon))));
}

/** Configurations of a family. @param ranges what differs from `EVERYWHERE` */
export function configuration(ranges: Partial<ConfigurationRanges> = {}): fc.Arbitrary<Configuration> {
  const { regime, epochs, ...rest } = { ...EVERYWHERE, ...ranges };
  return plain({ ...rest, seed, regime, spot }).map(
    ({
      N,
      rank,
      order,
      dt,
      horizon,
      start,
      batch,
      loss,
      lr,
      clip,
      scale,
      correlation,
      seed,
      regime,
      spot,
    }): Configuration => {
      const place = placeIn(regime, { N, rank, order, dt }, spot);
      const protocol: Protocol = {
        mode: 'closed-loop',
        plant: { kind: 'integrator', order, dt },
        agent: { kind: 'linear-low-rank', N, rank, leak: 1 },
        horizon,
        start,
        batch: start.kind === 'population' ? 1 : batch,
        loss,
        optimizer: { kind: 'sgd', lr, clip },
        trained: ['z', 'U', 'V'],
        epochs: typeof epochs === 'number' ? epochs : epochs(N, horizon),
      };
      const weights = { seed, scale, correlation, regime: place ? regime : 'drawn', ...(place && { place }) } as const;
      return { protocol, weights };
    },
  );
}

/**
 * The weights nearest to given ones whose order parameters are as asked: H = [Zᵀ V] moves within the span of J = [M U] by
 * J·(JᵀJ)⁻¹·(K* − K)ᵀ, M and U staying. Needs as many units as J has columns.
 */
function placedAt(agent: LinearAgent, place: Mat<number>): LinearAgent {
  const { M, Z, U, V } = agent;
  const lack = transpose(subtract(reals, place, orderParameterMatrix(orderParametersOf(reals, agent))));
  const J = blocks([[M, U]]);
  const moves = multiply(reals, J, solveSemidefinite(realField, multiply(reals, transpose(J), J), lack));
  return {
    ...agent,
    Z: matrix(1, M.rows, (_, i) => at(Z, 0, i) + at(moves, i, 0)),
    V: matrix(M.rows, V.cols, (i, j) => at(V, i, j) + at(moves, i, j + 1)),
  };
}

/** The initial agent of a configuration. */
export function agentOf({ protocol, weights }: Configuration): LinearAgent {
  if (protocol.agent.kind !== 'linear-low-rank') throw new RangeError('configurations are of low-rank agents');
  const { N, rank, leak } = protocol.agent;
  const { correlation, place } = weights;
  const drawn = lowRankInitial({ N, c: 1, p: 1, r: rank }, leak, new Stream(weights.seed), weights.scale);
  const { M, Z, U, V } = drawn;
  const agent: LinearAgent = {
    ...drawn,
    Z: matrix(1, N, (_, i) => at(Z, 0, i) + correlation * at(M, i, 0)),
    U: matrix(N, rank, (i, j) => at(U, i, j) + correlation * at(M, i, 0)),
    V: matrix(N, rank, (i, j) => at(V, i, j) + correlation * at(Z, 0, i)),
  };
  return place ? placedAt(agent, fromRows(place)) : agent;
}

/** The moments of x₀ of a configuration, epoch by epoch. */
export function momentsOf({ protocol, weights }: Configuration): DataSource {
  const n = plantOf(protocol.plant).A.rows;
  return remembered(momentSource(protocol.start, n, protocol.batch, new Stream(weights.seed).child('starts')));
}
