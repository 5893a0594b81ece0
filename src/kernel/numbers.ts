/**
 * Numbers of the two precisions that kernels have.
 */
/** Single or double precision. */
export type Precision = 'f32' | 'f64';

/** Numbers of either precision. */
export type Numbers = Float32Array | Float64Array;

/** A parameter with its gradient, entry by entry; perhaps padded by zeros that stay zeros. */
export interface Trainable<N extends Numbers = Numbers> {
  readonly values: N;
  readonly gradient: N;
}
