/**
 * Judges a record by repeating it from its initial weights, within what rounding at its precision can explain.
 */

import type { AgentShape } from '../../agent/linear.js';
import { orderParameterNames } from '../../agent/order-parameters.js';
import type { Comparison, Evidence } from '../../claims/evidence.js';
import { Stream } from '../../linalg/random.js';
import {
  overlapRoundings,
  SHADOWS,
  shadowComparisonFalseAlarm,
  shadowNoise,
  unitRoundoff,
} from '../../linalg/tolerance.js';
import type { Initial } from '../../problem/agents.js';
import type { Protocol } from '../../problem/protocol.js';
import { type ComparedCurve, rowOf } from '../../training/curve.js';
import { closesOnGram, type ExplicitLearner, explicitLearner, gramLearner } from '../../training/learner.js';
import type { Channel } from '../../training/shadow.js';
import type { Beginning } from '../../training/train.js';
import { digitsIn } from '../format/digits.js';
import type { RecordedRun } from '../format/schema.js';
import { type RunRecord, recordOf } from '../record.js';
import { unrounded } from '../rounding.js';
import { beginningOf, smallest } from '../start.js';
import { affordableEpochs, BEYOND_BUDGET, LEAST_SHARE, madeOnce } from './budget.js';
import { type Followed, follow, LONGEST, type Program } from './windows.js';

/** The class of runs whose replay ends early: rounding decides what comes after. */
export const BECOMES_CHAOTIC = 'becomes chaotic';

/** The parameters of an engine or of a record as one list. */
function flatten(initial: Initial): number[] {
  const { leak: _, ...matrices } = 'agent' in initial ? initial.agent : { leak: 0, ...initial.overlaps };
  return Object.values(matrices).flatMap((A) => Array.from({ length: A.data.length }, (_, k) => A.data[k]!));
}

const distance = (a: readonly number[], b: readonly number[]): number => {
  let [largest, size] = [0, 1];
  a.forEach((value, k) => {
    largest = Math.max(largest, Math.abs(value - b[k]!));
    size = Math.max(size, Math.abs(value));
  });
  return largest / size;
};

const SCALARS = { loss: 'loss', gradNorm: 'gradient norm', clipFactor: 'clip factor' } as const;

/** A number of a channel, beside what is predicted of it. */
export interface ChannelNumber {
  readonly quantity: string;
  at(epoch: number): Comparison;
}

/** The number of a channel that is furthest from its prediction at an epoch. */
export function furthestOff(
  { curve, shape }: { readonly curve: ComparedCurve; readonly shape: AgentShape },
  predicted: ComparedCurve,
  channel: Channel,
  epoch: number,
): ChannelNumber {
  const row = (of: ComparedCurve, e: number): Float64Array => rowOf(of[channel], of.epochs, e);
  const [a, b] = [row(curve, epoch), row(predicted, epoch)];
  let worst = 0;
  a.forEach((value, k) => {
    if (Math.abs(value - b[k]!) > Math.abs(a[worst]! - b[worst]!)) worst = k;
  });
  return {
    quantity:
      channel === 'overlaps'
        ? orderParameterNames(shape)[worst]!
        : channel === 'gram'
          ? `Gram entry ${worst}`
          : SCALARS[channel],
    at: (e) => ({ epoch: e, recorded: row(curve, e)[worst]!, predicted: row(predicted, e)[worst]! }),
  };
}

/** The seed of the beginnings of shadows: any will do, and the same makes verdicts repeatable. */
const BEGINNING_SEED = 2;

/** States that a replay keeps: of the last window, at least. */
const REMEMBERED = LONGEST + 2;

/** A state that a record is followed from. */
export interface ReplayState {
  readonly initial: Initial;
  /** Where the first shadows are: as far off as rounding, and recording to few digits, may have left it. */
  readonly beside: readonly Initial[];
  readonly beginning: Beginning;
}

