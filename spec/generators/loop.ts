/**
 * Random closed loops: a plant with an agent of fitting shape.
 */

import fc from 'fast-check';
import type { LinearAgent } from '#src/agent/linear.js';
import { matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import type { Plant } from '#src/plant/plant.js';
import { plantOf } from '#src/problem/protocol.js';
import type { PlantSpec } from '#src/problem/schema.js';
import { leak, plain, seed } from './number.js';
import { plant } from './plant.js';

/** A loop, as plain data. */
export interface LoopCase {
  readonly plant: PlantSpec;
  readonly N: number;
  readonly rank: number;
  readonly leak: number;
  /** Whether the agent has a full-rank part W₀. */
  readonly dense: boolean;
  /** How weights are drawn: multiples of 1/8 with many zeros, or normal numbers. */
  readonly weights: 'dyadic' | 'normal';
  readonly seed: number;
}

/** A loop of up to `maxN` units. @param dense whether agents may have a full-rank part */
export function loop(maxN: number, maxRank: number, dense: boolean): fc.Arbitrary<LoopCase> {
  return plain({
    plant,
    N: fc.integer({ min: 1, max: maxN }),
    rank: fc.integer({ min: 0, max: maxRank }),
    leak,
    dense: dense ? fc.boolean() : fc.constant(false),
    weights: fc.constantFrom('dyadic' as const, 'normal' as const),
    seed,
  });
}

/** A loop that rationals can follow: few units, their weights multiples of 1/8. @param plant whose entries are doubles with few digits */
export function exactLoop(plant: fc.Arbitrary<PlantSpec>, maxRank: number): fc.Arbitrary<LoopCase> {
  return plain({
    plant,
    N: fc.integer({ min: 1, max: 4 }),
    rank: fc.integer({ min: 0, max: maxRank }),
    leak: fc.integer({ min: 1, max: 8 }).map((k) => k / 8),
    dense: fc.constant(false),
    weights: fc.constant('dyadic' as const),
    seed,
  });
}

/** The plant and the agent that a case stands for. */
export function realise(loopCase: LoopCase): { readonly plant: Plant; readonly agent: LinearAgent } {
  const { N, rank, weights, dense } = loopCase;
  const plant = plantOf(loopCase.plant);
  const random = new Stream(loopCase.seed);
  const entry = (): number =>
    weights === 'normal' ? random.normal() / Math.sqrt(N) : Math.round(random.uniform(-4.5, 4.5)) / 8;
  const agent: LinearAgent = {
    leak: loopCase.leak,
    M: matrix(N, plant.C.rows, entry),
    Z: matrix(plant.B.cols, N, entry),
    U: matrix(N, rank, entry),
    V: matrix(N, rank, entry),
    ...(dense && { W: matrix(N, N, entry) }),
  };
  return { plant, agent };
}
