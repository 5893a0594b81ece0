/**
 * Random configurations of a learning problem as the theory of stages sees it: a protocol, and weights whose order
 * parameters start in a chosen regime.
 */
import fc from 'fast-check';
import type { Agent } from '#src/agent/agent.js';
import { shapeOf } from '#src/agent/agent.js';
import { lowRankInitial } from '#src/agent/initial.js';
import { add, at, type Mat, matrix, multiply, subtract, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { type Protocol, plantOf } from '#src/training/protocol.js';
import { type MomentSource, momentSource, remembered } from '#src/training/start.js';
import { logInteger, logUniform, plain, seed } from './number.js';
import { nearStableOverlaps, type ScalarOverlaps } from './overlaps.js';

/** Where the order parameters of the first memory start; `drawn` leaves them as the weights come. */
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
    /** The order parameters at the start, where the regime is not `drawn`. */
    readonly place?: ScalarOverlaps;
  };
}

const between = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 64 }).map((k) => low + ((high - low) * k) / 64);

/** Memory gains q shared between σ_zu and σ_vm. */
const shared = (q: number): Pick<ScalarOverlaps, 'zu' | 'vm'> => {
  const size = Math.sqrt(Math.abs(q));
  return { zu: size, vm: q < 0 ? -size : size };
};

/** Order parameters of a regime, in the units of dt = 1. */
function placeIn(regime: Regime): fc.Arbitrary<ScalarOverlaps | undefined> {
  const small = between(-0.02, 0.02);
  switch (regime) {
    case 'drawn':
      return fc.constant(undefined);
    case 'positive':
      return fc
        .tuple(between(0.02, 0.5), between(-0.002, 0.002), small)
        .map(([zm, q, vu]) => ({ zm, vu, ...shared(q) }));
    case 'valley':
      // The valley of stage 1: no memory yet, a negative position policy.
      return fc
        .tuple(between(-0.2, -0.005), between(-0.005, 0.005), small)
        .map(([zm, q, vu]) => ({ zm, vu, ...shared(q) }));
    case 'unit circle':
      // Stable for −σ_zm/2 < q < −σ_zm or so: q within a tenth of the lower edge.
      return fc
        .tuple(between(-0.3, -0.02), between(0.9, 1.1), small)
        .map(([zm, factor, vu]) => ({ zm, vu, ...shared((-factor * zm) / 2) }));
    case 'double root':
      // The dominant pair turns real where σ_zm passes 0 without memory.
      return fc
        .tuple(between(-0.002, 0.002), between(-0.0005, 0.0005), small)
        .map(([zm, q, vu]) => ({ zm, vu, ...shared(q) }));
    case 'stabilised':
      return nearStableOverlaps;
  }
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
  loss: fc.oneof(
    { weight: 3, arbitrary: fc.constant({ state: 'mean' as const, beta: 0 }) },
    { weight: 1, arbitrary: logUniform(1e-3, 0.1).map((beta) => ({ state: 'mean' as const, beta })) },
  ),
  dt: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: logUniform(0.6, 1) }),
  lr: logUniform(5e-3, 3e-2),
  clip: logUniform(0.3, 5),
  scale: logUniform(0.7, 1.5),
  correlation: fc.oneof(fc.constant(0), between(0, 0.25)),
  regime: fc.constantFrom('drawn', 'drawn', 'valley', 'positive'),
};

/** Configurations of a family. @param ranges what differs from `EVERYWHERE` */
export function configuration(ranges: Partial<ConfigurationRanges> = {}): fc.Arbitrary<Configuration> {
  const { regime, epochs, ...rest } = { ...EVERYWHERE, ...ranges };
  const placed = regime.chain((name) => placeIn(name).map((place) => ({ regime: name, place })));
  return plain({ ...rest, seed, placed }).map(
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
      placed,
    }): Configuration => ({
      protocol: {
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
      },
      weights: { seed, scale, correlation, regime: placed.regime, ...(placed.place && { place: placed.place }) },
    }),
  );
}

/**
 * The weights nearest to given ones whose first order parameters are as asked: H = [Zᵀ v] moves within the span of
 * J = [M u] by J·(JᵀJ)⁻¹·(K* − K)ᵀ, M and u staying. Needs two units at least.
 */
function placedAt(agent: Agent, { zm, zu, vm, vu }: ScalarOverlaps): Agent {
  const { M, Z, U, V } = agent;
  const N = M.rows;
  const J = matrix(N, 2, (i, j) => (j === 0 ? at(M, i, 0) : at(U, i, 0)));
  const H = matrix(N, 2, (i, j) => (j === 0 ? at(Z, 0, i) : at(V, i, 0)));
  const wanted = matrix(2, 2, (i, j) => [zm, zu, vm, vu][2 * i + j]!);
  const lack = subtract(reals, wanted, multiply(reals, transpose(H), J));
  const moved = add(reals, H, multiply(reals, J, inverse2(multiply(reals, transpose(J), J)), transpose(lack)));
  return {
    ...agent,
    Z: matrix(1, N, (_, i) => at(moved, i, 0)),
    V: matrix(N, V.cols, (i, j) => (j === 0 ? at(moved, i, 1) : at(V, i, j))),
  };
}

function inverse2(A: Mat<number>): Mat<number> {
  const [a, b, c, d] = [at(A, 0, 0), at(A, 0, 1), at(A, 1, 0), at(A, 1, 1)];
  const determinant = a * d - b * c;
  return matrix(2, 2, (i, j) => [d, -b, -c, a][2 * i + j]! / determinant);
}

/** The initial agent of a configuration. A single unit cannot be placed: its order parameters stay as drawn. */
export function agentOf({ protocol, weights }: Configuration): Agent {
  if (protocol.agent.kind !== 'linear-low-rank') throw new RangeError('configurations are of low-rank agents');
  const { N, rank, leak } = protocol.agent;
  const { correlation, place } = weights;
  const drawn = lowRankInitial({ N, c: 1, p: 1, r: rank }, leak, new Stream(weights.seed), weights.scale);
  const { M, Z, U, V } = drawn;
  const agent: Agent = {
    ...drawn,
    Z: matrix(1, N, (_, i) => at(Z, 0, i) + correlation * at(M, i, 0)),
    U: matrix(N, rank, (i, j) => at(U, i, j) + correlation * at(M, i, 0)),
    V: matrix(N, rank, (i, j) => at(V, i, j) + correlation * at(Z, 0, i)),
  };
  return place && N > 1 && shapeOf(agent).r > 0 ? placedAt(agent, place) : agent;
}

/** The moments of x₀ of a configuration, epoch by epoch. */
export function momentsOf({ protocol, weights }: Configuration): MomentSource {
  const n = plantOf(protocol.plant).A.rows;
  return remembered(momentSource(protocol.start, n, protocol.batch, new Stream(weights.seed).child('starts')));
}
