/**
 * The kernel of gated units over a SIMD module: three products a step where other units take one.
 *
 * Padding stays 0 as in wasm.ts: a padded unit has n = tanh 0, so that h stays 0 whatever its gates; biases reach trials through
 * a 1 for each trial of the batch and a 0 for the others.
 */
import type { GatedMaker, GatedTensor, Kernel, Precision } from './kernel.js';
import { type Address, gradientWindow, padded, simdOver } from './simd.js';
import { fromInputs, fromUnits, tensorLengths, tensorsIn, toOutputs } from './tensors.js';

const GATES = 3;

/** A kernel of gated units over the SIMD module of a precision. */
export function wasmGruKernel(precision: Precision): GatedMaker {
  return (spec): Kernel<GatedTensor> => {
    const { units: N, inputs: c, outputs: p, batch, steps, trained } = spec;
    const [n, rows] = [padded(N), padded(batch)];
    const area = rows * n;
    const trains = (tensor: GatedTensor): boolean => trained.includes(tensor);
    // Without a way back two steps are enough, used in turn.
    const learns = trained.length > 0;
    const kept = learns ? steps : 2;
    const window = learns ? gradientWindow(rows) : 0;

    const places = {
      M: fromInputs(c, N, n, GATES),
      W: fromUnits(N, n, GATES),
      bih: fromInputs(1, N, n, GATES),
      bhh: fromInputs(1, N, n, GATES),
      Z: toOutputs(p, N, n),
    };
    const memory = simdOver(precision, {
      numbers: {
        ...tensorLengths(places, trained),
        // W gate by gate, row by row, for the way back.
        rowsOfW: learns ? GATES * n * n : 0,
        ones: rows,
        // bih + bhh, of which r and z know the sum only.
        bias: 2 * n,
        // h₋ of the first step.
        none: area,
        h: kept * area,
        // Of every step: r, z, n, and what units send to n, W·h₋ + bhh.
        r: kept * area,
        z: kept * area,
        x: kept * area,
        q: kept * area,
        // ∂L by what goes into r, z, n, and by q, of the last steps; ∂L/∂h of the last one.
        dr: window * area,
        dz: window * area,
        dx: window * area,
        dq: window * area,
        ph: learns ? area : 0,
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
    numbers.ones.fill(1, 0, batch);

    const gateOf = (base: Address, g: number, length: number): Address => base + g * length * size;
    const stepOf = (base: Address, slot: number): Address => base + slot * area * size;
    const slot = (t: number): number => (learns ? t : t & 1);
    const hidden = (t: number): Address => (t < 0 ? at.none : stepOf(at.h, slot(t)));
    const inputsOf = (t: number): Address => simd.narrow(at.y, at.inputs + 8 * t * c * rows, c * rows);
    const gatesOf = (t: number) => ({
      r: stepOf(at.r, slot(t)),
      z: stepOf(at.z, slot(t)),
      x: stepOf(at.x, slot(t)),
      q: stepOf(at.q, slot(t)),
    });
    /** Adjoints of the gates by what inputs, and by what units send to them, at step t. */
    const byInputs = [at.dr, at.dz, at.dx] as const;
    const byUnits = [at.dr, at.dz, at.dq] as const;

    function forward(t: number): void {
      if (t === 0) simd.mix(at.bias, 1, at.bih, 1, at.bhh, 2 * n);
      const y = inputsOf(t);
      const [before, sources] = [hidden(t - 1), t > 0 ? n : 0];
      const { r, z, x, q } = gatesOf(t);
      const drive = (to: Address, g: number, bias: Address, units: boolean): void =>
        simd.product(to, false, rows, n, at.ones, bias, 1, before, gateOf(at.W, g, n * n), units ? sources : 0);
      const admit = (to: Address, g: number): void =>
        simd.product(to, true, rows, n, y, gateOf(at.M, g, c * n), c, 0, 0, 0);
      drive(r, 0, at.bias, true);
      admit(r, 0);
      drive(z, 1, gateOf(at.bias, 1, n), true);
      admit(z, 1);
      drive(x, 2, gateOf(at.bih, 2, n), false);
      admit(x, 2);
      drive(q, 2, gateOf(at.bhh, 2, n), true);
      simd.gates(r, z, q, x, before, hidden(t), area);
      simd.readout(at.outputs + 8 * t * p * rows, false, at.Z, p, hidden(t), rows, n);
    }

    function rewind(): void {
      clear();
      for (let g = 0; g < GATES; g++) simd.transpose(gateOf(at.rowsOfW, g, n * n), gateOf(at.W, g, n * n), n);
      numbers.ph.fill(0);
    }

    /** Adds the gradient of W of the steps from t on that are in the window. */
    function gather(t: number): void {
      const first = Math.max(1, t);
      const count = Math.min(steps, t + window) - first;
      if (count <= 0) return;
      for (let g = 0; g < GATES; g++) {
        const d = stepOf(byUnits[g]!, first % window);
        simd.product(gateOf(at['∂W'], g, n * n), true, n, n, hidden(first - 1), d, count * rows, 0, 0, 0);
      }
    }

    function backward(t: number): void {
      const now = t % window;
      const pu = simd.narrow(at.pu, at.outputAdjoints + 8 * t * p * rows, p * rows);
      simd.product(at.ph, true, rows, n, pu, at.Z, p, 0, 0, 0);
      if (t + 1 < steps)
        for (let g = 0; g < GATES; g++) {
          const next = stepOf(byUnits[g]!, (t + 1) % window);
          simd.product(at.ph, true, rows, n, 0, 0, 0, next, gateOf(at.rowsOfW, g, n * n), n);
        }
      const { r, z, x, q } = gatesOf(t);
      const [dr, dz, dx, dq] = [at.dr, at.dz, at.dx, at.dq].map((base) => stepOf(base, now));
      simd.backThroughGates(dr!, dz!, dx!, dq!, at.ph, r, z, q, x, hidden(t - 1), area);
      const y = inputsOf(t);
      for (let g = 0; g < GATES; g++) {
        const [d, e] = [stepOf(byInputs[g]!, now), stepOf(byUnits[g]!, now)];
        const M = gateOf(at.M, g, c * n);
        simd.readout(at.inputAdjoints + 8 * t * c * rows, g > 0, M, c, d, rows, n);
        if (trains('M')) simd.thinProduct(gateOf(at['∂M'], g, c * n), c, n, y, d, rows);
        if (trains('bih')) simd.thinProduct(gateOf(at['∂bih'], g, n), 1, n, at.ones, d, rows);
        if (trains('bhh')) simd.thinProduct(gateOf(at['∂bhh'], g, n), 1, n, at.ones, e, rows);
      }
      if (trains('Z')) simd.thinProduct(at['∂Z'], p, n, pu, hidden(t), rows);
      if (trains('W') && now === 0) gather(t);
    }

    return { spec, rows, ...doubles, ...tensors, forward, rewind, backward };
  };
}
