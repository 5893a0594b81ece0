/**
 * Gated agents: a GRU as PyTorch's GRUCell defines it, read out by u = Z·h,
 *
 *     r = σ(M_r·y + b_ir + W_r·h + b_hr),  z = σ(M_z·y + b_iz + W_z·h + b_hz),
 *     q = W_n·h + b_hn,  n = tanh(M_n·y + b_in + r·q),  h' = (1 − z)·n + z·h
 */
import { GRU_UNITS, type GruTensor, logistic } from '../kernel/gru.js';
import { type Mat, matrix, rowTimes } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import type { AgentKind, Cell } from './cell.js';
import type { AgentShape } from './linear.js';

/** A GRU of N units; the rows of gates r, z, n one after the other. */
export interface Gru {
  /** Input weights, 3N × c. */
  readonly M: Mat<number>;
  /** Recurrence, 3N × N. */
  readonly W: Mat<number>;
  /** Readout weights, p × N. */
  readonly Z: Mat<number>;
  /** Biases of the inputs, 3N × 1. */
  readonly bih: Mat<number>;
  /** Biases of the recurrence, 3N × 1. */
  readonly bhh: Mat<number>;
}

/** Initialisation: M, W and biases ~ U(−1/√N, 1/√N), PyTorch's default; Z ~ N(0, 1/N²), that of the tanh protocols. */
export function gruInitial({ N, c, p }: Omit<AgentShape, 'r'>, random: Stream): Gru {
  const spread = 1 / Math.sqrt(N);
  const uniform = (rows: number, cols: number): Mat<number> =>
    matrix(rows, cols, () => random.uniform(-spread, spread));
  return {
    M: uniform(3 * N, c),
    W: uniform(3 * N, N),
    bih: uniform(3 * N, 1),
    bhh: uniform(3 * N, 1),
    Z: matrix(p, N, () => random.normal() / N),
  };
}

function gruCell({ M, W, Z, bih, bhh }: Gru, h: Float64Array, y: Float64Array): Cell {
  const [N, c] = [Z.cols, M.cols];
  const next = new Float64Array(N);
  const byState = matrix(N, N);
  const byInput = matrix(N, c);
  for (let i = 0; i < N; i++) {
    const [ri, zi, ni] = [i, N + i, 2 * N + i];
    const gate = (k: number): number => logistic(rowTimes(M, k, y) + bih.data[k]! + rowTimes(W, k, h) + bhh.data[k]!);
    const [r, z] = [gate(ri), gate(zi)];
    const q = rowTimes(W, ni, h) + bhh.data[ni]!;
    const n = Math.tanh(rowTimes(M, ni, y) + bih.data[ni]! + r * q);
    next[i] = (1 - z) * n + z * h[i]!;
    // What a change of each gate's argument, and of q, does to unit i.
    const byN = (1 - z) * (1 - n * n);
    const byQ = byN * r;
    const byR = byN * q * r * (1 - r);
    const byZ = (h[i]! - n) * z * (1 - z);
    for (let k = 0; k < N; k++)
      byState.data[i * N + k] =
        byQ * W.data[ni * N + k]! + byR * W.data[ri * N + k]! + byZ * W.data[zi * N + k]! + (k === i ? z : 0);
    for (let k = 0; k < c; k++)
      byInput.data[i * c + k] = byN * M.data[ni * c + k]! + byR * M.data[ri * c + k]! + byZ * M.data[zi * c + k]!;
  }
  return { next, byState, byInput, smooth: true };
}

export const GRU: AgentKind<Gru, GruTensor> = { units: () => GRU_UNITS, cell: gruCell };
