/**
 * A terminal as far as progress uses one (ECMA-48): text, line ends, cursor up, erase to the end of the line and of the screen, and
 * colours. Anything else it refuses.
 */

const ESCAPE = '\x1b';
const SEQUENCE = new RegExp(`^${ESCAPE}\\[[\\d;]*m|^${ESCAPE}\\[(\\d*)([AJK])`);

/** A screen with everything that has scrolled off it. */
export class Screen {
  readonly columns: number;
  readonly rows: number;
  /** From the first line that was ever written. */
  readonly lines: string[][] = [];
  row = 0;
  column = 0;
  /** Lines that were too long. */
  wraps = 0;
  /** Lines that the last write wrote or erased a part of. */
  touched = new Set<number>();

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  /** Lines as text, without trailing blanks. */
  text(): string[] {
    const lines = this.lines.map((line) =>
      Array.from(line, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  #line(row = this.row): string[] {
    while (this.lines.length <= row) this.lines.push([]);
    return this.lines[row]!;
  }

  write(text: string): void {
    this.touched = new Set();
    for (let rest = text; rest !== ''; ) {
      const sequence = SEQUENCE.exec(rest);
      const token = sequence?.[0] ?? String.fromCodePoint(rest.codePointAt(0)!);
      rest = rest.slice(token.length);
      if (sequence) this.#control(sequence[2] ?? 'm', Number(sequence[1] || (sequence[2] === 'A' ? 1 : 0)));
      else if (token === '\r') this.column = 0;
      else if (token === '\n') {
        // As the terminal's driver does: to the beginning of the next line.
        [this.row, this.column] = [this.row + 1, 0];
        this.#line();
      } else this.#print(token);
    }
  }

  #print(character: string): void {
    if (/\p{Cc}/u.test(character)) throw new Error(`control character ${JSON.stringify(character)}`);
    if (this.column >= this.columns) {
      [this.row, this.column] = [this.row + 1, 0];
      this.wraps++;
    }
    this.#line()[this.column++] = character;
    this.touched.add(this.row);
  }

  #control(name: string, count: number): void {
    if (name === 'A') {
      const top = Math.max(0, this.lines.length - this.rows);
      if (this.row - count < top) throw new Error('above the screen');
      this.row -= count;
    } else if (name === 'K' && count === 0) {
      this.#line().length = Math.min(this.#line().length, this.column);
      this.touched.add(this.row);
    } else if (name === 'J' && count === 0) {
      this.#line().length = Math.min(this.#line().length, this.column);
      for (let row = this.row + 1; row < this.lines.length; row++) this.lines[row] = [];
    } else if (name !== 'm') throw new Error(`a sequence that flickers or is unknown: ${name}`);
  }
}
