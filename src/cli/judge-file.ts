/**
 * Verdicts on one file, by claims about files.
 */
import type { AnyClaim } from '../claims/claim.js';
import { judge } from '../claims/judge.js';
import { LoopproofError } from '../error.js';
import type { ReportedVerdict } from '../report/json.js';
import { diagnose, type Judge, notTestable } from '../runs/diagnosis/diagnosis.js';
import type { FaultId } from '../runs/faults.js';
import type { RecordedRun } from '../runs/format/schema.js';
import { recordOf } from '../runs/record.js';
import { remarksOn } from '../runs/rounding.js';
import { lackedForReplay } from '../runs/start.js';

/** The verdicts on one run. */
export interface Checked {
  /** Verdicts of the claims that the evidence decides, or leaves open; of all claims if it bears on none. */
  readonly verdicts: readonly ReportedVerdict[];
  /** Verdicts of the claims that lack evidence, where it bears on others. */
  readonly notJudged: readonly ReportedVerdict[];
  /** Known faults that a run which holds may still have, because its evidence cannot show them. */
  readonly notTestable: readonly FaultId[];
  /** What is odd about its rows, how finely they were recorded, and what to record where it is not decided. */
  readonly remarks: readonly string[];
}

/** How our claims about runs judge; those without a name leave what they cannot show to the others. */
const JUDGES: Readonly<Record<string, Judge | undefined>> = {
  'recorded-gradients-are-derivatives': undefined,
  'gram-dynamics-reproduces-recorded-runs': 'replay',
  'recorded-increments-follow-gradients': 'increments',
  'recorded-losses-follow-overlaps': 'losses',
  'recorded-windows-follow-snapshots': undefined,
  'recorded-windows-are-exchangeable': undefined,
};

/** What is judged: a recorded run, or what a file of another format holds. */
export interface Subject {
  /** Of its file, for reports. */
  readonly name: string;
  readonly run?: RecordedRun | undefined;
  /** What the file holds for a claim that reads files of its own format. */
  readonly contents?: (claim: AnyClaim) => unknown;
}

/** What a claim judges, as far as it is there. */
function heldFor(claim: AnyClaim, { run, contents }: Subject): { readonly held: unknown } | undefined {
  if (claim.cases.kind === 'files' && claim.cases.read) return contents && { held: contents(claim) };
  return run && { held: run };
}

/**
 * Judges one file by claims about files, as far as its evidence goes.
 * @param effort limit of the work, as a multiple of the usual; beyond it there is no verdict
 */
export function judgeFile(claims: readonly AnyClaim[], subject: Subject, effort?: number): Checked {
  const { name, run } = subject;
  const verdicts = claims.flatMap((claim): ReportedVerdict[] => {
    const found = heldFor(claim, subject);
    if (!found) return [];
    const cases = { kind: 'listed' as const, list: [{ name, read: () => found.held, effort }] };
    // One file need not be of every class. The caller knows the command that repeats it.
    const { worst, ...rest } = withoutReplay(judge({ ...claim, cases, floors: {} }, { seed: 0 }));
    const verdict = { ...rest, run: name, ...(worst && { worst: withoutReplay(worst) }) };
    // Only measurements refute a run. A check that fails decides nothing of it.
    if (verdict.status !== 'refuted' || verdict.worst) return [verdict];
    throw new LoopproofError('failed', {
      where: `${name}: ${claim.statement.id}`,
      received: `the check failed: ${verdict.reason}`,
      expected: 'a verdict',
      hint: 'report this file, or leave out the curve that it names',
    });
  });
  const diagnosed = run ? withDiagnosis(verdicts, run) : verdicts;
  const decoded = run && recordOf(run);
  const record = decoded && 'digits' in decoded ? decoded : undefined;
  const told = diagnosed.filter(({ status, open }) => status !== 'undecided' || open);
  const undecided = told.length === 0 || told.some(({ status }) => status === 'undecided');
  const lacked = undecided && record ? lackedForReplay(record) : [];
  const remarks = [
    ...(run ? remarksOn(run, record?.digits ?? {}) : []),
    ...(lacked.length > 0
      ? [`record ${new Intl.ListFormat('en').format(lacked)} as well, and every epoch can be judged`]
      : []),
  ];
  if (told.length === 0) return { verdicts: diagnosed, notJudged: [], notTestable: [], remarks };
  const held = told.every(({ status }) => status === 'holds');
  const judges = new Set(told.flatMap(({ id }) => JUDGES[id] ?? []));
  return {
    verdicts: told,
    notJudged: diagnosed.filter((verdict) => !told.includes(verdict)),
    // A refuted run has them in its diagnosis.
    notTestable: run && held && judges.size > 0 ? notTestable(run, judges) : [],
    remarks,
  };
}

function withoutReplay<T extends { readonly replay?: string }>({ replay: _, ...rest }: T): Omit<T, 'replay'> {
  return rest;
}

/** Adds the diagnosis of a refuted run to its first refutation by a claim of ours: the known bugs are bugs of what those are about. */
function withDiagnosis(verdicts: readonly ReportedVerdict[], run: RecordedRun): readonly ReportedVerdict[] {
  const first = verdicts.findIndex(({ id, status }) => id in JUDGES && status === 'refuted');
  const increments = verdicts.some(({ id, status }) => JUDGES[id] === 'increments' && status === 'refuted');
  const diagnosis = first < 0 ? undefined : diagnose(run, increments);
  return verdicts.map((verdict, k) => (k === first && diagnosis ? { ...verdict, diagnosis } : verdict));
}
