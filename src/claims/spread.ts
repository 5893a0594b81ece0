/**
 * How near to its bounds the cases of a claim are.
 */

/** Bins of half a decade each, the last of which ends at the bound. */
const BINS = 16;

/** Cases counted by the largest ratio of a residual to its bound that each of them measured. */
export interface Spread {
  /** Cases without a residual, or with one on the safe side only. */
  readonly exact: number;
  /** Entry k counts ratios in (10^((k − 16)/2), 10^((k − 15)/2)], the first those below as well; 16 entries. */
  readonly within: readonly number[];
}

/** Counts one ratio after the other. */
export class SpreadTally {
  #exact = 0;
  readonly #within = new Array<number>(BINS).fill(0);

  /** @param ratio at most 1, as `ratioOf` gives it */
  count(ratio: number): void {
    if (ratio <= 0) this.#exact++;
    else this.#within[Math.max(0, Math.min(BINS - 1, Math.ceil(2 * Math.log10(ratio)) + BINS - 1))]!++;
  }

  /** Counts all of another spread. */
  add({ exact, within }: Spread): void {
    this.#exact += exact;
    for (const [k, count] of within.entries()) this.#within[k]! += count;
  }

  /** `undefined` where nothing was counted. */
  get spread(): Spread | undefined {
    const counted = this.#exact > 0 || this.#within.some((count) => count > 0);
    return counted ? { exact: this.#exact, within: [...this.#within] } : undefined;
  }
}
