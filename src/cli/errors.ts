/**
 * Errors of the command line.
 */
import { LoopproofError } from '../error.js';
import { printable } from '../report/width.js';

/** An error for people. */
export function describeError({ details: { where, received, expected, hint } }: LoopproofError): string {
  return `loopproof: ${printable(where)}\n  received  ${printable(received)}\n  expected  ${expected}\n  try       ${hint}\n`;
}

/** The error for a wrong call of a command. */
export function usage(where: string, received: string, expected: string, hint: string): LoopproofError {
  return new LoopproofError('usage', { where, received, expected, hint });
}
