/**
 * The run file, `loop-run/1`: one learning run, or, without curves, a configuration (src/runs/README.md).
 */
import { z } from 'zod';
import { LIMITS } from '../../limits.js';
import {
  MEMORY_FIELDS,
  type MemoryField,
  protocolSchema,
  type StartsField,
  type TensorName,
  weightsSchema,
} from '../../problem/schema.js';

/** A number of a curve; a diverged epoch is recorded as text. */
function curveValue(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined;
}

/**
 * A list with one entry per epoch. Checked by a loop that stops at the first bad entry: a schema for every entry would
 * collect a million complaints.
 */
function perEpoch<T>(entry: (value: unknown) => T | undefined, expected: string) {
  return z.unknown().transform((list, context): T[] => {
    if (!Array.isArray(list) || list.length === 0 || list.length > LIMITS.epochs) {
      const message = `a list of 1 to ${LIMITS.epochs} entries`;
      context.issues.push({ code: 'custom', message, input: list });
      return z.NEVER;
    }
    const values: T[] = [];
    for (const [epoch, value] of list.entries()) {
      const parsed = entry(value);
      if (parsed === undefined) {
        context.issues.push({ code: 'custom', message: expected, input: list, path: [epoch] });
        return z.NEVER;
      }
      values.push(parsed);
    }
    return values;
  });
}

function allParsed<T>(list: unknown, entry: (value: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const values = list.map(entry);
  return values.some((value) => value === undefined) ? undefined : (values as T[]);
}

const NUMBER = 'a finite number, or "NaN", "Infinity", "-Infinity"';
const curve = perEpoch(curveValue, NUMBER);
const triangles = perEpoch((value) => allParsed(value, curveValue), `a list of numbers (${NUMBER})`);

/** An order parameter along a run: one entry per epoch, a number or a matrix as its rows. */
const orderParameterCurve = perEpoch<number | number[][]>(
  (value) => curveValue(value) ?? allParsed(value, (row) => allParsed(row, curveValue)),
  `${NUMBER}, or a matrix of them as its rows`,
);

/** Fields of other names are passed over, unless they are near one of these (read.ts). */
const curves = z.looseObject({
  /** The epoch of every row, where they are not all of 0, 1, 2 …; read, they are sorted and each comes once (rows.ts). */
  epochs: perEpoch(
    (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined),
    'a whole number from 0 on',
  ).optional(),
  loss: curve,
  gradNorm: curve.optional(),
  clipFactor: curve.optional(),
  deployedLoss: curve.optional(),
  overlaps: z
    .strictObject({
      zm: orderParameterCurve,
      zu: orderParameterCurve,
      vm: orderParameterCurve,
      vu: orderParameterCurve,
    })
    .optional(),
  gram: triangles.optional(),
  moments: triangles.optional(),
  /** Of tracking: one number per harmonic. */
  harmonicLoss: triangles.optional(),
});

/** A number whose size is limited, as weights and starts are. */
const moderate = (value: unknown): number | undefined =>
  typeof value === 'number' && Math.abs(value) <= LIMITS.magnitude ? value : undefined;
const vector = (value: unknown): number[] | undefined => allParsed(value, moderate);

const MODERATE = `numbers of at most ${LIMITS.magnitude} in size`;
const matrices = perEpoch((value) => allParsed(value, vector), `a list of lists of ${MODERATE}`).optional();
const vectors = perEpoch(vector, `a list of ${MODERATE}`).optional();

/** Tensors at some epochs: of each an entry per epoch, of the tensor's shape. */
const tensors = {
  m: matrices,
  z: matrices,
  U: matrices,
  V: matrices,
  Wih: matrices,
  Whh: matrices,
  Who: matrices,
  bih: vectors,
  bhh: vectors,
  bho: vectors,
} as const satisfies Record<TensorName, unknown>;
const epochs = z.array(z.int().min(0)).min(1);

/** Gradients of trained tensors, before clipping. */
const gradients = z.strictObject({ epochs, ...tensors });

/** What each epoch is evaluated on, from epoch `first` on: B rows, one per trial. */
const starts = z.strictObject({
  first: z.int().min(0).optional(),
  /** Starting states, n numbers a trial. */
  x0: matrices,
  /** Of tracking: a phase per harmonic. */
  phases: matrices,
  /** Of open loop: the observations, T·c numbers a trial, those of step t from t·c on. */
  y: matrices,
} satisfies Record<StartsField | 'first', unknown>);

/** Whole weights before the updates of some epochs, and what the optimiser remembers there. */
const snapshots = z.strictObject({
  epochs,
  ...tensors,
  optimizer: z
    .strictObject(
      Object.fromEntries(MEMORY_FIELDS.map((field) => [field, z.strictObject(tensors).optional()])) as Record<
        MemoryField,
        z.ZodOptional<z.ZodObject<typeof tensors, z.core.$strict>>
      >,
    )
    .optional(),
});

/** A run file without the demand for curves: a configuration. */
export const configurationSchema = z.strictObject({
  format: z.literal('loop-run/1'),
  protocol: protocolSchema,
  curves: curves.optional(),
  weights: z.strictObject({ initial: weightsSchema.optional(), final: weightsSchema.optional() }).optional(),
  gradients: gradients.optional(),
  starts: starts.optional(),
  snapshots: snapshots.optional(),
  provenance: z.looseObject({}).optional(),
});

/** A run file. */
export const runSchema = configurationSchema.extend({ curves });

/** Tensors at some epochs. */
export type TensorLists = z.output<z.ZodObject<typeof tensors>>;

/** The names of curves. */
export const CURVE_NAMES = Object.keys(curves.shape);

export type Configuration = z.output<typeof configurationSchema>;
/** A run as it was read. */
export type RecordedRun = z.output<typeof runSchema> & {
  /** What is odd about its rows, in words. */
  readonly remarks?: readonly string[];
};
