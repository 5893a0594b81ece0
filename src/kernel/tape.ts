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

/** Bytes that a tape begins with. */
const ROOM = 256 * CALL;

/** Calls that were recorded. */
export class Tape implements Written {
  /** Records what is called. */
  readonly calls: Calls;
  /** How many bytes there are: where the next call will be. */
  bytes = 0;
  #written = new ArrayBuffer(ROOM);
  #wholes = new Int32Array(this.#written);
  #reals = new Float64Array(this.#written);

  constructor(precision: Precision) {
    const functions = Object.entries(FUNCTIONS).map(([name, reals], index) => [name, this.#recorder(index, reals)]);
    const calls = Object.fromEntries(functions) as Calls;
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

  #recorder(index: number, reals: readonly number[]): (...args: readonly number[]) => void {
    return (...args) => {
      if (this.bytes === this.#written.byteLength) this.#grow();
      let [whole, real] = [this.bytes / 4, (this.bytes + REALS) / 8];
      this.#wholes[whole] = index;
      for (let k = 0; k < args.length; k++) {
        if (reals.includes(k)) this.#reals[real++] = args[k]!;
        else this.#wholes[++whole] = Number(args[k]);
      }
      this.bytes += CALL;
    };
  }

  #grow(): void {
    const before = this.#wholes;
    this.#written = new ArrayBuffer(2 * before.byteLength);
    this.#wholes = new Int32Array(this.#written);
    this.#reals = new Float64Array(this.#written);
    this.#wholes.set(before);
  }

  /** Writes all calls to a module's memory. */
  write(memory: ArrayBuffer, at: Address): void {
    new Uint8Array(memory, at).set(new Uint8Array(this.#written, 0, this.bytes));
  }
}
