/**
 * Open-loop training on white inputs compares impulse responses.
 */
import { power, product, type Ring, sum } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'open-loop-loss-is-impulse-mismatch',
  kind: 'identity',
  title: 'on white inputs the open-loop loss is a mismatch of impulse responses',
  statement:
    'Without feedback an agent maps observations to controls by its impulse response g_0 = σ_zm, g_k = σ_zu σ_vu^{k−1} σ_vm. On white inputs of variance s the expected mismatch with a teacher is s Σ_k w_k (g_k − g*_k)². The weight w_k = (T−2−k)/(T−1) is the share of steps n = 1 … T−1 that an input n−k ≥ 2 reaches.',
  formula: 'g_0 = σ_zm,  g_k = σ_zu σ_vu^{k−1} σ_vm;  (T−1) L = s Σ_{k=0}^{T−3} (T−2−k) (g_k − g*_k)²',
  latex: String.raw`g_0 = \sigma_{zm} \newline g_k = \sigma_{zu} \sigma_{vu}^{k-1} \sigma_{vm} \newline (T-1) L = s \sum_{k=0}^{T-3} (T-2-k) (g_k - g^*_k)^2`,
  assumptions: 'linear agents of rank 1, η = 1, white observations; the low-rank protocol has s = 1 + dt²',
  validity: 'every horizon T ≥ 3',
  tolerance: 'none: compared exactly, in rationals, with the agent driven step by step',
  source: { theory: '#open-loop-training', status: 'new' },
};

/** g_0 … g_{count−1} from the order parameters of a rank-1 agent. */
export function impulseResponse<T>(
  R: Ring<T>,
  { zm, zu, vm, vu }: Readonly<Record<'zm' | 'zu' | 'vm' | 'vu', T>>,
  count: number,
): T[] {
  return Array.from({ length: count }, (_, k) => (k === 0 ? zm : product(R, [zu, power(R, vu, k - 1), vm])));
}

/** (T−1)/s times the expected open-loop loss: Σ_k (T−2−k)·(g_k − g*_k)². */
export function impulseMismatch<T>(R: Ring<T>, student: readonly T[], teacher: readonly T[], horizon: number): T {
  return sum(
    R,
    Array.from({ length: Math.max(0, horizon - 2) }, (_, k) => {
      const difference = R.sub(student[k]!, teacher[k]!);
      return product(R, [R.of(horizon - 2 - k), difference, difference]);
    }),
  );
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'g_0 … g_3, and (T−1) L / s for T = 4',
    variables: ['zm', 'zu', 'vm', 'vu', 'a', 'b'],
    texts: ['zm', 'zu*vm', 'zu*vu*vm', 'zu*vu^2*vm', '2*(zm-a)^2+(zu*vm-b)^2'],
    values: (R, { zm, zu, vm, vu, a, b }) => {
      const g = impulseResponse(R, { zm: zm!, zu: zu!, vm: vm!, vu: vu! }, 4);
      return [...g, impulseMismatch(R, g, [a!, b!], 4)];
    },
  },
];
