/**
 * The least-squares fit of controls on states over rolled-out trials, t = 0 left out: by a QR decomposition, not by normal equations.
 */
import { Matrix as Dense, solve } from 'ml-matrix';
import { at } from '#src/linalg/matrix.js';
import type { Rollout } from '#src/loop/rollout.js';

/** @param size that numbers are divided by, to keep their squares within range @returns n × p */
export function gainsByQr({ x, u }: Pick<Rollout<number>, 'x' | 'u'>, size = 1): Dense {
  const rows: number[][] = [];
  const controls: number[][] = [];
  for (let t = 1; t < x.length; t++)
    for (let b = 0; b < x[t]!.cols; b++) {
      rows.push(Array.from({ length: x[t]!.rows }, (_, i) => at(x[t]!, i, b) / size));
      controls.push(Array.from({ length: u[t]!.rows }, (_, k) => at(u[t]!, k, b) / size));
    }
  return solve(new Dense(rows), new Dense(controls));
}
