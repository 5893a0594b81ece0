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
   * Products that one repetition of a run may take. With its shadows and a diagnosis that is two or three seconds, and the paper's
   * protocol is repeated over all of its 1000 epochs.
   */
  work: 3 * 2 ** 24,
  /** Products that fitting unknowns to one run may take, about half a second; diagnosing it may take twice as many. */
  products: 3 * 2 ** 25,
  /** Of weights, starts and matrices: their squares and products stay numbers. */
  magnitude: 1e30,
} as const;
