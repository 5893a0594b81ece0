/**
 * How much room text takes on a terminal.
 */

const ESCAPE = '\x1b';
/** A colour of ECMA-48 (select graphic rendition), or one character. */
const TOKEN = new RegExp(`${ESCAPE}\\[[\\d;]*m|[\\s\\S]`, 'gu');
/** Characters that steer a terminal. */
const CONTROL = /^\p{Cc}$/u;
const COMBINING = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** East Asian Wide and Fullwidth (Unicode Standard Annex 11), and what is drawn as an emoji. */
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})$/u;

function cellsOf(token: string): number {
  if (token.length > 2 || COMBINING.test(token)) return 0;
  return WIDE.test(token) ? 2 : 1;
}

/** Text from outside, such as a file's name, on one line. � stands for control characters, so that it cannot steer the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd');
}

/** Cells that a line of text fills; colours fill none. */
export function widthOf(text: string): number {
  return (text.match(TOKEN) ?? []).reduce((sum, token) => sum + cellsOf(token), 0);
}

/**
 * A line of text cut to so many cells, with `…` for the rest. � stands for control characters except colours, so that no name can
 * steer the terminal. A line that is cut within a colour resets it.
 */
export function cut(text: string, columns: number): string {
  const tokens = (text.match(TOKEN) ?? []).map((token) => (CONTROL.test(token) ? '\ufffd' : token));
  const whole = tokens.join('');
  if (widthOf(whole) <= columns) return whole;
  const kept: string[] = [];
  let room = columns - 1;
  for (const token of tokens) {
    room -= cellsOf(token);
    if (room < 0) break;
    kept.push(token);
  }
  return columns < 1 ? '' : `${kept.join('')}…${kept.some((token) => token.length > 2) ? '\x1b[0m' : ''}`;
}
