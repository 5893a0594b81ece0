/**
 * Seeded streams of random numbers, over pure-rand. The same seed gives the same numbers everywhere; streams are named,
 * so that a new consumer does not shift what the others draw.
 */

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A 32-bit seed from a seed and a label (FNV-1a, then a finalising mix). */
export function deriveSeed(seed: number, label: string): number {
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) | 0;
}

/** A stream of random numbers with its own state. */
export class Stream {
  readonly #seed: number;
  readonly #generator: ReturnType<typeof xoroshiro128plus>;
  #spare: number | undefined;

  /**
   * @param seed any integer; its low 32 bits count
   * @param state of the generator: mixed from the seed, for the generator itself begins near seeds with nearly the same numbers
   */
  constructor(seed: number, state = deriveSeed(seed, '')) {
    this.#seed = seed | 0;
    this.#generator = xoroshiro128plus(state);
  }

  /** An independent stream of this stream's seed and a label, whatever has been drawn so far. */
  child(label: string): Stream {
    const seed = deriveSeed(this.#seed, label);
    return new Stream(seed, seed);
  }

  /** Uniform on [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * uniformFloat64(this.#generator);
  }

  /** Standard normal, by the polar form of Box and Muller. */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const a = this.uniform(-1, 1);
      const b = this.uniform(-1, 1);
      const square = a * a + b * b;
      if (square > 0 && square < 1) {
        const factor = Math.sqrt((-2 * Math.log(square)) / square);
        this.#spare = b * factor;
        return a * factor;
      }
    }
  }
}
