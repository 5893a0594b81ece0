/**
 * The loss of the low-rank run with its stages behind it: Figs 3a, 4a and 5a differ in the stage that they point out.
 */
import * as Plot from '@observablehq/plot';
import type { SpectralStages } from '../stages/spectral.js';
import { chart } from './chart.js';
import { listed } from './figure.js';
import type { LowRankRun } from './runs.js';
import { COLOUR, decadesAround, FONT, sequential } from './theme.js';

/** Loss by epoch, and where the stages end. */
export interface StagedLoss {
  /** One per epoch. */
  readonly loss: readonly (number | null)[];
  /** First epochs of stages 2 and 3; `null` where a stage was not reached. */
  readonly ends: readonly [number | null, number | null];
}

/** The stages of a run. */
export function stagedLossOf({ curve, stages }: LowRankRun): StagedLoss {
  return { loss: listed(curve.loss), ends: [stages.stage1End ?? null, stages.stage2End ?? null] };
}

/** Where a stage ends. */
export interface StageEnd {
  readonly stage: 1 | 2;
  readonly epoch: number;
}

/** The ends of the stages that were reached; a logarithmic axis has no epoch 0. */
export function endsOf({ stage1End, stage2End }: SpectralStages): StageEnd[] {
  const ends = [
    { stage: 1, epoch: stage1End },
    { stage: 2, epoch: stage2End },
  ] as const;
  return ends.flatMap(({ stage, epoch }) => (epoch ? [{ stage, epoch }] : []));
}

/** The numbers of a column, from epoch 1 on: a logarithmic axis has no epoch 0. */
export function byEpoch(column: readonly (number | null)[]): { readonly epoch: number; readonly value: number }[] {
  return column.flatMap((value, epoch) => (epoch > 0 && value !== null ? { epoch, value } : []));
}

/** Opacity of a stage behind a curve: that it is there, and that it is pointed out. */
const [FAINT, STRONG] = [0.08, 0.25];

/** A stage: its number, its first epoch and that of the next. */
interface Stage {
  readonly number: 1 | 2 | 3;
  readonly from: number;
  readonly to: number;
}

/** The stages that were reached, up to a last epoch. */
export function stagesWithin(ends: StagedLoss['ends'], first: number, last: number): Stage[] {
  const stages: Stage[] = [];
  let from = first;
  for (const [k, end] of [...ends, null].entries()) {
    const to = Math.min(end ?? last, last);
    if (to > from) stages.push({ number: (k + 1) as Stage['number'], from, to });
    from = to;
    if (end === null) break;
  }
  return stages;
}

/** Bands behind a curve, one per stage, in the sequential palette; those to be pointed out stronger. */
export function stageBands(
  stages: readonly Stage[],
  [low, high]: readonly [number, number],
  pointedOut: readonly number[] = [1, 2, 3],
): Plot.Markish[] {
  const colours = sequential(3);
  const colourOf = ({ number }: Stage): string => colours[number - 1]!;
  return [
    Plot.rect(stages, {
      x1: 'from',
      x2: 'to',
      y1: low,
      y2: high,
      fill: colourOf,
      fillOpacity: (stage: Stage) => (pointedOut.includes(stage.number) ? STRONG : FAINT),
    }),
    Plot.text(stages, {
      x: 'from',
      y: high,
      text: ({ number }: Stage) => `stage ${number}`,
      textAnchor: 'start',
      lineAnchor: 'top',
      dx: 4,
      dy: 5,
      fill: COLOUR.line,
      fontSize: FONT.size,
    }),
  ];
}

/**
 * The loss over epochs, both logarithmic, stages behind it.
 * @param pointedOut the stage that the figure is about
 * @param theory drawn on top
 */
export function stagedLossChart(
  { loss, ends }: StagedLoss,
  pointedOut: 1 | 2 | 3,
  theory: readonly Plot.Markish[] = [],
): string {
  const shown = byEpoch(loss);
  const values = shown.map(({ value }) => value);
  const domain = decadesAround(values);
  const last = loss.length - 1;
  return chart({
    x: { label: 'epoch', domain: [1, loss.length], log: true },
    y: { label: 'loss', domain, log: true },
    marks: [
      ...stageBands(stagesWithin(ends, 1, last), domain, [pointedOut]),
      Plot.line(shown, { x: 'epoch', y: 'value', stroke: COLOUR.closed, strokeWidth: 1.5 }),
      ...theory,
    ],
  });
}
