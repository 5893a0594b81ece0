/**
 * Fits of a window: whether some Gram matrix and some moments satisfy all its equations within rounding.
 */
import { columnCount, inputColumns, outputColumns } from '../../../agent/gram.js';
import type { AgentShape } from '../../../agent/linear.js';
import { orderParameterNames } from '../../../agent/order-parameters.js';
import type { Comparison } from '../../../claims/evidence.js';
import { BRIEF, leastSquares, type Meter, type Patience, THOROUGH } from '../../../linalg/least-squares.js';
import { ROUNDING_DEVIATIONS } from '../../../linalg/tolerance.js';
import { triangleSize } from '../../../training/curve.js';
import type { FaultSize } from '../../faults.js';
import type { Implementation } from '../../implementation.js';
import { guessOf, lawOf } from './guess.js';
import { predict, roundingOf, type WindowNumbers, workOfPrediction } from './prediction.js';
import type { IncrementRecord, Unknowns, Window } from './window.js';

/** How much is tried before a window counts as inconsistent. */
export interface Effort {
  /** Guesses from which a window is fitted, until one is consistent: a fit may end in a valley that leads nowhere. */
  readonly guesses: number;
  readonly patience: Patience;
  /** A mean square of residuals that needs no improvement. */
  readonly enough: number;
  /** One that no change of the residuals' units makes a consistent one. */
  readonly hopeless: number;
}

/** Products of the slopes of a window, and of how rounding moves them: rollouts with their adjoints. */
function slopeProducts({ protocol, shape, n, orderParameters }: IncrementRecord, { steps }: Window): number {
  const rollouts = triangleSize(n) + orderParameters[0]!.length + 1;
  // An implementation may have a plant of twice as many states.
  return 4 * steps * rollouts * protocol.horizon * (2 * n + shape.c + shape.r) ** 2;
}

/** To tell whether a window is consistent. */
export const JUDGEMENT: Effort = { guesses: 8, patience: THOROUGH, enough: 1 / 4, hopeless: Number.POSITIVE_INFINITY };

/** To compare faults: less is tried than for the protocol, since a fault that is missed accuses nobody. */
export const SUSPICION: Effort = { guesses: 2, patience: BRIEF, enough: 2 ** -6, hopeless: 2 ** 20 };

/** A fit of a window, with its unknowns. */
export interface WindowFit {
  readonly unknowns: Unknowns;
  /** The Gram matrices of its rows, where the next window begins. */
  readonly grams: readonly Float64Array[];
  readonly equations: number;
  readonly unknownCount: number;
  /** Root mean square of the residuals in units of what rounding allows: at most 1 if the window is consistent. */
  readonly misfit: number;
  /** Whether the search ended before its work was used up. */
  readonly complete: boolean;
  /** The fitted parameter of a fault, if one was free. */
  readonly value?: number;
  /** Standard error of that parameter. */
  readonly error?: number;
  /** The largest residual. */
  readonly worst: Comparison & { readonly quantity: string };
}

/** Implementations that differ in the size of a fault, which is fitted too. */
export interface Sized extends Pick<FaultSize, 'neutral' | 'above' | 'below'> {
  readonly of: (value: number) => Implementation;
  readonly guess: number;
}

/** The entries of a Gram matrix that are no order parameters: row, column and place in its lower triangle. */
function unseenEntries(shape: AgentShape): { readonly k: number; readonly i: number; readonly j: number }[] {
  const inputs = new Set(inputColumns(shape));
  const outputs = new Set(outputColumns(shape));
  const seen = (i: number, j: number): boolean =>
    (outputs.has(i) && inputs.has(j)) || (outputs.has(j) && inputs.has(i));
  const entries: { k: number; i: number; j: number }[] = [];
  for (let i = 0, k = 0; i < columnCount(shape); i++)
    for (let j = 0; j <= i; j++, k++) if (!seen(i, j)) entries.push({ k, i, j });
  return entries;
}

/** What the equations of a window are about, and their numbers in that order. */
function equationsOf(record: IncrementRecord, window: Window, after: boolean) {
  const { shape, gram, gradNorm, moments, loss, orderParameters } = record;
  const rows = Array.from({ length: window.steps + 1 }, (_, k) => window.first + k);
  const scored = after ? rows.slice(1) : rows.slice(0, -1);
  const law = moments ? undefined : lawOf(record.protocol, record.n);
  const unseen = gram ? unseenEntries(shape) : [];
  const names = orderParameterNames(shape);
  const labels: { readonly quantity: string; readonly epoch: number; readonly recorded: number }[] = [
    ...rows.flatMap((epoch) => [
      ...Array.from(orderParameters[epoch]!, (recorded, l) => ({ quantity: names[l]!, epoch, recorded })),
      ...unseen.map(({ i, j, k }) => ({ quantity: `Gram entry ${i},${j}`, epoch, recorded: gram![epoch]![k]! })),
    ]),
    ...(law
      ? scored.flatMap((epoch) =>
          Array.from(law.mean, (recorded) => ({ quantity: 'moments of the starts', epoch, recorded })),
        )
      : []),
    ...scored.flatMap((epoch) => [
      { quantity: 'loss', epoch, recorded: loss[epoch]! },
      ...(gradNorm ? [{ quantity: 'gradient norm', epoch, recorded: gradNorm[epoch]! }] : []),
    ]),
  ];
  /** Numbers as the equations have them: of a prediction, or of what is allowed. */
  const numbersOf = (
    { orderParameters, grams, losses, norms }: WindowNumbers,
    starts: (step: number) => Float64Array,
  ): Float64Array => {
    const list = new Float64Array(labels.length);
    let at = 0;
    for (let row = 0; row <= window.steps; row++) {
      for (const value of orderParameters[row]!) list[at++] = value;
      for (const { k } of unseen) list[at++] = grams[row]![k]!;
    }
    if (law) for (let step = 0; step < window.steps; step++) for (const entry of starts(step)) list[at++] = entry;
    for (let step = 0; step < window.steps; step++) {
      list[at++] = losses[step]!;
      if (gradNorm) list[at++] = norms[step]!;
    }
    return list;
  };
  const startsAllowed = law?.deviation.map((deviation) => ROUNDING_DEVIATIONS * deviation) ?? new Float64Array();
  return {
    labels,
    predicted: (numbers: WindowNumbers, unknowns: Unknowns) => numbersOf(numbers, (step) => unknowns.moments[step]!),
    allowed: (rounding: WindowNumbers) => numbersOf(rounding, () => startsAllowed),
  };
}

