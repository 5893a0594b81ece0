/**
 * Findings: the parts of a verdict or a proof that reports show, and whether a baseline accepts them.
 */
import { exitCode, type Status } from '../claims/verdict.js';
import type { Diagnosis } from '../runs/diagnosis/diagnosis.js';
import { diagnosisLines } from './diagnosis.js';

/** A verdict of `verify` or `check`, or a proof. */
export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  /** The file that it is about, for `check`. */
  readonly run?: string;
  /** Why it is refuted or undecided. */
  readonly reason?: string;
  /** What is wrong with a refuted record. */
  readonly diagnosis?: Diagnosis;
  /** How far the evidence reaches. */
  readonly note?: string;
  /** The command that repeats it. */
  readonly replay?: string;
  /** Its status in the baseline, where the baseline has it. */
  readonly baseline?: Status;
  readonly ms: number;
}

/** A file that could not be judged: its input is bad, and it has no verdict. */
export interface Refusal {
  readonly run: string;
  readonly reason: string;
}

const SEVERITY: Record<Status, number> = { holds: 0, undecided: 1, refuted: 2 };

/** Whether a baseline accepts a finding that does not hold: it was no better there. */
export function isAccepted({ status, baseline }: Pick<Finding, 'status' | 'baseline'>): boolean {
  return status !== 'holds' && baseline !== undefined && SEVERITY[status] <= SEVERITY[baseline];
}

/** The exit code of a gate, which findings that the baseline accepts do not fail. */
export function gateExitCode(findings: readonly Pick<Finding, 'status' | 'baseline'>[]): 0 | 1 | 3 {
  return exitCode(findings.map((finding) => (isAccepted(finding) ? { status: 'holds' as const } : finding)));
}

/** A file's name with / between folders, also that of a file of Windows. */
export const slashed = (file: string): string => file.replaceAll('\\', '/');

/** Claim and file, for people. */
export function nameOf({ id, run }: Pick<Finding, 'id' | 'run'>): string {
  return run === undefined ? id : `${id} on ${run}`;
}

/** How a finding that does not hold compares with the baseline; `undefined` where the baseline does not have it. */
export function standing({ status, baseline }: Pick<Finding, 'status' | 'baseline'>): string | undefined {
  if (status === 'holds' || baseline === undefined) return undefined;
  if (isAccepted({ status, baseline })) return `accepted: ${baseline} in the baseline`;
  return `regression: ${baseline === 'holds' ? 'held' : baseline} in the baseline`;
}

/** Line by line: what is wrong, why the finding does not hold, whether the baseline accepts it, how to repeat it. */
export function explanation(finding: Finding): string[] {
  const { reason, replay, diagnosis } = finding;
  const accepted = standing(finding);
  return [
    ...(diagnosis === undefined ? [] : diagnosisLines(diagnosis)),
    ...(reason === undefined ? [] : [reason]),
    ...(accepted === undefined ? [] : [accepted]),
    ...(replay === undefined ? [] : [`again: ${replay}`]),
  ];
}
