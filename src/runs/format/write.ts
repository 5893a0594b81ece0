/**
 * Writing files whole or not at all, and runs as `loop-run/1`.
 */
import { accessSync, constants, realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Agent } from '../../agent/agent.js';
import { orderParametersIn } from '../../agent/order-parameters.js';
import { LoopproofError } from '../../error.js';
import { toRows } from '../../linalg/matrix.js';
import { divergedAt, type LearningCurve, rowOf } from '../../training/curve.js';
import type { Initial } from '../../training/learner.js';
import type { Protocol } from '../../training/protocol.js';
import type { RnnProtocol } from '../../training/rnn-protocol.js';
import type { TrackingProtocol } from '../../training/tracking-protocol.js';
import type { RnnCurve } from '../../training/train-rnn.js';
import { rnnWeightsOf, weightsOf } from '../problem.js';
import { archiveOfTree } from './npz.js';

/** The file that links lead to, what is there, and whether it is written to directly, as a pipe or a device is. */
function placeOf(file: string): {
  readonly target: string;
  readonly existing: Stats | undefined;
  readonly direct: boolean;
} {
  const existing = statSync(file, { throwIfNoEntry: false });
  if (existing?.isDirectory()) throw new Error('EISDIR: the name of a folder');
  return { target: existing ? realpathSync(file) : file, existing, direct: existing?.isFile() === false };
}

function unwritable(file: string, error: unknown): LoopproofError {
  return new LoopproofError('unwritable', {
    where: file,
    received: error instanceof Error ? error.message : String(error),
    expected: 'a file in a folder that exists and can be written',
    hint: 'name another file, or make room',
  });
}

/**
 * Refuses a file that `writeWhole` could not write, as far as can be told before there is anything to write: work whose result has no
 * place is not begun.
 * @throws LoopproofError
 */
export function expectWritable(file: string): void {
  try {
    const { target, direct } = placeOf(file);
    accessSync(direct ? target : dirname(target), constants.W_OK);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/**
 * Writes a file under another name first and renames it: a reader never sees half of it, and a failure leaves the old one.
 * Links are followed, the file keeps its mode; what is no regular file (a pipe, a device) is written to directly. A process that is
 * killed meanwhile leaves `FILE.PID.draft`, which nothing reads.
 * @throws LoopproofError if it cannot be written, whole.
 */
export function writeWhole(file: string, text: string | Buffer): void {
  let draft: string | undefined;
  try {
    const { target, existing, direct } = placeOf(file);
    if (direct) {
      writeFileSync(file, text);
      return;
    }
    draft = `${target}.${process.pid}.draft`;
    writeFileSync(draft, text, { flush: true, ...(existing && { mode: existing.mode }) });
    renameSync(draft, target);
  } catch (error) {
    if (draft !== undefined) rmSync(draft, { force: true });
    throw unwritable(file, error);
  }
}

/** The text of a run in the format that a file's name asks for: `.npz`, or JSON, compressed for `.gz`. */
export function encoded(text: string, file: string): string | Buffer {
  if (file.endsWith('.npz')) return archiveOfTree(JSON.parse(text) as object);
  return file.endsWith('.gz') ? gzipSync(text) : text;
}

/** A number as curves record it: text where it is not finite. */
function curveNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

const list = (values: ArrayLike<number>): (number | string)[] => Array.from(values, curveNumber);

function perEpoch(column: Float64Array, epochs: number): (number | string)[][] {
  return Array.from({ length: epochs }, (_, e) => list(rowOf(column, epochs, e)));
}

/** What a written run says of its origin. */
export interface Provenance {
  readonly producer: string;
  readonly version: string;
  readonly seed: number;
}

/** The text of a run file. */
export function runText(
  curve: LearningCurve,
  protocol: Protocol,
  initial: Initial,
  final: Initial | undefined,
  provenance: Provenance,
): string {
  const { shape, epochs } = curve;
  const { p, c, r } = shape;
  const overlaps = Array.from({ length: epochs }, (_, e) =>
    orderParametersIn({ rows: p + r, cols: c + r, data: rowOf(curve.overlaps, epochs, e) }, p, c),
  );
  const entry = (name: 'zm' | 'zu' | 'vm' | 'vu') =>
    overlaps.map((at) => {
      const A = at[name];
      return A.rows === 1 && A.cols === 1 ? curveNumber(A.data[0]!) : toRows(A).map((row) => list(row));
    });
  const weights = (at: Initial): object =>
    'agent' in at
      ? weightsOf(at.agent)
      : {
          overlaps: Object.fromEntries(
            Object.entries(at.overlaps).map(([name, A]) => [name, A.rows * A.cols === 1 ? A.data[0] : toRows(A)]),
          ),
        };
  const diverged = divergedAt(curve) !== undefined;
  const run = {
    format: 'loop-run/1',
    protocol,
    curves: {
      loss: list(curve.loss),
      gradNorm: list(curve.gradNorm),
      clipFactor: list(curve.clipFactor),
      ...(protocol.agent.kind !== 'linear' && {
        overlaps: { zm: entry('zm'), zu: entry('zu'), vm: entry('vm'), vu: entry('vu') },
        ...(curve.gram.length > 0 && { gram: perEpoch(curve.gram, epochs) }),
      }),
      moments: perEpoch(curve.moments, epochs),
    },
    // Weights of a run that diverged are no numbers any more.
    weights: { initial: weights(initial), ...(final && !diverged && { final: weights(final) }) },
    provenance,
  };
  return `${JSON.stringify(run)}\n`;
}

/** What is recorded of a run of an RNN or a GRU, of tracking too. */
export interface RnnRun {
  readonly protocol: RnnProtocol | TrackingProtocol;
  /** Of a run in open loop. */
  readonly teacher?: Agent;
  readonly curve: RnnCurve;
  /** Per epoch, if agents were deployed. */
  readonly deployedLoss?: Float64Array;
  /** Of tracking, the harmonics’ losses side by side. */
  readonly harmonicLoss?: Float64Array;
  readonly initial: Agent;
  readonly final: Agent;
  readonly provenance: Provenance;
}

/** The text of the file of such a run. */
export function rnnRunText({
  protocol,
  teacher,
  curve,
  deployedLoss,
  harmonicLoss,
  initial,
  final,
  provenance,
}: RnnRun): string {
  const run = {
    format: 'loop-run/1',
    protocol: { ...protocol, ...(teacher && { teacher: rnnWeightsOf(teacher) }) },
    curves: {
      loss: list(curve.loss),
      gradNorm: list(curve.gradNorm),
      clipFactor: list(curve.clipFactor),
      ...(deployedLoss && { deployedLoss: list(deployedLoss) }),
      ...(harmonicLoss && { harmonicLoss: perEpoch(harmonicLoss, curve.epochs) }),
    },
    weights: {
      initial: rnnWeightsOf(initial),
      ...(divergedAt(curve) === undefined && { final: rnnWeightsOf(final) }),
    },
    provenance,
  };
  return `${JSON.stringify(run)}\n`;
}
