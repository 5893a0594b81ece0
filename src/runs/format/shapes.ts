/**
 * Arrays in the shapes in which programs write them, brought to those of the run format: vectors as rows, as columns or flat, curves
 * with dimensions of one, numbers in lists of one. Only dimensions of one are added or left out; nothing is transposed.
 */
import { AGENTS, rankOf, TENSORS, type TensorSizes, unitsOf } from '../../problem/agents.js';
import { plantOf } from '../../problem/protocol.js';
import {
  MEMORY_FIELDS,
  protocolSchema,
  type RunProtocol,
  type RunWeights,
  type StartsField,
  type TensorName,
} from '../../problem/schema.js';

/** Sizes of a run. */
export interface Sizes extends TensorSizes {
  readonly n: number;
}

/** Rows, and numbers in each. */
export type Shape = readonly [number, number];

type OrderParameterName = keyof NonNullable<RunWeights['overlaps']>;

/** @throws RangeError if the plant's matrices do not fit */
export function sizesOf({ plant, tracking, agent }: RunProtocol): Sizes {
  const { A, B, C } = plantOf(plant);
  return {
    n: A.rows,
    p: B.cols,
    // A reference is seen beside the plant, one number per axis.
    c: tracking ? 2 * C.rows : C.rows,
    r: rankOf(agent),
    N: unitsOf(agent),
    gates: AGENTS[agent.kind].gates,
  };
}

export const orderParameterShapes = ({ p, c, r }: Sizes): [OrderParameterName, Shape][] => [
  ['zm', [p, c]],
  ['zu', [p, r]],
  ['vm', [r, c]],
  ['vu', [r, r]],
];

/** Numbers of a trial in each field of `starts` that a protocol may have. */
export function startWidths(
  { mode, tracking, horizon }: RunProtocol,
  { n, c }: Sizes,
): Partial<Record<StartsField, number>> {
  if (tracking) return { phases: tracking.harmonics.length };
  return mode === 'closed-loop' ? { x0: n } : { y: horizon * c };
}

type Branch = Readonly<Record<string, unknown>>;

const isBranch = (value: unknown): value is Branch =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Dimensions that arrays have at most. */
const MOST_DIMENSIONS = 4;

/** The value without lists of one around it or its entries: (1, E), (E, 1) and (E, 1, 1) are lists of E. */
function vector(value: unknown): unknown {
  let inner = value;
  for (let k = 0; k < MOST_DIMENSIONS && Array.isArray(inner) && inner.length > 0; k++) {
    if (inner.length === 1 && Array.isArray(inner[0])) inner = inner[0];
    else if (inner.every((entry) => Array.isArray(entry) && entry.length === 1)) inner = inner.flat();
    else break;
  }
  return inner;
}

/** The lists of a matrix. One of a single row or column may be flat, a column or a row; a single number may be in lists or in none. */
function matrix(value: unknown, [rows, cols]: Shape): unknown {
  // Of rank 0 there are no vectors, however many lists of nothing say so.
  if (rows === 0 && Array.isArray(value) && value.every((list) => Array.isArray(list) && list.length === 0)) return [];
  if (rows !== 1 && cols !== 1) return value;
  const entries = Array.isArray(value) ? vector(value) : [value];
  if (!Array.isArray(entries) || entries.some(Array.isArray) || entries.length !== rows * cols) return value;
  return cols === 1 ? entries.map((entry) => [entry]) : [entries];
}

/** An entry of an order parameter: a number where it is 1 × 1. */
function entry(value: unknown, shape: Shape): unknown {
  if (shape[0] !== 1 || shape[1] !== 1) return matrix(value, shape);
  const inner = vector(value);
  return Array.isArray(inner) && inner.length === 1 ? inner[0] : value;
}

