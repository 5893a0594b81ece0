/**
 * The kernel over a SIMD module, single or double precision.
 *
 * Trials are padded to a multiple of 4, units to whole tiles, by zeros that stay zeros: a unit or trial without input, weights
 * and adjoints has φ(0) = 0 and adjoint 0 at every step. Inputs, outputs and their adjoints are converted step by step.
 */
import type { Kernel, KernelMaker, KernelTensor, Precision } from './kernel.js';
import { type Address, gradientWindow, padded, simdOver } from './simd.js';
import { fromInputs, fromUnits, tensorLengths, tensorsIn, toOutputs } from './tensors.js';

/** A kernel over the SIMD module of a precision. */
export function wasmKernel(precision: Precision): KernelMaker {
  return (spec): Kernel => {
    const { units: N, inputs: c, outputs: p, batch, steps, leak, activation, trained } = spec;
    const keep = 1 - leak;
    const leaks = leak !== 1;
    const [n, rows] = [padded(N), padded(batch)];
    const area = rows * n;
    const trains = (tensor: KernelTensor): boolean => trained.includes(tensor);
    // Without a way back two steps are enough, used in turn.
    const learns = trained.length > 0;
    const kept = learns ? steps : 2;
    const window = learns ? gradientWindow(rows) : 0;

    const places = { M: fromInputs(c, N, n), W: fromUnits(N, n), Z: toOutputs(p, N, n) };
    const memory = simdOver(precision, {
      numbers: {
        ...tensorLengths(places, trained),
        // W row by row, for the way back.
        rowsOfW: learns ? n * n : 0,
        h: kept * area,
        // φ of every step; the hidden state itself where nothing leaks.
        phi: leaks ? kept * area : 0,
        // η·φ′·∂L/∂h of the last steps, and ∂L/∂h of the last one where it leaks on.
        d: window * area,
        ph: leaks && learns ? area : 0,
        y: c * rows,
        pu: learns ? p * rows : 0,
      },
      doubles: {
        inputs: steps * c * rows,
        outputs: steps * p * rows,
        outputAdjoints: learns ? steps * p * rows : 0,
        inputAdjoints: learns ? steps * c * rows : 0,
      },
    });
    const { simd, at, numbers, doubles, size } = memory;
    const { clear, ...tensors } = tensorsIn(memory, places, trained);

    const stepOf = (base: Address, slot: number): Address => base + slot * area * size;
    const slot = (t: number): number => (learns ? t : t & 1);
    const hidden = (t: number): Address => stepOf(at.h, slot(t));
    const activated = (t: number): Address => stepOf(leaks ? at.phi : at.h, slot(t));
    const adjoint = (t: number): Address => stepOf(at.d, t % window);
    const inputsOf = (t: number): Address => simd.narrow(at.y, at.inputs + 8 * t * c * rows, c * rows);

    function forward(t: number): void {
      const phi = activated(t);
      simd.product(phi, false, rows, n, inputsOf(t), at.M, c, hidden(t - 1), at.W, t > 0 ? n : 0);
      if (activation === 'tanh') simd.hyperbolicTangent(phi, area);
      else if (activation === 'relu') simd.relu(phi, area);
      if (leaks && t === 0) simd.scale(hidden(t), leak, phi, area);
      else if (leaks) simd.mix(hidden(t), keep, hidden(t - 1), leak, phi, area);
      simd.readout(at.outputs + 8 * t * p * rows, false, at.Z, p, hidden(t), rows, n);
    }

    function rewind(): void {
      clear();
      simd.transpose(at.rowsOfW, at.W, n);
      numbers.ph.fill(0);
    }

    /** Adds the gradient of W of the steps from t on that are in the window. */
    function gather(t: number): void {
      const first = Math.max(1, t);
      const count = Math.min(steps, t + window) - first;
      if (count > 0) simd.product(at['∂W'], true, n, n, hidden(first - 1), adjoint(first), count * rows, 0, 0, 0);
    }

    function backward(t: number): void {
      const d = adjoint(t);
      const ph = leaks ? at.ph : d;
      const pu = simd.narrow(at.pu, at.outputAdjoints + 8 * t * p * rows, p * rows);
      if (leaks) simd.scale(ph, keep, ph, area);
      simd.product(ph, leaks, rows, n, pu, at.Z, p, adjoint(t + 1), at.rowsOfW, t + 1 < steps ? n : 0);
      if (activation === 'tanh') simd.backThroughTanh(d, leak, activated(t), ph, area);
      else if (activation === 'relu') simd.backThroughRelu(d, leak, activated(t), ph, area);
      else if (leaks) simd.scale(d, leak, ph, area);
      simd.readout(at.inputAdjoints + 8 * t * c * rows, false, at.M, c, d, rows, n);
      if (trains('Z')) simd.thinProduct(at['∂Z'], p, n, pu, hidden(t), rows);
      if (trains('M')) simd.thinProduct(at['∂M'], c, n, inputsOf(t), d, rows);
      if (trains('W') && t % window === 0) gather(t);
    }

    return { spec, rows, ...doubles, ...tensors, forward, rewind, backward };
  };
}
