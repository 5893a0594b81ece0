/**
 * Judges a run while it trains: each window between two snapshots when it is complete.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LoopproofError } from '../error.js';
import { marginOf } from '../report/margin.js';
import { paintOf } from '../report/terminal.js';
import { printable } from '../report/width.js';
import { readRun } from '../runs/format/read.js';
import type { RecordedRun } from '../runs/format/schema.js';
import { isStream, type StreamState, streamState } from '../runs/format/stream.js';
import {
  closedWindows,
  everyWindow,
  type Repetition,
  repeating,
  repetitionOf,
  type Tried,
} from '../runs/judges/snapshots.js';
import { palette, spoken } from './output.js';
import { type Progress, showStep } from './progress.js';

/** How often a stream is looked at, in milliseconds. */
const INTERVAL = 200;

/** How a run is followed. */
export interface Following {
  /** Limit of the work, as a multiple of the usual. */
  readonly effort?: number | undefined;
  /** Seconds without news after which it is taken to have ended. */
  readonly idle: number;
  /** Takes a line for each window. */
  readonly tell: (line: string) => void;
  readonly progress: Progress;
}

/** A run that was followed to its end, or as far as it goes. */
export interface Followed {
  readonly run: RecordedRun;
  /** What ended it, where a signal did. */
  readonly signal?: 'SIGINT' | 'SIGTERM';
}

/** What a window shows, in a line. */
function lineOf({ window: { from, to }, repeated }: Tried): string {
  const colours = palette();
  const { decisive, refuted = false } = repeated ?? {};
  const status = refuted ? 'refuted' : decisive ? 'holds' : 'undecided';
  const epochs = `epochs ${from.epoch} to ${to - 1}`.padEnd(22);
  const why = decisive
    ? `${marginOf({ worst: { residual: decisive.difference, bound: decisive.tolerance } as never }).text}: ${decisive.quantity.replace(/,$/, '')} at epoch ${decisive.at.epoch}`
    : repeated
      ? 'nothing could be compared at the declared precision'
      : 'no work is left: raise it with --effort';
  return `${epochs}  ${paintOf(status, colours)(status.padEnd(9))}  ${colours.dim(why)}\n`;
}

/** Follows signals; the first ends what goes on, a second one the process. */
function signals(): { readonly got: () => 'SIGINT' | 'SIGTERM' | undefined; readonly off: () => void } {
  let got: 'SIGINT' | 'SIGTERM' | undefined;
  const take = (signal: 'SIGINT' | 'SIGTERM'): void => {
    got = signal;
    off();
  };
  const off = (): void => {
    process.off('SIGINT', take).off('SIGTERM', take);
  };
  process.on('SIGINT', take).on('SIGTERM', take);
  return { got: () => got, off };
}

/**
 * Follows a stream until it ends, a window is refuted, or nothing new comes for too long. All windows are judged then, for
 * `judgeFile` to report.
 * @throws LoopproofError if there is no stream, or it cannot be read
 */
export async function follow(folder: string, { effort, idle, tell, progress }: Following): Promise<Followed> {
  const { got, off } = signals();
  const say = (line: string): void => {
    progress.clear();
    process.stderr.write(`loopproof: ${printable(folder)} ${line}\n`);
  };
  type Before = Repetition | string | undefined;
  const isRefuted = (made: Before): boolean => typeof made === 'object' && made.found.some(({ refuted }) => refuted);
  /** Judges those windows that were not before, and says of each what it shows. */
  const judge = async (run: RecordedRun, choose: typeof everyWindow, before: Before): Promise<Before> => {
    const windows = repeating(run, effort, choose, before);
    for (;;) {
      const { done, value } = windows.next();
      if (done) return value;
      progress.clear();
      tell(lineOf(value));
      // Signals come in between.
      await sleep(0);
    }
  };

  let seen: StreamState | undefined;
  let before: Before;
  let failure: string | undefined;
  let news = performance.now();
  let run: RecordedRun | undefined;
  try {
    for (;;) {
      const state = isStream(folder) ? streamState(folder) : undefined;
      showStep(progress, state ? `following ${folder}: ${state.rows} epochs recorded` : `waiting for ${folder}`);
      const { ended, resumed, rows, snapshots } = state ?? {};
      const changed = state && (ended !== seen?.ended || resumed !== seen?.resumed || snapshots !== seen?.snapshots);
      if (changed || rows !== seen?.rows) news = performance.now();
      if (changed) {
        try {
          run = readRun(folder);
          failure = undefined;
        } catch (error) {
          // Read in the middle of a resume, files may be gone. What is wrong with them still is wrong the next time.
          if (!(error instanceof LoopproofError) || error.message === failure) throw error;
          failure = error.message;
        }
        if (run && failure === undefined) {
          // A resume may have taken rows back.
          const next = await judge(run, closedWindows, resumed === seen?.resumed ? before : undefined);
          if (typeof next === 'string' && next !== before && state.snapshots > 1)
            say(`is judged when it ends: ${next}`);
          [seen, before] = [state, next];
          if (isRefuted(before) || ended) break;
        }
      } else seen = state;
      if (got()) break;
      if (performance.now() - news > 1000 * idle) {
        say(`has had no news for ${spoken(idle)}`);
        break;
      }
      await sleep(INTERVAL);
    }
    if (!run || !isRefuted(before)) {
      run = readRun(folder);
      before = await judge(run, everyWindow, before);
    }
    if (before !== undefined) repetitionOf.keep(run, effort, before);
    const signal = got();
    return { run, ...(signal && { signal }) };
  } finally {
    off();
  }
}
