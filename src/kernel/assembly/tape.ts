/**
 * Calls from a list in memory. A call from outside costs as much as a small product, and a step of a network is some ten of them.
 */
import { backThroughCells, backThroughGates, backThroughReset, cells, gates, reset } from './gates';
import { backThroughRelu, backThroughTanh, mix, relu, scale } from './pointwise';
import { narrow } from './precision';
import { product, thinProduct } from './product';
import { readout } from './readout';
import { hyperbolicTangent } from './tanh';

/** Bytes of a call, as in ../tape.ts: the number of the function, up to 13 whole numbers, and 2 others. */
// @ts-ignore: decorator
@inline const CALL: usize = 72;
// @ts-ignore: decorator
@inline const REALS: usize = 56;

/** Works through the calls from one address to another; functions are numbered in the order of ../tape.ts. */
export function run(from: usize, to: usize): void {
  for (let k = from; k < to; k += CALL) {
    const a = load<i32>(k, 4), b = load<i32>(k, 8), c = load<i32>(k, 12), d = load<i32>(k, 16), e = load<i32>(k, 20);
    switch (load<i32>(k)) {
      case 0: narrow(a, b, c); break;
      case 1: product(a, <bool>b, c, d, e, whole(k, 5), whole(k, 6), whole(k, 7), whole(k, 8), whole(k, 9)); break;
      case 2: thinProduct(a, b, c, d, e, whole(k, 5)); break;
      case 3: readout(a, <bool>b, c, d, e, whole(k, 5), whole(k, 6)); break;
      case 4: hyperbolicTangent(a, b); break;
      case 5: relu(a, b); break;
      case 6: scale(a, real(k, 0), b, c); break;
      case 7: mix(a, real(k, 0), b, real(k, 1), c, d); break;
      case 8: backThroughTanh(a, real(k, 0), b, c, d); break;
      case 9: backThroughRelu(a, real(k, 0), b, c, d); break;
      case 10: gates(a, b, c, d, e, whole(k, 5), whole(k, 6)); break;
      case 11:
        backThroughGates(
          a, b, c, d, e, whole(k, 5), whole(k, 6), whole(k, 7), whole(k, 8), whole(k, 9), whole(k, 10),
        );
        break;
      case 12: reset(a, b, c, d); break;
      case 13: backThroughReset(a, b, c, d, e, whole(k, 5)); break;
      case 14: cells(a, b, c, d, e, whole(k, 5), whole(k, 6), whole(k, 7), whole(k, 8)); break;
      case 15:
        backThroughCells(
          a, b, c, d, e, whole(k, 5), whole(k, 6), whole(k, 7), whole(k, 8), whole(k, 9), whole(k, 10), whole(k, 11),
          whole(k, 12),
        );
        break;
    }
  }
}

// @ts-ignore: decorator
@inline function whole(call: usize, k: usize): i32 {
  return load<i32>(call + 4 + 4 * k);
}

// @ts-ignore: decorator
@inline function real(call: usize, k: usize): Real {
  return <Real>load<f64>(call + REALS + 8 * k);
}
