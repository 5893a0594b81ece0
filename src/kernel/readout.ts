/**
 * The biases of the read-out, in double precision like the outputs that they are added to: u = Z·h + bho.
 */
import type { Kernel, KernelSpec } from './kernel.js';
import type { Numbers } from './numbers.js';
import type { KernelTensor } from './units.js';

/** @param bho p numbers, or none @param gradient as many where they are trained, else none */
export function readoutBiases<K extends KernelTensor>(
  { batch, steps, outputs: p }: KernelSpec<K>,
  { rows, outputs, outputAdjoints }: Pick<Kernel<K>, 'rows' | 'outputs' | 'outputAdjoints'>,
  bho: Numbers,
  gradient: Numbers,
) {
  return {
    /** Adds them to the outputs of step t, trial by trial. */
    add(t: number): void {
      if (bho.length === 0) return;
      for (let k = 0; k < p; k++) {
        const row = (t * p + k) * rows;
        for (let b = row; b < row + batch; b++) outputs[b]! += bho[k]!;
      }
    },
    /** Their gradients: sums over steps and trials. */
    gather(): void {
      if (gradient.length === 0) return;
      for (let k = 0; k < p; k++) {
        let total = 0;
        for (let t = 0; t < steps; t++) {
          const row = (t * p + k) * rows;
          for (let b = row; b < row + batch; b++) total += outputAdjoints[b]!;
        }
        gradient[k] = total;
      }
    },
  };
}
