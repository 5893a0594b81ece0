/**
 * Learning curves from a table: one column per curve, one row per epoch.
 */
import { finiteOrText, inShell } from '../../words.js';
import { malformed, type Row, type Table } from './delimited.js';
import { adviceOn, type DecimalMark, decimalMarkOf, isMissing, numberOf } from './number.js';

/** Curves of one number per epoch, and where a run has them. */
const CURVES = ['loss', 'gradNorm', 'clipFactor', 'deployedLoss'] as const;
const ORDER_PARAMETERS = ['zm', 'zu', 'vm', 'vu'] as const;
/** The column with the epoch of every row, `curves.epochs` of a run. */
const EPOCH = 'epoch';
/** What columns may be named for. */
export const TABLE_CURVES = [...CURVES, ...ORDER_PARAMETERS, EPOCH] as const;

type TableCurve = (typeof TABLE_CURVES)[number];

/** Columns of other names than the curves that they hold: curve to column. */
export type Columns = Readonly<Partial<Record<TableCurve, string>>>;

/** What tells the epochs of rows that hold parts of one. */
const KEYS = ['epoch', 'step', '_step', 'global_step', 'iteration', 'iter'] as const;

/** A curve, and the column that holds it. */
interface Column {
  readonly curve: TableCurve;
  readonly name: string;
  readonly index: number;
}

const keyOf = (names: readonly string[]): number => {
  const lower = names.map((name) => name.toLowerCase());
  return KEYS.map((name) => lower.indexOf(name)).find((index) => index >= 0) ?? -1;
};

/** What to do about a column that is not there: in a table of names and values, the names are cells. */
function adviceOnMissing({ names, rows }: Table, curve: TableCurve): string {
  const meant = (text: string): boolean => text.toLowerCase().includes(curve.toLowerCase());
  const inCells = names.findIndex((_, k) => rows.some(({ cells }) => /^[\w./-]+$/.test(cells[k]!) && meant(cells[k]!)));
  const like = names.find(meant);
  if (like !== undefined || inCells < 0) return `name the columns: --columns ${inShell(`${curve}=${like ?? 'NAME'}`)}`;
  const isNumeric = (k: number): boolean => rows.every(({ cells }) => numberOf(cells[k]!, ',') !== undefined);
  const [first = 0, ...others] = [...names.keys()].filter((k) => k !== inCells && isNumeric(k));
  const index = keyOf(names) < 0 ? first : keyOf(names);
  const values = [first, ...others].findLast((k) => k !== index) ?? index;
  const [at, of, from] = [index, inCells, values].map((k) => JSON.stringify(names[k]));
  return `write a row per epoch and a column per curve; in pandas, log.pivot(index=${at}, columns=${of}, values=${from})`;
}

/** The columns that hold curves. @throws LoopproofError if there is none of a name, or two */
function columnsOf(table: Table, columns: Columns, where: string): Column[] {
  const { names } = table;
  const expected = 'a run as JSON or NPZ, or a table with a row of names and one column per curve';
  return TABLE_CURVES.flatMap((curve) => {
    const name = columns[curve] ?? curve;
    const index = names.indexOf(name);
    if (index < 0 && curve !== 'loss' && columns[curve] === undefined) return [];
    if (index < 0) {
      const listed = names.slice(0, 20).map((each) => JSON.stringify(each.slice(0, 60)));
      const received = `no column ${JSON.stringify(name)} among ${listed.join(', ')}`;
      throw malformed(where, received, expected, adviceOnMissing(table, curve));
    }
    if (names.lastIndexOf(name) !== index)
      throw malformed(where, `two columns ${JSON.stringify(name)}`, expected, 'rename or remove one of them');
    return [{ curve, name, index }];
  });
}

const isLost = (cell: string): boolean => isMissing(cell) || Number.isNaN(numberOf(cell));

/**
 * One row per epoch. Rows without a number in any curve's column are passed over, such as those of validation. Rows of one epoch
 * that hold different curves are joined.
 */
