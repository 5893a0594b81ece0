/**
 * The minimisers of the loss without memory: the figures of the theory, and none overlooked.
 */

import { describe, expect, it } from 'vitest';
import { weighing } from '#spec/support/cost.js';
import { identity } from '#src/linalg/matrix.js';
import { reals } from '#src/linalg/ring.js';
import { integratorChain } from '#src/plant/integrator.js';
import { localMinimisers, nextMinimiser } from '#src/theory/stage-one/stage-one-set-point-scales-with-horizon.js';
import { reducedLoss } from '#src/training/reduced.js';

/** Changes of the slope from − to + with growing |σ_zm|, on a grid dense enough for dips of a hundredth of a period. */
function changesOfSlope(horizon: number, dt: number): number {
  const cost = weighing([1, 1], 0);
  const loss = reducedLoss({ plant: integratorChain(2, dt), leak: 1, cost, horizon, rank: 1 });
  const E = new Float64Array(4);
  const end = Math.atan(Math.sqrt(Math.expm1(8 / (horizon - 1))));
  let [count, falling] = [0, false];
  for (let k = 1; k <= 3000; k++) {
    loss(Float64Array.of(-((Math.tan((end * k) / 3000) / dt) ** 2), 0, 0, 0), identity(reals, 2), E);
    if (falling && E[0]! <= 0) count++;
    falling = E[0]! > 0;
  }
  return count;
}

describe('the local minimisers of the loss without memory', () => {
  it.each([
    [20, [-0.0466, -0.121]],
    [50, [-0.0217, -0.0417]],
    [100, [-0.0061, -0.011, -0.0179, -0.0267]],
  ])('T = %d: %j', (horizon, expected) => {
    const found = localMinimisers(horizon, 1);
    expect(found).toHaveLength(expected.length);
    expected.forEach((zm, k) => {
      expect(Math.abs(found[k]! / zm - 1)).toBeLessThan(0.01);
    });
  });

  it('are all found, narrow dips too', () => {
    for (const dt of [1, 0.5, 0.1])
      for (const horizon of [8, 13, 31, 57, 99, 100, 101, 180, 300])
        expect(localMinimisers(horizon, dt), `T = ${horizon}, dt = ${dt}`).toHaveLength(changesOfSlope(horizon, dt));
  });

  it('are met one by one, from either side', () => {
    const [near, far] = localMinimisers(50, 1) as [number, number];
    const close = (found: number | undefined, zm: number): void => expect(found! / zm).toBeCloseTo(1, 12);
    close(nextMinimiser(50, 1, 0.3, -1), near);
    close(nextMinimiser(50, 1, near * 1.1, -1), far);
    close(nextMinimiser(50, 1, -1, 1), far);
    close(nextMinimiser(50, 1, far * 0.9, 1), near);
    expect(nextMinimiser(50, 1, far * 1.1, -1)).toBeUndefined();
    expect(nextMinimiser(50, 1, near * 0.9, 1)).toBeUndefined();
  });
});
