/**
 * What a figure is.
 *
 * To add one: write `src/figures/<id>.ts` that exports `figure`, made by `defineFigure`, and add it to the list in `gallery.ts`.
 * Its `data` computes numbers with the functions of `src/`, on runs of its own or on those that figures share (`runs.ts`); its
 * `draw` makes a chart of them with `chart` (`chart.ts`), in the colours of `theme.ts`. The command, the files, the index and
 * the tests that every figure must pass follow from the list.
 */
import type { Runs } from './runs.js';

/** One figure. D is what it draws. */
export interface Figure<D> {
  /** Name of its source file, and of the files that are written. */
  readonly id: string;
  /** The panels of the paper that it redraws, e.g. 2b; absent for what the paper lacks. */
  readonly panel?: string;
  /** One line. */
  readonly title: string;
  /** What is seen, on which run, and which lines are theory. */
  readonly caption: string;
  /** Of a figure drawn of a run that the package brings: that run's seed. */
  readonly shippedSeed?: () => number;
  /**
   * The numbers that are drawn, computed: a function of `runs.seed` alone. JSON: no `undefined`, NaN, infinity or typed arrays,
   * so that `draw` makes the same of them when they come from a file.
   */
  data(runs: Runs): D;
  /** The figure as SVG, well-formed XML: the same bytes for the same data. */
  draw(data: D): string;
}

/** A figure of whatever data. */
export type AnyFigure = Figure<unknown>;

/** A figure, the type of its data inferred. */
export function defineFigure<D>(figure: Figure<D>): Figure<D> {
  return figure;
}

/** Numbers as JSON has them: `null` where there is none. */
export function listed(values: ArrayLike<number>): (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}
