/**
 * Averaged learning: what it refuses.
 */
import { expect, it } from 'vitest';
import { lowRankInitial } from '#src/agent/initial.js';
import { Stream } from '#src/linalg/random.js';
import { integratorChain } from '#src/plant/integrator.js';
import { trainAveraged } from '#src/training/averaged.js';
import { openLoopTask } from '#src/training/open-loop.js';
import { PROTOCOLS, type Protocol } from '#src/training/protocol.js';

const protocol: Protocol = { ...PROTOCOLS['artifact-lowrank'], epochs: 3 };
const agent = lowRankInitial({ N: 5, c: 1, p: 1, r: 1 }, 1, new Stream(5));

it('averages clipped descent of Z, U and V, and refuses every other protocol', () => {
  expect(trainAveraged(protocol, agent).loss.every(Number.isFinite)).toBe(true);
  const others: Partial<Protocol>[] = [
    { optimizer: { kind: 'sgd', lr: 0.01, clip: null } },
    { optimizer: { kind: 'sgd', lr: 0.01, clip: 1, momentum: 0.9 } },
    { optimizer: { kind: 'adam', lr: 0.01, clip: 1 } },
    { trained: ['m', 'z', 'U', 'V'] },
    { trained: ['z', 'U'] },
  ];
  for (const other of others) expect(() => trainAveraged({ ...protocol, ...other }, agent)).toThrow(RangeError);
});

it('an open-loop task of the low-rank protocol wants two steps or more', () => {
  expect(openLoopTask('low-rank', integratorChain(2, 1), 2).steps).toBe(0);
  expect(() => openLoopTask('low-rank', integratorChain(2, 1), 1)).toThrow(RangeError);
});
