/**
 * The course of a recorded run in words and numbers: its stages, the spectrum of the loop, its effective gains.
 */
import type { RunStages } from '../runs/stages.js';
import { brief, counted } from '../words.js';
import type { Beginning } from './chart.js';

const known = <T>(values: readonly (T | undefined)[]): readonly T[] => values.filter((value) => value !== undefined);

/** First and last of some numbers, or lists of them. */
function fromTo(values: readonly (number | readonly number[])[]): string {
  const text = (value: number | readonly number[]): string =>
    typeof value === 'number' ? brief(value, 4) : `(${value.map((one) => brief(one, 3)).join(', ')})`;
  return `${text(values[0]!)} → ${text(values.at(-1)!)}`;
}

/** The stages that a run reached, each with its first epoch; of a run that is stable from the start, none. */
export function stagesReached({ stages }: RunStages): readonly Beginning[] {
  if (!stages) return [];
  const { stage1End, stage2End } = stages;
  if (stage1End === undefined && stage2End === undefined) return [];
  return [
    ...((stage1End ?? stage2End)! > 0 ? [{ epoch: 0, name: 'stage 1' }] : []),
    ...(stage1End === undefined ? [] : [{ epoch: stage1End, name: 'stage 2' }]),
    ...(stage2End === undefined ? [] : [{ epoch: stage2End, name: 'stage 3' }]),
  ];
}

/** A line about a run's course; `undefined` where there is nothing to say. */
export function courseLine(course: RunStages): string | undefined {
  const { epochs, ofSnapshots, radii, gains = [], stages } = course;
  const [radius, gain] = [known(radii), gains.filter((one) => one.length > 0)];
  const parts = [
    ...stagesReached(course).map(({ epoch, name }) => `${name} from epoch ${epoch}`),
    ...(stages?.stableForGood === undefined ? [] : [`stable from epoch ${stages.stableForGood} on`]),
    ...(radius.length > 0 ? [`spectral radius ${fromTo(radius)}`] : []),
    ...(gain.length > 0 && gain[0]!.length <= 4 ? [`gains ${fromTo(gain)}`] : []),
  ];
  if (parts.length === 0) return undefined;
  return `${parts.join(', ')}${ofSnapshots ? `, by whole weights at ${counted(epochs.length, 'epoch')}` : ''}`;
}
