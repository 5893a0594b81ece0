/**
 * Where a program cuts the graph that gradients flow back through: what it then descends along is no gradient of its loss.
 */

/** What is detached. */
export interface Cuts {
  /** The agent's observations are detached from the plant. */
  readonly observations?: boolean;
  /** Every so many steps the hidden state is detached from what comes after; counted from the step after the first with `late`. */
  readonly every?: number;
  readonly late?: boolean;
  /** With it the plant's state and the control. */
  readonly plant?: boolean;
}

/** Whether the hidden state at time t is detached from what comes after. */
export function isCut({ every = Number.POSITIVE_INFINITY, late = false }: Cuts, t: number): boolean {
  return (t + (late ? 1 : 0)) % every === 0;
}
