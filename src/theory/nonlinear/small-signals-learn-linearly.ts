/**
 * How far the linear theory reaches into the nonlinear world: an agent that saturates learns, on small signals, as the linear one
 * does, and departs from it at second order in the signals' size.
 */
import { power, type Ring } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'small-signals-learn-linearly',
  kind: 'approximation',
  title: 'a tanh agent learns as its linear twin does, up to second order in the size of the signals',
  statement:
    'On starts s·x₀ the loss of a tanh agent over s² is L(ε), ε = s²: a power series in ε whose first term is the linear agent’s loss. Its first correction, and that of every directional derivative, is that of φ(a) = a − ε a³/3. The rest is at most the same remainder for an agent with absolute weights and tan in place of tanh. A learning curve with rate lr/s² differs from the linear one by a multiple of s² and terms of order s⁴. In a unit’s row, the derivative of one coupled step differs from the linear agent’s by at most the square of the unit’s input.',
  formula: 'tanh(√ε a)/√ε = a − ε a³/3 + 2 ε² a⁵/15 − …',
  latex: String.raw`\tanh(\sqrt{\varepsilon} a)/\sqrt{\varepsilon} = a - \varepsilon a^3/3 + 2 \varepsilon^2 a^5/15 - \ldots`,
  assumptions: 'starts, and with them the loss, scaled; learning rate lr/s², no clipping; exact gradients',
  validity:
    'signals below π/2 in the agent of absolute values. Learning curves: where they are regular, that is, the linear loss never rises and rounding stays below 2^-8 of the correction',
  tolerance:
    'remainder: the tail of the majorant series (Cauchy). Slope of curves: within 1/8 of 2 at activations below 2^-12, where the next term is below 2^-24 of the correction for each unit of conditioning',
  source: { theory: '#nonlinear-agents', status: 'new' },
};

/** 15·φ_ε(a), φ_ε(a) = tanh(√ε a)/√ε, to second order in ε. */
export function saturation<T>(R: Ring<T>, a: T, e: T): T {
  const term = (factor: number, n: number): T => R.mul(R.of(factor), R.mul(power(R, e, n), power(R, a, 2 * n + 1)));
  return R.add(R.sub(term(15, 0), term(5, 1)), term(2, 2));
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: '15 tanh(√ε a)/√ε to second order in ε',
    variables: ['a', 'e'],
    texts: ['15*a - 5*e*a^3 + 2*e^2*a^5'],
    values: (R, x) => [saturation(R, x['a']!, x['e']!)],
  },
];
