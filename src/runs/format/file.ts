/**
 * The contents of a run file of any format, as JSON would have them. The first bytes decide the format: JSON, a NumPy archive, a
 * table of curves. Text may be compressed by gzip. A folder may be a stream.
 */
import { gunzipSync } from 'node:zlib';
import { LIMITS } from '../../limits.js';
import { Allowance, sizeOfText } from './allowance.js';
import { type Columns, curvesOf } from './csv.js';
import { type Table, tableOf } from './delimited.js';
import { FORMAT_HINT } from './fields.js';
import { expectNotForeign } from './foreign.js';
import { jsonOf } from './json.js';
import { arrayOf, MAGIC } from './npy.js';
import { fieldsOf, treeOf } from './npz.js';
import { pickled } from './pickle.js';
import { MARK, tableOfLines, tableOfPairs, tableOfValue } from './records.js';
import { allOf, FORMATS, refusal, tooLarge, withSource } from './source.js';
import { isStream, streamTree } from './stream.js';
import { textOf } from './text.js';
import { bytesSource, type Source } from './zip.js';

function inflated(bytes: Buffer, where: string): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: LIMITS.bytes });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(where, `more than ${LIMITS.bytes} bytes, inflated`);
    throw refusal('malformed', where, 'gzip data that are cut off or damaged', 'compress the file again');
  }
}

/** How files begin. */
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZIP = Buffer.from('PK\x03\x04');
const EMPTY_ZIP = Buffer.from('PK\x05\x06');
const PICKLE = 0x80;

/** What a text holds: JSON, or a table. */
function textContents(bytes: Buffer, file: string, columns: Columns = {}): unknown {
  const text = textOf(bytes);
  if (text === undefined) throw refusal('malformed', file, 'binary data of no known format', 'save the run as NPZ');
  if (text.trim() === '') throw refusal('unreadable', file, 'an empty file', FORMAT_HINT);
  const json = /^\s*[[{]/.test(text.replace(MARK, '')) || /\.json(\.gz)?$/i.test(file);
  // A separator has the same byte in every encoding.
  new Allowance().take(json ? sizeOfText(bytes, ',', '[{') : sizeOfText(bytes, ',;|\t ', '\n\r'), file);
  const curves = (table: Table): object => ({ curves: curvesOf(table, file, columns) });
  const { loss = 'loss' } = columns;
  if (!json) return curves(tableOfPairs(text, file, loss) ?? tableOf(text, file, loss));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const table = tableOfLines(text, file) ?? tableOfPairs(text, file, loss);
    return table ? curves(table) : jsonOf(text, file);
  }
  const table = tableOfValue(value, loss);
  return table ? curves(table) : value;
}

/**
 * What a file holds: a run or a configuration as JSON has it, unchecked; of a table its curves.
 * @param columns columns of a table by other names than the curves that they hold
 * @throws LoopproofError if it cannot be read, is of no known format, damaged or too large
 */
export function contentsOf(file: string, columns?: Columns): unknown {
  const contents = (source: Source): unknown => {
    const first = source.read(0, 64);
    const begins = (magic: Buffer): boolean => first.subarray(0, magic.length).equals(magic);
    if (begins(ZIP) || begins(EMPTY_ZIP)) return treeOf(fieldsOf(source, file));
    if (first[0] === PICKLE || /\.(pkl|pickle|pt|pth)$/i.test(file)) throw pickled(file, 'a pickle');
    if (begins(MAGIC)) {
      arrayOf(allOf(source, file), file, new Allowance());
      throw refusal('malformed', file, 'a single NumPy array', 'save all arrays in one file, with numpy.savez');
    }
    expectNotForeign(first, file, FORMATS);
    return textContents(allOf(source, file), file, columns);
  };
  if (isStream(file)) return streamTree(file);
  return withSource(file, (source) =>
    contents(source.read(0, GZIP.length).equals(GZIP) ? bytesSource(inflated(allOf(source, file), file)) : source),
  );
}

/**
 * A file of text, for other formats than runs.
 * @param expected what it is to be, for errors
 * @throws LoopproofError if it cannot be read, is empty or too large
 */
export function readText(file: string, expected: string): string {
  return withSource(file, (source) => {
    const text = textOf(allOf(source, file)) ?? '';
    if (text.trim() === '') throw refusal('unreadable', file, 'an empty file', 'check the path', expected);
    return text;
  });
}