/** A record repeated as its protocol declares. */
export interface Replay {
  readonly followed: Followed;
  /** Epochs that the budget of work affords. */
  readonly epochs: number;
  /** Whether it begins at recorded weights. */
  readonly fromWeights: boolean;
  /** The first epoch that is repeated. */
  readonly from: number;
  /** The states before the step or the row that breaks, and at the beginning of its window; of as few units as serve. */
  readonly states: readonly ReplayState[];
  readonly noise: Program['noise'];
  /** The parameters at the end, those of the unperturbed run that is like the shadows, and the shadows'. */
  readonly reached: readonly number[];
  readonly centre: readonly number[];
  readonly shadows: readonly (readonly number[])[];
}

/**
 * A record repeated from its initial weights or its first Gram matrix, or why it cannot be: once.
 * @param effort multiple of the usual work (budget.ts); that of the last replay by default
 */
export const replayOf = madeOnce(leastRounded);

/** Weights of few digits may be exact: they count as rounded only where the record does not follow from them as they are. */
function leastRounded(record: RunRecord, effort: number | undefined): Replay | string {
  const { weights, ...digits } = record.digits;
  if (!weights) return repeated(record, effort);
  const exact = repeated({ ...record, digits }, effort);
  return typeof exact === 'string' || !exact.followed.refuted ? exact : repeated(record, effort);
}

function repeated(record: RunRecord, effort: number | undefined): Replay | string {
  const { epochsWithMoments, moments, digits, rows } = record;
  const begins = beginningOf(record);
  if (epochsWithMoments === 0)
    return rows[0] === 0
      ? 'the first epoch has no finite moments'
      : `the record begins at epoch ${rows[0]}: the starts before it are unknown`;
  if (typeof begins === 'string') return begins;
  const { initial, from } = begins;
  if (!moments) return 'the starts are unknown: add curves.moments';
  const epochs = affordableEpochs(epochsWithMoments, record.protocol, 'units', effort);
  if (epochs === 0) return BEYOND_BUDGET;
  const protocol: Protocol = { ...record.protocol, epochs };
  const { agent, horizon, precision = 'f32' } = protocol;
  const small = smallest(initial, protocol);
  const declared = agent.kind === 'effective' ? agent.rank + 1 : agent.N;
  const units = 'agent' in small ? small.agent.M.rows : declared;
  const numbers = shadowNoise(overlapRoundings(declared, horizon), unitRoundoff(precision));
  const noise = { numbers, entries: Math.sqrt(units / declared) * numbers };
  const main = explicitLearner(protocol, initial);
  const centre = explicitLearner(protocol, small);
  // What a shadow begins with is as far off as recording it to few digits may have left it.
  const kind = initial === record.initial ? digits.weights : digits.gram;
  const random = new Stream(BEGINNING_SEED);
  const beside = (k: number): Initial =>
    kind ? smallest(unrounded(initial, kind, random.child(`shadow ${k}`)), protocol) : small;
  const shadows = Array.from({ length: SHADOWS.run.count }, (_, k) => explicitLearner(protocol, beside(k)));
  const besides = (): Initial[] => shadows.slice(0, SHADOWS.suspects.count).map((shadow) => shadow.current());
  const seen: ReplayState[] = [{ initial: small, beside: besides(), beginning: { from } }];
  const followed = follow(record, {
    schedule: protocol,
    source: moments,
    beginning: { from },
    predictors: [
      main.engine,
      ...('agent' in initial && closesOnGram(protocol) ? [gramLearner(protocol, initial.agent)] : []),
    ],
    centre: centre.engine,
    shadows: shadows.map(({ engine }) => engine),
    plan: SHADOWS.run,
    noise,
    onEpoch(epoch, memory) {
      if (seen.at(-1)!.beginning.from === epoch) seen.pop();
      seen.push({
        initial: centre.current(),
        beside: besides(),
        beginning: { from: epoch, memory: structuredClone(memory) },
      });
      if (seen.length > REMEMBERED) seen.shift();
    },
  });
  const { decisive } = followed;
  const inStep = (decisive?.channel === 'overlaps' || decisive?.channel === 'gram') && protocol.rows !== 'after-update';
  const places = new Set([decisive?.window, (decisive?.epoch ?? 0) - (inStep ? 1 : 0)]);
  const ends = (learner: ExplicitLearner): number[] => flatten(learner.current());
  return {
    followed,
    epochs,
    fromWeights: initial === record.initial,
    from,
    states: seen.filter(({ beginning }) => places.has(beginning.from)).reverse(),
    noise,
    reached: ends(main),
    centre: ends(centre),
    shadows: shadows.map(ends),
  };
}

