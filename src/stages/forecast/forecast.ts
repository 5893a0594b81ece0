/**
 * A forecast: a number with the claim behind it, or why there is none.
 */
import type { Statement } from '../../theory/statement.js';

/** A number that is forecast. */
export interface Forecast {
  readonly value: number | null;
  /** Identifier of the claim behind it. */
  readonly claim: string;
  /** Why the claim says nothing here: `value` is then `null`. */
  readonly outside: string | null;
  /** How good the number is, or, for `null` without `outside`, what holds instead. */
  readonly note: string | null;
}

/** The module of a statement. */
export interface Voucher {
  readonly statement: Pick<Statement, 'id'>;
}

/** @param note how good the number is */
export function vouched({ statement: { id } }: Voucher, value: number, note: string | null = null): Forecast {
  return { value, claim: id, outside: null, note };
}

/** @param reasons why the claim says nothing */
export function outside({ statement: { id } }: Voucher, reasons: readonly string[]): Forecast {
  return { value: null, claim: id, outside: reasons.join('; '), note: null };
}

/** @param note what holds where there is no such number */
export function none({ statement: { id } }: Voucher, note: string): Forecast {
  return { value: null, claim: id, outside: null, note };
}
