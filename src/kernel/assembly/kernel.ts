/**
 * What the SIMD kernels are made of, over numbers of type Real in one memory that the caller lays out (../wasm.ts): f32 in one
 * module, f64 in the other, by the compiler's `use`.
 *
 * Matrices lie row by row. The number of columns is a multiple of a vector's lanes, so is the length of every stretch that is
 * worked through entry by entry.
 */
export { first } from './memory';
export { product } from './product';
export { run } from './tape';
export { hyperbolicTangent } from './tanh';
export { descend, squares, transpose } from './weights';
