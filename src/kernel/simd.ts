/**
 * The SIMD modules (assembly/), each use with a memory of its own that is taken once.
 */
import { readFileSync } from 'node:fs';
import { LoopproofError } from '../error.js';
import type { Numbers, Precision } from './numbers.js';

/** A byte address. */
export type Address = number;

/** What a module does: see assembly/, where each function says what. */
export interface Simd {
  first(): Address;
  run(from: Address, to: Address): void;
  narrow(scratch: Address, x: Address, n: number): Address;
  product(
    c: Address,
    add: boolean,
    rows: number,
    cols: number,
    x: Address,
    p: Address,
    kx: number,
    a: Address,
    q: Address,
    ka: number,
  ): void;
  thinProduct(c: Address, kc: number, cols: number, x: Address, p: Address, rows: number): void;
  readout(out: Address, add: boolean, z: Address, kz: number, h: Address, rows: number, cols: number): void;
  hyperbolicTangent(x: Address, n: number): void;
  relu(x: Address, n: number): void;
  scale(out: Address, s: number, x: Address, n: number): void;
  mix(out: Address, s: number, x: Address, r: number, y: Address, n: number): void;
  backThroughTanh(out: Address, s: number, phi: Address, x: Address, n: number): void;
  backThroughRelu(out: Address, s: number, phi: Address, x: Address, n: number): void;
  gates(r: Address, z: Address, q: Address, x: Address, before: Address, h: Address, n: number): void;
  backThroughGates(
    dr: Address,
    dz: Address,
    dx: Address,
    dq: Address,
    ph: Address,
    r: Address,
    z: Address,
    q: Address,
    x: Address,
    before: Address,
    n: number,
  ): void;
  reset(s: Address, r: Address, before: Address, n: number): void;
  backThroughReset(dr: Address, ph: Address, ds: Address, r: Address, before: Address, n: number): void;
  cells(
    i: Address,
    f: Address,
    g: Address,
    o: Address,
    before: Address,
    s: Address,
    phi: Address,
    h: Address,
    n: number,
  ): void;
  backThroughCells(
    di: Address,
    df: Address,
    dg: Address,
    dout: Address,
    ph: Address,
    ps: Address,
    i: Address,
    f: Address,
    g: Address,
    o: Address,
    before: Address,
    phi: Address,
    n: number,
  ): void;
  transpose(out: Address, x: Address, n: number): void;
  squares(x: Address, n: number): number;
  descend(x: Address, step: number, g: Address, n: number): void;
}

/** What a module exports: the rest is called by tapes. */
export type SimdExports = Pick<
  Simd,
  'first' | 'run' | 'product' | 'hyperbolicTangent' | 'transpose' | 'squares' | 'descend'
>;

/** Rows and columns of a tile of the product are multiples of this in both precisions. */
const TILE = 4;
export const padded = (n: number): number => Math.ceil(n / TILE) * TILE;

/** Trials × steps that a product for the gradient of W takes at once, at least: fewer would spend their time on the sums. */
const GRADIENT_ROWS = 64;
/** Steps of the way back that are kept for that product; the last one always is, for the next. */
export const gradientWindow = (rows: number): number => Math.max(2, Math.ceil(GRADIENT_ROWS / rows));

/** What is written to memory once, when it is laid out. */
export interface Written {
  readonly bytes: number;
  write(memory: ArrayBuffer, at: Address): void;
}

/** Stretches of memory by name: their addresses, and views of them. */
export interface Layout<K extends string, D extends string> {
  readonly at: Readonly<Record<K | D, Address>>;
  /** Numbers of the module's precision. */
  readonly numbers: Readonly<Record<K, Numbers>>;
  readonly doubles: Readonly<Record<D, Float64Array>>;
  /** Bytes of a number of the module's precision. */
  readonly size: number;
}

const PAGE = 2 ** 16;
/** Pages that a module asks for: its constants and the panels of its products. */
const PAGES = 3;
/** Bytes that a module can address. */
export const KERNEL_MEMORY = 2 ** 32;
/** Stretches begin on a line of the processor's cache. */
const LINE = 64;

