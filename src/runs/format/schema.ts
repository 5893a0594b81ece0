/**
 * The run file, `loop-run/1`: one learning run, or, without curves, a configuration (src/runs/README.md).
 */
import { z } from 'zod';
import { LIMITS } from '../../limits.js';
import { moderate, protocolSchema, weightsSchema } from '../../problem/schema.js';

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

/** Gradients before clipping at some epochs: per trained tensor an entry for each of them, of the tensor's shape. */
const matrices = z.array(z.array(z.array(moderate))).optional();
const vectors = z.array(z.array(moderate)).optional();
const gradients = z.strictObject({
  epochs: z.array(z.int().min(0)).min(1),
  m: matrices,
  z: matrices,
  U: matrices,
  V: matrices,
  Wih: matrices,
  Whh: matrices,
  Who: matrices,
  bih: vectors,
  bhh: vectors,
});

/** A run file without the demand for curves: a configuration. */
export const configurationSchema = z.strictObject({
  format: z.literal('loop-run/1'),
  protocol: protocolSchema,
  curves: curves.optional(),
  weights: z.strictObject({ initial: weightsSchema.optional(), final: weightsSchema.optional() }).optional(),
  gradients: gradients.optional(),
  provenance: z.looseObject({}).optional(),
});

/** A run file. */
export const runSchema = configurationSchema.extend({ curves });

/** The names of curves. */
export const CURVE_NAMES = Object.keys(curves.shape);

export type Configuration = z.output<typeof configurationSchema>;
/** A run as it was read. */
export type RecordedRun = z.output<typeof runSchema> & {
  /** What is odd about its rows, in words. */
  readonly remarks?: readonly string[];
};
