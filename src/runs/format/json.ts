/**
 * JSON from outside.
 */
import { type ErrorCode, LoopproofError } from '../../error.js';

const COMPLAINT = {
  code: 'not-json',
  hint: 'JSON has no NaN or Infinity: in curves, write the strings "NaN", "Infinity", "-Infinity"',
} as const;

/** The value of a text. @param complaint code and hint of the error @throws LoopproofError if it is no JSON */
export function jsonOf(
  text: string,
  where: string,
  { code, hint }: { readonly code: ErrorCode; readonly hint: string } = COMPLAINT,
): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LoopproofError(code, {
      where,
      received: error instanceof Error ? error.message : 'no JSON',
      expected: 'one JSON value',
      hint,
    });
  }
}
