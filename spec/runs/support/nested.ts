/**
 * Numbers in lists of any depth, as run files have them.
 */

/** Number k of a list of any depth replaced. */
export function withEntry<V>(value: V, k: number, change: (entry: number) => number): V {
  let index = 0;
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(walk);
    return index++ === k ? change(part as number) : part;
  };
  return walk(value) as V;
}

/** All of them, in order. */
export const numbersIn = (value: unknown): number[] => [value].flat(3) as number[];
