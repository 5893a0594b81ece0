/**
 * The run file, `loop-run/1`: one learning run, or, without curves, a configuration (run-format.md).
 */
import { z } from 'zod';

/** Largest sizes that are read; beyond them a file is refused before anything is allocated for it. */
export const LIMITS = {
  units: 100_000,
  rank: 64,
  order: 16,
  horizon: 100_000,
  batch: 1_000_000,
  epochs: 1_000_000,
} as const;

const count = (max: number) => z.int().min(1).max(max);
const positive = z.number().positive();
const rowsOfNumbers = z.array(z.array(z.number()).min(1)).min(1);

/** A number of a curve: a diverged epoch is recorded as text. */
const curveNumber = z
  .union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])
  .transform((value) => (typeof value === 'number' ? value : Number(value)));
const curve = z.array(curveNumber);

const plant = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('integrator'), order: count(LIMITS.order), dt: positive }),
  z.strictObject({ kind: z.literal('linear'), A: rowsOfNumbers, B: rowsOfNumbers, C: rowsOfNumbers }),
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

const start = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('uniform'), low: z.number(), high: z.number() }),
  z.strictObject({ kind: z.literal('normal'), sd: positive }),
  z.strictObject({ kind: z.literal('population'), variance: positive }),
  z.strictObject({ kind: z.literal('fixed'), x0: rowsOfNumbers }),
]);

const optimizer = z.discriminatedUnion('kind', [
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

const weights = z.strictObject({
  m: rowsOfNumbers.optional(),
  z: rowsOfNumbers.optional(),
  U: z.array(z.array(z.number())).optional(),
  V: z.array(z.array(z.number())).optional(),
  Wih: rowsOfNumbers.optional(),
  Whh: rowsOfNumbers.optional(),
  Who: rowsOfNumbers.optional(),
  bih: z.array(z.number()).optional(),
  bhh: z.array(z.number()).optional(),
  overlaps: z
    .strictObject({
      zm: z.union([z.number(), rowsOfNumbers]),
      zu: z.union([z.number(), rowsOfNumbers]),
      vm: z.union([z.number(), rowsOfNumbers]),
      vu: z.union([z.number(), rowsOfNumbers]),
    })
    .optional(),
});

const protocol = z.strictObject({
  mode: z.enum(['closed-loop', 'open-loop']),
  plant,
  agent,
  horizon: count(LIMITS.horizon),
  start: start.optional(),
  batch: count(LIMITS.batch),
  loss: z.strictObject({
    state: z.enum(['mean', 'text', 'sum-mean', 'position']),
    beta: z.number().min(0).default(0),
    control: z.enum(['sum-time', 'sum-all', 'mean', 'sum-batch']).optional(),
  }),
  optimizer,
  trained: z.array(z.enum(['m', 'z', 'U', 'V', 'Wih', 'Whh', 'Who'])).default([]),
  epochs: count(LIMITS.epochs),
  firstUpdate: z.int().min(0).optional(),
  precision: z.enum(['f32', 'f64']).optional(),
  rows: z.enum(['before-update', 'after-update']).optional(),
  inputs: z.looseObject({ kind: z.string() }).optional(),
  teacher: weights.optional(),
});

/** An order parameter along a run: one entry per epoch, a number or a matrix as its rows. */
const overlapCurve = z.array(z.union([curveNumber, z.array(z.array(curveNumber))]));

const curves = z.looseObject({
  loss: curve.min(1),
  gradNorm: curve.optional(),
  clipFactor: curve.optional(),
  deployedLoss: curve.optional(),
  overlaps: z.strictObject({ zm: overlapCurve, zu: overlapCurve, vm: overlapCurve, vu: overlapCurve }).optional(),
  gram: z.array(curve).optional(),
  moments: z.array(curve).optional(),
});

/** A run file without the demand for curves: a configuration. */
export const configurationSchema = z.strictObject({
  format: z.literal('loop-run/1'),
  protocol,
  curves: curves.optional(),
  weights: z.strictObject({ initial: weights.optional(), final: weights.optional() }).optional(),
  gradients: z.looseObject({ epochs: z.array(z.int().min(0)) }).optional(),
  provenance: z.looseObject({}).optional(),
});

/** A run file. */
export const runSchema = configurationSchema.extend({ curves });

export type Configuration = z.output<typeof configurationSchema>;
export type RecordedRun = z.output<typeof runSchema>;
export type RunWeights = z.output<typeof weights>;
export type RunProtocol = RecordedRun['protocol'];
