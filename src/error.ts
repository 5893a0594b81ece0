/**
 * Errors that a user can act on. Each has a stable code and states where, what was received, what was expected and what to try.
 */

/** The kinds of bad input. */
export type ErrorCode =
  | 'usage'
  | 'unknown-claim'
  | 'unknown-figure'
  | 'unreadable'
  | 'unwritable'
  | 'too-large'
  | 'not-json'
  /** Not a whole file of the format that it begins as. */
  | 'malformed'
  /** A format that runs code when it is read. */
  | 'pickle'
  | 'invalid-run'
  | 'invalid-campaign'
  | 'invalid-results'
  | 'locked'
  | 'invalid-baseline'
  | 'invalid-config'
  | 'invalid-suite'
  | 'invalid-proofs'
  /** A check broke down. */
  | 'failed'
  | 'unreachable'
  | 'not-installed'
  | 'unsupported';

/** The parts of an error. */
export interface ErrorDetails {
  /** The file and field, or the flag, at fault. */
  readonly where: string;
  readonly received: string;
  readonly expected: string;
  /** The next command or change to try. */
  readonly hint: string;
}

/** Bad input or usage. The command line ends with exit code 2. */
export class LoopproofError extends Error {
  override readonly name = 'LoopproofError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(`${details.where}: received ${details.received}, expected ${details.expected}; ${details.hint}`);
    this.code = code;
    this.details = details;
  }
}

/** The refusal of a place that cannot be written to. */
export function unwritable(
  where: string,
  error: unknown,
  expected = 'a file in a folder that exists and can be written',
  hint = 'name another file, or make room',
): LoopproofError {
  const received = error instanceof Error ? error.message : String(error);
  return new LoopproofError('unwritable', { where, received, expected, hint });
}
