/**
 * The names of measures and verdicts. A run has those that apply to it. Campaign files hold findings under these names only.
 */
import { distance } from 'fastest-levenshtein';

/** Numbers of either phase, after `closed.` or `open.`. */
export const PHASE_MEASURES = [
  'trainLoss',
  'clipped',
  'deployed',
  'initial',
  'peak',
  'peakEpoch',
  'peakHeight',
  'radius',
  'crossing',
  'stage1End',
  'stage2End',
  'stableForGood',
  'stage3Growth',
] as const;
export type PhaseMeasure = (typeof PHASE_MEASURES)[number];

/** Numbered measures of a phase: effective gains, epochs at which frequencies were acquired. */
export const NUMBERED = ['k', 'acquired'] as const;
export type NumberedMeasure = `${(typeof NUMBERED)[number]}${number}`;

/** What the conflict of horizons is judged on; as many intervals as `tradeOff.` and the name say. */
export const TRADE_OFF_VERDICTS = ['radiusRises', 'longWorsens', 'lossAlone'] as const;
export type TradeOffVerdict = (typeof TRADE_OFF_VERDICTS)[number];

/** Yes or no, of finished runs. */
export const VERDICTS = ['peak', 'gap', 'crossing', 'stages', ...TRADE_OFF_VERDICTS] as const;
export type VerdictName = (typeof VERDICTS)[number];

/** Numbers of both phases together. */
const PAIR_MEASURES = ['gap', ...['intervals', ...TRADE_OFF_VERDICTS].map((name) => `tradeOff.${name}`)];

const phased = (name: string): string[] => [`closed.${name}`, `open.${name}`];

/** All names of numbers, the numbered ones with their first number. */
const MEASURES: readonly string[] = [
  ...[...PHASE_MEASURES, ...NUMBERED.map((name) => `${name}1`)].flatMap(phased),
  ...PAIR_MEASURES,
];

const NUMBERED_NAME = new RegExp(`^(closed|open)\\.(${NUMBERED.join('|')})[1-9]\\d*$`);

/** A name that is neither a measure nor a verdict. */
export interface UnknownName {
  readonly name: string;
  /** The names that it may have been meant to be, the nearest first. */
  readonly near: readonly string[];
}

const SUGGESTIONS = 3;

function unknownAmong(names: readonly string[], known: readonly string[]): UnknownName | undefined {
  const name = names.find((entry) => !known.includes(entry) && !(known === MEASURES && NUMBERED_NAME.test(entry)));
  if (name === undefined) return undefined;
  // A name without its phase is as near as can be.
  const far = (candidate: string): number =>
    candidate.endsWith(`.${name}`) ? 0 : distance(name.toLowerCase(), candidate.toLowerCase());
  return { name, near: known.toSorted((a, b) => far(a) - far(b)).slice(0, SUGGESTIONS) };
}

/** The first of some names that is no name of a number. */
export const unknownMeasure = (names: readonly string[]): UnknownName | undefined => unknownAmong(names, MEASURES);

/** The first of some names that is no name of a verdict. */
export const unknownVerdict = (names: readonly string[]): UnknownName | undefined => unknownAmong(names, VERDICTS);
