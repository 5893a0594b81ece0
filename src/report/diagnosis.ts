/**
 * A diagnosis for people.
 */
import type { Diagnosis, FittedFault } from '../runs/diagnosis/diagnosis.js';
import { FAULT_NAMES, type FaultId } from '../runs/faults.js';
import { brief } from '../words.js';
import { table } from './table.js';

const short = (value: number): string => brief(value, 2);

/** What usually breaks the first row, by the quantity that leaves the theory there. */
const AT_FIRST: Readonly<Record<string, string>> = {
  loss: 'is the row recorded before the update, so that its loss and weights belong together; is x_0 … x_{T−1} scored; has the agent no bias?',
  'gradient norm': 'is the row recorded before gradients are clipped, and are they zeroed in every epoch?',
};
const AFTER_ONE_UPDATE = 'are the gradients zeroed in every epoch?';

/** A fault that leaves more than this share of the excess tells nothing. */
const NEAR = 0.1;

/** Faults by their names, as a list. */
export const faultNames = (ids: readonly FaultId[]): string => ids.map((id) => FAULT_NAMES[id]).join(', ');

function explained({ does, error, misfit, epochs }: FittedFault): string {
  const certain = error !== undefined && Number.isFinite(error) ? ` (± ${short(error)})` : '';
  return `the program ${does}${certain}: largest residual ${short(misfit)} times what is allowed, over ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`;
}

/** The lines that say what explains a record; where nothing does, what to check first, and what comes near. */
export function verdictLines({
  break: { epoch, quantity, excess },
  likeliest,
  alsoFit,
  nearest,
}: Pick<Diagnosis, 'break' | 'likeliest' | 'alsoFit' | 'nearest'>): string[] {
  if (likeliest)
    return [`likeliest: ${explained(likeliest)}`, ...alsoFit.map((also) => `fits as well: ${explained(also)}`)];
  // At epoch 0 nothing has been updated: the row itself is wrong.
  const hint =
    epoch === 0 ? AT_FIRST[quantity] : epoch === 1 && quantity === 'gradient norm' ? AFTER_ONE_UPDATE : undefined;
  return [
    'no known fault explains the run',
    ...(hint === undefined ? [] : [`check first: ${hint}`]),
    ...(nearest && nearest.misfit < NEAR * excess ? [`nearest: ${explained(nearest)}`] : []),
  ];
}

/** The lines of a diagnosis: where the record breaks, the numbers around, what explains it, what could not be tested. */
export function diagnosisLines(diagnosis: Diagnosis): string[] {
  const { evidence, notTestable } = diagnosis;
  const { epoch, equation, quantity, around, excess } = diagnosis.break;
  const rows = around.map(({ epoch, recorded, predicted }) => [
    `  ${epoch}`,
    recorded.toPrecision(9),
    predicted.toPrecision(9),
    (recorded - predicted).toExponential(1),
  ]);
  return [
    `from epoch ${epoch} on: ${equation} (${Number.isFinite(excess) ? `${short(excess)} times what is allowed` : 'beyond any bound'})`,
    ...table([['  epoch', `recorded ${quantity}`, 'predicted', 'difference'], ...rows]).split('\n'),
    ...verdictLines(diagnosis),
    `judged by ${evidence}`,
    ...(notTestable.length > 0 ? [`cannot test with this evidence: ${faultNames(notTestable)}`] : []),
  ];
}
