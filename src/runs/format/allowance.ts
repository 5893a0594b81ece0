/**
 * How much memory a file may take as lists of numbers: counted before anything is allocated.
 */
import { LoopproofError } from '../../error.js';
import { LIMITS } from '../../limits.js';

/** What is to be held. */
export interface Size {
  readonly numbers: number;
  readonly lists: number;
}

/** Numbers that take the memory of one list. */
const LIST = 8;

/** The memory that one file may take. */
export class Allowance {
  #left: number = LIMITS.numbers;

  /** Takes a part. @throws LoopproofError if less is left */
  take({ numbers, lists }: Size, where: string): void {
    this.#left -= numbers + LIST * lists;
    if (this.#left >= 0) return;
    throw new LoopproofError('too-large', {
      where,
      received: `${numbers} numbers in ${lists} lists`,
      expected: `at most ${LIMITS.numbers} numbers in a file (each list counts as ${LIST})`,
      hint: 'record fewer epochs or snapshots, or leave out the Gram matrices',
    });
  }
}

/** Numbers and lists of a text, from the characters that part the ones and begin the others. */
export function sizeOfText(bytes: Buffer, separators: string, beginnings: string): Size {
  const kinds = new Uint8Array(256);
  for (const character of separators) kinds[character.charCodeAt(0)] = 1;
  for (const character of beginnings) kinds[character.charCodeAt(0)] = 2;
  const counts = [0, 0, 0];
  for (const byte of bytes) counts[kinds[byte]!]!++;
  return { numbers: counts[1]!, lists: counts[2]! };
}
