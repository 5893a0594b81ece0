/**
 * Units of an LSTM as PyTorch's LSTMCell defines it (Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000):
 *
 *     i, f, o = σ(M·y + bih + W·h₋ + bhh),  g = tanh(M·y + bih + W·h₋ + bhh),  each by rows of its own,
 *     s = f·s₋ + i·g,  h = o·tanh s
 *
 * s are the states of the cells: nothing but their next step sees them.
 */
import { logistic } from './gru.js';
import type { Address } from './simd.js';
import type { Bias, PlainKind, SimdKind, UnitKind } from './units.js';

/** Those of plain networks, their gates' rows one after the other in PyTorch's order i, f, g, o; and the biases of the gates. */
export const LSTM_TENSORS = ['M', 'W', 'Z', 'bih', 'bhh'] as const;
export type LstmTensor = (typeof LSTM_TENSORS)[number];

/** i, f, g, o. */
export const LSTM_GATES = 4;

const plain: PlainKind = (size, kept, history) => {
  const states = (count: number): Float64Array => new Float64Array(count * size);
  // h, the gates, s and tanh s of every step.
  const [h, i, f, g, o] = [states(kept), states(kept), states(kept), states(kept), states(kept)];
  const [s, phi] = [states(kept), states(kept)];
  // Adjoints of what goes into the gates, and of s.
  const [di, df, dg, dout] = [states(history), states(history), states(history), states(history)];
  const ps = states(1);
  return {
    h,
    driven: [i, f, g, o],
    recurrent: [i, f, g, o],
    sent: [h, h, h, h],
    intoDriven: [di, df, dg, dout],
    intoRecurrent: [di, df, dg, dout],
    forward(now, before) {
      for (let k = now; k < now + size; k++) {
        i[k] = logistic(i[k]!);
        f[k] = logistic(f[k]!);
        g[k] = Math.tanh(g[k]!);
        o[k] = logistic(o[k]!);
        s[k] = (before === undefined ? 0 : f[k]! * s[before + k - now]!) + i[k]! * g[k]!;
        phi[k] = Math.tanh(s[k]!);
        h[k] = o[k]! * phi[k]!;
      }
    },
    backward(now, before, begins, ph) {
      if (begins) ps.fill(0);
      for (let k = 0; k < size; k++) {
        const n = now + k;
        const [input, keep, value, out, tanh] = [i[n]!, f[n]!, g[n]!, o[n]!, phi[n]!];
        const into = ps[k]! + ph[k]! * out * (1 - tanh * tanh);
        di[n] = into * value * input * (1 - input);
        df[n] = into * (before === undefined ? 0 : s[before + k]!) * keep * (1 - keep);
        dg[n] = into * input * (1 - value * value);
        dout[n] = ph[k]! * tanh * out * (1 - out);
        ps[k] = into * keep;
      }
      ph.fill(0);
    },
  };
};

const simd: SimdKind = {
  stretches: ({ area, n, kept, window, learns }) => ({
    // bih + bhh: the gates depend on the sum.
    bias: LSTM_GATES * n,
    // s₋ of the first step.
    none: area,
    // Of every step: the gates, s and tanh s.
    i: kept * area,
    f: kept * area,
    g: kept * area,
    o: kept * area,
    s: kept * area,
    phi: kept * area,
    // ∂L by what goes into the gates, of the last steps, and by s of one step.
    di: window * area,
    df: window * area,
    dg: window * area,
    do: window * area,
    ps: learns ? area : 0,
  }),
  over({ simd, at, gateOf, stepOf, adjointOf, c, n, rows, area }) {
    const gates = ['i', 'f', 'g', 'o'].map(at);
    const adjoints = ['di', 'df', 'dg', 'do'].map(at);
    const [h, ph, ps] = [at('h'), at('ph'), at('ps')];
    const cells = (t: number): Address => (t < 0 ? at('none') : stepOf(at('s'), t));
    return {
      byInputs: adjoints,
      byUnits: adjoints,
      sent: [h, h, h, h],
      forward(t, y) {
        if (t === 0) simd.mix(at('bias'), 1, at('bih'), 1, at('bhh'), LSTM_GATES * n);
        const [i, f, g, o] = gates.map((gate) => stepOf(gate, t)) as [Address, Address, Address, Address];
        for (const [k, gate] of [i, f, g, o].entries()) {
          const [M, W] = [gateOf(at('M'), k, c * n), gateOf(at('W'), k, n * n)];
          simd.product(gate, false, rows, n, at('ones'), gateOf(at('bias'), k, n), 1, 0, 0, 0);
          simd.product(gate, true, rows, n, y, M, c, stepOf(h, t - 1), W, t > 0 ? n : 0);
        }
        simd.cells(i, f, g, o, cells(t - 1), cells(t), stepOf(at('phi'), t), stepOf(h, t), area);
      },
      adjoint: () => ({ ph, counts: true }),
      backward(t, begins) {
        if (begins) simd.scale(ps, 0, at('none'), area);
        const [i, f, g, o] = gates.map((gate) => stepOf(gate, t)) as [Address, Address, Address, Address];
        const [di, df, dg, dout] = adjoints.map((into) => adjointOf(into, t)) as [Address, Address, Address, Address];
        simd.backThroughCells(di, df, dg, dout, ph, ps, i, f, g, o, cells(t - 1), stepOf(at('phi'), t), area);
      },
    };
  },
};

/** A padded unit has g = tanh 0: s and h stay 0 for all values of its gates. @param biases besides those of the gates */
export function lstmUnits<B extends Bias = never>(biases: readonly B[] = []): UnitKind<LstmTensor | B> {
  return { tensors: [...LSTM_TENSORS, ...biases], gates: LSTM_GATES, carried: LSTM_GATES, plain, simd };
}
