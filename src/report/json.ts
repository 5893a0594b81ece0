/**
 * Verdicts of `verify` and `check` as JSON.
 */
import { QUANTILES } from '../claims/prediction.js';
import { type Status, summarise, type Verdict } from '../claims/verdict.js';
import type { Diagnosis } from '../runs/diagnosis/diagnosis.js';
import { numbersAsJson } from '../words.js';

/** The origin of a report. */
export interface ReportHeader {
  readonly tool: 'loopproof';
  readonly version: string;
  /** Absent where nothing was drawn at random. */
  readonly seed?: number;
}

/**
 * A verdict with its file (`check`), its mutant (`verify --mutants`) and its status in the baseline.
 */
export type ReportedVerdict = Verdict & {
  readonly run?: string;
  readonly mutant?: string;
  readonly baseline?: Status;
  /** Of a refuted run. */
  readonly diagnosis?: Diagnosis;
};

/**
 * The report's text: `{tool, version, seed, claims: [{id, kind, status, cases, worst, spread, proportions, predictions, ms, replay, …}],
 * summary}`. A proportion with `control` was tried where the statement is not claimed. Predictions have every predicted and measured value and
 * the quantiles (`QUANTILES`) of their errors, and how null predictors did. The `rate` of a proportion is a confidence sequence, 95 %.
 * `further` adds fields. The same verdicts give the same bytes, except for `ms`.
 */
export function jsonReport(
  header: ReportHeader,
  verdicts: readonly ReportedVerdict[],
  further: Readonly<Record<string, unknown>> = {},
): string {
  const sorted = (counts: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
  const claims = verdicts.map(({ undecided, classes, ms, predictions, ...rest }) => ({
    ...rest,
    ...(predictions && {
      predictions: predictions.map(({ quantity, count, missing, errors, pairs, nulls }) => ({
        quantity,
        count,
        missing,
        errorQuantiles: Object.fromEntries(QUANTILES.map((q, k) => [q, errors[k]!])),
        predicted: pairs.map(([predicted]) => predicted),
        measured: pairs.map(([, measured]) => measured),
        nulls,
      })),
    }),
    undecided: sorted(undecided),
    classes: sorted(classes),
    ms: Math.round(ms),
  }));
  return `${JSON.stringify({ ...header, claims, summary: summarise(verdicts), ...further }, numbersAsJson, 2)}\n`;
}
