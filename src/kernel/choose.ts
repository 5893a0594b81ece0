/**
 * Which kernel serves: SIMD WebAssembly wherever Node has it, else plain arithmetic, which is in double precision whatever is
 * asked for (`node --jitless` has no WebAssembly).
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
