/**
 * Gated agents: a GRU as PyTorch's GRUCell defines it, read out by u = Z·h + bho,
 *
 *     r = σ(M_r·y + b_ir + W_r·h + b_hr),  z = σ(M_z·y + b_iz + W_z·h + b_hz),
 *     q = W_n·h + b_hn,  n = tanh(M_n·y + b_in + r·q),  h' = (1 − z)·n + z·h
 *
 * or in the form of Cho et al. 2014 (`reset_after=False` in Keras): n = tanh(M_n·y + b_in + W_n·(r·h) + b_hn).
 */
import { GRU_GATES, type GruTensor, gruUnits, logistic } from '../kernel/gru.js';
import { matrix, rowTimes } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import type { AgentKind, Cell } from './cell.js';
import { type GatedTensors, gatedInitial } from './gated.js';
import type { AgentShape } from './linear.js';

/** A GRU of N units; the rows of gates r, z, n one after the other. */
export interface Gru extends GatedTensors {
  /** Whether r resets W_n·h + b_hn, as in PyTorch (the default), or h before the product with W_n. */
  readonly resetAfter?: boolean;
}

/** Random weights of a GRU, as `gatedInitial` draws them. */
export function gruInitial(shape: Omit<AgentShape, 'r'>, random: Stream): Gru {
  return gatedInitial(GRU_GATES, shape, random);
}

function gruCell({ resetAfter = true, M, W, Z, bih, bhh }: Gru, h: Float64Array, y: Float64Array): Cell {
  const [N, c] = [Z.cols, M.cols];
  const next = new Float64Array(N);
  const byState = matrix(N, N);
  const byInput = matrix(N, c);
  const gate = (k: number): number => logistic(rowTimes(M, k, y) + bih.data[k]! + rowTimes(W, k, h) + bhh.data[k]!);
  const resets = Float64Array.from({ length: N }, (_, i) => gate(i));
  const sent = resetAfter ? h : h.map((value, k) => resets[k]! * value);
  for (let i = 0; i < N; i++) {
    const [zi, ni] = [N + i, 2 * N + i];
    const [r, z] = [resets[i]!, gate(zi)];
    const q = rowTimes(W, ni, sent) + bhh.data[ni]!;
    const n = Math.tanh(rowTimes(M, ni, y) + bih.data[ni]! + (resetAfter ? r * q : q));
    next[i] = (1 - z) * n + z * h[i]!;
    // What a change of the arguments of n and z does to unit i.
    const byN = (1 - z) * (1 - n * n);
    const byZ = (h[i]! - n) * z * (1 - z);
    /** Adds what the argument of a gate does by way of h and y. */
    const through = (row: number, factor: number): void => {
      for (let k = 0; k < N; k++) byState.data[i * N + k]! += factor * W.data[row * N + k]!;
      for (let k = 0; k < c; k++) byInput.data[i * c + k]! += factor * M.data[row * c + k]!;
    };
    for (let k = 0; k < N; k++) byState.data[i * N + k] = byN * (resetAfter ? r : resets[k]!) * W.data[ni * N + k]!;
    for (let k = 0; k < c; k++) byInput.data[i * c + k] = byN * M.data[ni * c + k]!;
    if (resetAfter) through(i, byN * q * r * (1 - r));
    else
      resets.forEach((reset, j) => {
        through(j, byN * W.data[ni * N + j]! * h[j]! * reset * (1 - reset));
      });
    through(zi, byZ);
    byState.data[i * N + i]! += z;
  }
  return { next, byState, byInput, smooth: true };
}

export const GRU: AgentKind<Gru, GruTensor | 'bho'> = {
  units: (agent) => gruUnits(agent.resetAfter, agent.bho ? ['bho'] : []),
  states: 1,
  cell: gruCell,
};
