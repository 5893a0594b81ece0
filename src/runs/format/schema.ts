/**
 * The run file, `loop-run/1`: one learning run, or, without curves, a configuration (run-format.md).
 */
import { z } from 'zod';
import { LIMITS } from '../../limits.js';

const count = (max: number) => z.int().min(1).max(max);
const moderate = z.number().min(-LIMITS.magnitude).max(LIMITS.magnitude);
const positive = z.number().positive().max(LIMITS.magnitude);
const rowsOfNumbers = z.array(z.array(moderate).min(1)).min(1);
/** Rows that may be empty: rank 0. */
const anyRows = z.array(z.array(moderate));
const plantRows = (rows: number, cols: number) => z.array(z.array(moderate).min(1).max(cols)).min(1).max(rows);

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

export const plantSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('integrator'), order: count(LIMITS.order), dt: positive }),
  z.strictObject({ kind: z.literal('cursor'), axes: count(LIMITS.channels / 2), dt: positive }),
  z.strictObject({
    kind: z.literal('linear'),
    A: plantRows(LIMITS.order, LIMITS.order),
    B: plantRows(LIMITS.order, LIMITS.channels),
    C: plantRows(LIMITS.channels, LIMITS.order),
  }),
]);

const leak = z.number().gt(0).max(1).default(1);
const N = count(LIMITS.units);
const agent = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linear-low-rank'), N, rank: z.int().min(0).max(LIMITS.rank), leak }),
  z.strictObject({ kind: z.literal('linear'), N, leak }),
  z.strictObject({ kind: z.literal('tanh'), N, leak }),
  z.strictObject({ kind: z.literal('relu'), N, leak }),
  z.strictObject({ kind: z.literal('gru'), N }),
  z.strictObject({ kind: z.literal('effective'), rank: z.int().min(0).max(LIMITS.rank).default(1), leak }),
]);

export const startSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('uniform'), low: moderate, high: moderate }),
  z.strictObject({ kind: z.literal('normal'), sd: positive }),
  z.strictObject({ kind: z.literal('population'), variance: positive }),
  z.strictObject({ kind: z.literal('fixed'), x0: rowsOfNumbers }),
]);

const inputs = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('white-state') }),
  z.strictObject({ kind: z.literal('white-observation'), calledAtZero: z.literal(true).optional() }),
  z.strictObject({ kind: z.literal('fixed'), y: rowsOfNumbers }),
]);

export const optimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'),
    lr: positive,
    clip: positive.nullable(),
    momentum: z.number().min(0).lt(1).optional(),
  }),
  z.strictObject({
    kind: z.literal('adam'),
    lr: positive,
    beta1: z.number().min(0).lt(1).optional(),
    beta2: z.number().min(0).lt(1).optional(),
    eps: positive.optional(),
    clip: positive.nullable(),
  }),
]);

const tracking = z.strictObject({
  amplitude: positive,
  ramp: positive,
  harmonics: z
    .array(z.strictObject({ frequency: positive, axis: z.int().min(0).max(LIMITS.channels) }))
    .min(1)
    .max(LIMITS.channels),
  phases: z.enum(['drawn', 'balanced']),
  limit: positive,
  weight: positive,
});

const weights = z.strictObject({
  m: rowsOfNumbers.optional(),
  z: rowsOfNumbers.optional(),
  U: anyRows.optional(),
  V: anyRows.optional(),
  Wih: rowsOfNumbers.optional(),
  Whh: rowsOfNumbers.optional(),
  Who: rowsOfNumbers.optional(),
  bih: z.array(moderate).optional(),
  bhh: z.array(moderate).optional(),
  overlaps: z
    .strictObject({
      zm: z.union([moderate, anyRows]),
      zu: z.union([moderate, anyRows]),
      vm: z.union([moderate, anyRows]),
      vu: z.union([moderate, anyRows]),
    })
    .optional(),
});

/** Everything about a learning run that is fixed before it starts. */
export const protocolSchema = z.strictObject({
  mode: z.enum(['closed-loop', 'open-loop']),
  plant: plantSchema,
  agent,
  horizon: count(LIMITS.horizon),
  start: startSchema.optional(),
  batch: count(LIMITS.batch),
  loss: z.strictObject({
    state: z.enum(['mean', 'text', 'sum-mean', 'position']),
    beta: z.number().min(0).default(0),
    control: z.enum(['sum-time', 'sum-all', 'mean', 'sum-batch']).optional(),
  }),
  optimizer: optimizerSchema,
  trained: z.array(z.enum(['m', 'z', 'U', 'V', 'Wih', 'Whh', 'Who', 'bih', 'bhh'])).default([]),
  epochs: count(LIMITS.epochs),
  firstUpdate: z.int().min(0).optional(),
  precision: z.enum(['f32', 'f64']).optional(),
  rows: z.enum(['before-update', 'after-update']).optional(),
  tracking: tracking.optional(),
  inputs: inputs.optional(),
  teacher: weights.optional(),
});

/** An order parameter along a run: one entry per epoch, a number or a matrix as its rows. */
const orderParameterCurve = perEpoch<number | number[][]>(
  (value) => curveValue(value) ?? allParsed(value, (row) => allParsed(row, curveValue)),
  `${NUMBER}, or a matrix of them as its rows`,
);

const curves = z.looseObject({
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
  weights: z.strictObject({ initial: weights.optional(), final: weights.optional() }).optional(),
  gradients: gradients.optional(),
  provenance: z.looseObject({}).optional(),
});

/** A run file. */
export const runSchema = configurationSchema.extend({ curves });

export type Configuration = z.output<typeof configurationSchema>;
export type RecordedRun = z.output<typeof runSchema>;
export type RunWeights = z.output<typeof weights>;
export type RunProtocol = RecordedRun['protocol'];
