/**
 * What `loopproof train` shows while it trains: one line, or with --watch the stage, the loss as a curve, and the numbers of the task.
 */

import { orderParameterNames } from '../agent/order-parameters.js';
import { type Protocol, plantOf, type TrackingProtocol } from '../problem/protocol.js';
import { sparkline } from '../report/sparkline.js';
import { LEVELS } from '../stages/acquisition.js';
import type { Observations } from '../stages/observation.js';
import { NEGATIVE, type StageRow, stageFollower } from '../stages/spectral.js';
import {
  type Curve,
  type LearningCurve,
  orderParametersAt,
  rowOf,
  type Spectrum,
  spectrumOf,
} from '../training/curve.js';
import type { TrackingEngine } from '../training/tracking.js';
import { spoken } from './output.js';
import { type Frame, type Progress, progressOn } from './progress.js';

/** What is shown of the last epoch beside its loss. */
export interface View<C extends Curve = Curve> {
  /** Takes in an epoch whose row is written. */
  observe?(epoch: number, curve: C): void;
  /** How far the run is by what it has learnt. */
  milestone(): string | undefined;
  /** A name each, and what stands behind it. */
  rows(): readonly (readonly [string, string])[];
}

/** Progress of a training run. */
export interface Training {
  /** Takes in an epoch that has been recorded. */
  afterEpoch(epoch: number, loss: number): void;
  end(): void;
}

/** Bars of a loss curve, and parts of it that are kept so that narrow terminals show all of it. */
const [BARS, PARTS] = [60, 240];

const number = (value: number): string => value.toPrecision(4).padEnd(10);

/** A loss curve in so many bars over all epochs, each the geometric mean of its part. */
function lossCurve(epochs: number): { add(epoch: number, loss: number): void; bars(most: number): string } {
  const count = Math.min(PARTS, epochs);
  const [sums, counts] = [new Float64Array(count), new Float64Array(count)];
  return {
    add(epoch, loss) {
      const part = Math.floor((epoch * count) / epochs);
      sums[part]! += Math.log(loss);
      counts[part]! += 1;
    },
    bars(most) {
      const bars = Math.max(1, Math.min(most, count));
      const means = Array.from({ length: bars }, (_, bar) => {
        let [sum, of] = [0, 0];
        for (let part = Math.ceil((bar * count) / bars); part < ((bar + 1) * count) / bars; part++) {
          sum += sums[part]!;
          of += counts[part]!;
        }
        return of > 0 ? Math.exp(sum / of) : undefined;
      });
      return sparkline(means).trimEnd();
    },
  };
}

/**
 * Progress of training on standard error. Where there is no terminal a view is written as a line at every tenth of the epochs and at
 * every milestone.
 * @param view what to show beside the epoch, if the run is watched
 */
export function trainingProgress(
  epochs: number,
  view?: View,
  progress: Progress = progressOn(process.stderr, view ? { patience: 0 } : {}),
): Training {
  const losses = lossCurve(epochs);
  let [done, loss, milestone]: [number, number, string | undefined] = [0, Number.NaN, undefined];
  const headline = (...more: (string | undefined)[]): string =>
    [`epoch ${done} of ${epochs}`, ...more].filter((part) => part !== undefined).join(' · ');
  const frame: Frame = ({ elapsed, columns, palette }) => {
    const left = done < epochs ? `, about ${spoken(elapsed * (epochs / done - 1))} left` : '';
    const time = `${spoken(elapsed)}${left}`;
    if (!view) return [`training: ${headline(time)}`];
    const rows = [['loss', number(loss)] as const, ...view.rows()];
    const width = Math.max(...rows.map(([name]) => name.length));
    const lines = rows.map(([name, text]) => `${palette.dim(name.padEnd(width))}  ${text}`);
    const bars = losses.bars(Math.min(BARS, columns - width - 4 - number(loss).length));
    return [palette.bold(headline(view.milestone(), time)), `${lines[0]}  ${bars}`, ...lines.slice(1)];
  };
  const tell = (): void => {
    const parts = [['loss', number(loss)] as const, ...view!.rows()].map((row) =>
      row.join(' ').replace(/ +/g, ' ').trim(),
    );
    progress.say(() => [headline(milestone, ...parts)]);
  };
  return {
    afterEpoch(epoch, value) {
      [done, loss] = [epoch + 1, value];
      losses.add(epoch, value);
      if (!view || progress.live) return progress.show(frame);
      const tenth = Math.floor((10 * done) / epochs) > Math.floor((10 * epoch) / epochs);
      const before = milestone;
      milestone = view.milestone();
      if (tenth || milestone !== before) tell();
    },
    end() {
      if (view) progress.clear(progress.live ? frame : () => [`loss ${losses.bars(BARS)}`]);
      else progress.clear();
    },
  };
}

