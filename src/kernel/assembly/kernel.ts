/**
 * What the SIMD kernels are made of, over numbers of type Real in one memory that the caller lays out (../wasm.ts): f32 in one
 * module, f64 in the other, by the compiler's `use`.
 *
 * Matrices lie row by row. The number of columns is a multiple of a vector's lanes, so is the length of every stretch that is
 * worked through entry by entry.
 */
export { backThroughCells, backThroughGates, backThroughReset, cells, gates, reset } from './gates';
export { first } from './memory';
export { backThroughRelu, backThroughTanh, mix, relu, scale } from './pointwise';
export { narrow } from './precision';
export { product, thinProduct } from './product';
export { readout } from './readout';
export { hyperbolicTangent } from './tanh';
export { descend, squares, transpose } from './weights';
