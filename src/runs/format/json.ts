/**
 * JSON from outside.
 */
import { LoopproofError } from '../../error.js';

/** The value of a text. @throws LoopproofError if it is no JSON */
export function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LoopproofError('not-json', {
      where,
      received: error instanceof Error ? error.message : 'no JSON',
      expected: 'one JSON value',
      hint: 'NaN and Infinity are no JSON: in curves write them as the strings "NaN", "Infinity", "-Infinity"',
    });
  }
}