/**
 * Fits a window's unknowns.
 * @param hypothesis what the program does, or what it does by a size that is fitted as well
 * @param first guess
 * @param meter of the work that is left
 */
export function fitWindow(
  record: IncrementRecord,
  hypothesis: Implementation | Sized,
  window: Window,
  first: Unknowns,
  meter: Meter,
  { patience, enough, hopeless }: Omit<Effort, 'guesses'> = JUDGEMENT,
): WindowFit {
  const { moments, slope } = record;
  const sized = 'of' in hypothesis ? hypothesis : undefined;
  const size = first.gram.length;
  const per = triangleSize(record.n);
  const count = size + (moments ? 0 : window.steps * per);
  const unpack = (x: Float64Array): Unknowns => ({
    gram: x.subarray(0, size),
    moments: first.moments.map((known, step) =>
      moments ? known : x.subarray(size + step * per, size + (step + 1) * per),
    ),
  });
  const practised = (x: Float64Array): Implementation => ('of' in hypothesis ? hypothesis.of(x[count]!) : hypothesis);
  const parts = [first.gram, ...(moments ? [] : first.moments), ...(sized ? [Float64Array.of(sized.guess)] : [])];
  let x = Float64Array.from(parts.flatMap((part) => [...part]));
  const { labels, predicted, allowed } = equationsOf(record, window, practised(x).protocol.rows === 'after-update');
  const predictedAt = (y: Float64Array): Float64Array =>
    predicted(predict(record, practised(y), window, unpack(y)), unpack(y));
  const allowedAt = (y: Float64Array): Float64Array => allowed(roundingOf(record, practised(y), window, unpack(y)));
  const residualsUnder =
    (units: Float64Array) =>
    (y: Float64Array): Float64Array =>
      sized && !(y[count]! > sized.above && y[count]! < sized.below)
        ? Float64Array.of(Number.POSITIVE_INFINITY)
        : predictedAt(y).map((value, k) => (value - labels[k]!.recorded) / units[k]!);
  const trace = Math.max(...first.moments.flatMap((known) => [...known].map(Math.abs)));
  const scale = x.map((value, k) =>
    k < size ? Math.max(Math.abs(value), 0.1) : k < count ? trace : Math.abs(sized!.guess - sized!.neutral),
  );
  const total = labels.length;
  // Slopes are remembered: a parameter that the loop does not depend on leaves them alone.
  const moving = sized !== undefined && slope(sized.of(sized.guess)) !== slope(sized.of(sized.neutral));
  const work = { meter, perCall: workOfPrediction(record, window) + (moving ? slopeProducts(record, window) : 0) };
  let units = allowedAt(x);
  let fit = leastSquares(residualsUnder(units), x, scale, enough * total, patience, work);
  // The units depend on the unknowns, though little: once more with those found.
  if (fit.squares <= hopeless * total) {
    x = fit.x as Float64Array<ArrayBuffer>;
    units = allowedAt(x);
    fit = leastSquares(residualsUnder(units), x, scale, enough * total, patience, work);
  }
  const best = predictedAt(fit.x);
  const excess = (k: number): number => Math.abs(best[k]! - labels[k]!.recorded) / units[k]!;
  const worst = labels.reduce((a, _, k) => (excess(k) > excess(a) ? k : a), 0);
  const unknowns = unpack(fit.x);
  return {
    unknowns,
    grams: predict(record, practised(fit.x), window, unknowns).grams,
    equations: total,
    unknownCount: fit.x.length,
    misfit: Math.sqrt(fit.squares / total),
    complete: fit.complete,
    ...(sized && { value: fit.x[count]!, error: fit.errors()[count]! }),
    worst: { ...labels[worst]!, predicted: best[worst]! },
  };
}

/** Guesses where Gram matrices are recorded. */
const GRAM_GUESSES = 2;

/**
 * Fits a window from guess after guess, until it is consistent; `undefined` where no work is left for it.
 * @param before the Gram matrix where the window before arrived
 */
export function fitFromGuesses(
  record: IncrementRecord,
  hypothesis: Implementation | Sized,
  window: Window,
  meter: Meter,
  { before, effort = JUDGEMENT }: { readonly before?: Float64Array | undefined; readonly effort?: Effort } = {},
): WindowFit | undefined {
  if (!meter.spend(slopeProducts(record, window))) return undefined;
  let best: WindowFit | undefined;
  // Recorded Gram matrices nearly give the moments.
  const guesses = record.gram ? GRAM_GUESSES : effort.guesses;
  const guessed = 'of' in hypothesis ? hypothesis.of(hypothesis.guess) : hypothesis;
  for (let attempt = 0; attempt < guesses && !(best && best.misfit <= 1); attempt++) {
    const first = guessOf(record, guessed, window, attempt, before);
    const fit = fitWindow(record, hypothesis, window, first, meter, effort);
    if (!best || fit.misfit < best.misfit) best = fit;
  }
  return best;
}
