/**
 * The pages on file formats name every field and every choice of the schemas, and the front page's formulas are those of the loss.
 */

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { VERDICTS } from '#src/campaigns/names.js';
import { campaignSchema } from '#src/campaigns/schema.js';
import { at } from '#src/linalg/matrix.js';
import { costOf } from '#src/problem/protocol.js';
import type { NamedLoss } from '#src/problem/schema.js';
import { configurationSchema } from '#src/runs/format/schema.js';
import { pageOf, rowsUnder } from './pages.js';

/** The names of the fields of a JSON schema, and the texts that they choose from. */
function namesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key === 'properties') return [...Object.keys(value), ...Object.values(value).flatMap(namesIn)];
    if (key === 'const' || key === 'enum') return [value].flat().filter((choice) => typeof choice === 'string');
    return namesIn(value);
  });
}

/** The words of a page's code, inline and in blocks. */
function wordsOf(page: string): ReadonlySet<string> {
  const code = [...pageOf(page).matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].map(([text]) => text);
  return new Set(code.join(' ').match(/[\w./-]+/g));
}

// What curves hold for every epoch is checked in a loop of its own, and is no schema of JSON.
const named = (schema: z.ZodType): string[] => namesIn(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));

describe.each([
  ['src/runs/README.md', named(configurationSchema)],
  ['src/campaigns/README.md', [...named(campaignSchema), ...VERDICTS].filter((name) => !isOfRuns(name))],
])('%s', (page, names) => {
  it('names every field of its schema', () => {
    expect(names.length).toBeGreaterThanOrEqual(40);
    expect([...new Set(names)].filter((name) => !wordsOf(page).has(name))).toEqual([]);
  });
});

/** What campaigns take over from run files: plants, starts, losses, optimisers and tensors. */
function isOfRuns(name: string): boolean {
  return named(configurationSchema).includes(name) && wordsOf('src/runs/README.md').has(name);
}

it('the front page has the formula of every loss', () => {
  const [n, T, B, p] = [2, 5, 7, 3];
  const worth: Readonly<Record<string, number>> = { n, T, B, p };
  /** The factor before Σ, as in 1/(n·T·B) Σ. */
  const factor = (formula: string): number => {
    const [, below = ''] = /^(?:1\/(\([^)]*\)|\w) )?Σ/.exec(formula)!;
    const names = below.replaceAll(/[()]/g, '').split('·');
    return 1 / names.reduce((product, name) => product * (worth[name] ?? 1), 1);
  };
  const rows = rowsUnder(pageOf('README.md'), 'The loss');
  expect(rows).toHaveLength(4);
  for (const [state, stateTerm, control, controlTerm] of rows) {
    const kindOf = (cell: string): string => /^`"([\w-]+)"`/.exec(cell)![1]!;
    const loss = { state: kindOf(state!), beta: 1, control: kindOf(control!) } as NamedLoss;
    const cost = costOf({ loss, horizon: T, batch: B }, n, p);
    // `costOf` takes the mean over trials for granted.
    expect(factor(stateTerm!), state).toBeCloseTo(at(cost.Q, 0, 0) / B, 12);
    expect(factor(controlTerm!), control).toBeCloseTo(at(cost.R, 0, 0) / B, 12);
  }
});