/** Follows the stages. @param every epochs from row to row */
function stageView(every = 1): { add(row: StageRow): void; milestone(): string | undefined } {
  const follow = stageFollower();
  let stage: ReturnType<typeof follow> | undefined;
  return {
    add: (row) => {
      stage = follow(row);
    },
    milestone: () => stage && `stage ${stage.number} since epoch ${stage.since * every}`,
  };
}

function radiusRow(spectrum: Spectrum | undefined): readonly [string, string][] {
  return spectrum ? [['ρ', `${number(spectrum.radius)}  ${spectrum.stable ? 'stable' : 'not stable'}`]] : [];
}

/** A view of a low-rank or effective agent: order parameters and spectral radius. */
export function loopView({ plant: spec, agent }: Pick<Protocol, 'plant' | 'agent'>): View<LearningCurve> {
  const plant = plantOf(spec);
  const stages = stageView();
  let [overlaps, spectrum]: [string, Spectrum | undefined] = ['', undefined];
  return {
    observe(epoch, curve) {
      const row = rowOf(curve.overlaps, curve.epochs, epoch);
      spectrum = spectrumOf(plant, agent.leak, orderParametersAt(curve, epoch));
      const { p, c } = curve.shape;
      if (p === 1 && c === 1) stages.add({ gainNegative: row[0]! < NEGATIVE.zm, spectrum });
      const names = orderParameterNames(curve.shape);
      overlaps = names.map((name, k) => `${name.replace('σ_', '')} ${number(row[k]!)}`).join(' ');
    },
    milestone: stages.milestone,
    rows: () => [['σ', overlaps], ...radiusRow(spectrum)],
  };
}

/** A view of a deployed agent: deployed loss, effective gains and spectral radius. @param single of one observation and one control */
export function deployedView(seen: Observations, single: boolean): View {
  const { epochs, deployedLoss, gains, spectra, strides } = seen;
  const every = strides.spectrum!;
  const stages = stageView(every);
  let [now, spectrum]: [number, Spectrum | undefined] = [0, undefined];
  return {
    observe(epoch) {
      now = epoch;
      if (epoch % every > 0) return;
      spectrum = spectra[epoch];
      if (single) stages.add({ gainNegative: rowOf(gains, epochs, epoch)[0]! < NEGATIVE.k1, spectrum });
    },
    milestone: stages.milestone,
    rows: () => [
      ['deployed loss', number(deployedLoss[now]!)],
      ['gains', [...rowOf(gains, epochs, now)].map(number).join(' ')],
      ...radiusRow(spectrum),
    ],
  };
}

/** A view of the tracking task: the loss of each frequency, and how many are acquired. */
export function trackingView(
  { tracking: { harmonics } }: TrackingProtocol,
  { harmonicLoss }: Pick<TrackingEngine, 'harmonicLoss'>,
): View {
  const acquired = harmonics.map(() => false);
  return {
    observe() {
      for (const [k, loss] of harmonicLoss.entries()) acquired[k] ||= loss < LEVELS.acquired;
    },
    milestone: () => `${acquired.filter(Boolean).length} of ${harmonics.length} frequencies acquired`,
    rows: () => harmonics.map(({ frequency }, k) => [`${frequency} Hz`, number(harmonicLoss[k]!)]),
  };
}
