/**
 * The independent trainer of any agent, in PyTorch (torch_trainer.py).
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseRun } from '#src/runs/format/read.js';
import type { RecordedRun } from '#src/runs/format/schema.js';

export const PYTHON = '/usr/bin/python3';
const TRAINER = fileURLToPath(new URL('../../../../spec/runs/support/torch_trainer.py', import.meta.url));

/** What to train; the trainer says what each field is. */
export interface Job {
  readonly seed: number;
  // biome-ignore lint/suspicious/noExplicitAny: fields of a program in another language
  readonly [field: string]: any;
}

/** A job, and what came of it. */
export interface TorchRun {
  readonly job: Job;
  readonly run: RecordedRun;
}

/** Whether PyTorch is there. */
export const canTrain = (): boolean => spawnSync(PYTHON, ['-c', 'import torch']).status === 0;

/** Trains. @throws Error where the trainer fails, or writes what cannot be read */
export function torchRuns(jobs: readonly Job[]): TorchRun[] {
  const { stdout, stderr } = spawnSync(PYTHON, ['-W', 'ignore', TRAINER], {
    input: jobs.map((job) => JSON.stringify(job)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (stderr !== '') throw new Error(stderr);
  const lines = stdout.trim().split('\n');
  return jobs.map((job, k) => ({ job, run: parseRun(lines[k]!, `job ${k}`) }));
}
