/**
 * The kernel for a precision: SIMD WebAssembly where Node has it, else plain arithmetic, always in double precision
 * (`node --jitless` has no WebAssembly).
 */
import type { KernelMaker, KernelSpec } from './kernel.js';
import type { Precision } from './numbers.js';
import { plainKernel } from './plain.js';
import { hasSimd } from './simd.js';
import type { KernelTensor } from './units.js';
import { wasmKernel } from './wasm.js';

/** The kernel for a precision. */
export function kernelFor(precision: Precision): KernelMaker {
  const make = hasSimd() ? wasmKernel(precision) : plainKernel;
  return Object.assign(<K extends KernelTensor>(spec: KernelSpec<K>) => make(spec), { precision });
}
