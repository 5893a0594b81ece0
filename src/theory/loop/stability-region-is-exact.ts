/**
 * The region of stability in the space of order parameters, by inequalities.
 */
import { type OrderedRing, type Ring, sum } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';
import type { LoopOrderParameters } from './effective-characteristic-polynomial.js';

export const statement: Statement = {
  id: 'stability-region-is-exact',
  kind: 'universal',
  title: 'the loop is stable exactly inside a region of five inequalities',
  statement:
    'Let s = σ_vu (1 − σ_zm) + q, the product of the three roots of χ. The loop is stable ⇔ |s| < 1, σ_vu < s and (s − 2)(s − σ_vu) < σ_zm < min(σ_vu − s, 4 + 3σ_vu + s). At σ_vu = 0 this is 0 < q < 1 and q² − 2q < σ_zm < −q. Every stable loop has σ_zm < 0, q > 0 and −5 < σ_vu < 1.',
  formula: '|s| < 1 ∧ σ_vu < s ∧ (s − 2)(s − σ_vu) < σ_zm ∧ σ_zm < σ_vu − s ∧ σ_zm < 4 + 3σ_vu + s',
  latex: String.raw`{\lvert s\rvert} < 1 \wedge \sigma_{vu} < s \wedge (s - 2)(s - \sigma_{vu}) < \sigma_{zm} \wedge \sigma_{zm} < \sigma_{vu} - s \wedge \sigma_{zm} < 4 + 3\sigma_{vu} + s`,
  assumptions: 'double integrator, rank 1, η = 1; for another step dt replace σ_zm and q by dt² σ_zm and dt² q',
  validity: 'all real order parameters',
  tolerance: 'none: the region, the Jury test and roots of known modulus are compared in rationals',
  source: { theory: '#stability', status: 'new' },
};

/** s = σ_vu·(1 − σ_zm) + q: the product of the three roots of χ. */
export function productOfRoots<T>(R: Ring<T>, { zm, vu, q }: LoopOrderParameters<T>): T {
  return R.add(R.mul(vu, R.sub(R.of(1), zm)), q);
}

/** The region's inequalities as numbers that must all be positive. */
export function stabilityMargins<T>(R: Ring<T>, gains: LoopOrderParameters<T>): T[] {
  const { zm, vu } = gains;
  const s = productOfRoots(R, gains);
  const beyond = R.sub(s, vu);
  return [
    R.add(R.of(1), s),
    R.sub(R.of(1), s),
    beyond,
    R.sub(zm, R.mul(R.sub(s, R.of(2)), beyond)),
    R.sub(R.sub(vu, s), zm),
    R.sub(sum(R, [R.of(4), R.mul(R.of(3), vu), s]), zm),
  ];
}

/**
 * The ends between which σ_zm is stable, at a given product s of the roots, |s| < 1 and σ_vu < s; none is where they are reversed.
 * q follows from s.
 */
export function stableInterval(s: number, vu: number): readonly [number, number] {
  return [(s - 2) * (s - vu), Math.min(vu - s, 4 + 3 * vu + s)];
}

/** The margins at σ_vu = 0: 0 < q < 1 and q² − 2q < σ_zm < −q. */
export function memoryOnlyMargins<T>(R: Ring<T>, zm: T, q: T): T[] {
  return [q, R.sub(R.of(1), q), R.sub(zm, R.mul(q, R.sub(q, R.of(2)))), R.sub(R.of(0), R.add(zm, q))];
}

/** What stability implies: −σ_zm, q, σ_vu + 5 and 1 − σ_vu are positive. */
export function necessaryMargins<T>(R: Ring<T>, { zm, vu, q }: LoopOrderParameters<T>): T[] {
  return [R.sub(R.of(0), zm), q, R.add(vu, R.of(5)), R.sub(R.of(1), vu)];
}

/** Whether all margins are positive. */
export function allPositive<T>(R: OrderedRing<T>, margins: readonly T[]): boolean {
  return margins.every((margin) => R.sign(margin) === 1);
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'margins of the region',
    variables: ['zm', 'vu', 'q'],
    texts: [
      '1+vu*(1-zm)+q',
      '1-vu*(1-zm)-q',
      'q-vu*zm',
      'zm-(vu*(1-zm)+q-2)*(q-vu*zm)',
      'vu*zm-q-zm',
      '4+3*vu+vu*(1-zm)+q-zm',
    ],
    values: (R, { zm, vu, q }) => stabilityMargins(R, { zm: zm!, vu: vu!, q: q! }),
  },
  {
    name: 'margins at σ_vu = 0',
    variables: ['zm', 'q'],
    texts: ['q', '1-q', 'zm-q^2+2*q', '-zm-q'],
    values: (R, { zm, q }) => memoryOnlyMargins(R, zm!, q!),
  },
  {
    name: 'necessary signs',
    variables: ['zm', 'vu', 'q'],
    texts: ['-zm', 'q', 'vu+5', '1-vu'],
    values: (R, { zm, vu, q }) => necessaryMargins(R, { zm: zm!, vu: vu!, q: q! }),
  },
];