/**
 * Judges a run by replay; adds measurements to the evidence, or says why it decides nothing.
 * @param effort multiple of the usual work (budget.ts)
 */
export function judgeReplay(run: RecordedRun, evidence: Evidence, effort?: number): void {
  const record = recordOf(run);
  if ('unsupported' in record) return evidence.decidesNothing(record.unsupported);
  const replay = replayOf(record, effort);
  if (replay === BEYOND_BUDGET) return evidence.leavesOpen(replay);
  if (typeof replay === 'string') return evidence.decidesNothing(replay);
  const { channels, curve, epochsWithMoments, final, rows: recorded } = record;
  const { followed, epochs, noise, reached, centre, shadows } = replay;
  const { nearest, refuted, rows, compared, end, predicted } = followed;
  evidence.risks(followed.falseAlarm);
  if (nearest.length === 0) return evidence.decidesNothing(`${end} at the declared precision from the first epoch on`);
  for (const { channel, epoch, window, predictor, difference, tolerance } of nearest) {
    const { quantity, at } = furthestOff(record, predicted[predictor]!, channel, epoch);
    const how = predictor === 0 ? 're-simulating all units' : 'by the Gram dynamics';
    const first = replay.fromWeights ? 'initial weights' : 'first Gram matrix';
    const from = window > replay.from ? `state at epoch ${window}` : first;
    const place = difference > tolerance ? 'first disagrees' : 'is nearest to its bound';
    evidence.within(`${how} from the ${from}, ${quantity} ${place}`, difference, tolerance, at(epoch));
  }
  if (refuted) return;
  for (const name of channels) evidence.covers(name, compared[name], recorded.length);
  const [why, remedy] =
    end !== 'complete'
      ? [end, 'add curves.overlaps or curves.gram']
      : epochs < epochsWithMoments
        ? ['beyond the budget', '--effort']
        : ['without moments', 'record the moments of every epoch'];
  const whole = end === 'complete' && epochs === curve.epochs;
  evidence.note(
    `${rows} of ${recorded.length} epochs${whole ? '' : `, then ${why}${end === 'complete' ? `: ${remedy}` : ''}`}`,
  );
  const toEnd = end === 'complete' && epochs === record.protocol.epochs;
  if (toEnd && final) {
    const spread = Math.max(noise.numbers, ...shadows.map((shadow) => distance(centre, shadow)));
    evidence.risks(shadowComparisonFalseAlarm(SHADOWS.run, reached.length));
    const weights = flatten(final);
    const printed = digitsIn(weights);
    const half = printed ? Math.max(...weights.map(printed.half)) : 0;
    evidence.within('final weights', distance(reached, weights), SHADOWS.run.multiple * spread + half);
  }
  evidence.classify('replayed to the end', toEnd);
  evidence.classify(BECOMES_CHAOTIC, end === 'chaotic');
  // Beyond the range of a precision there is nothing to judge.
  if (end !== 'out of range' && rows < LEAST_SHARE * recorded.length)
    evidence.leavesOpen(`${rows} of ${recorded.length} epochs judged, then ${why}: ${remedy}`);
}
