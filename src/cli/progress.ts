/**
 * Progress of long work, on standard error.
 *
 * On a terminal a frame of lines is rewritten in place, ten times a second at most: in one write, of the lines that have changed, each
 * erased only behind its new text, so that nothing flickers. The cursor is never hidden and rests below the frame: however the process
 * ends, by SIGINT or SIGKILL, there is nothing to restore. Elsewhere the frame's first line is written as plain text, now and then.
 */
import type { Palette } from '../report/terminal.js';
import { cut, widthOf } from '../report/width.js';
import { palette } from './output.js';

/** What a frame is made for. */
export interface Look {
  /** Seconds since the work began. */
  readonly elapsed: number;
  /** Cells that a line has; what is longer is cut. */
  readonly columns: number;
  readonly palette: Palette;
}

/** What is going on, as lines, the first of which says the most. */
export type Frame = (look: Look) => readonly string[];

const NOTHING: Frame = () => [];

/** Where progress is shown. */
export interface Progress {
  /** Whether frames are shown as they change. */
  readonly live: boolean;
  /** Shows a frame in place of the one before; it is asked for only when it is to be seen. */
  show(frame: Frame): void;
  /** Writes lines that stay, above the frame. */
  say(lines: Frame): void;
  /** Takes the frame away, and leaves the lines of another in its place. */
  clear(last?: Frame): void;
}

/** Progress that nobody sees. */
export const SILENT: Progress = { live: false, show: () => undefined, say: () => undefined, clear: () => undefined };

/** What of a stream progress needs. */
export type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows' | 'write'>;

/** When frames are shown, in milliseconds. */
export interface Timing {
  /** Work shorter than this shows none on a terminal. */
  readonly patience?: number;
  readonly now?: () => number;
}

const PATIENCE = 300;
const INTERVAL = 100;
/** Between lines where there is no terminal; of work that takes longer, a tenth of the time so far. */
const SILENCE = 30_000;
/** Of terminals that do not say how large they are. */
const SIZE = { columns: 80, rows: 24 };

const UP = (lines: number): string => (lines > 0 ? `\x1b[${lines}A` : '');
const ERASE_LINE = '\x1b[K';
const ERASE_BELOW = '\x1b[J';

/**
 * What turns one frame into the next, from the line below the one to the line below the other.
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
    // A terminal without a size says 0. Its last column stays free: where a line ends there, terminals disagree about the cursor.
    const columns = (stream.columns || SIZE.columns) - 1;
    const rows = (stream.rows || SIZE.rows) - 1;
    // A frame that a narrower or lower terminal has broken up stays as it is, and another begins below it.
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
      // Time goes on while nothing else does. Work that leaves the event loop no turn shows its own.
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
