/**
 * Evidence: what a check measures on one case.
 */

import fc from 'fast-check';
import { isNear, type Prediction, type PredictionPair } from './prediction.js';

/** A recorded number beside its prediction. */
export interface Comparison {
  readonly epoch: number;
  readonly recorded: number;
  readonly predicted: number;
}

/** A residual and the bound that it must not exceed. */
export interface Measurement {
  readonly quantity: string;
  readonly residual: number;
  readonly bound: number;
  /** The numbers behind the residual, where it is of one number of one epoch. */
  readonly at?: Comparison;
}

/** Residual in units of its bound: at most 1 where the measurement holds. A NaN or an infinite residual never holds. */
export function ratioOf({ residual, bound }: Measurement): number {
  if (residual === 0 && bound >= 0) return 0;
  if (Number.isNaN(residual) || Number.isNaN(bound) || residual === Number.POSITIVE_INFINITY)
    return Number.POSITIVE_INFINITY;
  return residual / bound;
}

/** The epochs of a record on which a channel of it was judged. */
export interface Coverage {
  readonly channel: string;
  readonly epochs: number;
  /** Epochs recorded. */
  readonly of: number;
}

/** One trial of a proportion that the claim declares. */
export interface Trial {
  readonly name: string;
  readonly success: boolean;
}

/** A draw that the claim says nothing of, and what it lacks. */
export class Outside extends fc.PreconditionFailure {
  readonly need: string;

  constructor(need: string) {
    super();
    this.need = need;
  }
}

/**
 * Collects the measurements of one case: what a claim's check writes to.
 * @example
 * evidence.within('the loss', Math.abs(loss - predicted), gamma(12) * size); // a residual and its derived bound
 * evidence.holds('the order of the modes', first < second); // a yes or no
 * evidence.classify('two modes', modes === 2); // counted against the claim's floors
 */
export class Evidence {
  readonly measurements: Measurement[] = [];
  readonly trials: Trial[] = [];
  readonly predictions: { readonly quantity: string; readonly pair: PredictionPair }[] = [];
  readonly classes = new Set<string>();
  /** How far the evidence reaches, in words: shown where a single case is judged. */
  readonly notes: string[] = [];
  /** How many of a record's epochs each of its channels was judged on. */
  readonly coverage: Coverage[] = [];
  /** Probability that chance alone refutes the case, at most: what `risks` added up. */
  falseAlarm = 0;
  /** Whether the case is undecided though its evidence is there. */
  open = false;
  /** Why the case decides nothing, if so. */
  undecided: string | undefined;
  readonly #declared: readonly Prediction[];

  /** @param predictions those that the claim declares */
  constructor({ predictions = [] }: { readonly predictions?: readonly Prediction[] } = {}) {
    this.#declared = predictions;
  }

  /**
   * The residual must be at most the bound.
   * @param at the numbers behind it: the quantity is printed with them
   */
  within(quantity: string, residual: number, bound: number, at?: Comparison): void {
    if (!at) return void this.measurements.push({ quantity, residual, bound });
    const { epoch, recorded, predicted } = at;
    const compared = `${quantity} at epoch ${epoch}: recorded ${recorded}, predicted ${predicted}`;
    this.measurements.push({ quantity: compared, residual, bound, at });
  }

  /** A yes or no that must be yes. */
  holds(quantity: string, condition: boolean): void {
    this.within(quantity, condition ? 0 : Number.POSITIVE_INFINITY, 0);
  }

  /**
   * Counts for or against a proportion that the claim declares.
   * @throws RangeError where the case has done so already: the sequential test wants trials that are independent
   */
  trial(name: string, success: boolean): void {
    if (this.trials.some((trial) => trial.name === name)) throw new RangeError(`one case tried "${name}" twice`);
    this.trials.push({ name, success });
  }

  /**
   * A number that was predicted before the run, and what the run gave: reported with its error, and a trial of the prediction's
   * proportion. Where either is missing, because a run diverged or does not come so far, the pair counts as one that misses and enters
   * no average.
   * @param unit of the pair's accuracy, as the prediction's `near` takes it
   * @throws RangeError where the claim does not declare the prediction
   */
  predicts(quantity: string, predicted = Number.NaN, measured = Number.NaN, unit = 1): void {
    const prediction = this.#declared.find((declared) => declared.quantity === quantity);
    if (!prediction) throw new RangeError(`the check predicted "${quantity}", which the claim does not declare`);
    const pair: PredictionPair = [predicted, measured, unit];
    this.predictions.push({ quantity, pair });
    if (prediction.proportion) this.trial(prediction.proportion.name, isNear(prediction, pair));
  }

  /** A run of the case left the finite numbers: the case is in the class of those, and its note says when. */
  diverges(what: string, epoch: number): void {
    this.classify('diverges');
    this.note(`${what} diverged at epoch ${epoch}`);
  }

  /** A measurement that follows has a bound which a correct subject exceeds with at most this probability (tolerance.ts). */
  risks(probability: number): void {
    this.falseAlarm += probability;
  }

  /**
   * What the claim needs of a case. A draw without it is discarded, as by `fc.pre`; a generator of too many such draws is refuted, and
   * the need named. @throws Outside unless `condition` holds
   */
  requires(need: string, condition: boolean): void {
    if (!condition) throw new Outside(need);
  }

  /** Puts the case into a class, where `condition` holds. */
  classify(name: string, condition = true): void {
    if (condition) this.classes.add(name);
  }

  /** Says how far the evidence reaches. */
  note(text: string): void {
    this.notes.push(text);
  }

  /** Says on how many of a record's epochs a channel was judged. */
  covers(channel: string, epochs: number, of: number): void {
    this.coverage.push({ channel, epochs, of });
  }

  /** The case decides nothing: it is counted, never taken as held. */
  decidesNothing(reason: string): void {
    this.undecided = reason;
  }

  /** The case has what decides it, and it is undecided still: that is no reason to pass over it. */
  leavesOpen(reason: string): void {
    this.decidesNothing(reason);
    this.open = true;
  }

  /** The measurement nearest to its bound, or furthest beyond it. */
  worst(): Measurement | undefined {
    let worst: Measurement | undefined;
    for (const measurement of this.measurements)
      if (!worst || ratioOf(measurement) > ratioOf(worst)) worst = measurement;
    return worst;
  }
}
