/**
 * Kernels over a SIMD module, single or double precision.
 *
 * Trials are padded to a multiple of 4, units to whole tiles, by zeros that stay zeros: a unit or trial without input, weights
 * and adjoints has h = 0 and adjoint 0 at every step. Biases reach trials through a 1 for each trial of the batch and a 0 for the
 * others. Inputs, outputs and their adjoints are converted step by step.
 */
import { begins, type Kernel, type KernelMaker, type KernelSpec } from './kernel.js';
import type { Precision } from './numbers.js';
import { readoutBiases } from './readout.js';
import { type Address, bytesOf, gradientWindow, padded, simdOver } from './simd.js';
import { type Calls, Tape } from './tape.js';
import { placesOf, type TensorStretch, tensorLengths, tensorsIn } from './tensors.js';
import type { KernelTensor, SimdSizes } from './units.js';

/** Stretches that every kernel has; tensors and their gradients, and those of its kind, come beside them. */
type Stretch = 'rowsOfW' | 'ones' | 'h' | 'ph' | 'y' | 'pu';
type Doubles = 'inputs' | 'outputs' | 'outputAdjoints' | 'inputAdjoints';

/** A kernel's steps, forward and back, as they are recorded. @param size bytes of a number */
function stepsOf<K extends KernelTensor>(
  spec: KernelSpec<K>,
  sizes: SimdSizes,
  at: Readonly<Record<TensorStretch | Stretch | Doubles, Address>>,
  simd: Calls,
  size: number,
) {
  const { kind, inputs: c, outputs: p, steps, trained } = spec;
  const { n, rows, area, learns, window } = sizes;
  const trains = (tensor: KernelTensor): boolean => (trained as readonly KernelTensor[]).includes(tensor);
  const gateOf = (base: Address, g: number, length: number): Address => base + g * length * size;
  const stepOf = (base: Address, t: number): Address => base + (learns ? t : t & 1) * area * size;
  const adjointOf = (base: Address, t: number): Address => base + (t % window) * area * size;
  const inputsOf = (t: number): Address => simd.narrow(at.y, at.inputs + 8 * t * c * rows, c * rows);
  const stretch = (name: string): Address => at[name as 'h'];
  const units = kind.simd.over({ ...sizes, simd, at: stretch, gateOf, stepOf, adjointOf });
  const { byInputs, byUnits, sent } = units;
  const gates = Array.from({ length: kind.gates }, (_, g) => g);

  function forward(t: number): void {
    units.forward(t, inputsOf(t));
    simd.readout(at.outputs + 8 * t * p * rows, false, at.Z, p, stepOf(at.h, t), rows, n);
  }

  /** Adds the gradient of W of the steps from t on that are in the window. */
  function gather(t: number): void {
    const first = Math.max(1, t);
    const count = Math.min(steps, t + window) - first;
    if (count <= 0) return;
    for (const g of gates) {
      const d = adjointOf(byUnits[g]!, first);
      const s = stepOf(sent[g]!, first - 1);
      simd.product(gateOf(at['∂W'], g, n * n), true, n, n, s, d, count * rows, 0, 0, 0);
    }
  }

  function backward(t: number): void {
    const { ph, counts } = units.adjoint(t);
    const pu = simd.narrow(at.pu, at.outputAdjoints + 8 * t * p * rows, p * rows);
    const first = begins(spec, t);
    simd.product(ph, counts && !first, rows, n, pu, at.Z, p, 0, 0, 0);
    if (!first)
      for (let g = 0; g < kind.carried; g++) {
        const next = adjointOf(byUnits[g]!, t + 1);
        simd.product(ph, true, rows, n, 0, 0, 0, next, gateOf(at.rowsOfW, g, n * n), n);
      }
    units.backward(t, first);
    const y = trains('M') ? inputsOf(t) : 0;
    for (const g of gates) {
      const [d, e] = [adjointOf(byInputs[g]!, t), adjointOf(byUnits[g]!, t)];
      simd.readout(at.inputAdjoints + 8 * t * c * rows, g > 0, gateOf(at.M, g, c * n), c, d, rows, n);
      if (trains('M')) simd.thinProduct(gateOf(at['∂M'], g, c * n), c, n, y, d, rows);
      if (trains('bih')) simd.thinProduct(gateOf(at['∂bih'], g, n), 1, n, at.ones, d, rows);
      if (trains('bhh')) simd.thinProduct(gateOf(at['∂bhh'], g, n), 1, n, at.ones, e, rows);
    }
    if (trains('Z')) simd.thinProduct(at['∂Z'], p, n, pu, stepOf(at.h, t), rows);
    if (trains('W') && t % window === 0) gather(t);
  }

  return { forward, backward };
}

