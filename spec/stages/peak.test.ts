/**
 * Climbs and turns of curves, by the definitions of their words.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forAllWith } from '#spec/support/for-all.js';
import { peakOf, peakRatioOf } from '#src/stages/peak.js';
import { measuredTurn, positionOverlap } from '#src/stages/turn.js';
import { emptyCurve } from '#src/training/curve.js';

describe('a climb', () => {
  it('is the largest ratio of a loss to an earlier one, at its first epoch', () => {
    const losses = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 });
    forAllWith({ seed: 4 }, losses, (list) => {
      let best = { factor: 1, epoch: 0 };
      list.forEach((later, epoch) => {
        for (const earlier of list.slice(0, epoch))
          if (later / earlier > best.factor) best = { factor: later / earlier, epoch };
      });
      expect(peakRatioOf(list)).toEqual(best);
      // What follows a loss that is no number does not count.
      expect(peakRatioOf([...list, Number.NaN, 1e-3, 1e3])).toEqual(best);
    });
    expect(peakOf([])).toBeUndefined();
    expect(peakOf([2, 5, Number.NaN, 5, 1])).toEqual({ loss: 5, epoch: 1 });
  });
});

describe('a turn', () => {
  const turnOf = (path: readonly number[], direction?: 1 | -1): number => {
    const curve = emptyCurve({ N: 0, c: 1, p: 1, r: 1 }, 1, path.length);
    curve.overlaps.set(path.flatMap((zm) => [zm, 9, 9, 9]));
    expect(path.map((_, epoch) => positionOverlap(curve, epoch))).toEqual(path);
    return measuredTurn(curve, direction);
  };

  it('is the first epoch whose update does not go on', () => {
    expect(turnOf([3, 2, 1, 1.5, 0])).toBe(2);
    expect(turnOf([3, 2, 2, 1])).toBe(1);
    expect(turnOf([3, 4, 1])).toBe(0);
    expect(turnOf([1, 2, 3, 2], 1)).toBe(2);
    expect(turnOf([3, 2, 1])).toBe(3);
    expect(turnOf([3, 2, Number.NaN, 1])).toBeNaN();
    expect(turnOf([3, 2, Number.NEGATIVE_INFINITY, Number.NaN])).toBeNaN();
    expect(turnOf([1])).toBe(1);
  });
});
