/**
 * The kernel in plain arithmetic, double precision: the twin that the SIMD module is held against, and what serves where
 * WebAssembly is not to be had.
 */
import { axpy, combine, dot, transposeInto } from '../linalg/vector.js';
import type { Activation, Kernel, KernelSpec, KernelTensor, Trainable } from './kernel.js';

/** φ on n numbers from an offset on, in place. */
function activate(kind: Activation, values: Float64Array, offset: number, n: number): void {
  const end = offset + n;
  if (kind === 'tanh') for (let i = offset; i < end; i++) values[i] = Math.tanh(values[i]!);
  else if (kind === 'relu') for (let i = offset; i < end; i++) values[i] = Math.max(0, values[i]!);
}

/** d ← η·d·φ′, where φ′ is known from φ. */
function differentiate(
  kind: Activation,
  leak: number,
  phi: Float64Array,
  fo: number,
  d: Float64Array,
  offset: number,
  n: number,
): void {
  if (kind === 'tanh') for (let i = 0; i < n; i++) d[offset + i]! *= leak * (1 - phi[fo + i]! * phi[fo + i]!);
  else if (kind === 'relu') for (let i = 0; i < n; i++) d[offset + i]! *= phi[fo + i]! > 0 ? leak : 0;
  else if (leak !== 1) for (let i = 0; i < n; i++) d[offset + i]! *= leak;
}

/** A kernel in plain arithmetic. */
export function plainKernel(spec: KernelSpec): Kernel {
  const { units: N, inputs: c, outputs: p, batch: B, steps, leak, activation, trained } = spec;
  const keep = 1 - leak;
  const size = B * N;
  const trains = (tensor: KernelTensor): boolean => trained.includes(tensor);
  // Without a way back two steps are enough, used in turn.
  const learns = trained.length > 0;
  const kept = learns ? steps : 2;
  const slot = (t: number): number => (learns ? t : t & 1) * size;

  // Tensors as units are driven by them: row k of M and W holds what input or unit k sends to all N.
  const tensor = (length: number): Trainable & { values: Float64Array; gradient: Float64Array } => ({
    values: new Float64Array(length),
    gradient: new Float64Array(length),
  });
  const tensors = { M: tensor(c * N), W: tensor(N * N), Z: tensor(p * N) };
  const { M, W, Z } = tensors;
  const parameters = trained.map((name) => tensors[name]);
  // W row by row, for the way back.
  const rowsOfW = new Float64Array(learns ? N * N : 0);

  const inputs = new Float64Array(steps * c * B);
  const outputs = new Float64Array(steps * p * B);
  const outputAdjoints = new Float64Array(learns ? outputs.length : 0);
  const inputAdjoints = new Float64Array(learns ? inputs.length : 0);
  const h = new Float64Array(kept * size);
  // φ of every step; the hidden state itself where nothing leaks.
  const phi = leak === 1 ? h : new Float64Array(kept * size);
  // η·φ′·∂L/∂h of every step, and ∂L/∂h of the last one.
  const d = new Float64Array(learns ? kept * size : 0);
  const ph = new Float64Array(learns ? size : 0);

  function forward(t: number): void {
    const [now, before] = [slot(t), slot(t - 1)];
    phi.fill(0, now, now + size);
    for (let b = 0; b < B; b++) {
      const row = now + b * N;
      combine(inputs, t * c * B + b, B, M.values, 0, c, N, phi, row);
      if (t > 0) combine(h, before + b * N, 1, W.values, 0, N, N, phi, row);
    }
    activate(activation, phi, now, size);
    if (phi !== h)
      for (let i = 0; i < size; i++) h[now + i] = (t > 0 ? keep * h[before + i]! : 0) + leak * phi[now + i]!;
    for (let k = 0; k < p; k++)
      for (let b = 0; b < B; b++) outputs[(t * p + k) * B + b] = dot(Z.values, k * N, h, now + b * N, N);
  }

  function rewind(): void {
    for (const { gradient } of parameters) gradient.fill(0);
    transposeInto(W.values, 0, N, N, rowsOfW, 0);
    ph.fill(0);
  }

  function backward(t: number): void {
    const now = t * size;
    for (let b = 0; b < B; b++) {
      const row = b * N;
      if (keep === 0) ph.fill(0, row, row + N);
      else for (let i = 0; i < N; i++) ph[row + i]! *= keep;
      if (t + 1 < steps) combine(d, now + size + row, 1, rowsOfW, 0, N, N, ph, row);
      combine(outputAdjoints, t * p * B + b, B, Z.values, 0, p, N, ph, row);
    }
    d.set(ph, now);
    differentiate(activation, leak, phi, now, d, now, size);
    for (let k = 0; k < c; k++)
      for (let b = 0; b < B; b++) inputAdjoints[(t * c + k) * B + b] = dot(M.values, k * N, d, now + b * N, N);
    if (trains('Z'))
      for (let k = 0; k < p; k++) combine(outputAdjoints, (t * p + k) * B, 1, h, now, B, N, Z.gradient, k * N);
    if (trains('M')) for (let k = 0; k < c; k++) combine(inputs, (t * c + k) * B, 1, d, now, B, N, M.gradient, k * N);
  }

  function finish(): number {
    // One product over all steps and trials: row k of hᵀ·d, h one step behind.
    if (trains('W')) for (let k = 0; k < N; k++) combine(h, k, N, d, size, (steps - 1) * B, N, W.gradient, k * N);
    let squares = 0;
    for (const { gradient } of parameters) squares += dot(gradient, 0, gradient, 0, gradient.length);
    return Math.sqrt(squares);
  }

  /** Row by row, from the kernel's own order. */
  const rowByRow = (field: 'values' | 'gradient'): Record<KernelTensor, Float64Array> => {
    const out = { M: new Float64Array(c * N), W: new Float64Array(N * N), Z: Z[field].slice() };
    transposeInto(M[field], 0, c, N, out.M, 0);
    transposeInto(W[field], 0, N, N, out.W, 0);
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
      transposeInto(weights.M, 0, N, c, M.values, 0);
      transposeInto(weights.W, 0, N, N, W.values, 0);
      Z.values.set(weights.Z);
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
      for (const { values, gradient } of parameters as readonly { values: Float64Array; gradient: Float64Array }[])
        axpy(-step, gradient, 0, values, 0, values.length);
    },
  };
}