/** A kernel over the SIMD module of a precision. */
export function wasmKernel(precision: Precision): KernelMaker {
  return <K extends KernelTensor>(spec: KernelSpec<K>): Kernel<K> => {
    const { kind, units: N, inputs: c, outputs: p, batch, steps, trained } = spec;
    const [n, rows] = [padded(N), padded(batch)];
    const area = rows * n;
    // Without a way back two steps are enough, used in turn.
    const learns = trained.length > 0;
    const window = learns ? gradientWindow(rows) : 0;
    const sizes: SimdSizes = { c, n, rows, area, learns, kept: learns ? steps : 2, window };

    const places = placesOf(spec, n);
    const lengths: Record<TensorStretch | Stretch, number> = {
      ...tensorLengths(places, trained),
      ...kind.simd.stretches(sizes),
      // W gate by gate, row by row, for the way back.
      rowsOfW: learns ? kind.gates * n * n : 0,
      ones: rows,
      h: sizes.kept * area,
      // ∂L/∂h of the last step.
      ph: learns ? area : 0,
      y: c * rows,
      pu: learns ? p * rows : 0,
    };
    const tape = new Tape(precision);
    const from: Address[] = [];
    const { simd, at, numbers, doubles, ...placed } = simdOver(
      precision,
      {
        numbers: lengths,
        doubles: {
          inputs: steps * c * rows,
          outputs: steps * p * rows,
          outputAdjoints: learns ? steps * p * rows : 0,
          inputAdjoints: learns ? steps * c * rows : 0,
        },
      },
      (at) => {
        const { forward, backward } = stepsOf(spec, sizes, at, tape.calls, bytesOf(precision));
        for (const step of learns ? [forward, backward] : [forward])
          for (let t = 0; t < steps; t++) {
            from.push(tape.bytes);
            step(t);
          }
        from.push(tape.bytes);
        return tape;
      },
    );
    const starts = Int32Array.from(from, (bytes) => placed.tape + bytes);
    const { run, transpose } = simd;
    const { clear, ...tensors } = tensorsIn(numbers, places, trained, {
      squares: (tensor) => simd.squares(at[`∂${tensor}`], numbers[tensor].length),
      descend: (tensor, step) => simd.descend(at[tensor], step, at[`∂${tensor}`], numbers[tensor].length),
    });
    numbers.ones.fill(1, 0, batch);
    const readout = readoutBiases(spec, { rows, ...doubles }, numbers.bho, numbers['∂bho']);

    return {
      spec,
      rows,
      ...doubles,
      ...tensors,
      forward(t) {
        run(starts[t]!, starts[t + 1]!);
        readout.add(t);
      },
      rewind() {
        clear();
        for (let g = 0; g < kind.gates; g++) {
          const gate = g * n * n * bytesOf(precision);
          transpose(at.rowsOfW + gate, at.W + gate, n);
        }
      },
      backward(t) {
        run(starts[steps + t]!, starts[steps + t + 1]!);
      },
      finish() {
        readout.gather();
        return tensors.norm();
      },
    };
  };
}
