/**
 * Tables as programs write them: delimiters, decimal marks, headers, encodings, line ends, spellings of numbers, rows besides.
 */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';

/** Curves of a table: a list per column, all of one length. */
export type Numbers = Readonly<Record<string, readonly number[]>>;

/** How a table is written. */
export interface Style {
  readonly delimiter: ',' | ';' | '\t' | '|' | ' ';
  readonly decimal: '.' | ',';
  /** What stands before the header, if it is a comment. */
  readonly comment: '' | '#' | '# ' | '% ' | '// ';
  /** Excel's first line. */
  readonly separator: boolean;
  readonly quotes: boolean;
  /** `none`, or a first column of row names, with an empty name or none at all. */
  readonly rowNames: 'none' | 'unnamed' | 'headless';
  /** A delimiter at the end of every row, and of the header or not. */
  readonly ended: 'no' | 'rows' | 'all';
  readonly spelling: 'shortest' | 'exponent' | 'fortran' | 'letterless' | 'julia' | 'signed' | 'minus';
  readonly nan: string;
  readonly infinity: string;
  readonly encoding:
    | 'utf-8'
    | 'utf-8 marked'
    | 'utf-16le'
    | 'utf-16be'
    | 'utf-16le marked'
    | 'utf-16be marked'
    | 'windows-1252';
  readonly lineEnd: '\n' | '\r\n' | '\r' | '\r\r\n';
  readonly lastLineEnd: boolean;
  /** Comments and empty lines between rows. */
  readonly between: boolean;
  /** Columns besides, before the curves: names and cells that hold other delimiters, quoted. */
  readonly beside: boolean;
  /** Rows without a number, as of validation; and rows that hold parts of an epoch. */
  readonly rows: 'whole' | 'with others' | 'in parts';
  readonly missing: string;
  readonly gzip: boolean;
}

const NAMES = ['loss', 'gradNorm', 'clipFactor', 'zm', 'zu', 'vm', 'vu'] as const;

/** Numbers for some of the columns of tables; infinities and NaN where they are wanted. */
export function numbers(finite: boolean): fc.Arbitrary<Numbers> {
  const value = finite
    ? fc.double({ noNaN: true, noDefaultInfinity: true })
    : fc.oneof(
        { weight: 8, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
        fc.integer({ min: -1000, max: 1000 }),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
      );
  return fc
    .record({ epochs: fc.integer({ min: 2, max: 6 }), some: fc.subarray(NAMES.slice(1)) })
    .chain(({ epochs, some }) =>
      fc.record(
        Object.fromEntries(
          ['loss', ...some].map((name) => [name, fc.array(value, { minLength: epochs, maxLength: epochs })]),
        ),
      ),
    );
}

const drawn: fc.Arbitrary<Style> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|', ' '),
  decimal: fc.constantFrom('.', ','),
  comment: fc.constantFrom('', '', '#', '# ', '% ', '// '),
  separator: fc.boolean(),
  quotes: fc.boolean(),
  rowNames: fc.constantFrom('none', 'none', 'unnamed', 'headless'),
  ended: fc.constantFrom('no', 'no', 'rows', 'all'),
  spelling: fc.constantFrom('shortest', 'exponent', 'fortran', 'letterless', 'julia', 'signed', 'minus'),
  nan: fc.constantFrom(
    'nan',
    'NaN',
    '-nan',
    'NAN',
    '+nan',
    '-nan(ind)',
    'nan(snan)',
    '1.#QNAN',
    '-1.#IND',
    '1.#IND00',
    'NaNQ',
    'NaN32',
  ),
  infinity: fc.constantFrom('inf', 'Inf', 'INF', 'Infinity', 'infinity', '1.#INF', '1.#INF00', 'Inf32', '∞'),
  encoding: fc.constantFrom(
    'utf-8',
    'utf-8',
    'utf-8 marked',
    'utf-16le',
    'utf-16be',
    'utf-16le marked',
    'utf-16be marked',
    'windows-1252',
  ),
  lineEnd: fc.constantFrom('\n', '\n', '\r\n', '\r', '\r\r\n'),
  lastLineEnd: fc.boolean(),
  between: fc.boolean(),
  beside: fc.boolean(),
  rows: fc.constantFrom('whole', 'with others', 'in parts'),
  missing: fc.constantFrom('', 'NA', 'null', 'None', '<NA>', 'missing', '#N/A'),
  gzip: fc.boolean(),
});

/** A style without what no program would write together. */
export const style: fc.Arbitrary<Style> = drawn.map((any) => {
  const blanks = any.delimiter === ' ';
  const quotes = any.quotes || (any.delimiter === ',' && (any.decimal === ',' || any.rowNames === 'headless'));
  const comment = any.rowNames === 'headless' || quotes ? '' : any.comment;
  return {
    ...any,
    quotes,
    comment,
    separator: any.separator && comment === '' && !blanks,
    // Row names without a name stand between blanks, or in quotes.
    rowNames: any.rowNames === 'headless' && !blanks && any.delimiter !== '\t' && !quotes ? 'unnamed' : any.rowNames,
    ended: blanks || any.rowNames === 'headless' ? 'no' : any.ended,
    // Cells between blanks have no blanks, and are never empty.
    missing: (blanks || any.rowNames === 'headless') && any.missing === '' ? 'NA' : any.missing,
    ...(blanks && any.rowNames === 'unnamed' && { rowNames: 'headless' as const }),
    // What Windows wrote before has no such signs.
    ...(any.encoding === 'windows-1252' && {
      infinity: any.infinity === '∞' ? 'inf' : any.infinity,
      spelling: any.spelling === 'minus' ? ('shortest' as const) : any.spelling,
    }),
  };
});

