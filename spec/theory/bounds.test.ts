/**
 * Lower bounds of the loss: the figures of the theory, and what they are called with elsewhere.
 */
import { describe, expect, it } from 'vitest';
import { realField } from '#src/linalg/field.js';
import { matrix, multiply, scalarMatrix, trace } from '#src/linalg/matrix.js';
import { reals } from '#src/linalg/ring.js';
import { integratorChain } from '#src/plant/integrator.js';
import { fullInformationBound, observationBound, riccati, weightsOver } from '#src/theory/no-policy-beats-riccati.js';
import { costOf, PROTOCOLS } from '#src/training/protocol.js';

const plant = integratorChain(2, 1);
const cost = costOf(PROTOCOLS['artifact-lowrank'], 2, 1);
const Sigma0 = scalarMatrix(2, 4 / 3);
const T = 50;

describe('the least loss of the paper’s loop', () => {
  it('is .0698 where u_0 is free, as on an infinite horizon', () => {
    const { P } = riccati(realField, plant, weightsOver(reals, cost, 1), T)[0]!;
    const free = trace(reals, multiply(reals, P, Sigma0));
    expect(free).toBeCloseTo(0.0698, 4);
    // The value matrix [[φ²,φ],[φ,φ²]] of golden-ratio-is-optimal: the end of the horizon is not felt.
    expect(free).toBeCloseTo(((4 / 3) * (3 + Math.sqrt(5))) / (2 * T), 14);
  });

  it('is .1745 with u_0 = 0, .2202 if only the position is seen', () => {
    expect(fullInformationBound(plant, cost, T, Sigma0)).toBeCloseTo(0.1745, 4);
    expect(observationBound(plant, cost, T, Sigma0)).toBeCloseTo(0.2202, 4);
  });

  it('is that of full information if the whole state is seen, but for t = 0, or if the start is known to be zero', () => {
    const sighted = { ...plant, C: scalarMatrix(2, 1) };
    expect(observationBound(sighted, cost, T, Sigma0)).toBeCloseTo(fullInformationBound(plant, cost, T, Sigma0), 14);
    expect(observationBound(plant, cost, T, matrix(2, 2))).toBe(0);
  });

  it('is the start’s own cost for one step', () => {
    expect(observationBound(plant, cost, 1, Sigma0)).toBeCloseTo(4 / 3 / T, 15);
  });
});
