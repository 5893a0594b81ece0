/**
 * Learning curves as a table of text: a row of names, then one row per epoch, separated by commas, semicolons or tabs.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { LoopproofError } from '../../error.js';

/** Curves of one number per epoch, and where a run has them. */
const CURVES = ['loss', 'gradNorm', 'clipFactor', 'deployedLoss'] as const;
const ORDER_PARAMETERS = ['zm', 'zu', 'vm', 'vu'] as const;

/** Columns of other names than the curves that they hold: curve to column. */
export type Columns = Readonly<Record<string, string>>;

/** What is no JSON number, as Python and others print it. */
const NOT_FINITE: Readonly<Record<string, string>> = {
  nan: 'NaN',
  inf: 'Infinity',
  infinity: 'Infinity',
  '-inf': '-Infinity',
  '-infinity': '-Infinity',
};

function refusal(where: string, received: string, expected: string, hint: string): LoopproofError {
  return new LoopproofError('malformed', { where, received, expected, hint });
}

function rowsOf(text: string, where: string): string[][] {
  try {
    return parse(text, {
      delimiter: [',', ';', '\t'],
      trim: true,
      skip_empty_lines: true,
      comment: '#',
      comment_no_infix: true,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw refusal(
      where,
      error.message,
      'a run as JSON or NPZ, or a table with rows of equally many cells',
      'check the path, or write the table again',
    );
  }
}

function cell(text: string, place: string): number | string {
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  const named = NOT_FINITE[text.toLowerCase()];
  if (named !== undefined) return named;
  const hint = 'write every epoch; in pandas, to_csv(…, na_rep="nan")';
  throw refusal(place, text === '' ? 'an empty cell' : JSON.stringify(text.slice(0, 60)), 'a number, nan or inf', hint);
}

/**
 * The curves of a table; columns that hold none are passed over.
 * @param where the file's name, for errors
 * @throws LoopproofError if it is no table, has no loss, or a cell that is no number
 */
export function curvesOf(text: string, where: string, columns: Columns = {}): object {
  const [names = [], ...rows] = rowsOf(text, where);
  const listed = names.slice(0, 20).map((name) => JSON.stringify(name.slice(0, 20)));
  const column = (curve: string): (number | string)[] | undefined => {
    const name = columns[curve] ?? curve;
    const index = names.indexOf(name);
    if (index < 0 && curve !== 'loss' && columns[curve] === undefined) return undefined;
    if (index < 0 || names.lastIndexOf(name) !== index)
      throw refusal(
        where,
        `${index < 0 ? 'no column' : 'two columns'} ${JSON.stringify(name)} among ${listed.join(', ')}`,
        'a run as JSON or NPZ, or a table with a row of names and one column per curve',
        `name the columns: --columns ${curve}=NAME`,
      );
    return rows.map((row, epoch) => cell(row[index]!, `${where}: ${name}, epoch ${epoch}`));
  };
  const found = (curves: readonly string[]): object =>
    Object.fromEntries(curves.flatMap((curve) => [[curve, column(curve)]]).filter(([, list]) => list !== undefined));
  const overlaps = found(ORDER_PARAMETERS);
  return { ...found(CURVES), ...(Object.keys(overlaps).length > 0 && { overlaps }) };
}

/** The curves that columns may be named for. */
export const TABLE_CURVES = [...CURVES, ...ORDER_PARAMETERS] as const;
