/**
 * Records with less and less evidence, and how far they are from what judges allow.
 */
import { Evidence, ratioOf } from '#src/claims/evidence.js';
import type { RecordedRun } from '#src/runs/format/schema.js';

/** A record without some of its curves. */
export function withoutCurves(run: RecordedRun, ...fields: string[]): RecordedRun {
  const curves = Object.fromEntries(Object.entries(run.curves).filter(([name]) => !fields.includes(name)));
  return { ...run, curves: curves as RecordedRun['curves'] };
}

/** A record without weights, and without some of its curves. */
export const without = ({ weights: _, ...run }: RecordedRun, ...fields: string[]): RecordedRun =>
  withoutCurves(run, ...fields);

/** A record that declares something else. */
export const declared = (run: RecordedRun, change: object): RecordedRun => ({
  ...run,
  protocol: { ...run.protocol, ...change },
});

/** Levels of evidence, each with less than the one before. */
export const EVIDENCE = {
  full: (run: RecordedRun) => run,
  gram: (run: RecordedRun) => without(run, 'moments'),
  increments: (run: RecordedRun) => without(run, 'moments', 'gram', 'clipFactor'),
  curves: (run: RecordedRun) => without(run, 'moments', 'gram', 'clipFactor', 'gradNorm'),
} as const;

type Judge = (run: RecordedRun, evidence: Evidence, effort?: number) => void;

/** What a judge finds. */
export function found(judge: Judge, run: RecordedRun, effort?: number): Evidence {
  const evidence = new Evidence();
  judge(run, evidence, effort);
  return evidence;
}

/** The largest measurement of a judge in units of its bound; `undefined` where it decides nothing. */
export function ratio(judge: Judge, run: RecordedRun): number | undefined {
  const evidence = found(judge, run);
  return evidence.undecided === undefined ? ratioOf(evidence.worst()!) : undefined;
}
