/**
 * Kinds of units, as kernels know them: the frames (plain.ts, wasm.ts) take products with weights, and a kind does what lies between
 * the products. Everything about a kind stands in one file (rnn.ts, gru.ts, lstm.ts).
 */
import type { Address } from './simd.js';
import type { Calls } from './tape.js';

/** Input weights, recurrence, readout; and, where there are any, the biases of each. */
export const TENSOR_NAMES = ['M', 'W', 'Z', 'bih', 'bhh', 'bho'] as const;
export type KernelTensor = (typeof TENSOR_NAMES)[number];

export type Bias = Extract<KernelTensor, `b${string}`>;

/** A kind of units: all that kernels know of it. */
export interface UnitKind<K extends KernelTensor> {
  /** Its tensors. M, W and their biases hold the rows of the gates one after the other. */
  readonly tensors: readonly K[];
  /** Gates: N rows of M and W each. */
  readonly gates: number;
  /** Of those, from the first on, the gates whose recurrence the frames carry back to h₋; a kind does so itself for the others. */
  readonly carried: number;
  readonly plain: PlainKind;
  readonly simd: SimdKind;
}

/** Units in plain arithmetic, over all units of all trials at once. */
export interface PlainUnits {
  /** h of the steps that are kept. */
  readonly h: Float64Array;
  /** Gate by gate, what units send to it, by W: h, or what step t sends to step t + 1 in place of h, at step t. */
  readonly sent: readonly Float64Array[];
  /** Gate by gate, what inputs drive, and what units drive; both may be one. */
  readonly driven: readonly Float64Array[];
  readonly recurrent: readonly Float64Array[];
  /** Adjoints of those. */
  readonly intoDriven: readonly Float64Array[];
  readonly intoRecurrent: readonly Float64Array[];
  /** Makes what units send to a gate, where that is not h₋: after the gates before it are driven. */
  send?(gate: number, now: number, before: number): void;
  /** From what drives the units to h: entries from `now` on. @param before where h₋ begins; `undefined` at the first step */
  forward(now: number, before: number | undefined): void;
  /**
   * From ph = ∂L/∂h to the adjoints of what drives the units; ph ← what h₋ gets, but for the recurrence that the frame carries.
   * @param begins whether later steps pass nothing back: beside h, what units keep of them counts as 0
   * @param carry adds Wᵀ·∂L of a gate's recurrence, at `now`, to numbers of one step
   */
  backward(
    now: number,
    before: number | undefined,
    begins: boolean,
    ph: Float64Array,
    carry: (gate: number, to: Float64Array) => void,
  ): void;
}

/**
 * Makes units.
 * @param size numbers of a step
 * @param kept steps in memory
 * @param history steps whose adjoints are in memory
 */
export type PlainKind = (size: number, kept: number, history: number) => PlainUnits;

/** Sizes of a kernel's memory. */
export interface SimdSizes {
  /** Inputs. */
  readonly c: number;
  /** Units, padded. */
  readonly n: number;
  /** Trials, padded. */
  readonly rows: number;
  /** Numbers of a step, rows × n. */
  readonly area: number;
  readonly learns: boolean;
  /** Steps in memory. */
  readonly kept: number;
  /** Steps whose adjoints are in memory. */
  readonly window: number;
}

/** A kernel's memory as its units see it; the names are those of tensors, of the kernel's own stretches and of the units'. */
export interface SimdMemory extends SimdSizes {
  /** Records what is called: steps are repeated as they were recorded. */
  readonly simd: Calls;
  at(stretch: string): Address;
  /** Gate g of a tensor of `length` numbers per gate. */
  gateOf(base: Address, g: number, length: number): Address;
  /** What a stretch of `kept` steps holds of step t, and one of `window` steps. */
  stepOf(base: Address, t: number): Address;
  adjointOf(base: Address, t: number): Address;
}

/** Units over a SIMD module. */
export interface SimdUnits {
  /** Step t, from y to h. */
  forward(t: number, y: Address): void;
  /** Where ∂L/∂h of step t is added up, and whether what is there counts. */
  adjoint(t: number): { readonly ph: Address; readonly counts: boolean };
  /** From there to the adjoints of what drives the units. @param begins as in `PlainUnits` */
  backward(t: number, begins: boolean): void;
  /** Those adjoints, `window` steps of them, gate by gate: by what inputs, and by what units send. */
  readonly byInputs: readonly Address[];
  readonly byUnits: readonly Address[];
  /** What units send, gate by gate, as in `PlainUnits`. */
  readonly sent: readonly Address[];
}

/** A kind of units over a SIMD module: the stretches that it needs, and what it does in them. */
export interface SimdKind {
  stretches(sizes: SimdSizes): Readonly<Record<string, number>>;
  over(memory: SimdMemory): SimdUnits;
}
