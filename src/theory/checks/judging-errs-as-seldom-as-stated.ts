/**
 * What the verdicts rest on: tests of proportions, tails, rounding bounds, comparisons.
 */
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'judging-errs-as-seldom-as-stated',
  kind: 'identity',
  title: 'tests, tails and rounding bounds are as wide as they are said to be, and hardly wider',
  statement:
    'A true proportion is refuted, and a false one held, with probability 2⁻²¹ at most and with no less than what the last step of the evidence can overshoot: both are computed trial by trial. Binomial shortfalls are at most Chernoff’s bound, which is at most n + 1 times the exact tail. Plans of shadow runs have the least multiple, a power of two, whose false alarms are below 10⁻⁸ a comparison. The roundings granted to gradients are at least those on the longest path through the loop and back, and at most eight times as many. Curves are told apart just beyond their tolerance, and not just within it.',
  formula: 'α (1 − a)/(1 − b) ≤ P(refuted | a) ≤ α;  P(X ≤ k) ≤ e^{−n KL(k/n ‖ p)} ≤ (n + 1) P(X ≤ k)',
  latex: String.raw`\alpha (1 - a)/(1 - b) \le P(\text{refuted} \mid a) \le \alpha \newline P(X \le k) \le e^{-n \mathrm{KL}(k/n \,\Vert\, p)} \le (n + 1) P(X \le k)`,
  assumptions:
    'proportions a against b = a − 0.1 to 0.3, α = 2⁻²¹, up to 600 trials; loops of up to 3 units and 12 steps',
  validity:
    'every test that this project decides by; the plan that tells faults of a refuted run apart is sharper and errs more often, as it says; tried, not proved',
  tolerance: 'exact sums over all outcomes, up to rounding',
  source: { theory: '#how-results-are-checked', status: 'new' },
};
