/**
 * What a campaign is: single runs, and counts of them.
 */
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'campaigns-count-their-runs',
  kind: 'identity',
  title: 'a campaign is every combination once, each a paired run of its protocol, and its numbers are counts of them',
  statement:
    'A block has every agent with every perturbation and every seed once, under a name of its own, with random numbers of its own and the same trials. A run is the training that its protocol prescribes, and then that of a student; what is measured of it are deployed losses of the agents as they learn. A summary counts runs, divergences and verdicts, and gives medians and means of what finished. Fisher’s test sums all tables, the rank test all ranks, a bootstrap interval the resamples between its ends.',
  formula: 'p = Σ_k [P(k) ≤ P(a)] P(k), P(k) = C(n, k) C(m, s − k)/C(n + m, s)',
  latex: String.raw`p = \sum_k [P(k) \le P(a)] P(k), P(k) = C(n, k) C(m, s - k) / C(n + m, s)`,
  assumptions:
    'blocks of up to 2 agents, 3 perturbations and 3 seeds; runs of low-rank and tanh agents of 4 units over 12 epochs',
  validity: 'campaign files of any size: the rest is more of the same; tried, not proved',
  tolerance:
    'exact, but deployed losses: conditioning, measured by the plain program as for training-is-what-protocols-say',
  source: { theory: '#protocols-and-losses', status: 'new' },
};
