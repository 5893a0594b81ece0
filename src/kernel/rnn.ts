/**
 * Units of a plain recurrent network: a_t = W·h_{t−1} + M·y_t + bih + bhh, h_t = (1−η)·h_{t−1} + η·φ(a_t).
 */
import type { Bias, PlainKind, SimdKind, UnitKind } from './units.js';

/** φ: the identity, tanh, or max(0, ·), whose derivative at 0 counts as 0, as in PyTorch. */
export type Activation = 'linear' | 'tanh' | 'relu';

/** Input weights, recurrence, readout. */
export const RNN_TENSORS = ['M', 'W', 'Z'] as const;
export type RnnTensor = (typeof RNN_TENSORS)[number];

/** @param leak η, 0 < η ≤ 1 @param biases that the network has */
export function rnnUnits<B extends Bias = never>(
  leak: number,
  activation: Activation,
  biases: readonly B[] = [],
): UnitKind<RnnTensor | B> {
  const into = biases.filter((name: Bias) => name !== 'bho');
  return {
    tensors: [...RNN_TENSORS, ...biases],
    gates: 1,
    carried: 1,
    plain: plain(leak, activation),
    simd: simd(leak, activation, into),
  };
}

/** φ on n numbers from an offset on, in place. */
function activate(kind: Activation, values: Float64Array, offset: number, n: number): void {
  const end = offset + n;
  if (kind === 'tanh') for (let i = offset; i < end; i++) values[i] = Math.tanh(values[i]!);
  else if (kind === 'relu') for (let i = offset; i < end; i++) values[i] = Math.max(0, values[i]!);
}

const plain =
  (leak: number, activation: Activation): PlainKind =>
  (size, kept, history) => {
    const keep = 1 - leak;
    const h = new Float64Array(kept * size);
    // φ of every step; the hidden state itself where nothing leaks.
    const phi = leak === 1 ? h : new Float64Array(kept * size);
    // η·φ′·∂L/∂h of every step.
    const d = new Float64Array(history * size);
    // φ′, as known from φ.
    const slope = {
      linear: () => 1,
      tanh: (value: number) => 1 - value * value,
      relu: (value: number) => (value > 0 ? 1 : 0),
    }[activation];
    return {
      h,
      driven: [phi],
      recurrent: [phi],
      sent: [h],
      intoDriven: [d],
      intoRecurrent: [d],
      forward(now, before) {
        activate(activation, phi, now, size);
        if (phi !== h)
          for (let i = 0; i < size; i++)
            h[now + i] = (before === undefined ? 0 : keep * h[before + i]!) + leak * phi[now + i]!;
      },
      backward(now, _before, _begins, ph) {
        for (let i = 0; i < size; i++) d[now + i] = ph[i]! * (leak * slope(phi[now + i]!));
        if (keep === 0) ph.fill(0);
        else for (let i = 0; i < size; i++) ph[i]! *= keep;
      },
    };
  };

const simd = (leak: number, activation: Activation, biases: readonly Bias[]): SimdKind => ({
  stretches: ({ area, n, kept, window }) => ({
    // As in plain arithmetic.
    phi: leak === 1 ? 0 : kept * area,
    d: window * area,
    // bih + bhh: units are driven by the sum.
    bias: biases.length > 1 ? n : 0,
  }),
  over({ simd, at, stepOf, adjointOf, c, n, rows, area }) {
    const leaks = leak !== 1;
    const keep = 1 - leak;
    const [h, phi, d, ph] = [at('h'), at(leaks ? 'phi' : 'h'), at('d'), at('ph')];
    const bias = at(biases.length > 1 ? 'bias' : (biases[0] ?? 'ones'));
    const adjoint = (t: number): number => (leaks ? ph : adjointOf(d, t));
    return {
      byInputs: [d],
      byUnits: [d],
      sent: [h],
      forward(t, y) {
        const drive = stepOf(phi, t);
        if (biases.length > 1 && t === 0) simd.mix(bias, 1, at('bih'), 1, at('bhh'), n);
        if (biases.length > 0) simd.product(drive, false, rows, n, at('ones'), bias, 1, 0, 0, 0);
        simd.product(drive, biases.length > 0, rows, n, y, at('M'), c, stepOf(h, t - 1), at('W'), t > 0 ? n : 0);
        if (activation === 'tanh') simd.hyperbolicTangent(drive, area);
        else if (activation === 'relu') simd.relu(drive, area);
        if (leaks && t === 0) simd.scale(stepOf(h, t), leak, drive, area);
        else if (leaks) simd.mix(stepOf(h, t), keep, stepOf(h, t - 1), leak, drive, area);
      },
      adjoint: (t) => ({ ph: adjoint(t), counts: leaks }),
      backward(t) {
        const [to, from, value] = [adjointOf(d, t), adjoint(t), stepOf(phi, t)];
        if (activation === 'tanh') simd.backThroughTanh(to, leak, value, from, area);
        else if (activation === 'relu') simd.backThroughRelu(to, leak, value, from, area);
        else if (leaks) simd.scale(to, leak, from, area);
        if (leaks) simd.scale(from, keep, from, area);
      },
    };
  },
});
