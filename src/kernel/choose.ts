/**
 * Which kernel serves: SIMD WebAssembly wherever Node has it, else plain arithmetic, which is in double precision whatever is
 * asked for (`node --jitless` has no WebAssembly).
 */
import { gruKernel } from './gru.js';
import type { GatedMaker, KernelMaker, Precision } from './kernel.js';
import { plainKernel } from './plain.js';
import { hasSimd } from './simd.js';
import { wasmKernel } from './wasm.js';
import { wasmGruKernel } from './wasm-gru.js';

/** The kernel for a precision. */
export function kernelFor(precision: Precision): KernelMaker {
  return hasSimd() ? wasmKernel(precision) : plainKernel;
}

/** The kernel of gated units for a precision. */
export function gatedKernelFor(precision: Precision): GatedMaker {
  return hasSimd() ? wasmGruKernel(precision) : gruKernel;
}
