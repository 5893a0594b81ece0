/**
 * How far a kernel may be from exact arithmetic: forward error analysis along the run, trial by trial.
 *
 * Beside every quantity x of the run goes a bound on |x̂ − x|: what its operands' errors do to it, and γ_k of the same
 * expression in absolute values for its own k roundings, those of the data included (Higham §3.1, §3.5). Sums may be taken in any
 * order. Products of two errors count.
 */

import type { Answer, Problem } from '#spec/kernel/harness.js';
import { activationOf, slopeOf } from '#src/agent/rnn.js';
import type { KernelSpec } from '#src/kernel/kernel.js';
import type { Precision } from '#src/kernel/numbers.js';
import type { Activation, RnnTensor } from '#src/kernel/rnn.js';
import { gamma, TANH_ULPS, unitRoundoff } from '#src/linalg/tolerance.js';

/** Values of n units, and bounds on their errors. */
interface Stretch {
  readonly value: Float64Array;
  readonly error: Float64Array;
}

const stretch = (n: number): Stretch => ({ value: new Float64Array(n), error: new Float64Array(n) });

/** Bounds on the errors of all that a kernel of plain units answers, if it computes in the given precision. */
export function errorBounds(
  { units: N, inputs: c, outputs: p, batch: B, steps }: KernelSpec<RnnTensor>,
  { leak, activation }: { readonly leak: number; readonly activation: Activation },
  { weights: { M, W, Z }, ...drive }: Problem<RnnTensor>,
  precision: Precision,
): Answer<RnnTensor> {
  const unit = unitRoundoff(precision);
  const [phi, slope] = [activationOf(activation), slopeOf(activation)];
  const g = (roundings: number): number => gamma(roundings, unit);
  // One ulp is at most twice the unit roundoff, relatively.
  const ofPhi = activation === 'tanh' ? 2 * TANH_ULPS[precision] * unit : 0;
  const keep = 1 - leak;
  const out: Answer<RnnTensor> = {
    outputs: new Float64Array(steps * p * B),
    inputAdjoints: new Float64Array(steps * c * B),
    M: new Float64Array(N * c),
    W: new Float64Array(N * N),
    Z: new Float64Array(p * N),
  };

  for (let b = 0; b < B; b++) {
    const input = (t: number, k: number): number => drive.inputs[(t * c + k) * B + b]!;
    const pull = (t: number, k: number): number => drive.outputAdjoints[(t * p + k) * B + b]!;
    const h = Array.from({ length: steps }, () => stretch(N));
    const slopes = Array.from({ length: steps }, () => stretch(N));
    for (let t = 0; t < steps; t++)
      for (let i = 0; i < N; i++) {
        let [a, size, inherited] = [0, 0, 0];
        const add = (weight: number, value: number, error: number): void => {
          a += weight * value;
          size += Math.abs(weight) * (Math.abs(value) + error);
          inherited += Math.abs(weight) * error;
        };
        for (let k = 0; k < c; k++) add(M[i * c + k]!, input(t, k), 0);
        if (t > 0) for (let k = 0; k < N; k++) add(W[i * N + k]!, h[t - 1]!.value[k]!, h[t - 1]!.error[k]!);
        const ofA = inherited + g(N + c + 3) * size;
        const value = phi(a);
        const error = ofA + ofPhi * (Math.abs(value) + ofA);
        const [before, ofBefore] = t > 0 ? [h[t - 1]!.value[i]!, h[t - 1]!.error[i]!] : [0, 0];
        h[t]!.value[i] = keep * before + leak * value;
        h[t]!.error[i] =
          (1 + g(4)) * (keep * ofBefore + leak * error) + g(4) * (keep * Math.abs(before) + leak * Math.abs(value));
        slopes[t]!.value[i] = slope(a);
        // |φ″| ≤ 1, 1 − φ² is rounded twice; the slope of relu is anybody's guess where its argument might be 0.
        slopes[t]!.error[i] = { linear: 0, tanh: 2 * error + error * error + g(3), relu: Math.abs(a) > ofA ? 0 : 1 }[
          activation
        ];
      }

    const d = Array.from({ length: steps }, () => stretch(N));
    let ph = stretch(N);
    for (let t = steps - 1; t >= 0; t--) {
      const now = stretch(N);
      for (let i = 0; i < N; i++) {
        let [value, size, inherited] = [keep * ph.value[i]!, keep * Math.abs(ph.value[i]!), keep * ph.error[i]!];
        for (let k = 0; k < p; k++) {
          value += Z[k * N + i]! * pull(t, k);
          size += Math.abs(Z[k * N + i]! * pull(t, k));
        }
        if (t + 1 < steps)
          for (let k = 0; k < N; k++) {
            const { value: v, error: e } = d[t + 1]!;
            value += W[k * N + i]! * v[k]!;
            size += Math.abs(W[k * N + i]! * v[k]!);
            inherited += Math.abs(W[k * N + i]!) * e[k]!;
          }
        now.value[i] = value;
        now.error[i] = inherited + g(N + p + 5) * (size + inherited);
        const [s, ofS] = [slopes[t]!.value[i]!, slopes[t]!.error[i]!];
        const error = s * now.error[i]! + ofS * (Math.abs(value) + now.error[i]!);
        d[t]!.value[i] = leak * s * value;
        d[t]!.error[i] = leak * ((1 + g(4)) * error + g(4) * s * Math.abs(value));
      }
      ph = now;
    }

    for (let t = 0; t < steps; t++) {
      // Inner products over units, and a share in sums over steps and trials.
      const [own, whole] = [g(N + 2), g(steps * B + 3)];
      const size = ({ value, error }: Stretch, i: number): number => Math.abs(value[i]!) + error[i]!;
      for (let i = 0; i < N; i++) {
        for (let k = 0; k < p; k++) {
          const [weight, u] = [Math.abs(Z[k * N + i]!), Math.abs(pull(t, k))];
          out.outputs[(t * p + k) * B + b]! += weight * (h[t]!.error[i]! + own * size(h[t]!, i));
          out.Z[k * N + i]! += u * (h[t]!.error[i]! + whole * size(h[t]!, i));
        }
        for (let k = 0; k < c; k++) {
          const [weight, y] = [Math.abs(M[i * c + k]!), Math.abs(input(t, k))];
          out.inputAdjoints[(t * c + k) * B + b]! += weight * (d[t]!.error[i]! + own * size(d[t]!, i));
          out.M[i * c + k]! += y * (d[t]!.error[i]! + whole * size(d[t]!, i));
        }
        if (t > 0)
          for (let k = 0; k < N; k++) {
            const before = size(h[t - 1]!, k);
            out.W[i * N + k]! +=
              d[t]!.error[i]! * before +
              Math.abs(d[t]!.value[i]!) * h[t - 1]!.error[k]! +
              whole * size(d[t]!, i) * before;
          }
      }
    }
  }
  return out;
}
