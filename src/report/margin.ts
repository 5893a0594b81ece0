/**
 * How near a claim came to being refuted.
 */
import { ratioOf } from '../claims/evidence.js';
import type { Verdict } from '../claims/verdict.js';

/** How near, in words and as a number. */
export interface Margin {
  readonly text: string;
  /** 0 as far from refutation as can be, 1 where it begins; absent where nothing was measured. */
  readonly used?: number;
}

/** Of its bound what the worst case used; for proportions alone, how many cases counted for the weakest of them. */
export function marginOf({ worst, proportions = [] }: Pick<Verdict, 'worst' | 'proportions'>): Margin {
  if (worst) {
    const used = ratioOf(worst);
    if (worst.bound === 0 && worst.residual === 0) return { text: 'exact', used };
    return { text: used > 1 ? '> bound' : `${used.toFixed(3)} of bound`, used };
  }
  const tried = proportions.filter(({ trials }) => trials > 0);
  if (tried.length === 0) return { text: '' };
  const shareOf = ({ successes, trials }: (typeof tried)[number]): number => successes / trials;
  const weakest = Math.min(...tried.map(shareOf));
  const used = Math.max(...tried.map((one) => (1 - shareOf(one)) / (1 - one.refutedBelow)));
  return { text: `${(100 * weakest).toFixed(1)} % of cases`, used };
}
