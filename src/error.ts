/**
 * Errors that a user can act on. They have a stable code, say what was received and what was expected, and what to try.
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
  /** No whole file of the format that it begins as. */
  | 'malformed'
  /** A format that runs code when it is read. */
  | 'pickle'
  | 'invalid-run'
  | 'invalid-campaign'
  | 'invalid-results'
  | 'locked'
  | 'invalid-baseline'
  | 'invalid-config'
  | 'invalid-proofs'
  | 'unreachable'
  | 'not-installed'
  | 'unsupported';

/** What an error tells. */
export interface ErrorDetails {
  /** File and field, or flag, that is at fault. */
  readonly where: string;
  readonly received: string;
  readonly expected: string;
  /** The next command or change to try. */
  readonly hint: string;
}

/** Bad input or usage; the command line answers it with exit code 2. */
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
