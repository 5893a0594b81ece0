/**
 * A diagnosis for people.
 */
import type { Diagnosis, FittedFault } from '../runs/diagnosis/diagnosis.js';
import type { Break } from '../runs/diagnosis/suspect.js';
import { FAULT_NAMES, type FaultId } from '../runs/faults.js';
import { brief } from '../words.js';
import { table } from './table.js';

const short = (value: number): string => brief(value, 2);

/** What usually breaks the first row, by the quantity that leaves the theory there. */
const AT_FIRST: Readonly<Record<string, string>> = {
  loss: 'is the row recorded before the update, so that its loss and weights belong together; is x_0 … x_{T−1} scored; has the agent no bias?',
  'gradient norm': 'is the row recorded before gradients are clipped, and are they zeroed in every epoch?',
};

/** What to look at where no known fault explains a record, by what broke. */
function firstCheck({ epoch, quantity, equation }: Break): string {
  if (equation.startsWith('no batches'))
    return 'steps are not those of this loss’s gradient: does it flow back through every step and through the plant, without detach or truncation, and what else acts on it before the update? With curves.moments each update is tested by itself';
  // At epoch 0 nothing has been updated: the row itself is wrong.
  if (epoch === 0 && AT_FIRST[quantity]) return AT_FIRST[quantity];
  if (equation.startsWith('the update'))
    return 'loss and gradient norm of that epoch are right: what else acts on gradients or weights between backward() and the end of step()?';
  if (quantity === 'gradient norm')
    return 'the losses are right: are gradients zeroed in every epoch, taken of this loss alone, and logged before they are clipped?';
  if (quantity === 'loss')
    return 'the weights are right: is this the loss of this row’s batch, and does anything in the loop change there, such as noise or the horizon?';
  return 'is every number of a row recorded at the same moment?';
}

/** Faults that are listed beside the likeliest one. */
const LISTED = 4;

/** Faults by their names, as a list. */
export const faultNames = (ids: readonly FaultId[]): string => ids.map((id) => FAULT_NAMES[id]).join(', ');

function explained({ does, error, misfit, epochs }: FittedFault): string {
  const certain = error !== undefined && Number.isFinite(error) ? ` (± ${short(error)})` : '';
  return `the program ${does}${certain}: largest residual ${short(misfit)} times what is allowed, over ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`;
}

/** The lines that say what explains a record; where nothing does, what to check first. */
export function verdictLines({
  break: broken,
  likeliest,
  alsoFit,
}: Pick<Diagnosis, 'break' | 'likeliest' | 'alsoFit'>): string[] {
  if (!likeliest) return ['no known fault explains the run', `check first: ${firstCheck(broken)}`];
  const more = alsoFit.length - LISTED;
  return [
    `likeliest: ${explained(likeliest)}`,
    ...alsoFit.slice(0, LISTED).map((also) => `fits as well: ${explained(also)}`),
    ...(more > 0 ? [`and ${more} more that fit as well: this record does not tell them apart`] : []),
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
