/**
 * Limits on what is accepted from outside: run files, configurations and options.
 */

/** Largest sizes that are read; beyond them a file is refused before anything is allocated for it. */
export const LIMITS = {
  units: 100_000,
  rank: 16,
  order: 16,
  /** Observations and controls. */
  channels: 8,
  horizon: 100_000,
  batch: 1_000_000,
  epochs: 1_000_000,
  /** Bytes of one file's contents, inflated: text, or all arrays of an archive together. */
  bytes: 64 * 2 ** 20,
  /** Numbers of one file, where a list counts for eight: what it takes in memory. */
  numbers: 2 ** 23,
  /** Arrays of one archive. */
  members: 256,
  /**
   * Products that one judgement of one run may take. They take a few seconds: the paper's protocol is repeated over 1500
   * epochs.
   */
  work: 2 ** 26,
  /** Products that fitting unknowns to one run may take, a second or two; diagnosing it may take twice as many. */
  products: 2 ** 28,
  /** Of weights, starts and matrices: their squares and products stay numbers. */
  magnitude: 1e30,
} as const;
