/**
 * Verdicts: the results of judging claims.
 */
import type { Kind } from '../theory/statement.js';
import type { Coverage, Measurement } from './evidence.js';
import type { PredictionSummary } from './prediction.js';
import type { ProportionResult } from './proportion.js';
import type { Spread } from './spread.js';

export const STATUSES = ['holds', 'refuted', 'undecided'] as const;
export type Status = (typeof STATUSES)[number];

/** The measurement furthest towards or beyond its bound, with the case that gave it. */
export interface Worst extends Measurement {
  /** The case, printed. */
  readonly case: string;
  /** The command that repeats it. */
  readonly replay?: string;
}

/** A claim's verdict. */
export interface Verdict {
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
  readonly status: Status;
  /** Cases decided. */
  readonly cases: number;
  /** Cases that decided nothing, by reason. */
  readonly undecided: Readonly<Record<string, number>>;
  /** Draws discarded before they were run: the claim says nothing of them. */
  readonly discarded: number;
  /** Probability that chance alone refutes the claim, at most: the union bound over all its cases, tried or not. */
  readonly falseAlarm: number;
  /** Decided and undecided cases per class. */
  readonly classes: Readonly<Record<string, number>>;
  readonly worst?: Worst;
  /** How near to their bounds the cases came that decided and measured. */
  readonly spread?: Spread;
  /** Results of its proportions. */
  readonly proportions?: readonly ProportionResult[];
  /** What was predicted before the runs, and how well. */
  readonly predictions?: readonly PredictionSummary[];
  /** How far the evidence of a single case went. */
  readonly note?: string;
  /** On how many of its epochs each channel of a record was judged. */
  readonly coverage?: readonly Coverage[];
  /** Whether it is undecided though the evidence is there, so that it is not to be passed over. */
  readonly open?: true;
  /** Why the claim is refuted or undecided. */
  readonly reason?: string;
  /** The command that repeats the counterexample. */
  readonly replay?: string;
  readonly ms: number;
}

/** How many verdicts there are of each status. */
export function summarise(verdicts: readonly Pick<Verdict, 'status'>[]): Record<Status, number> {
  const summary = { holds: 0, refuted: 0, undecided: 0 };
  for (const { status } of verdicts) summary[status]++;
  return summary;
}

/** The exit code of a gate: 1 something refuted, else 3 something undecided or nothing judged, else 0. */
export function exitCode(verdicts: readonly Pick<Verdict, 'status'>[]): 0 | 1 | 3 {
  const { refuted, undecided } = summarise(verdicts);
  return refuted > 0 ? 1 : undecided > 0 || verdicts.length === 0 ? 3 : 0;
}

/** The exit code where every verdict is to refute: 1 a mutant holds, else 3 one is undecided or none was judged, else 0. */
export function mutantExitCode(verdicts: readonly Pick<Verdict, 'status'>[]): 0 | 1 | 3 {
  const { holds, undecided } = summarise(verdicts);
  return holds > 0 ? 1 : undecided > 0 || verdicts.length === 0 ? 3 : 0;
}