/** A change of those fields of an object that are there. */
function changed(value: unknown, changes: Readonly<Record<string, (field: unknown) => unknown>>): unknown {
  if (!isBranch(value)) return value;
  const fields = Object.keys(changes).filter((name) => Object.hasOwn(value, name));
  return fields.length === 0
    ? value
    : { ...value, ...Object.fromEntries(fields.map((name) => [name, changes[name]!(value[name])])) };
}

const each =
  (change: (entry: unknown) => unknown) =>
  (list: unknown): unknown =>
    Array.isArray(list) ? list.map(change) : list;

/** Lists of one number per epoch, without dimensions of one. */
const SCALARS = Object.fromEntries(['loss', 'gradNorm', 'clipFactor', 'deployedLoss'].map((name) => [name, vector]));

/** What a file holds, with its arrays in the shapes of the format as far as that is sure. */
export function inShape(contents: unknown): unknown {
  const protocol = isBranch(contents) ? contents['protocol'] : undefined;
  if (!isBranch(protocol)) return contents;
  // Sizes do not depend on what may itself be in other shapes.
  const { teacher: _teacher, start: _start, inputs: _inputs, ...sizing } = protocol;
  const found = protocolSchema.safeParse(sizing);
  if (!found.success) return contents;
  let sizes: Sizes;
  try {
    sizes = sizesOf(found.data);
  } catch {
    return contents;
  }
  const tensors = Object.fromEntries(
    (Object.keys(TENSORS) as TensorName[]).map((name) => {
      const { as, lists } = TENSORS[name];
      return [name, as === 'entries' ? vector : (value: unknown) => matrix(value, lists(sizes))];
    }),
  );
  const overlaps = Object.fromEntries(
    orderParameterShapes(sizes).map(([name, shape]) => [name, (value: unknown) => entry(value, shape)]),
  );
  const weights = (value: unknown): unknown =>
    changed(value, { ...tensors, overlaps: (inner) => changed(inner, overlaps) });
  const curves = (value: unknown): unknown => {
    const scalars = changed(value, SCALARS) as Branch;
    const epochs = Array.isArray(scalars?.['loss']) ? scalars['loss'].length : 0;
    // One epoch of a row looks like a row of epochs: the losses tell.
    const perEpoch =
      (change: (entry: unknown) => unknown) =>
      (list: unknown): unknown => {
        const [row] = Array.isArray(list) && list.length === 1 && epochs > 1 ? list : [undefined];
        return each(change)(Array.isArray(row) && row.length === epochs ? row : list);
      };
    return changed(scalars, {
      overlaps: (inner) =>
        changed(inner, Object.fromEntries(Object.entries(overlaps).map(([name, change]) => [name, perEpoch(change)]))),
      ...Object.fromEntries(
        ['gram', 'moments', 'harmonicLoss'].map((name) => [
          name,
          perEpoch((list) => (Array.isArray(list) ? vector(list) : [list])),
        ]),
      ),
    });
  };
  const atEpochs = (value: unknown): unknown =>
    changed(value, {
      epochs: (list) => (Array.isArray(list) ? vector(list) : [list]),
      ...Object.fromEntries(Object.entries(tensors).map(([name, change]) => [name, each(change)])),
    });
  return changed(contents, {
    curves,
    weights: (value) => changed(value, { initial: weights, final: weights }),
    gradients: atEpochs,
    snapshots: (value) =>
      changed(atEpochs(value), {
        optimizer: (memory) =>
          changed(memory, Object.fromEntries(MEMORY_FIELDS.map((field) => [field, atEpochs] as const))),
      }),
    starts: (value) =>
      changed(value, {
        first: (first) => (Array.isArray(first) && first.length === 1 ? first[0] : first),
        ...Object.fromEntries(
          Object.entries(startWidths(found.data, sizes)).map(([name, width]) => [
            name,
            each((batch) => matrix(batch, [found.data.batch, width])),
          ]),
        ),
      }),
    protocol: (value) =>
      changed(value, {
        teacher: weights,
        start: (start) => changed(start, { x0: (x0) => matrix(x0, [sizes.n, found.data.batch]) }),
      }),
  });
}
