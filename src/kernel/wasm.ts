/**
 * The kernel over a SIMD module, single or double precision.
 *
 * Trials are padded to a multiple of 4, units to whole tiles, by zeros that stay zeros: a unit or trial without input, weights
 * and adjoints has φ(0) = 0 and adjoint 0 at every step. Inputs, outputs and their adjoints are converted step by step.
 */
import type { Kernel, KernelMaker, KernelTensor, Numbers, Precision, Trainable } from './kernel.js';
import { KERNEL_TENSORS } from './kernel.js';
import { type Address, simdOver } from './simd.js';

/** Rows and columns of a tile of the product are multiples of this in both precisions. */
const TILE = 4;
const padded = (n: number): number => Math.ceil(n / TILE) * TILE;

/** Trials × steps that a product for the gradient of W takes at once, at least: fewer would spend their time on the sums. */
const GRADIENT_ROWS = 64;

/** A kernel over the SIMD module of a precision. */
export function wasmKernel(precision: Precision): KernelMaker {
  return (spec): Kernel => {
    const { units: N, inputs: c, outputs: p, batch: B, steps, leak, activation, trained } = spec;
    const keep = 1 - leak;
    const leaks = leak !== 1;
    const n = padded(N);
    const rows = padded(B);
    const area = rows * n;
    const trains = (tensor: KernelTensor): boolean => trained.includes(tensor);
    // Without a way back two steps are enough, used in turn.
    const learns = trained.length > 0;
    const kept = learns ? steps : 2;
    // Steps of the way back that are kept for the gradient of W; the last one always is, for the next.
    const window = learns ? Math.max(2, Math.ceil(GRADIENT_ROWS / rows)) : 0;

    const lengths = { M: c * n, W: n * n, Z: p * n };
    const { simd, at, numbers, doubles, size } = simdOver(precision, {
      numbers: {
        ...lengths,
        gM: trains('M') ? lengths.M : 0,
        gW: trains('W') ? lengths.W : 0,
        gZ: trains('Z') ? lengths.Z : 0,
        // W as its units are driven, for the way back.
        rowsOfW: learns ? lengths.W : 0,
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
    const parts = {
      M: { values: 'M', gradient: 'gM' },
      W: { values: 'W', gradient: 'gW' },
      Z: { values: 'Z', gradient: 'gZ' },
    } as const;
    const learned = trained.map((tensor) => ({
      values: at[parts[tensor].values],
      gradient: at[parts[tensor].gradient],
      length: lengths[tensor],
    }));

    /** Sizes of the tensors, and how far apart their entries lie: M and W lie as units are driven, column by column. */
    const places = {
      M: { rows: N, cols: c, down: 1, across: n },
      W: { rows: N, cols: N, down: 1, across: n },
      Z: { rows: p, cols: N, down: n, across: 1 },
    };

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
      simd.readout(at.outputs + 8 * t * p * rows, at.Z, p, hidden(t), rows, n);
    }

    function rewind(): void {
      for (const tensor of trained) numbers[parts[tensor].gradient].fill(0);
      simd.transpose(at.rowsOfW, at.W, n);
      numbers.ph.fill(0);
    }

    /** Adds the gradient of W of the steps from t on that are in the window. */
    function gather(t: number): void {
      const first = Math.max(1, t);
      const count = Math.min(steps, t + window) - first;
      if (count > 0) simd.product(at.gW, true, n, n, hidden(first - 1), adjoint(first), count * rows, 0, 0, 0);
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
      simd.readout(at.inputAdjoints + 8 * t * c * rows, at.M, c, d, rows, n);
      if (trains('Z')) simd.thinProduct(at.gZ, p, n, pu, hidden(t), rows);
      if (trains('M')) simd.thinProduct(at.gM, c, n, inputsOf(t), d, rows);
      if (trains('W') && t % window === 0) gather(t);
    }

    function store(tensor: KernelTensor, from: ArrayLike<number>): void {
      const to = numbers[tensor];
      const { rows: most, cols, down, across } = places[tensor];
      // A diverged run leaves NaN in the padding too.
      to.fill(0);
      for (let i = 0; i < most; i++) for (let k = 0; k < cols; k++) to[i * down + k * across] = from[i * cols + k]!;
    }

    function fetch(tensor: KernelTensor, from: Numbers): Float64Array {
      const { rows: most, cols, down, across } = places[tensor];
      const to = new Float64Array(most * cols);
      if (from.length === 0) return to;
      for (let i = 0; i < most; i++) for (let k = 0; k < cols; k++) to[i * cols + k] = from[i * down + k * across]!;
      return to;
    }

    return {
      spec,
      rows,
      ...doubles,
      parameters: trained.map(
        (tensor): Trainable => ({
          values: numbers[parts[tensor].values],
          gradient: numbers[parts[tensor].gradient],
        }),
      ),
      load(weights) {
        for (const tensor of KERNEL_TENSORS) store(tensor, weights[tensor]);
      },
      weights: () => ({ M: fetch('M', numbers.M), W: fetch('W', numbers.W), Z: fetch('Z', numbers.Z) }),
      gradients: () => ({ M: fetch('M', numbers.gM), W: fetch('W', numbers.gW), Z: fetch('Z', numbers.gZ) }),
      follow(other) {
        this.load(other.weights());
      },
      forward,
      rewind,
      backward,
      finish: () =>
        Math.sqrt(learned.reduce((total, { gradient, length }) => total + simd.squares(gradient, length), 0)),
      descend(step) {
        for (const { values, gradient, length } of learned) simd.descend(values, step, gradient, length);
      },
    };
  };
}