function wholeRows({ names, rows }: Table, columns: readonly Column[]): Row[] {
  const key = keyOf(names);
  const whole: Row[] = [];
  /** Places in `whole` by key. */
  const places = new Map<string, number>();
  for (const row of rows) {
    if (columns.every(({ index }) => isMissing(row.cells[index]!))) continue;
    const value = key < 0 ? '' : row.cells[key]!;
    const place = isMissing(value) ? undefined : places.get(value);
    const known = place === undefined ? undefined : whole[place]!;
    if (known && columns.every(({ index }) => isLost(known.cells[index]!) || isLost(row.cells[index]!))) {
      const cells = known.cells.map((cell, k) => (isLost(cell) && !isMissing(row.cells[k]!) ? row.cells[k]! : cell));
      whole[place!] = { ...known, cells };
    } else {
      places.set(value, whole.length);
      whole.push(row);
    }
  }
  return whole;
}

/** Whether the epoch of a row is a whole number. */
function isCount(cells: readonly string[], named: readonly Column[]): boolean {
  const column = named.find(({ curve }) => curve === EPOCH);
  return column !== undefined && Number.isSafeInteger(numberOf(cells[column.index]!));
}

function cellValue(text: string, mark: DecimalMark, where: string): number | string {
  const value = numberOf(text, mark);
  if (value !== undefined) return finiteOrText(value);
  const received = text === '' ? 'an empty cell' : JSON.stringify(text.slice(0, 60));
  throw malformed(where, received, 'a number, nan or inf', adviceOn(text));
}

/** @throws LoopproofError if words stand below the names, as units do, where the other rows have numbers */
function expectNoUnits({ rows: [first, ...others] }: Table, columns: readonly Column[], where: string): void {
  const word = columns.map(({ index }) => first?.cells[index] ?? '').find((cell) => !isMissing(cell));
  const isNumber = (cell: string): boolean => numberOf(cell, ',') !== undefined;
  if (word === undefined || first!.cells.some(isNumber)) return;
  if (!others.some(({ cells }) => columns.some(({ index }) => isNumber(cells[index]!)))) return;
  const received = `no number, but ${JSON.stringify(word.slice(0, 60))} below the names`;
  const hint = `remove ${first!.place} if it holds units; else ${adviceOn(word)}`;
  throw malformed(`${where}: ${first!.place}`, received, 'a row of numbers', hint);
}

/**
 * The curves of a table; columns that hold none are passed over.
 * @param where the file's name, for errors
 * @throws LoopproofError if it has no loss, or a cell that is no number
 */
export function curvesOf(table: Table, where: string, columns: Columns = {}): object {
  const named = columnsOf(table, columns, where);
  expectNoUnits(table, named, where);
  const rows = wholeRows(
    table,
    named.filter(({ curve }) => curve !== EPOCH),
  );
  const texts = named.flatMap(({ index }) => rows.map(({ cells }) => cells[index]!));
  const mark = decimalMarkOf(texts, table.delimiter === ';');
  if (typeof mark === 'object') throw malformed(where, mark.received, 'one decimal mark', mark.hint);
  const found = (curves: readonly string[]): object =>
    Object.fromEntries(
      named
        .filter(({ curve }) => curves.includes(curve))
        .map(({ curve, name, index }) => [
          curve,
          rows.map(({ cells, place }) => cellValue(cells[index]!, mark, `${where}: ${name}, ${place}`)),
        ]),
    );
  const overlaps = found(ORDER_PARAMETERS);
  // A column that counts something else, such as parts of an epoch, is one of the others, unless it is named.
  const counted = columns[EPOCH] !== undefined || rows.every(({ cells }) => isCount(cells, named));
  const { epoch: epochs } = counted ? (found([EPOCH]) as { readonly epoch?: readonly number[] }) : {};
  // Rows that are those of their epochs need no numbers.
  const told = epochs?.some((epoch, row) => epoch !== row) ?? false;
  return { ...(told && { epochs }), ...found(CURVES), ...(Object.keys(overlaps).length > 0 && { overlaps }) };
}
