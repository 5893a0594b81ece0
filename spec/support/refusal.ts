/**
 * Refusals: what an act is refused for, which always comes with what to try.
 */
import { expect } from 'vitest';
import { type ErrorDetails, LoopproofError } from '#src/error.js';

/** The error that an act ends with. @throws Error where it ends otherwise */
export function refusalOf(act: () => unknown): ErrorDetails & { readonly code: string } {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(LoopproofError);
    const { code, details } = error as LoopproofError;
    expect(details.hint).not.toBe('');
    return { code, ...details };
  }
  throw new Error('nothing was refused');
}
