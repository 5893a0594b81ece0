/**
 * Odds: the proportions of cases that a statement is claimed for. They stand beside the statement as data; its claim tries them, and
 * forecasts promise them.
 */

/** A claimed proportion. Between `refutedBelow` and `atLeast` neither answer is wrong. */
export interface Proportion {
  readonly name: string;
  /** The claim: the probability of success is at least this. In (0, 1). */
  readonly atLeast: number;
  /** A probability of success at most this refutes it. In (0, atLeast). */
  readonly refutedBelow: number;
  /**
   * Share of the drawn cases that must try it, `REGIME_SHARE` by default: less where it speaks of a part of them by design, such as
   * those beyond the regime of the others. In (0, 1).
   */
  readonly share?: number;
  /**
   * Whether it is a control: tried beyond the regime of the statement, to show that the statement stops there. It refutes the claim like
   * the statement's own.
   */
  readonly control?: true;
}

/** A proportion, with the numbers first: statements list theirs in rows. */
export function proportion(
  atLeast: number,
  refutedBelow: number,
  name: string,
  rest: Pick<Proportion, 'share' | 'control'> = {},
): Proportion {
  return { name, atLeast, refutedBelow, ...rest };
}

/** A share as statements write it: so many of 100. */
export function ofHundred(share: number): number {
  return Number((100 * share).toPrecision(3));
}

/** What is promised of a number. @param near how near it comes, in words */
export function promise(near: string, { atLeast }: Proportion): string {
  return `${near}, in at least ${ofHundred(atLeast)} of 100 runs`;
}
