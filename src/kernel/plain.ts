/**
 * Kernels in plain arithmetic, double precision. Tests hold the SIMD modules against them; they also run where Node has no
 * WebAssembly.
 */
import { axpy, combine, dot, transposeInto } from '../linalg/vector.js';
import { begins, type Kernel, type KernelSpec } from './kernel.js';
import { readoutBiases } from './readout.js';
import { placesOf, type TensorStretch, tensorLengths, tensorsIn } from './tensors.js';
import type { KernelTensor } from './units.js';

/** A kernel in plain arithmetic. */
export function plainKernel<K extends KernelTensor>(spec: KernelSpec<K>): Kernel<K> {
  const { kind, units: N, inputs: c, outputs: p, batch: B, steps, trained } = spec;
  const size = B * N;
  const trains = (tensor: KernelTensor): boolean => (trained as readonly KernelTensor[]).includes(tensor);
  // Without a way back two steps are enough, used in turn.
  const learns = trained.length > 0;
  const kept = learns ? steps : 2;
  const slot = (t: number): number => (learns ? t : t & 1) * size;
  const before = (t: number): number | undefined => (t > 0 ? slot(t - 1) : undefined);
  const gates = Array.from({ length: kind.gates }, (_, g) => g);

  const places = placesOf(spec, N);
  const numbers = Object.fromEntries(
    Object.entries(tensorLengths(places, trained)).map(([name, length]) => [name, new Float64Array(length)]),
  ) as Record<TensorStretch, Float64Array>;
  const { M, W, Z, bih, bhh, bho } = numbers;
  const { clear, ...tensors } = tensorsIn(numbers, places, trained, {
    squares: (tensor) => dot(numbers[`∂${tensor}`], 0, numbers[`∂${tensor}`], 0, numbers[tensor].length),
    descend: (tensor, step) => axpy(-step, numbers[`∂${tensor}`], 0, numbers[tensor], 0, numbers[tensor].length),
  });
  // W row by row, gate by gate, for the way back.
  const rowsOfW = new Float64Array(learns ? W.length : 0);

  const inputs = new Float64Array(steps * c * B);
  const outputs = new Float64Array(steps * p * B);
  const outputAdjoints = new Float64Array(learns ? outputs.length : 0);
  const inputAdjoints = new Float64Array(learns ? inputs.length : 0);
  const units = kind.plain(size, kept, learns ? kept : 0);
  const { h, driven, recurrent, sent, intoDriven, intoRecurrent } = units;
  const ph = new Float64Array(learns ? size : 0);
  const readout = readoutBiases(spec, { rows: B, outputs, outputAdjoints }, bho, numbers['∂bho']);

  function forward(t: number): void {
    const [now, last] = [slot(t), before(t)];
    for (const sums of new Set([...driven, ...recurrent])) sums.fill(0, now, now + size);
    for (const g of gates) {
      if (last !== undefined) units.send?.(g, now, last);
      for (let b = 0; b < B; b++) {
        const row = now + b * N;
        if (bih.length > 0) axpy(1, bih, g * N, driven[g]!, row, N);
        if (bhh.length > 0) axpy(1, bhh, g * N, recurrent[g]!, row, N);
        combine(inputs, t * c * B + b, B, M, g * c * N, c, N, driven[g]!, row);
        if (last !== undefined) combine(sent[g]!, last + b * N, 1, W, g * N * N, N, N, recurrent[g]!, row);
      }
    }
    units.forward(now, last);
    for (let k = 0; k < p; k++)
      for (let b = 0; b < B; b++) outputs[(t * p + k) * B + b] = dot(Z, k * N, h, now + b * N, N);
    readout.add(t);
  }

  /** to ← to + Wᵀ·∂L of a gate's recurrence at step t. */
  function carry(g: number, t: number, to: Float64Array): void {
    for (let row = 0; row < size; row += N)
      combine(intoRecurrent[g]!, t * size + row, 1, rowsOfW, g * N * N, N, N, to, row);
  }

  function backward(t: number): void {
    const now = t * size;
    const first = begins(spec, t);
    if (first) ph.fill(0);
    else for (let g = 0; g < kind.carried; g++) carry(g, t + 1, ph);
    for (let b = 0; b < B; b++) combine(outputAdjoints, t * p * B + b, B, Z, 0, p, N, ph, b * N);
    units.backward(now, before(t), first, ph, (g, to) => carry(g, t, to));
    for (let k = 0; k < c; k++)
      for (let b = 0; b < B; b++) {
        let total = 0;
        for (const g of gates) total += dot(M, (g * c + k) * N, intoDriven[g]!, now + b * N, N);
        inputAdjoints[(t * c + k) * B + b] = total;
      }
    if (trains('Z'))
      for (let k = 0; k < p; k++) combine(outputAdjoints, (t * p + k) * B, 1, h, now, B, N, numbers['∂Z'], k * N);
    for (const g of gates) {
      if (trains('M'))
        for (let k = 0; k < c; k++)
          combine(inputs, (t * c + k) * B, 1, intoDriven[g]!, now, B, N, numbers['∂M'], (g * c + k) * N);
      for (let b = 0; b < B; b++) {
        if (trains('bih')) axpy(1, intoDriven[g]!, now + b * N, numbers['∂bih'], g * N, N);
        if (trains('bhh')) axpy(1, intoRecurrent[g]!, now + b * N, numbers['∂bhh'], g * N, N);
      }
    }
  }

  return {
    spec,
    rows: B,
    inputs,
    outputs,
    outputAdjoints,
    inputAdjoints,
    ...tensors,
    forward,
    rewind() {
      clear();
      for (const g of gates) transposeInto(W, g * N * N, N, N, rowsOfW, g * N * N);
    },
    backward,
    finish() {
      // One product over all steps and trials: row k of sᵀ·d, s what units send, one step behind.
      if (trains('W'))
        for (const g of gates)
          for (let k = 0; k < N; k++)
            combine(sent[g]!, k, N, intoRecurrent[g]!, size, (steps - 1) * B, N, numbers['∂W'], (g * N + k) * N);
      readout.gather();
      return tensors.norm();
    },
  };
}
