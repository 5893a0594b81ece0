/**
 * Findings: what reports need of a verdict or of a proof, and what an earlier report accepted of them.
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
  /** How far the evidence went. */
  readonly note?: string;
  /** The command that repeats it. */
  readonly replay?: string;
  /** What it was in the baseline, where there is one that has it. */
  readonly baseline?: Status;
  readonly ms: number;
}

/** A file that could not be judged: bad input, no verdict. */
export interface Refusal {
  readonly run: string;
  readonly reason: string;
}

const SEVERITY: Record<Status, number> = { holds: 0, undecided: 1, refuted: 2 };

/** Whether a finding that does not hold was no better in the baseline. */
export function isAccepted({ status, baseline }: Pick<Finding, 'status' | 'baseline'>): boolean {
  return status !== 'holds' && baseline !== undefined && SEVERITY[status] <= SEVERITY[baseline];
}

/** The exit code of a gate: what the baseline accepts does not fail it. */
export function gateExitCode(findings: readonly Pick<Finding, 'status' | 'baseline'>[]): 0 | 1 | 3 {
  return exitCode(findings.map((finding) => (isAccepted(finding) ? { status: 'holds' as const } : finding)));
}

/** Claim and file as one reads them. */
export function nameOf({ id, run }: Pick<Finding, 'id' | 'run'>): string {
  return run === undefined ? id : `${id} on ${run}`;
}

/** What the baseline has to say of a finding that does not hold; nothing where it does not have it. */
export function standing({ status, baseline }: Pick<Finding, 'status' | 'baseline'>): string | undefined {
  if (status === 'holds' || baseline === undefined) return undefined;
  if (isAccepted({ status, baseline })) return `accepted: ${baseline} in the baseline`;
  return `regression: ${baseline === 'holds' ? 'held' : baseline} in the baseline`;
}

/** Why a finding does not hold, what is wrong, whether that is accepted, and how to repeat it, line by line. */
export function explanation(finding: Finding): string[] {
  const { reason, replay, diagnosis } = finding;
  const accepted = standing(finding);
  return [
    ...(reason === undefined ? [] : [reason]),
    ...(diagnosis === undefined ? [] : diagnosisLines(diagnosis)),
    ...(accepted === undefined ? [] : [accepted]),
    ...(replay === undefined ? [] : [`again: ${replay}`]),
  ];
}