/** Bytes of a number. */
export const bytesOf = (precision: Precision): number => (precision === 'f32' ? 4 : 8);

const codeOf = (precision: Precision): Uint8Array => readFileSync(new URL(`./${precision}.wasm`, import.meta.url));

/**
 * Compiled modules, dearer than a small run. No state that anything could depend on: immutable, and a function of the package's own
 * files.
 */
const compiled: Partial<Record<Precision, Compiled>> = {};

/** A module, and the first address in its memory that is not its own. */
interface Compiled {
  readonly module: WebAssembly.Module;
  readonly first: Address;
}

function compile(precision: Precision): Compiled {
  const module = new WebAssembly.Module(codeOf(precision));
  return { module, first: instantiate(module, PAGES).simd.first() };
}

/** A module over fresh memory, all 0. */
function instantiate(module: WebAssembly.Module, pages: number) {
  const memory = new WebAssembly.Memory({ initial: pages });
  return { memory, simd: new WebAssembly.Instance(module, { env: { memory } }).exports as SimdExports };
}

/** A module over memory of so many bytes. @throws LoopproofError if that is more than a module can address, or than there is */
function over(module: WebAssembly.Module, bytes: number) {
  try {
    return instantiate(module, Math.max(PAGES, Math.ceil(bytes / PAGE)));
  } catch {
    throw new LoopproofError('too-large', {
      where: 'the memory of a network',
      received: `${(bytes / 2 ** 30).toFixed(2)} GiB`,
      expected: `at most ${KERNEL_MEMORY / 2 ** 30} GiB, which is all that WebAssembly can address, and what is free`,
      hint: 'lower units, trials or steps, or train in single precision',
    });
  }
}

/** Whether the modules run here. */
export function hasSimd(): boolean {
  known ??= typeof WebAssembly !== 'undefined' && WebAssembly.validate(codeOf('f64'));
  return known;
}

/** Whether there is SIMD, once it was asked for. */
let known: boolean | undefined;

/**
 * A module over memory for stretches of the given lengths, all 0, and for a tape.
 * @param record makes the tape, given the addresses of the stretches
 * @throws LoopproofError if that is more than a module can address, or than there is.
 */
export function simdOver<K extends string, D extends string>(
  precision: Precision,
  lengths: { readonly numbers: Readonly<Record<K, number>>; readonly doubles: Readonly<Record<D, number>> },
  record?: (at: Readonly<Record<K | D, Address>>) => Written,
): Layout<K, D> & { readonly simd: SimdExports; readonly tape: Address } {
  compiled[precision] ??= compile(precision);
  const { module, first } = compiled[precision];
  const size = bytesOf(precision);

  let end = first;
  const place = <S extends string>(counts: Readonly<Record<S, number>>, bytes: number): Record<S, Address> => {
    const places = {} as Record<S, Address>;
    for (const name in counts) {
      places[name] = Math.ceil(end / LINE) * LINE;
      end = places[name] + counts[name] * bytes;
    }
    return places;
  };
  const at = { ...place(lengths.numbers, size), ...place(lengths.doubles, 8) };
  const recorded = record?.(at);
  const { tape } = place({ tape: recorded?.bytes ?? 0 }, 1);
  const { memory, simd } = over(module, end);
  recorded?.write(memory.buffer, tape);

  const Numbers = precision === 'f32' ? Float32Array : Float64Array;
  const views = <S extends K | D, V>(counts: Readonly<Record<S, number>>, view: (at: Address, n: number) => V) =>
    Object.fromEntries(Object.entries<number>(counts).map(([name, n]) => [name, view(at[name as S], n)])) as Record<
      S,
      V
    >;
  return {
    simd,
    size,
    at,
    tape,
    numbers: views(lengths.numbers, (address, n): Numbers => new Numbers(memory.buffer, address, n)),
    doubles: views(lengths.doubles, (address, n) => new Float64Array(memory.buffer, address, n)),
  };
}
