/**
 * A diagnosis for people.
 */
import type { Diagnosis, FittedDeparture } from '../runs/diagnosis/diagnosis.js';
import { brief } from '../words.js';
import { table } from './table.js';

const short = (value: number): string => brief(value, 2);

function told({ does, error, misfit, epochs }: FittedDeparture): string {
  const certain = error !== undefined && Number.isFinite(error) ? ` (± ${short(error)})` : '';
  return `the program ${does}${certain}: largest residual ${short(misfit)} of what is allowed, over ${epochs} epochs`;
}

/** The lines of a diagnosis: where the record breaks, the numbers around, what explains it, what could not be tested. */
export function diagnosisLines({
  break: { epoch, equation, quantity, around, excess },
  evidence,
  likeliest,
  alsoFit,
  nearest,
  notTestable,
}: Diagnosis): string[] {
  const rows = around.map(({ epoch, recorded, predicted }) => [
    `  ${epoch}`,
    recorded.toPrecision(9),
    predicted.toPrecision(9),
    (recorded - predicted).toExponential(1),
  ]);
  const verdict = likeliest
    ? [`likeliest: ${told(likeliest)}`, ...alsoFit.map((also) => `as well: ${told(also)}`)]
    : ['no known departure explains the record', ...(nearest ? [`nearest: ${told(nearest)}`] : [])];
  return [
    `from epoch ${epoch} on: ${equation} (${Number.isFinite(excess) ? `${short(excess)} times what is allowed` : 'beyond any bound'})`,
    ...table([['  epoch', `recorded ${quantity}`, 'predicted', 'difference'], ...rows]).split('\n'),
    ...verdict,
    `judged by ${evidence}`,
    ...(notTestable.length > 0 ? [`not testable with this evidence: ${notTestable.join(', ')}`] : []),
  ];
}
