/** Vectors of 128 bits, and where the caller's memory begins. */

/** Bytes of a number. */
// @ts-ignore: decorator
@inline export const SIZE: usize = sizeof<Real>();

/** Bytes of a vector. */
// @ts-ignore: decorator
@inline export const VECTOR: usize = 16;

/** The first address that is the caller's: below it lie the modules' constants. */
export function first(): usize {
  return __heap_base;
}

/** c + a·b, rounded twice, as every processor does it. */
// @ts-ignore: decorator
@inline export function mad(a: v128, b: v128, c: v128): v128 {
  return v128.add<Real>(c, v128.mul<Real>(a, b));
}

/** One number in all lanes. */
// @ts-ignore: decorator
@inline export function splat(at: usize): v128 {
  return v128.load_splat<Real>(at);
}

/** Sum over lanes. */
// @ts-ignore: decorator
@inline export function sum(v: v128): Real {
  if (SIZE == 4)
    return <Real>(
      (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3)))
    );
  return <Real>(f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1));
}
