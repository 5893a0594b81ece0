/**
 * Runs that a claim and its mutants share.
 */

/**
 * A function of plain data and of parts of a claim's subject, which computes each value once and keeps it: mutants with the same parts
 * take the runs of the claim itself.
 */
export function kept<Data, Parts extends readonly object[], Result>(
  compute: (data: Data, ...parts: Parts) => Result,
): (data: Data, ...parts: Parts) => Result {
  const numbers = new Map<object, number>();
  const results = new Map<string, { readonly result: Result }>();
  return (data, ...parts) => {
    for (const part of parts) if (!numbers.has(part)) numbers.set(part, numbers.size);
    const key = JSON.stringify([data, ...parts.map((part) => numbers.get(part))]);
    const known = results.get(key) ?? { result: compute(data, ...parts) };
    results.set(key, known);
    return known.result;
  };
}
