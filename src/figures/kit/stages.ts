/**
 * The stages of a run: bands behind its loss. Figs 3a, 4a and 5a differ in the stage that they point out.
 */
import { chart, type Drawing } from '../../chart/chart.js';
import { band, edgeLabel, line, type Mark } from '../../chart/marks.js';
import { decadesAround } from '../../chart/scale.js';
import { COLOUR, sequential, stroke } from '../../chart/theme.js';
import type { SpectralStages } from '../../stages/spectral.js';
import { heights, indexedFrom, listed } from './figure.js';
import type { LowRankRun } from './runs.js';

/** First epochs of stages 2 and 3; `null` where a stage was not reached. */
export type StageEnds = readonly [number | null, number | null];

/** The ends of the stages of a run. */
export function endsOf({ stage1End, stage2End }: SpectralStages): StageEnds {
  return [stage1End ?? null, stage2End ?? null];
}

/** The ends that were reached after epoch 0, which a logarithmic axis does not have, with the stage that each ends. */
export function reached(ends: StageEnds): { readonly stage: number; readonly epoch: number }[] {
  return ends.flatMap((epoch, k) => (epoch ? { stage: k + 1, epoch } : []));
}

/** Opacity of a stage behind a curve: that it is there, and that it is pointed out. */
const [FAINT, STRONG] = [0.08, 0.25];

/** Bands behind a curve, one per stage, in the sequential palette; those to be pointed out stronger. @param last epoch */
export function stageBands(ends: StageEnds, last: number, pointedOut: readonly number[] = [1, 2, 3]): Mark[] {
  const colours = sequential(3);
  const marks: Mark[] = [];
  let from = 1;
  for (const [k, end] of [...ends, null].entries()) {
    const to = Math.min(end ?? last, last);
    if (to > from) {
      const opacity = pointedOut.includes(k + 1) ? STRONG : FAINT;
      marks.push(
        band([from, to], { fill: colours[k]!, 'fill-opacity': opacity }),
        edgeLabel('top', from, `stage ${k + 1}`, { dx: 5, style: { stroke: 'none' } }),
      );
      from = to;
    }
    if (end === null) break;
  }
  return marks;
}

/** Loss by epoch, and where the stages end. */
export interface StagedLoss {
  /** One per epoch. */
  readonly loss: readonly (number | null)[];
  readonly ends: StageEnds;
}

/** The loss and the stages of a run. */
export function stagedLossOf({ curve, stages }: LowRankRun): StagedLoss {
  return { loss: listed(curve.loss), ends: endsOf(stages) };
}

/**
 * The loss over epochs, both logarithmic, stages behind it.
 * @param pointedOut the stage that the figure is about
 * @param theory drawn on top
 */
export function stagedLossChart({ loss, ends }: StagedLoss, pointedOut: number, theory: readonly Mark[] = []): Drawing {
  const shown = indexedFrom(0, loss);
  return chart({
    x: { label: 'epoch', domain: [1, loss.length], log: true },
    y: { label: 'loss', domain: decadesAround(heights(shown)), log: true },
    marks: [...stageBands(ends, loss.length - 1, [pointedOut]), line(shown, stroke(COLOUR.closed, 1.5)), ...theory],
  });
}
