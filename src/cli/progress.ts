/**
 * Progress of long work, on standard error.
 *
 * On a terminal a frame of lines is rewritten in place, at most ten times a second. One write updates the lines that changed and erases
 * each only behind its new text, so nothing flickers. The cursor stays visible below the frame, so there is nothing to restore after
 * SIGINT or SIGKILL. Elsewhere the frame's first line is written as plain text, now and then.
 */
import type { Palette } from '../report/terminal.js';
import { cut, widthOf } from '../report/width.js';
import { palette, spoken } from './output.js';

/** What a frame depends on. */
export interface Look {
  /** Seconds since the work began. */
  readonly elapsed: number;
  /** Cells of a line; longer lines are cut. */
  readonly columns: number;
  readonly palette: Palette;
}

/** The state of the work in lines; the first says the most. */
export type Frame = (look: Look) => readonly string[];

const NOTHING: Frame = () => [];

/** Where progress is shown. */
export interface Progress {
  /** Whether frames are shown as they change. */
  readonly live: boolean;
  /** Shows a frame in place of the one before. The frame is computed only when it is shown. */
  show(frame: Frame): void;
  /** Writes lines that stay, above the frame. */
  say(lines: Frame): void;
  /** Removes the frame and leaves the lines of another in its place. */
  clear(last?: Frame): void;
}

/** Progress that is not shown. */
export const SILENT: Progress = { live: false, show: () => undefined, say: () => undefined, clear: () => undefined };

/** The part of a stream that progress needs. */
export type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows' | 'write'>;

/** When frames are shown, in milliseconds. */
export interface Timing {
  /** Shorter work shows no progress on a terminal. */
  readonly patience?: number;
  readonly now?: () => number;
}

const PATIENCE = 300;
const INTERVAL = 100;
/** Least time between lines without a terminal; for long work, a tenth of the time so far. */
const SILENCE = 30_000;
/** The size of terminals that do not report one. */
const SIZE = { columns: 80, rows: 24 };

const UP = (lines: number): string => (lines > 0 ? `\x1b[${lines}A` : '');
const ERASE_LINE = '\x1b[K';
const ERASE_BELOW = '\x1b[J';

/**
 * The text that turns one frame into the next. The cursor starts and ends on the line below the frame.
 * @param above lines to leave above the frame
 */
function turn(shown: readonly string[], next: readonly string[], above: readonly string[]): string {
  const same = (line: string, k: number): boolean => above.length === 0 && line === shown[k];
  const kept = next.findIndex((line, k) => !same(line, k));
  const first = kept < 0 ? next.length : kept;
  if (above.length === 0 && first === next.length && next.length === shown.length) return '';
  const lines = [...above, ...next.slice(first)].map((line, k) =>
    same(line, first + k) ? '\n' : `${line}${ERASE_LINE}\n`,
  );
  const erase = above.length > 0 || next.length < shown.length ? ERASE_BELOW : '';
  return `${UP(shown.length - first)}${lines.join('')}${erase}`;
}

function onTerminal(stream: Output, { patience = PATIENCE, now = () => performance.now() }: Timing): Progress {
  const colours = palette(stream);
  const start = now();
  let last = start + patience - INTERVAL;
  let shown: readonly string[] = [];
  let frame = NOTHING;
  let timer: NodeJS.Timeout | undefined;
  const draw = (above: Frame): void => {
    last = now();
    // A terminal without a size reports 0. The last column stays free, because terminals disagree about a cursor there.
    const columns = (stream.columns || SIZE.columns) - 1;
    const rows = (stream.rows || SIZE.rows) - 1;
    // If a smaller terminal has broken up the frame, it stays as it is and the next frame begins below it.
    if (shown.length > rows || shown.some((line) => widthOf(line) > columns)) shown = [];
    const look = { elapsed: (last - start) / 1000, columns, palette: colours };
    const [staying, next] = [above, frame].map((lines) => lines(look).map((line) => cut(line, columns))) as [
      string[],
      string[],
    ];
    const text = turn(shown, next.slice(0, rows), staying);
    if (text !== '') stream.write(text);
    shown = next.slice(0, rows);
  };
  const drawIfDue = (): void => {
    if (now() - last >= INTERVAL) draw(NOTHING);
  };
  return {
    live: true,
    show(next) {
      frame = next;
      // The time is updated even if nothing else is. Work that blocks the event loop shows its own frames.
      timer ??= setInterval(drawIfDue, INTERVAL).unref();
      drawIfDue();
    },
    say: draw,
    clear(last = NOTHING) {
      clearInterval(timer);
      timer = undefined;
      frame = NOTHING;
      draw(last);
    },
  };
}

function asLines(stream: Output, { now = () => performance.now() }: Timing): Progress {
  const start = now();
  let last = start;
  const write = (frame: Frame, most?: number): void => {
    const look = { elapsed: (now() - start) / 1000, columns: SIZE.columns, palette: palette({ isTTY: false }) };
    for (const line of frame(look).slice(0, most)) stream.write(`${cut(line, Number.POSITIVE_INFINITY)}\n`);
  };
  return {
    live: false,
    show(frame) {
      if (now() - last < Math.max(SILENCE, (last - start) / 10)) return;
      last = now();
      write(frame, 1);
    },
    say: write,
    clear: (last) => last && write(last),
  };
}

/** Progress on a stream. */
export function progressOn(stream: Output, timing: Timing = {}): Progress {
  return (stream.isTTY && process.env['TERM'] !== 'dumb' ? onTerminal : asLines)(stream, timing);
}

/** Shows one line, with the time since the work began. */
export function showStep(progress: Progress, text: string): void {
  progress.show(({ elapsed }) => [`${text} · ${spoken(elapsed)}`]);
}
