/**
 * What a run drew, and what it came to, is one of many that its protocol might have drawn.
 */
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'recorded-windows-are-exchangeable',
  kind: 'empirical',
  title: 'recorded windows are exchangeable with windows of starts that the protocol draws anew',
  statement:
    'Given the weights at its beginning, and what the optimiser remembers of them, a recorded window (its losses, norms, and how far the weights move) is exchangeable with windows that are simulated from there with starts drawn anew; where there is noise, with noise drawn anew, given the recorded starts; so are recorded starts with drawn ones. So a wager on the recorded one, (m + 1) f(x₀)/Σ f(xᵢ), has expectation 1 for every f ≥ 0 chosen without them, and wagers multiply to a martingale from window to window.',
  formula: 'E (m + 1) f(x₀)/Σ f(xᵢ) = 1;  P(sup W ≥ 1/α) ≤ α',
  latex: String.raw`\mathbb{E}\,\frac{(m+1)f(x_0)}{\sum f(x_i)} = 1 \newline P(\text{sup}\,W \ge 1/\alpha) \le \alpha`,
  assumptions:
    'starts that are drawn anew in every epoch, or noise; weights at some epochs, or starts. Without the memory of the optimiser only the row of the weights is judged, and without rows before the update nothing',
  validity:
    'any agent that is trained here, in closed and open loop, and tracking, however chaotic its learning: chance is simulated with it. As many windows as the work affords, spread over the run',
  tolerance:
    'the average of all wagers must not reach 2²⁰; each takes the worst of what rounding and printed digits may have made of a recorded number',
  source: { theory: '#records', status: 'new' },
};
