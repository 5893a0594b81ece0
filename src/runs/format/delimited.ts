/**
 * Tables of text: a row of names, then rows of cells. Delimiter and header are decided once, from the first lines.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { LoopproofError } from '../../error.js';
import { counted } from '../../words.js';
import { isMissing, numberOf } from './number.js';

/** A row, and where it stands. */
export interface Row {
  readonly place: string;
  readonly cells: readonly string[];
}

/** Named columns; every row has a cell for each. */
export interface Table {
  readonly names: readonly string[];
  readonly rows: readonly Row[];
  /** What parts the cells of text. */
  readonly delimiter?: string;
}

const A_TABLE = 'a run as JSON or NPZ, or a table with a row of names and one column per curve';
/** Any number of blanks; tried last, for blanks may stand beside every other delimiter. */
const BLANKS = ' ';
const DELIMITERS = ['\t', ';', ',', '|', BLANKS] as const;
/** How a comment begins: of NumPy and gnuplot, of MATLAB, of C. */
export const COMMENT = /^\s*(?:#+|%+|\/\/)/;
/** A line between rows, as printed tables have. */
const RULE = /^[\s|+:=-]*--[\s|+:=-]*$/;
/** Lines in which titles may stand before the names. */
const MOST_TITLES = 20;
/** Excel's first line, which names the delimiter. */
const SEPARATOR = /^"?sep=(.)"?\1*\s*$/i;

export function malformed(where: string, received: string, expected: string, hint: string): LoopproofError {
  return new LoopproofError('malformed', { where, received, expected, hint });
}

interface Record {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Rows of cells, at most so many. */
function recordsOf(text: string, delimiter: string, where: string, to = -1): Record[] {
  const blanks = delimiter === BLANKS;
  const tabbed = blanks ? text.replace(/.+/g, (line) => (line.match(/"(?:[^"]|"")*"|\S+/g) ?? []).join('\t')) : text;
  try {
    const rows: string[][] = parse(tabbed, {
      delimiter: blanks ? '\t' : delimiter,
      record_delimiter: '\n',
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
      to,
      on_record: (cells, { lines }) => [String(lines), ...cells],
    });
    return rows.map(([line, ...cells]) => ({ line: Number(line), cells }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const hint = 'close every quote in its row; a quote within quotes is written twice';
    throw malformed(where, error.message, 'rows of equally many cells', hint);
  }
}

/** A way to read a table: where its names are. */
interface Layout {
  readonly delimiter: string;
  readonly names: readonly string[];
  /** The first row of cells. */
  readonly row: readonly string[] | undefined;
  /** The line of a comment that holds the names. */
  readonly comment?: string;
}

/** Whether names may be those of a row. A program may leave out the name of row names, or end rows with a delimiter. */
function fits({ names, row }: Layout): boolean {
  const more = row ? row.length - names.length : 0;
  return more === 0 || more === 1 || (more === -1 && (names[0] === '' || names.at(-1) === ''));
}

const wider = (best: Layout | undefined, layout: Layout): Layout =>
  best && best.names.length >= layout.names.length ? best : layout;

const isNumber = (cell: string): boolean => numberOf(cell, ',') !== undefined;
/** A comment's text; a tab in front is an empty first name, or nothing. */
const uncommented = (line: string): string => line.replace(COMMENT, '').replace(/^ +| +$/g, '');

/** The layout of a table that has a column of a name: first of those that fit, else of any that has it, else of most columns. */
function layoutOf(
  body: string,
  comments: readonly string[],
  wanted: string,
  delimiters: readonly string[],
  where: string,
): Layout {
  const errors: unknown[] = [];
  /** The first rows, as far as quotes are closed: they may be where another delimiter is. */
  const beginning = (of: string, delimiter: string): (readonly string[])[] => {
    for (const count of [2, 1]) {
      try {
        return recordsOf(of, delimiter, where, count).map(({ cells }) => cells);
      } catch (error) {
        errors.push(error);
      }
    }
    return [];
  };
  // The last comment before the rows is the likeliest.
  const commented = (delimiter: string, row: readonly string[], parting = delimiter): Layout[] =>
    comments.toReversed().flatMap((comment) => {
      const [names] = beginning(uncommented(comment), parting);
      return names ? [{ delimiter, names, row, comment }] : [];
    });
  const parted = delimiters.flatMap((delimiter) => {
    const [first, second] = beginning(body, delimiter);
    return first ? [{ delimiter, first, second }] : [];
  });
  const layouts = [
    ...parted.flatMap(({ delimiter, first, second }): Layout[] => [
      { delimiter, names: first, row: second },
      ...commented(delimiter, first),
    ]),
    // The names in a comment may be parted otherwise than the rows, where they are as many.
    ...parted
      .flatMap(({ delimiter, first }) => delimiters.flatMap((parting) => commented(delimiter, first, parting)))
      .filter(({ names, row }) => names.length === row!.length),
  ];
  if (layouts.length === 0)
    throw errors.at(-1) ?? malformed(where, 'no rows', A_TABLE, 'write a row of names, and a row per epoch');
  const named = layouts.filter(({ names }) => names.includes(wanted));
  const first = layouts.filter(({ comment }) => comment === undefined);
  // Blanks are within cells, too, where something else parts them.
  const [likely = first[0]!] = [first.filter(({ delimiter }) => delimiter !== BLANKS), first]
    .map((some) => some.filter(fits).reduce<Layout | undefined>(wider, undefined))
    .filter((layout) => layout !== undefined && layout.names.length > 1);
  return named.find(fits) ?? named[0] ?? likely;
}

/** What is wrong with a row of too many or too few cells. */
function ragged(
  { cells, line }: Record,
  names: readonly string[],
  delimiter: string,
  last: boolean,
  text: string,
  where: string,
): LoopproofError {
  const few = cells.length < names.length;
  const wrapped = cells.some((cell) => /[a-z]\(|\[/i.test(cell));
  const commas = delimiter === ',' && !few && cells.every((cell) => /^[+-]?\d+(?:e[+-]?\d+)?$/i.test(cell));
  const hint = wrapped
    ? 'write numbers alone: loss.item(), for one in a tensor, an array or a list'
    : commas
      ? 'decimal commas, perhaps: write decimal points, or semicolons between the cells'
      : few && last && !text.endsWith('\n')
        ? 'cut off, perhaps: remove the line'
        : 'name every column, that of row names, too; a cell that holds the delimiter stands in double quotes';
  return malformed(`${where}: line ${line}`, counted(cells.length, 'cell'), `${names.length}, one for each name`, hint);
}

/** Names and rows of one width. */
function squared(
  { names, delimiter }: Layout,
  rows: readonly Record[],
  text: string,
  lines: readonly string[],
  where: string,
): Table {
  const width = names.length;
  const all = (condition: (cells: readonly string[]) => boolean): boolean =>
    rows.length > 0 && rows.every(({ cells }) => condition(cells));
  // Row names without a name, as R and pandas print them. Where commas are between the cells, a decimal comma looks alike, unless
  // the row begins with a quote.
  const blank = delimiter === '\t' || delimiter === BLANKS;
  const rowNames =
    all((cells) => cells.length === width + 1 && cells[width] !== '') &&
    (blank || rows.every(({ line }) => /^\s*"/.test(lines[line - 1]!)));
  const narrow = all((cells) => cells.length === width - 1);
  const columns = rowNames
    ? ['', ...names]
    : narrow && names[width - 1] === ''
      ? names.slice(0, -1)
      : narrow && names[0] === ''
        ? names.slice(1)
        : names;
  const square = rows.map((row, k) => {
    // Delimiters at the end of a row.
    const cells = row.cells.slice(columns.length).every((cell) => cell === '')
      ? row.cells.slice(0, columns.length)
      : row.cells;
    if (cells.length !== columns.length) throw ragged(row, columns, delimiter, k === rows.length - 1, text, where);
    return { place: `line ${row.line}`, cells };
  });
  return { names: columns, rows: square, delimiter };
}

/**
 * The table of a text.
 * @param wanted a column that it must have
 * @throws LoopproofError if it has no row of names, a second one, or rows of other lengths
 */
export function tableOf(text: string, where: string, wanted: string): Table {
  const lines = text.replace(/\r*\n|\r/g, '\n').split('\n');
  const isComment = (line: string): boolean => COMMENT.test(line);
  let first = lines.findIndex((line) => line.trim() !== '');
  const separator = SEPARATOR.exec(lines[first] ?? '')?.[1];
  if (separator !== undefined) lines[first] = '';
  // Comments go, but not what looks like one within quotes.
  let open = false;
  const rowsOf = (line: string): string => {
    if (!open && (isComment(line) || RULE.test(line))) return '';
    if (line.split('"').length % 2 === 0) open = !open;
    return line;
  };
  const kept = lines.map(rowsOf);
  const beginnings = [...kept.keys()].filter((k) => kept[k]!.trim() !== '').slice(0, MOST_TITLES);
  const cellsOf = (k: number): string[] => kept[k]!.split(/[,;|\t]/).map((cell) => cell.replaceAll('"', '').trim());
  const isNames = (k: number): boolean => cellsOf(k).includes(wanted) && !cellsOf(k).some(isNumber);
  const named = beginnings.findIndex(isNames);
  const titles = beginnings.slice(0, Math.max(0, named));
  if (titles.every((k) => !cellsOf(k).some(isNumber))) for (const k of titles) kept[k] = '';
  first = kept.findIndex((line) => line.trim() !== '');
  const comments = lines.slice(0, first < 0 ? undefined : first).filter(isComment);
  const body = kept.join('\n');
  const layout = layoutOf(body, comments, wanted, separator === undefined ? DELIMITERS : [separator], where);
  const rows = recordsOf(body, layout.delimiter, where).slice(layout.comment === undefined ? 1 : 0);
  if (
    layout.comment === undefined &&
    layout.names.some(isNumber) &&
    layout.names.every((name) => isNumber(name) || isMissing(name))
  )
    throw malformed(
      where,
      `numbers in the first row, ${JSON.stringify(layout.names.slice(0, 4).join(' '))}`,
      A_TABLE,
      `write a first line of names, such as ${['epoch', wanted].join(layout.delimiter)}; in numpy.savetxt, header="…"`,
    );
  const again =
    rows.find(({ cells }) => cells.includes(wanted) && !cells.some(isNumber))?.line ??
    // The names of a comment, in another comment below.
    1 +
      lines.findIndex(
        (line, k) =>
          k > first &&
          layout.comment !== undefined &&
          isComment(line) &&
          uncommented(line) === uncommented(layout.comment),
      );
  if (again > 0)
    throw malformed(
      `${where}: line ${again}`,
      'a second row of names: two logs in one file',
      'one log',
      `split the file before line ${again}; or remove line ${again} if its rows continue those above`,
    );
  return squared(layout, rows, text, lines, where);
}
