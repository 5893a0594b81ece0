/**
 * Regimes and odds: their words, and that claims draw from all of their regime and from nowhere else.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openLedger } from '#src/cli/ledger.js';
import type { Protocol } from '#src/problem/protocol.js';
import { rateAt } from '#src/problem/schema.js';
import { startVariance } from '#src/problem/start.js';
import { ofHundred, promise, proportion } from '#src/theory/odds.js';
import * as openLoop from '#src/theory/open-loop/open-loop-training-peaks.js';
import { type Ranges, type Regime, regimeOf, within } from '#src/theory/regime.js';
import * as averaging from '#src/theory/stage-two/averaging-removes-the-zig-zag.js';
import type { Configuration } from '../generators/configuration.js';
import { protocolOf, type TeacherStudentCase } from '../generators/teacher-student.js';

const ledger = await openLedger();

describe('a regime', () => {
  const { needs, doubts, isInside } = regimeOf<number | null>(
    within('a rate', [0.5, 2], (rate) => rate),
    { needs: 'an integer', holds: Number.isInteger },
  );

  it('names what is not met, and what there is instead', () => {
    expect(needs).toEqual(['a rate of 0.5 to 2', 'an integer']);
    expect([0.5, 1, 2, null, Number.NaN].map((rate) => doubts(rate).length)).toEqual([1, 0, 0, 2, 2]);
    expect(doubts(0.25)).toEqual(['needs a rate of 0.5 to 2, found 0.25', 'needs an integer']);
    expect(doubts(null)[0]).toBe('needs a rate of 0.5 to 2, found none');
    expect([isInside(1), isInside(3)]).toEqual([true, false]);
  });
});

describe('odds', () => {
  const trying = ledger.claims.filter(({ proportions }) => proportions);

  it.each(trying.map((claim) => [claim.statement.id, claim] as const))('of %s are those of its words', (_, claim) => {
    const { statement, proportions = [] } = claim;
    const own = proportions.filter(({ control }) => !control).map(({ atLeast }) => ofHundred(atLeast));
    const numbers = statement.statement.match(/\d+/g)!.map(Number);
    for (const share of own) expect(numbers).toContain(share);
    for (const [, share] of statement.statement.matchAll(/(\d+) of 100/g)) expect(own).toContain(Number(share));
  });

  it('belong to fourteen claims, and are promised as they stand', () => {
    expect(trying).toHaveLength(14);
    expect(promise('near', proportion(0.975, 0.9, 'is near'))).toBe('near, in at least 97.5 of 100 runs');
  });
});

describe('draws', () => {
  it.each<[string, Regime<Protocol>, Ranges, (instance: never) => Protocol]>([
    ['averaging-removes-the-zig-zag', averaging.regime, averaging.ranges, ({ protocol }: Configuration) => protocol],
    [
      'open-loop-training-peaks',
      openLoop.regime,
      openLoop.ranges,
      (instance: TeacherStudentCase) => protocolOf(instance),
    ],
  ])('of %s reach across its regime and not beyond', (id, regime, ranges, protocolIn) => {
    const { cases } = ledger.claimOf(id);
    if (cases.kind !== 'drawn') throw new RangeError('drawn cases are expected');
    const drawn = fc
      .sample(cases.arbitrary, { seed: 1, numRuns: 2000 })
      .map((instance) => protocolIn(instance as never));
    for (const protocol of drawn) expect(regime.doubts(protocol)).toEqual([]);
    const values: Record<keyof Ranges, (protocol: Protocol) => number> = {
      units: ({ agent }) => (agent as { readonly N: number }).N,
      horizon: ({ horizon }) => horizon,
      variance: ({ start }) => startVariance(start)!,
      lr: ({ optimizer }) => rateAt(optimizer, 0),
      clip: ({ optimizer }) => optimizer.clip!,
    };
    for (const [name, [low, high]] of Object.entries(ranges)) {
      const all = drawn.map(values[name as keyof Ranges]);
      // A fiftieth of the way from either end, on a logarithmic scale: missed by 2000 draws with a probability of e^-40.
      const near = (high / low) ** 0.02;
      expect(Math.min(...all), name).toBeLessThanOrEqual(low * near);
      expect(Math.max(...all), name).toBeGreaterThanOrEqual(high / near);
    }
  });
});
