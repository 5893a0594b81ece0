/**
 * Numbers as programs print them: Python, C, Fortran, Julia, R, JavaScript, and spreadsheets.
 */

/** What stands before the decimals. */
export type DecimalMark = '.' | ',';

const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[edf][+-]?\d+)?$/i;
/** Fortran leaves the letter out before an exponent of three digits. */
const LETTERLESS = /^([+-]?\d*\.\d+)([+-]\d{3})$/;
/** C has -nan and nan(ind), Microsoft's 1.#QNAN, xlf NaNQ, Julia NaN32. */
const NOT_A_NUMBER = /^[+-]?(?:[qs]?nan(?:[qs]|16|32)?(?:\([^()]*\))?|1[.,]#(?:ind|[qs]?nan)0*)$/i;
const INFINITE = /^([+-]?)(?:inf(?:inity|16|32)?|1[.,]#inf0*|∞)$/i;
/** How R, pandas, Julia, SQL and spreadsheets write that there is no number. */
const MISSING = /^(?:|#?n\/?a|<na>|null|none|nil|missing|undefined|nat|-{1,3}|\.)$/i;
/** Digits in groups of three. */
const GROUPED = /^[+-]?\d{1,3}(?:[ ,.'’_\u00a0\u2009\u202f]\d{3})+(?:[.,]\d*)?$/;
/** A number within a tensor, an array, a list or a call. */
const WRAPPED = /^(?:[a-z_][\w.]*\(|\[|\()/i;

/** The number that a text is: finite, NaN or infinite; `undefined` if it is none. */
export function numberOf(text: string, mark: DecimalMark = '.'): number | undefined {
  // A spreadsheet keeps a text as it is by ="…".
  const printed = text.replace(/^="(.*)"$/, '$1').replace(/^\u2212/, '-');
  const pointed = mark === ',' && !printed.includes('.') ? printed.replace(',', '.') : printed;
  if (PLAIN.test(pointed) || LETTERLESS.test(pointed)) {
    const value = Number(pointed.replace(LETTERLESS, '$1e$2').replace(/[df]/i, 'e'));
    // Beyond the doubles is another number than was printed.
    return Number.isFinite(value) ? value : undefined;
  }
  if (NOT_A_NUMBER.test(printed)) return Number.NaN;
  const sign = INFINITE.exec(printed)?.[1];
  if (sign === undefined) return undefined;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Whether a cell says that there is no number. */
export const isMissing = (text: string): boolean => MISSING.test(text);

/** What to change about a text that is to be a number. */
export function adviceOn(text: string): string {
  if (isMissing(text))
    return 'write every number of every epoch, and nan for one that is lost; in R, write.csv(…, na = "NaN")';
  if (WRAPPED.test(text)) return 'write the number alone: loss.item(), for one in a tensor, an array or a list';
  if (GROUPED.test(text)) return 'write numbers without separators between thousands';
  return 'write a plain number, such as 0.5 or 1e-3, nan or inf';
}

/** Whether a text has a decimal comma and nothing else that is no part of a number. */
const hasComma = (text: string): boolean =>
  !text.includes('.') && text.includes(',') && numberOf(text, ',') !== undefined;

/**
 * The decimal mark of a table's numbers; what was found instead where they leave it open.
 * @param separated whether semicolons part the cells, as where commas are decimal
 */
export function decimalMarkOf(
  texts: readonly string[],
  separated: boolean,
): DecimalMark | { readonly received: string; readonly hint: string } {
  const commas = texts.filter(hasComma);
  if (commas.length === 0) return '.';
  const point = texts.find((text) => text.includes('.') && Number.isFinite(numberOf(text)));
  if (point !== undefined)
    return {
      received: `decimal commas and decimal points: ${JSON.stringify(commas[0])} and ${JSON.stringify(point)}`,
      hint: 'write all numbers with decimal points, without separators between thousands',
    };
  if (!separated && commas.every((text) => /^[+-]?[1-9]\d{0,2},\d{3}$/.test(text)))
    return {
      received: `${JSON.stringify(commas[0])}, which may be ${commas[0]!.replace(',', '')} or ${commas[0]!.replace(',', '.')}`,
      hint: 'write numbers with decimal points, without separators between thousands',
    };
  return ',';
}
