/**
 * Agents with an LSTM as PyTorch's LSTMCell defines it, read out by u = Z·h + bho,
 *
 *     i = σ(M_i·y + b_ii + W_i·h + b_hi),  f and o likewise,  g = tanh(M_g·y + b_ig + W_g·h + b_hg),
 *     s' = f·s + i·g,  h' = o·tanh s'
 */
import { logistic } from '../kernel/gru.js';
import { LSTM_GATES, type LstmTensor, lstmUnits } from '../kernel/lstm.js';
import { matrix, rowTimes } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import type { AgentKind, Cell } from './cell.js';
import { type GatedTensors, gatedInitial } from './gated.js';
import type { AgentShape } from './linear.js';

/** An LSTM of N units; the rows of gates i, f, g, o one after the other. */
export interface Lstm extends GatedTensors {
  readonly cell: 'lstm';
}

/** Initialisation as that of a GRU. */
export function lstmInitial(shape: Omit<AgentShape, 'r'>, random: Stream): Lstm {
  return { cell: 'lstm', ...gatedInitial(LSTM_GATES, shape, random) };
}

/** One step of (h, s), h first. */
function lstmCell({ M, W, Z, bih, bhh }: Lstm, state: Float64Array, y: Float64Array): Cell {
  const [N, c] = [Z.cols, M.cols];
  const next = new Float64Array(2 * N);
  const byState = matrix(2 * N, 2 * N);
  const byInput = matrix(2 * N, c);
  const h = state.subarray(0, N);
  const drive = (k: number): number => rowTimes(M, k, y) + bih.data[k]! + rowTimes(W, k, h) + bhh.data[k]!;
  for (let unit = 0; unit < N; unit++) {
    const [atI, atF, atG, atO] = [unit, N + unit, 2 * N + unit, 3 * N + unit];
    const [i, f, o] = [logistic(drive(atI)), logistic(drive(atF)), logistic(drive(atO))];
    const g = Math.tanh(drive(atG));
    const before = state[N + unit]!;
    const s = f * before + i * g;
    const phi = Math.tanh(s);
    next[unit] = o * phi;
    next[N + unit] = s;
    /** Adds what the argument of a gate does to an entry of the next state. */
    const through = (entry: number, row: number, factor: number): void => {
      for (let k = 0; k < N; k++) byState.data[entry * 2 * N + k]! += factor * W.data[row * N + k]!;
      for (let k = 0; k < c; k++) byInput.data[entry * c + k]! += factor * M.data[row * c + k]!;
    };
    const gain = o * (1 - phi * phi);
    for (const [entry, factor] of [
      [unit, gain],
      [N + unit, 1],
    ] as const) {
      through(entry, atI, factor * g * i * (1 - i));
      through(entry, atF, factor * before * f * (1 - f));
      through(entry, atG, factor * i * (1 - g * g));
      byState.data[entry * 2 * N + N + unit]! += factor * f;
    }
    through(unit, atO, phi * o * (1 - o));
  }
  return { next, byState, byInput, smooth: true };
}

export const LSTM: AgentKind<Lstm, LstmTensor | 'bho'> = {
  units: ({ bho }) => lstmUnits(bho ? ['bho'] : []),
  states: 2,
  cell: lstmCell,
};
