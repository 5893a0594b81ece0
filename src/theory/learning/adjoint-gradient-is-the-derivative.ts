/**
 * Back-propagation through the loop computes the derivative of the loss (training/full.ts, training/reduced.ts).
 */
import { at, type Mat, multiply, transpose } from '../../linalg/matrix.js';
import { type Ring, sum } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'adjoint-gradient-is-the-derivative',
  kind: 'identity',
  title: 'the adjoint gradient is the derivative of the loss',
  statement:
    'For every direction D in the space of weights, the gradients of the full engine satisfy Σ ⟨∂L/∂θ, D⟩ = dL(θ + εD)/dε. The right side is computed by dual numbers through the definition of the loop. The same holds for ∂L/∂K of the reduced loss.',
  formula: 'Σ ⟨∂L/∂θ, D⟩ = d/dε L(θ + ε D) at ε = 0',
  latex: String.raw`\sum \langle\partial L/\partial\theta, D\rangle = \tfrac{d}{d\varepsilon} L(\theta + \varepsilon D)\text{ at }\varepsilon = 0`,
  assumptions: 'linear agent of any shape, rank and leak, with or without a full-rank part; quadratic loss',
  validity: 'everywhere',
  tolerance: 'γ(roundings) times the same gradient of absolute data; every order of evaluation obeys it (tolerance.ts)',
  source: { theory: '#learning', status: 'new' },
};

/** L = Σ_{t<T} Σ_i q_i·s_t[i]² along s_{t+1} = P·s_t. @param P n × n @param s0 n × 1 @param q n weights */
export function quadraticAlong<T>(R: Ring<T>, P: Mat<T>, s0: Mat<T>, q: readonly T[], horizon: number): T {
  const terms: T[] = [];
  let s = s0;
  for (let t = 0; t < horizon; t++) {
    q.forEach((weight, i) => {
      terms.push(R.mul(weight, R.mul(at(s, i, 0), at(s, i, 0))));
    });
    s = multiply(R, P, s);
  }
  return sum(R, terms);
}

/**
 * dL along a change D of P by costates: λ_t = 2·q∘s_t + Pᵀ·λ_{t+1}, λ_T = 0, dL = Σ_t λ_{t+1}ᵀ·D·s_t.
 * @param D n × n
 */
export function adjointDerivative<T>(
  R: Ring<T>,
  P: Mat<T>,
  D: Mat<T>,
  s0: Mat<T>,
  q: readonly T[],
  horizon: number,
): T {
  const states = [s0];
  for (let t = 1; t < horizon; t++) states.push(multiply(R, P, states[t - 1]!));
  let costate: T[] = q.map(() => R.of(0));
  const terms: T[] = [];
  for (let t = horizon - 1; t >= 0; t--) {
    const s = states[t]!;
    const moved = multiply(R, D, s);
    costate.forEach((value, i) => {
      terms.push(R.mul(value, at(moved, i, 0)));
    });
    const carried = multiply(R, transpose(P), { rows: q.length, cols: 1, data: costate });
    costate = q.map((weight, i) => R.add(R.mul(R.of(2), R.mul(weight, at(s, i, 0))), at(carried, i, 0)));
  }
  return sum(R, terms);
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'loss and derivative of a scalar loop over three steps',
    variables: ['p', 'd', 's', 'q'],
    texts: ['q*s^2+q*(p*s)^2+q*(p^2*s)^2', '2*q*p*s^2*d+4*q*p^3*s^2*d'],
    values: <T>(R: Ring<T>, { p, d, s, q }: Readonly<Record<string, T>>) => {
      const scalar = (value: T | undefined): Mat<T> => ({ rows: 1, cols: 1, data: [value!] });
      return [
        quadraticAlong(R, scalar(p), scalar(s), [q!], 3),
        adjointDerivative(R, scalar(p), scalar(d), scalar(s), [q!], 3),
      ];
    },
  },
];
