/**
 * The kernel for a precision: SIMD WebAssembly where Node has it, else plain arithmetic, always in double precision
 * (`node --jitless` has no WebAssembly).
 */
import type { KernelMaker } from './kernel.js';
import type { Precision } from './numbers.js';
import { plainKernel } from './plain.js';
import { hasSimd } from './simd.js';
import { wasmKernel } from './wasm.js';

/** The kernel for a precision. */
export function kernelFor(precision: Precision): KernelMaker {
  return hasSimd() ? wasmKernel(precision) : plainKernel;
}
