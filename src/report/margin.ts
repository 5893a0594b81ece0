/**
 * How near a claim came to being refuted.
 */
import { ratioOf } from '../claims/evidence.js';
import { type ProportionResult, percent } from '../claims/proportion.js';
import type { Verdict } from '../claims/verdict.js';
import { brief } from '../words.js';

/** How near, in words and as a number. */
export interface Margin {
  readonly text: string;
  /** 0 as far from refutation as can be, 1 where it begins; absent where nothing was measured. */
  readonly used?: number;
}

const shareOf = ({ successes, trials }: ProportionResult): number => successes / trials;
const usedOf = (tried: ProportionResult): number => (1 - shareOf(tried)) / (1 - tried.refutedBelow);

/** Beyond the bound by this factor. */
const beyond = (used: number): string => (used < 1e4 ? `${brief(used, 3)} × bound` : '> 10⁴ × bound');

/** Found, where the rate lies at 95 %, and claimed: "92.5 % (89–95) ≥ 80 %". */
function comparison(tried: ProportionResult): string {
  const sign = shareOf(tried) >= tried.atLeast ? '≥' : '<';
  const [low, high] = tried.rate.map((rate) => (100 * rate).toFixed(0));
  return `${(100 * shareOf(tried)).toFixed(1)} % (${low}–${high}) ${sign} ${percent(tried.atLeast)}`;
}

/**
 * What came nearest to refutation: the worst case, as the part of its bound that it used, or a proportion. Proportions are the
 * statement's own one nearest to refutation, then the control nearest to it.
 */
export function marginOf({ worst, proportions = [] }: Pick<Verdict, 'worst' | 'proportions'>): Margin {
  const tried = proportions.filter(({ trials }) => trials > 0).sort((a, b) => usedOf(b) - usedOf(a));
  if (worst && !(tried[0] && usedOf(tried[0]) > ratioOf(worst))) {
    const used = ratioOf(worst);
    if (worst.bound === 0 && worst.residual === 0) return { text: 'exact', used };
    return { text: used > 1 ? beyond(used) : `${used.toFixed(3)} of bound`, used };
  }
  if (tried.length === 0) return { text: '' };
  const own = tried.find(({ control }) => !control);
  const control = tried.find((one) => one.control);
  const text = [...(own ? [comparison(own)] : []), ...(control ? [`control ${comparison(control)}`] : [])].join(' · ');
  return { text, used: usedOf(tried[0]!) };
}
