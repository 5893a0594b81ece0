/**
 * Progress of long work: one line on the terminal, rewritten in place. Nothing where there is no terminal.
 */

/** Where progress is shown. */
export interface Progress {
  show(text: string): void;
  clear(): void;
}

/** Progress that nobody sees. */
export const SILENT: Progress = { show: () => undefined, clear: () => undefined };

/** Work shorter than this shows no progress. */
const PATIENCE_MS = 1000;
const INTERVAL_MS = 100;

/** Progress on a stream; silent unless the stream is a terminal. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return SILENT;
  const start = performance.now();
  let last = start + PATIENCE_MS - INTERVAL_MS;
  let shown = false;
  return {
    show(text) {
      const now = performance.now();
      if (now - last < INTERVAL_MS) return;
      last = now;
      shown = true;
      stream.write(`\r\x1b[K${text.slice(0, stream.columns - 12)} · ${((now - start) / 1000).toFixed(0)} s`);
    },
    clear() {
      if (shown) stream.write('\r\x1b[K');
      shown = false;
    },
  };
}
