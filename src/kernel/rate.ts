/**
 * What matrix products alone reach, to measure kernels by: machines differ, and one machine from minute to minute.
 */
import type { Precision } from './numbers.js';
import { simdOver } from './simd.js';

/** Rows and columns of the probe: the paper's trials and units. */
const SIZE = 100;
const PRODUCTS = 20;
/** Shortest duration of the probe, in milliseconds: long enough to share the processor with others as training does. */
const DURATION = 200;

/** FLOPs per second of a SIMD module's own product of 100×100 matrices. */
export function productRate(precision: Precision): number {
  const area = SIZE * SIZE;
  const { simd, at, numbers } = simdOver(precision, { numbers: { a: area, q: area, c: area }, doubles: {} });
  numbers.a.fill(0.5);
  numbers.q.fill(0.25);
  const start = performance.now();
  let [products, duration] = [0, 0];
  while (duration < DURATION) {
    for (let k = 0; k < PRODUCTS; k++) simd.product(at.c, false, SIZE, SIZE, 0, 0, 0, at.a, at.q, SIZE);
    products += PRODUCTS;
    duration = performance.now() - start;
  }
  return (products * 2 * SIZE ** 3) / (duration / 1000);
}