/** A number as a program prints it. */
export function spelled(value: number, { spelling, decimal, nan, infinity }: Style): string {
  if (Number.isNaN(value)) return nan;
  if (!Number.isFinite(value)) return (value < 0 ? '-' : '') + infinity;
  const exponent = value.toExponential(16);
  const [mantissa, power] = exponent.split('e') as [string, string];
  const digits = power.slice(1).padStart(3, '0');
  const text = {
    shortest: String(value),
    exponent,
    fortran: exponent.replace('e', 'D'),
    letterless: `${mantissa}${power[0]}${digits}`,
    julia: exponent.replace('e', 'f').replace('+', ''),
    signed: value < 0 ? String(value) : `+${value}`,
    minus: String(value).replace(/^-/, '\u2212'),
  }[spelling];
  return decimal === ',' ? text.replace('.', ',') : text;
}

function encoded(text: string, encoding: Style['encoding']): Buffer {
  const marked = encoding.endsWith('marked');
  const bytes = (order: BufferEncoding): Buffer => Buffer.from((marked ? '\uFEFF' : '') + text, order);
  if (encoding === 'windows-1252') return Buffer.from(text, 'latin1');
  if (encoding.startsWith('utf-8')) return bytes('utf8');
  const little = bytes('utf16le');
  return encoding.startsWith('utf-16be') ? little.swap16() : little;
}

/** A cell, quoted where it must or may be. */
function cell(text: string, { delimiter, quotes }: Style): string {
  const must = text.includes(delimiter) || text.includes('"') || (delimiter === ' ' && /\s/.test(text));
  return must || (quotes && text !== '') ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The lines of a table, the header first among those that are no comment. */
export function linesOf(curves: Numbers, how: Style): string[] {
  const columns = Object.keys(curves);
  const epochs = curves['loss']!.length;
  const missing = columns.map(() => how.missing);
  const whole = Array.from({ length: epochs }, (_, e) => columns.map((name) => spelled(curves[name]![e]!, how)));
  const keyed: [epoch: number, cells: readonly string[]][] = whole.flatMap(
    (cells, e): [number, readonly string[]][] => {
      if (how.rows === 'with others')
        return [
          [e, missing],
          [e, cells],
        ];
      if (how.rows === 'whole' || columns.length < 2) return [[e, cells]];
      const half = (of: (k: number) => boolean) => cells.map((text, k) => (of(k) ? text : how.missing));
      return [
        [e, half((k) => k % 2 === 0)],
        [e, half((k) => k % 2 === 1)],
      ];
    },
  );
  const beside = how.beside ? ['lr: 0.01, a; b | c', ...(how.encoding === 'windows-1252' ? ['Größe'] : ['σ'])] : [];
  const header = [...(how.rowNames === 'unnamed' ? [''] : []), 'epoch', ...beside, ...columns];
  const rows = keyed.map(([e, cells], k) => [
    ...(how.rowNames === 'none' ? [] : [String(k + 1)]),
    String(e),
    ...beside.map((_, j) => (j === 0 ? 'x, y; z | "w"' : 'ok')),
    ...cells,
  ]);
  const line = (cells: readonly string[], ended: boolean): string =>
    cells.map((text) => cell(text, how)).join(how.delimiter === ' ' ? '  ' : how.delimiter) +
    (ended ? how.delimiter : '');
  const lines = [
    ...(how.separator ? [`sep=${how.delimiter}`] : []),
    how.comment + line(header, how.ended === 'all'),
    ...rows.map((cells) => line(cells, how.ended !== 'no')),
  ];
  return how.between ? lines.flatMap((text, k) => (k === 0 ? ['', text] : [text, '', '# a remark'])) : lines;
}

/** The bytes of lines. */
export function bytesOf(lines: readonly string[], how: Style): Buffer {
  const bytes = encoded(lines.join(how.lineEnd) + (how.lastLineEnd ? how.lineEnd : ''), how.encoding);
  return how.gzip ? gzipSync(bytes, { level: 1 }) : bytes;
}

/** How a log of names and values is written: what stands between a name and its value, and between two such. */
export interface LogStyle {
  readonly sign: '=' | ' = ' | ':' | ': ' | ' ';
  readonly between: ' ' | ', ' | ',' | '; ' | ' | ' | ' - ' | '\t';
}

export const logStyle: fc.Arbitrary<LogStyle> = fc.record({
  sign: fc.constantFrom('=', ' = ', ':', ': ', ' '),
  between: fc.constantFrom(' ', ', ', ',', '; ', ' | ', ' - ', '\t'),
});

/** The lines of a log, one per epoch. */
export function logOf(curves: Numbers, how: Style, { sign, between }: LogStyle): string[] {
  const written = how.beside
    ? [
        ['note', '"a, b; c | d = 1"'],
        ['größe', '12:30:01'],
      ]
    : [];
  return curves['loss']!.map((_, e) =>
    [['Epoch', `${e}`], ...written, ...Object.entries(curves).map(([name, list]) => [name, spelled(list[e]!, how)])]
      .map(
        ([name, value]) =>
          name + (/^[-+\u2212.\d∞ni]/i.test(value!) && !/:/.test(value!) ? sign : sign.trim() || '=') + value,
      )
      .join(between),
  );
}
