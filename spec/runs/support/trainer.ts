/**
 * Runs of an independent trainer in Python, with flaws put in.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseRun } from '#src/runs/format/read.js';
import type { RecordedRun } from '#src/runs/format/schema.js';

/** Debian's interpreter, which has its python3-numpy. */
const PYTHON = '/usr/bin/python3';
/** Compiled to dist/spec/runs/support; the trainer stays in the sources. */
const TRAINER = fileURLToPath(new URL('../../../../spec/runs/support/trainer.py', import.meta.url));

/** What the trainer is asked for: defaults and names are in trainer.py. */
export interface Job {
  readonly seed: number;
  readonly flaw?: string;
  readonly value?: number | string;
  readonly [option: string]: unknown;
}

/** Whether the trainer can run here. */
export function canTrain(): boolean {
  return spawnSync(PYTHON, ['-c', 'import numpy']).status === 0;
}

/** The records of jobs, in their order. */
export function trained(jobs: readonly Job[]): RecordedRun[] {
  const input = jobs.map((job) => JSON.stringify(job)).join('\n');
  const { status, stdout, stderr } = spawnSync(PYTHON, [TRAINER], { input, encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((text, k) => parseRun(text, `job ${k}`));
}

/** Settings that flaws and good runs are tried in. */
export const SETTINGS = [
  { N: 40, T: 20, B: 50 },
  { N: 100, T: 12, B: 100, leak: 0.6 },
  { N: 10, T: 30, B: 20, rank: 2 },
  { N: 60, T: 8, B: 30, clip: 5, start: { kind: 'normal', sd: 1 } },
  { N: 20, T: 12, B: 5 },
  { N: 20, T: 12, B: 2, start: { kind: 'normal', sd: 1 } },
] as const;

/** A run without flaws: both precisions in every setting, with and without a control penalty. */
export function goodJob(seed: number): Job {
  return {
    ...SETTINGS[seed % SETTINGS.length],
    seed,
    epochs: 24,
    precision: seed % 8 < 4 ? 'f64' : 'f32',
    beta: seed % 3 === 0 ? 0.05 : 0,
  };
}

/** A flaw at a plausible size, and the fault that it is to be diagnosed as. */
export interface Flaw {
  readonly flaw: string;
  readonly value?: number | string;
  readonly options?: object;
  readonly fault?: string;
  /** What its description says, where a fault has several. */
  readonly says?: RegExp;
}

const ADAM = { optimizer: 'adam', lr: 0.01 };

export const FLAWS: readonly Flaw[] = [
  { flaw: 'horizon', value: 1, says: /21 steps|13 steps/ },
  { flaw: 'horizon', value: -1 },
  { flaw: 'start', value: 1.2 },
  { flaw: 'velocity' },
  { flaw: 'control', options: { beta: 0.1 } },
  { flaw: 'control-kind', value: 'mean', options: { beta: 0.1 } },
  { flaw: 'state', value: 'text' },
  { flaw: 'state', value: 'sum-mean' },
  { flaw: 'late' },
  { flaw: 'u0' },
  { flaw: 'leak', options: { leak: 0.6 } },
  { flaw: 'clip', value: 2 },
  { flaw: 'clip', value: 0.5 },
  { flaw: 'unscaled', value: 1024, fault: 'clip', says: /before it unscales them, by 1024/ },
  { flaw: 'no-clip', options: { lr: 1e-4 } },
  { flaw: 'per-tensor' },
  { flaw: 'clip-value' },
  { flaw: 'clip-largest' },
  { flaw: 'lr', value: 1.1 },
  { flaw: 'lr', value: 0.1 },
  { flaw: 'lr', value: 2, options: ADAM },
  { flaw: 'cosine', fault: 'schedule', says: /cosine/ },
  { flaw: 'exponential', value: 0.98, fault: 'schedule', says: /by 0\.98 in every epoch/ },
  { flaw: 'warm-up', value: 10, fault: 'schedule', says: /over 10 epochs/ },
  { flaw: 'momentum', value: 0.9 },
  { flaw: 'momentum', value: 0.1 },
  { flaw: 'nesterov', options: { momentum: 0.9 } },
  { flaw: 'dampening', value: 0.5, options: { momentum: 0.9 } },
  { flaw: 'decay', value: 0.01 },
  { flaw: 'adamw', value: 0.1, options: ADAM },
  { flaw: 'eps', value: 1e-4, options: ADAM },
  { flaw: 'beta1', value: 0.8, options: ADAM },
  { flaw: 'beta2', value: 0.99, options: ADAM },
  { flaw: 'uncorrected', options: ADAM },
  { flaw: 'frozen', value: 'z' },
  { flaw: 'frozen', value: 'U' },
  { flaw: 'extra', value: 'm' },
  { flaw: 'accumulated', says: /does not set gradients to zero/ },
  { flaw: 'accumulated', value: 4, says: /over 4 epochs/ },
  { flaw: 'detached' },
  { flaw: 'truncated', value: 4, says: /truncates back-propagation every 4 steps/ },
  { flaw: 'hidden', value: 1, fault: 'truncated', says: /detaches the hidden state in every step/ },
  { flaw: 'clipped-norm' },
  { flaw: 'late-weights' },
  { flaw: 'running', fault: 'smoothed', says: /running mean/ },
  { flaw: 'smoothed', value: 0.9, says: /keeps 0\.9 / },
  { flaw: 'after', fault: 'rows' },
  { flaw: 'f32', fault: 'precision' },
  { flaw: 'bits', value: 11, options: { precision: 'f32' }, fault: 'reduced precision', says: /TF32/ },
  { flaw: 'bits', value: 8, options: { precision: 'f32' }, fault: 'reduced precision', says: /bfloat16/ },
  { flaw: 'dt', value: 1.1 },
  { flaw: 'penalty', value: 1.2, options: { beta: 0.1 } },
  { flaw: 'eta', value: 0.55, options: { leak: 0.6 }, fault: 'leak', says: /a leak of 0\.55 instead of 0\.6/ },
];

/** Flaws of the loop, those of the whole record, and those that are over soon. */
const ALL_ALONG: readonly string[] = [
  'horizon',
  'start',
  'velocity',
  'control',
  'control-kind',
  'state',
  'late',
  'u0',
  'leak',
  'eta',
  'dt',
  'bits',
  'f32',
  'after',
  'running',
  'smoothed',
  'late-weights',
  'warm-up',
  'uncorrected',
];

/** Flaws of the update that a program may begin to have while it runs; one forgets its velocities. */
export const LATE_FLAWS: readonly Flaw[] = [
  ...FLAWS.filter(({ flaw }) => !ALL_ALONG.includes(flaw)),
  { flaw: 'lr', value: 10 },
  { flaw: 'frozen', value: 'V' },
  { flaw: 'forgets', options: { momentum: 0.9 } },
];

/** Runs with a flaw that begins at an epoch, one per seed. */
export function lateJobs({ flaw, value, options }: Flaw, seeds: readonly number[], settings: object): Job[] {
  return seeds.map((seed) => ({ seed, ...settings, ...options, flaw, ...(value !== undefined && { value }) }));
}

/** Sizes of flaws as the catalogue has them: factors on what is declared. */
export const sizeOf = ({ flaw, value }: Flaw): number =>
  flaw === 'unscaled' ? 1 / Number(value) : flaw === 'eps' ? Number(value) / 1e-8 : Number(value ?? Number.NaN);
