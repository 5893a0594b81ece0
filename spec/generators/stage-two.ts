/**
 * Loops of stage 2: order parameters in the box `STAGE_TWO`, on a grid, with readable fractions of its sides.
 */
import fc from 'fast-check';
import { STAGE_TWO } from '#src/theory/stage-two/surrogate-weight-moves-the-pair.js';
import type { ScalarOrderParameters } from './order-parameters.js';

/** A fraction of a side, in 1/64. */
export const sixtyFourth = fc.integer({ min: 0, max: 64 });

/** Fractions of the three sides. */
export const stageTwoPlace = fc.tuple(sixtyFourth, sixtyFourth, sixtyFourth);

/** The loop at a place, its memory q shared equally by σ_zu and σ_vm. */
export function stageTwoOrderParameters([zm, q, vu]: readonly [number, number, number]): ScalarOrderParameters {
  const side = ([low, high]: readonly [number, number], k: number): number => low + ((high - low) * k) / 64;
  // q = 0 is left out: there is no memory to speak of.
  const memory = Math.sqrt(side(STAGE_TWO.q, Math.max(1, q)));
  return { zm: side(STAGE_TWO.zm, zm), zu: memory, vm: memory, vu: side(STAGE_TWO.vu, vu) };
}
