/**
 * The workflows of this repository: what they run exists, on versions of Node that the package supports.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Job {
  readonly strategy?: { readonly matrix: { readonly node: readonly number[] } };
  readonly steps: readonly { readonly run?: string; readonly with?: { readonly 'node-version'?: number | string } }[];
}

const { scripts, engines } = JSON.parse(readFileSync('package.json', 'utf8'));
const oldest = Number(/^>=(\d+)/.exec(engines.node)![1]);

describe.each(['ci', 'publish'])('%s.yml', (name) => {
  const jobs = Object.values<Job>(parse(readFileSync(`.github/workflows/${name}.yml`, 'utf8')).jobs);
  const lines = jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

  it('runs scripts and files that exist', () => {
    const named = lines.flatMap((line) => [...line.matchAll(/npm run ([\w-]+)/g)].map(([, script]) => script!));
    for (const script of named) expect(scripts[script], script).toBeDefined();
    const files = lines.flatMap((line) => line.split(' ').filter((word) => /^\.?(ci|spec)\//.test(word)));
    expect(files).toContain('.ci/run');
    for (const file of files) expect(existsSync(file), file).toBe(true);
  });

  it('runs on versions of Node that the package supports', () => {
    const versions = jobs.flatMap(({ strategy, steps }) => [
      ...(strategy?.matrix.node ?? []),
      ...steps.flatMap((step) => step.with?.['node-version'] ?? []).filter((version) => typeof version === 'number'),
    ]);
    expect(versions).not.toEqual([]);
    for (const version of versions) expect(version).toBeGreaterThanOrEqual(oldest);
    if (name === 'ci') expect(versions).toContain(oldest);
  });
});
