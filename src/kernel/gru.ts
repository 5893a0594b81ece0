/**
 * The gated kernel in plain arithmetic, double precision: a GRU as PyTorch's GRUCell defines it, a batch of trials side by side,
 *
 *     r = σ(M_r·y + b_ir + W_r·h₋ + b_hr),  z = σ(M_z·y + b_iz + W_z·h₋ + b_hz),
 *     q = W_n·h₋ + b_hn,  n = tanh(M_n·y + b_in + r·q),  h = (1 − z)·n + z·h₋,  u = Z·h,  h_{−1} = 0
 */
import { axpy, combine, dot, transposeInto } from '../linalg/vector.js';
import type { GatedTensor, Kernel, KernelSizes, Trainable } from './kernel.js';

/** r, z, n. */
const GATES = 3;

/** The logistic function σ. */
export function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** A GRU's kernel in plain arithmetic. */
export function gruKernel(spec: KernelSizes<GatedTensor>): Kernel<GatedTensor> {
  const { units: N, inputs: c, outputs: p, batch: B, steps, trained } = spec;
  const size = B * N;
  const trains = (tensor: GatedTensor): boolean => trained.includes(tensor);
  // Without a way back two steps are enough, used in turn.
  const learns = trained.length > 0;
  const kept = learns ? steps : 2;
  const slot = (t: number): number => (learns ? t : t & 1) * size;

  // Tensors as units are driven by them, gate by gate: row k of a gate's part holds what input or unit k sends to it.
  const tensor = (length: number): Trainable & { values: Float64Array; gradient: Float64Array } => ({
    values: new Float64Array(length),
    gradient: new Float64Array(length),
  });
  const tensors = {
    M: tensor(GATES * c * N),
    W: tensor(GATES * N * N),
    Z: tensor(p * N),
    bih: tensor(GATES * N),
    bhh: tensor(GATES * N),
  };
  const { M, W, Z, bih, bhh } = tensors;
  const parameters = trained.map((name) => tensors[name]);
  // W row by row, gate by gate, for the way back.
  const rowsOfW = new Float64Array(learns ? W.values.length : 0);

  const inputs = new Float64Array(steps * c * B);
  const outputs = new Float64Array(steps * p * B);
  const outputAdjoints = new Float64Array(learns ? outputs.length : 0);
  const inputAdjoints = new Float64Array(learns ? inputs.length : 0);
  const states = (count: number): Float64Array => new Float64Array(count * size);
  const h = states(kept);
  // r, z, n and q of every step.
  const [r, z, n, q] = [states(kept), states(kept), states(kept), states(kept)];
  // Adjoints of what goes into r, z, n, and of q; and ∂L/∂h of the last step.
  const history = learns ? kept : 0;
  const [dr, dz, dn, dq] = [states(history), states(history), states(history), states(history)];
  const ph = states(learns ? 1 : 0);
  // What inputs drive, gate by gate, and what units drive.
  const [driven, recurrent] = [
    [r, z, n],
    [r, z, q],
  ];
  const [intoDriven, intoRecurrent] = [
    [dr, dz, dn],
    [dr, dz, dq],
  ];

  function forward(t: number): void {
    const [now, before] = [slot(t), slot(t - 1)];
    for (const gate of [r, z, n, q]) gate.fill(0, now, now + size);
    for (let b = 0; b < B; b++) {
      const row = now + b * N;
      for (let g = 0; g < GATES; g++) {
        axpy(1, bih.values, g * N, driven[g]!, row, N);
        axpy(1, bhh.values, g * N, recurrent[g]!, row, N);
        combine(inputs, t * c * B + b, B, M.values, g * c * N, c, N, driven[g]!, row);
        if (t > 0) combine(h, before + b * N, 1, W.values, g * N * N, N, N, recurrent[g]!, row);
      }
    }
    for (let k = 0; k < size; k++) {
      const i = now + k;
      r[i] = logistic(r[i]!);
      z[i] = logistic(z[i]!);
      n[i] = Math.tanh(n[i]! + r[i]! * q[i]!);
      h[i] = (1 - z[i]!) * n[i]! + (t > 0 ? z[i]! * h[before + k]! : 0);
    }
    for (let k = 0; k < p; k++)
      for (let b = 0; b < B; b++) outputs[(t * p + k) * B + b] = dot(Z.values, k * N, h, now + b * N, N);
  }

  function rewind(): void {
    for (const { gradient } of parameters) gradient.fill(0);
    for (let g = 0; g < GATES; g++) transposeInto(W.values, g * N * N, N, N, rowsOfW, g * N * N);
    ph.fill(0);
  }

  function backward(t: number): void {
    const now = t * size;
    const [after, before] = [now + size, now - size];
    for (let b = 0; b < B; b++) {
      const row = b * N;
      if (t + 1 < steps)
        for (let g = 0; g < GATES; g++) combine(intoRecurrent[g]!, after + row, 1, rowsOfW, g * N * N, N, N, ph, row);
      combine(outputAdjoints, t * p * B + b, B, Z.values, 0, p, N, ph, row);
    }
    for (let k = 0; k < size; k++) {
      const i = now + k;
      const [reset, update, candidate] = [r[i]!, z[i]!, n[i]!];
      const into = ph[k]! * (1 - update) * (1 - candidate * candidate);
      dn[i] = into;
      dq[i] = into * reset;
      dr[i] = into * q[i]! * reset * (1 - reset);
      dz[i] = ph[k]! * ((t > 0 ? h[before + k]! : 0) - candidate) * update * (1 - update);
      // What the state before gets directly.
      ph[k]! *= update;
    }
    for (let k = 0; k < c; k++)
      for (let b = 0; b < B; b++) {
        let total = 0;
        for (let g = 0; g < GATES; g++) total += dot(M.values, (g * c + k) * N, intoDriven[g]!, now + b * N, N);
        inputAdjoints[(t * c + k) * B + b] = total;
      }
    if (trains('Z'))
      for (let k = 0; k < p; k++) combine(outputAdjoints, (t * p + k) * B, 1, h, now, B, N, Z.gradient, k * N);
    for (let g = 0; g < GATES; g++) {
      if (trains('M'))
        for (let k = 0; k < c; k++)
          combine(inputs, (t * c + k) * B, 1, intoDriven[g]!, now, B, N, M.gradient, (g * c + k) * N);
      for (let b = 0; b < B; b++) {
        if (trains('bih')) axpy(1, intoDriven[g]!, now + b * N, bih.gradient, g * N, N);
        if (trains('bhh')) axpy(1, intoRecurrent[g]!, now + b * N, bhh.gradient, g * N, N);
      }
    }
  }

  function finish(): number {
    // One product over all steps and trials: row k of hᵀ·d, h one step behind.
    if (trains('W'))
      for (let g = 0; g < GATES; g++)
        for (let k = 0; k < N; k++)
          combine(h, k, N, intoRecurrent[g]!, size, (steps - 1) * B, N, W.gradient, (g * N + k) * N);
    let squares = 0;
    for (const { gradient } of parameters) squares += dot(gradient, 0, gradient, 0, gradient.length);
    return Math.sqrt(squares);
  }

  /** Row by row, from the kernel's own order. */
  const rowByRow = (field: 'values' | 'gradient'): Record<GatedTensor, Float64Array> => {
    const out = {
      M: new Float64Array(M.values.length),
      W: new Float64Array(W.values.length),
      Z: Z[field].slice(),
      bih: bih[field].slice(),
      bhh: bhh[field].slice(),
    };
    for (let g = 0; g < GATES; g++) {
      transposeInto(M[field], g * c * N, c, N, out.M, g * c * N);
      transposeInto(W[field], g * N * N, N, N, out.W, g * N * N);
    }
    return out;
  };

  return {
    spec,
    rows: B,
    inputs,
    outputs,
    outputAdjoints,
    inputAdjoints,
    parameters,
    load(weights) {
      for (let g = 0; g < GATES; g++) {
        transposeInto(weights.M, g * c * N, N, c, M.values, g * c * N);
        transposeInto(weights.W, g * N * N, N, N, W.values, g * N * N);
      }
      Z.values.set(weights.Z);
      bih.values.set(weights.bih);
      bhh.values.set(weights.bhh);
    },
    weights: () => rowByRow('values'),
    gradients: () => rowByRow('gradient'),
    follow(other) {
      this.load(other.weights());
    },
    forward,
    rewind,
    backward,
    finish,
    descend(step) {
      for (const { values, gradient } of parameters) axpy(-step, gradient, 0, values, 0, values.length);
    },
  };
}
