/**
 * Steps of a kernel as lists of calls that its SIMD module works through by itself (assembly/tape.ts). They are recorded once, when the
 * kernel is made: where a step reads and writes does not change.
 */
import type { Precision } from './numbers.js';
import type { Address, Simd, Written } from './simd.js';

/** Functions that steps are made of, by the numbers that the module knows them by, with the arguments that are not whole numbers. */
const FUNCTIONS = {
  narrow: [],
  product: [],
  thinProduct: [],
  readout: [],
  hyperbolicTangent: [],
  relu: [],
  scale: [1],
  mix: [1, 3],
  backThroughTanh: [1],
  backThroughRelu: [1],
  gates: [],
  backThroughGates: [],
  reset: [],
  backThroughReset: [],
  cells: [],
  backThroughCells: [],
} as const satisfies Partial<Record<keyof Simd, readonly number[]>>;

/** What steps may call. */
export type Calls = Pick<Simd, keyof typeof FUNCTIONS>;

/** Bytes of a call, and where in them the arguments begin that are not whole numbers. */
const [CALL, REALS] = [72, 56];

/** Calls that were recorded. */
export class Tape implements Written {
  /** Records what is called. */
  readonly calls: Calls;
  readonly #recorded: {
    readonly index: number;
    readonly args: readonly number[];
    readonly reals: readonly number[];
  }[] = [];

  constructor(precision: Precision) {
    const functions = Object.entries(FUNCTIONS).map(([name, reals], index) => {
      const call = (...args: number[]): void => void this.#recorded.push({ index, args, reals });
      return [name, call] as const;
    });
    const calls = Object.fromEntries(functions) as unknown as Calls;
    this.calls = {
      ...calls,
      // Numbers of double precision stay where they are.
      narrow: (scratch, x, n) => {
        if (precision === 'f64') return x;
        calls.narrow(scratch, x, n);
        return scratch;
      },
    };
  }

  /** Bytes so far: where the next call will be. */
  get bytes(): number {
    return CALL * this.#recorded.length;
  }

  /** Writes all calls to a module's memory. */
  write(memory: ArrayBuffer, at: Address): void {
    const view = new DataView(memory, at, this.bytes);
    for (const [k, { index, args, reals }] of this.#recorded.entries()) {
      let [whole, real] = [CALL * k, CALL * k + REALS];
      view.setInt32(whole, index, true);
      for (const [position, argument] of args.entries())
        if (reals.includes(position)) {
          view.setFloat64(real, argument, true);
          real += 8;
        } else {
          whole += 4;
          view.setInt32(whole, Number(argument), true);
        }
    }
  }
}
