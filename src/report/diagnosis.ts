/**
 * A diagnosis for people.
 */
import type { Diagnosis, FittedFault } from '../runs/diagnosis/diagnosis.js';
import type { Break } from '../runs/diagnosis/suspect.js';
import { FAULT_NAMES, type FaultId } from '../runs/faults.js';
import { brief } from '../words.js';
import { table } from './table.js';

const short = (value: number): string => (value < 1e4 ? brief(value, 2) : value.toExponential(1).replace('e+', 'e'));

/** What usually breaks the first row, by the quantity that leaves the theory there. */
const AT_FIRST: Readonly<Record<string, string>> = {
  loss: 'is the row recorded before the update, so that its loss and weights belong together? Is x_0 … x_{T−1} scored? Does the plant move first, with u = 0? Has the agent no bias?',
  'gradient norm': 'is the row recorded before gradients are clipped, and are they zeroed in every epoch?',
};

/** What to look at where no known fault explains a record, by what broke. */
function firstCheck({ epoch, quantity, equation }: Break): string {
  if (equation.startsWith('no batches'))
    return 'the steps are not those of this loss’s gradient. Does it flow back through every step and through the plant, without detach or truncation? What else acts on it before the update? With curves.moments each update is tested by itself';
  // At epoch 0 nothing has been updated: the row itself is wrong.
  if (epoch === 0 && AT_FIRST[quantity]) return AT_FIRST[quantity];
  if (equation.startsWith('the update'))
    return 'loss and gradient norm of that epoch agree, the step does not. What else acts on gradients or weights between backward() and the end of step()?';
  if (quantity === 'gradient norm')
    return 'the losses agree, the gradient does not. Are gradients zeroed in every epoch, taken of this loss alone, and logged before they are clipped?';
  if (quantity === 'loss')
    return 'the weights agree, the loss does not. Is it the loss of this row’s batch? Does anything in the loop change there: noise, the horizon, a hidden state kept from the epoch before?';
  return 'is every number of a row recorded at the same moment?';
}

/** Faults that are listed beside the likeliest one. */
const LISTED = 4;

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
  if (!likeliest)
    return ['no known fault that this record can show explains the run', `check first: ${firstCheck(broken)}`];
  const more = alsoFit.length - LISTED;
  return [
    `likeliest: ${explained(likeliest)}`,
    ...alsoFit.slice(0, LISTED).map((also) => `fits as well: ${explained(also)}`),
    ...(more > 0 ? [`and ${more} more that fit as well: this record does not tell them apart`] : []),
  ];
}

/** Where a record breaks, and by how much. */
export function breakLine({ epoch, equation, excess }: Break): string {
  const size = Number.isFinite(excess) ? `${short(excess)} times what is allowed` : 'beyond any bound';
  return `epoch ${epoch} is the first that disagrees, by ${equation} (${size})`;
}

/** What a record cannot show. */
export const unseenLine = (ids: readonly FaultId[]): string =>
  `this record cannot show: ${ids.map((id) => FAULT_NAMES[id]).join(', ')}`;

/** The lines of a diagnosis: what explains the record, where it breaks, the numbers around, what it cannot show. */
export function diagnosisLines(diagnosis: Diagnosis): string[] {
  const { evidence, notTestable } = diagnosis;
  const { quantity, around } = diagnosis.break;
  const rows = around.map(({ epoch, recorded, predicted }) => [
    `  ${epoch}`,
    recorded.toPrecision(9),
    predicted.toPrecision(9),
    (recorded - predicted).toExponential(1),
  ]);
  return [
    ...verdictLines(diagnosis),
    breakLine(diagnosis.break),
    ...table([['  epoch', `recorded ${quantity}`, 'predicted', 'difference'], ...rows]).split('\n'),
    `judged by ${evidence}`,
    ...(notTestable.length > 0 ? [unseenLine(notTestable)] : []),
  ];
}
