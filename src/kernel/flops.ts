/**
 * Floating-point operations of an epoch's matrix products, which are most of its work: N × N with N × B, step by step.
 */

/** In closed loop: forward, back, and for the gradient of W, each for steps 2 … T − 1. */
export function closedLoopFlops(N: number, B: number, T: number): number {
  return 3 * 2 * N * N * B * Math.max(0, T - 2);
}

/** In open loop, where the steps are 1 … T − 1 and the teacher takes them forward too. */
export function openLoopFlops(N: number, B: number, T: number): number {
  return 4 * 2 * N * N * B * Math.max(0, T - 1);
}
