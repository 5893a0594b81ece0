/**
 * Limits on input: run files, configurations and options.
 */

/** Largest accepted sizes. A larger file is refused before anything is allocated for it. */
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
  /** Numbers of one file; each JSON list counts as eight numbers, which is its share of memory. */
  numbers: 2 ** 23,
  /** Arrays of one archive. */
  members: 256,
  /**
   * Products that repeating a run may take. Shadows and a diagnosis included, that is two or three seconds. It suffices for all 1000
   * epochs of the paper's protocol.
   */
  work: 3 * 2 ** 24,
  /**
   * Products that repeating a run from snapshot to snapshot may take, about twenty seconds: all 1000 epochs of the paper's tanh protocol,
   * each once. Shadows, where they are needed, may take as much again.
   */
  retraining: 3 * 2 ** 31,
  /** Products that fitting unknowns to a run may take, about half a second. Diagnosing it may take twice as many. */
  products: 3 * 2 ** 25,
  /** Largest absolute value of weights, starts and matrices: squares and products stay finite. */
  magnitude: 1e30,
} as const;
