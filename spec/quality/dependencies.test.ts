/**
 * What users install: exact versions, by their integrity, without scripts, under permissive licences.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dependenciesOf, PERMISSIVE } from './dependencies.js';

const lock = readFileSync('package-lock.json', 'utf8');
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const all = dependenciesOf(lock);
const runtime = all.filter((dependency) => dependency.runtime);
const names = (dependencies: typeof all): string[] => dependencies.map(({ name }) => name);

describe('the packages that users install', () => {
  it('are those of the manifest and what these need', () => {
    expect(names(runtime)).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
    for (const name of ['vitest', 'bullmq', 'z3-solver']) expect(names(runtime)).not.toContain(name);
  });

  it('run no scripts when they are installed', () => {
    expect(names(runtime.filter(({ installScript }) => installScript))).toEqual([]);
    for (const name of ['preinstall', 'install', 'postinstall']) expect(manifest.scripts).not.toHaveProperty(name);
    const scripted = lock.replace(/("node_modules\/commander": \{)/, '$1 "hasInstallScript": true,');
    expect(names(dependenciesOf(scripted).filter((each) => each.runtime && each.installScript))).toEqual(['commander']);
  });

  it('are under permissive licences', () => {
    expect(runtime.filter(({ licence }) => !PERMISSIVE.includes(licence))).toEqual([]);
  });
});

describe('every package of the lockfile', () => {
  it('is known by its integrity', () => {
    expect(all.length).toBeGreaterThan(100);
    expect(names(all.filter(({ integrity }) => !/^sha512-/.test(integrity ?? '')))).toEqual([]);
  });

  it('that the manifest names has an exact version', () => {
    const versions = { ...manifest.dependencies, ...manifest.devDependencies } as Record<string, string>;
    for (const [name, version] of Object.entries(versions)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(
        all.find((each) => each.name === name && each.version === version),
        name,
      ).toBeDefined();
    }
  });
});
