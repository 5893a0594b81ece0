/**
 * What a figure is.
 *
 * To add one: write `src/figures/<folder>/<id>.ts` that exports `figure`, made by `defineFigure`, and add it to the list in
 * `gallery.ts`. Its folder is that of the paper's figure, or `beyond`. Its `data` computes numbers with the functions of `src/`, on
 * runs of its own or on those that figures share (`runs.ts`); its `draw` makes a chart of them (`src/chart`). The command, the
 * files, the page and the tests that every figure must pass follow from the list.
 */
import type { Drawing } from '../../chart/chart.js';
import type { ChartPoint } from '../../chart/marks.js';
import type { Runs } from './runs.js';

/** One figure. D is what it draws. */
export interface Figure<D> {
  /** Name of its source file, and of the files that are written. */
  readonly id: string;
  /** The panel of the paper that it redraws, e.g. 2b; absent for what the paper lacks. */
  readonly panel?: string;
  /** A few words. */
  readonly title: string;
  /** What is drawn, from which runs, and which lines are theory. */
  readonly caption: string;
  /** Of a figure drawn from a run that the package brings: that run's seed. */
  readonly shippedSeed?: () => number;
  /**
   * The numbers that are drawn, computed: a function of `runs.seed` alone. JSON: no `undefined`, NaN, infinity or typed arrays,
   * so that `draw` makes the same of them when they come from a file.
   */
  data(runs: Runs): D;
  /** The same bytes for the same data. */
  draw(data: D): Drawing;
}

/** A figure of any data. */
export type AnyFigure = Figure<unknown>;

/** A figure, the type of its data inferred. */
export function defineFigure<D>(figure: Figure<D>): Figure<D> {
  return figure;
}

/** The folder of a figure in `src/figures`. */
export function folderOf({ panel }: Pick<AnyFigure, 'panel'>): string {
  return panel === undefined ? 'beyond' : `figure-${panel[0]}`;
}

/** Numbers as JSON has them: `null` where there is none. */
export function listed(values: ArrayLike<number>): (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

/** Values as points over their indices. @param first index of the first of them */
export function indexedFrom(first: number, values: readonly (number | null)[]): ChartPoint[] {
  return values.map((value, k) => [first + k, value]);
}

/** Heights of points that lie at `least` or further to the right: what a logarithmic axis must show. */
export function heights(points: readonly ChartPoint[], least = 1): number[] {
  return points.flatMap(([x, y]) => (x >= least && y !== null ? y : []));
}
