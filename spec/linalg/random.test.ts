/**
 * Random streams: repeatable, independent of what others draw, and of the law they claim.
 */
import { describe, expect, it } from 'vitest';
import { deriveSeed, Stream } from '#src/linalg/random.js';

const draw = (stream: Stream, count: number): number[] => Array.from({ length: count }, () => stream.normal());

describe('streams', () => {
  it('repeat for the same seed and differ for another', () => {
    expect(draw(new Stream(7), 5)).toEqual(draw(new Stream(7), 5));
    expect(draw(new Stream(7), 5)).not.toEqual(draw(new Stream(8), 5));
  });

  it('have children that depend on the label, not on what was drawn', () => {
    const stream = new Stream(7);
    const before = draw(stream.child('a'), 3);
    draw(stream, 11);
    expect(draw(stream.child('a'), 3)).toEqual(before);
    expect(draw(stream.child('b'), 3)).not.toEqual(before);
    expect(deriveSeed(1, 'x')).not.toBe(deriveSeed(2, 'x'));
  });

  it('begin uniformly and independently of each other where their seeds follow each other', () => {
    const count = 10_000;
    const first = Array.from({ length: count }, (_, seed) => new Stream(seed).uniform());
    // Dvoretzky, Kiefer, Wolfowitz and Massart: exceeded with probability 1e−9.
    const reach = Math.sqrt(Math.log(2e9) / (2 * count));
    first
      .toSorted((a, b) => a - b)
      .forEach((value, k) => {
        expect(Math.abs(value - (k + 0.5) / count)).toBeLessThan(reach + 0.5 / count);
      });
    const products = first.slice(1).reduce((sum, value, k) => sum + (value - 0.5) * (first[k]! - 0.5), 0) / count;
    // Six standard deviations: a product of two has the variance 1/144.
    expect(Math.abs(products)).toBeLessThan(0.5 / Math.sqrt(count));
  });

  it('are uniform and normal: first two moments within five standard errors', () => {
    const stream = new Stream(3);
    const count = 40_000;
    const uniform = Array.from({ length: count }, () => stream.uniform(-2, 2));
    const normal = draw(stream, count);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / count;
    const square = (values: readonly number[]): number => mean(values.map((value) => value * value));
    const five = 5 / Math.sqrt(count);
    expect(Math.abs(mean(uniform))).toBeLessThan(five * Math.sqrt(4 / 3));
    expect(Math.abs(square(uniform) - 4 / 3)).toBeLessThan(five * Math.sqrt(16 / 5 - 16 / 9));
    expect(Math.abs(mean(normal))).toBeLessThan(five);
    expect(Math.abs(square(normal) - 1)).toBeLessThan(five * Math.SQRT2);
    expect(uniform.every((value) => value >= -2 && value < 2)).toBe(true);
  });
});
