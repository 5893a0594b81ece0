/**
 * The results file: one line per run, appended as runs finish and never rewritten, by one process at a time. A process that is
 * killed leaves at most one torn line at the end, whose run is not counted; opening the file cuts it off.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
  writeSync,
} from 'node:fs';
import { LoopproofError, unwritable } from '../error.js';
import { version } from '../version.js';
import type { Plan } from './grid.js';
import { lockFile } from './lock.js';
import { outcomeLine, parseOutcome, type RunOutcome } from './outcome.js';

/** The outcomes of a campaign by their runs' identifiers, and where they are kept. */
export interface Store {
  readonly outcomes: ReadonlyMap<string, RunOutcome>;
  /** Keeps an outcome; one whose run has one already is left out. @throws LoopproofError if it cannot be written, whole. */
  append(outcome: RunOutcome): void;
  close(): void;
}

const unwritableResults = (file: string, error: unknown): LoopproofError =>
  unwritable(
    file,
    error,
    'a results file that can be written to',
    'make room or name another file with --out; finished runs are kept, and the same command resumes',
  );

/** Reads whole lines into a map. @throws LoopproofError for lines that are no outcomes of these plans */
function collect(text: string, file: string, plans: ReadonlyMap<string, Plan>, into: Map<string, RunOutcome>): void {
  const ours = version();
  const refuse = (line: number, received: string, expected: string): never => {
    throw new LoopproofError('invalid-results', {
      where: `${file}: line ${line}`,
      received,
      expected,
      hint: 'these may be results of another campaign or version, or of this campaign before it was changed: name another file with --out',
    });
  };
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const outcome = parseOutcome(line) ?? refuse(index + 1, line.slice(0, 60), 'the outcome of a run');
    const plan = plans.get(outcome.id) ?? refuse(index + 1, outcome.id, 'a run of this campaign');
    if (outcome.version !== ours)
      refuse(index + 1, `${outcome.id} by loopproof ${outcome.version}`, `results of this version, ${ours}`);
    if (plan.digest !== outcome.digest)
      refuse(index + 1, `${outcome.id} with other settings`, `the settings that the campaign file has now`);
    if (!into.has(outcome.id)) into.set(outcome.id, outcome);
  }
}

/** Of a file without a whole line: that it is the beginning of a results file, not of another, which would be cut off. */
function expectTorn(text: string, file: string): void {
  const start = '{"id":"';
  if (text.startsWith(start) || start.startsWith(text)) return;
  throw new LoopproofError('invalid-results', {
    where: file,
    received: text.slice(0, 60),
    expected: 'a results file, or none',
    hint: 'name another file with --out',
  });
}

const byId = (plans: readonly Plan[]): Map<string, Plan> => new Map(plans.map((plan) => [plan.id, plan]));

/** The outcomes in several results files; a torn last line is ignored. */
export function readOutcomes(files: readonly string[], plans: readonly Plan[]): Map<string, RunOutcome> {
  const outcomes = new Map<string, RunOutcome>();
  const known = byId(plans);
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      throw new LoopproofError('unreadable', {
        where: file,
        received: error instanceof Error ? error.message : String(error),
        expected: 'a results file',
        hint: 'check the path and its permissions',
      });
    }
    collect(text, file, known, outcomes);
  }
  return outcomes;
}

/**
 * Opens a results file, a new one or one to go on with, and locks it until it is closed.
 * @throws LoopproofError if it cannot be written, another process writes it, or it holds anything else
 */
export function openStore(file: string, plans: readonly Plan[]): Store {
  const outcomes = new Map<string, RunOutcome>();
  let descriptor: number;
  let size = 0;
  try {
    descriptor = openSync(file, 'a+');
  } catch (error) {
    throw unwritableResults(file, error);
  }
  const regular = fstatSync(descriptor).isFile();
  let unlock = (): void => undefined;
  try {
    if (regular) {
      unlock = lockFile(realpathSync(file));
      const bytes = readFileSync(descriptor);
      size = bytes.lastIndexOf(0x0a) + 1;
      collect(bytes.subarray(0, size).toString('utf8'), file, byId(plans), outcomes);
      if (size === 0) expectTorn(bytes.toString('utf8'), file);
      if (size < bytes.length) ftruncateSync(descriptor, size);
    }
  } catch (error) {
    closeSync(descriptor);
    unlock();
    throw error instanceof LoopproofError ? error : unwritableResults(file, error);
  }
  return {
    outcomes,
    append(outcome) {
      if (outcomes.has(outcome.id)) return;
      const line = Buffer.from(`${outcomeLine(outcome)}\n`);
      try {
        for (let written = 0; written < line.length; ) written += writeSync(descriptor, line, written);
        if (regular) fsyncSync(descriptor);
      } catch (error) {
        // Half a line is cut off, so that the file holds whole outcomes only.
        if (regular) ftruncateSync(descriptor, size);
        throw unwritableResults(file, error);
      }
      size += line.length;
      outcomes.set(outcome.id, outcome);
    },
    close() {
      closeSync(descriptor);
      unlock();
    },
  };
}
