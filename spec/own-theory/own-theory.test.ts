/**
 * The second theory, as the project of a user who installed the packed package: what an empty folder holds is the tarball and the files
 * of spec/own-theory.
 */
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { begin, type Outcome } from '#spec/cli/spawned.js';
import { testFolder } from '#spec/support/files.js';

const { folder, at, read, readJson, write } = testFolder('own-theory');
const SUITE = ['--suite', 'suite.mjs', '--only-suite'];
const installed = at('node_modules', 'loopproof');

const loopproof = (...args: readonly string[]): Promise<Outcome> =>
  begin(process.execPath, [join(installed, 'dist/src/cli/main.js'), ...args], { cwd: folder }).ended;

function manifestOf(folder: string): { readonly dependencies: Readonly<Record<string, string>> } {
  return { dependencies: {}, ...JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) };
}

/** Packages and those that they depend on, which stand side by side here. */
function withDependencies(names: readonly string[]): ReadonlySet<string> {
  const all = new Set(names);
  for (const name of all)
    for (const further of Object.keys(manifestOf(join('node_modules', name)).dependencies)) all.add(further);
  return all;
}

/** What `npm install` makes of the tarball; the packages that it depends on are those of this folder. */
beforeAll(async () => {
  const pack = ['pack', '--ignore-scripts', '--pack-destination', folder];
  const packed = await begin('npm', pack, { cwd: resolve('.') }).ended;
  expect(packed.code, packed.stderr).toBe(0);
  const tarball = packed.stdout.trim().split('\n').at(-1)!;
  mkdirSync(installed, { recursive: true });
  expect(
    (await begin('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'], { cwd: folder }).ended).code,
  ).toBe(0);
  const { dependencies } = manifestOf('.');
  for (const name of withDependencies(Object.keys(dependencies)))
    cpSync(join('node_modules', name), at('node_modules', name), { recursive: true });
  symlinkSync(resolve('node_modules/vitest'), at('node_modules/vitest'));
  copyFileSync(join(installed, 'spec/own-theory/suite.mjs'), at('suite.mjs'));
});

describe('the second theory', () => {
  it('is short', () => {
    expect(read('suite.mjs').trimEnd().split('\n').length).toBeLessThanOrEqual(300);
  });

  it('holds, refutes its mutants, and is proved by two kernels or more', async () => {
    const verified = await loopproof('verify', ...SUITE, '--json', '-');
    expect(verified.code, verified.stderr).toBe(0);
    expect(JSON.parse(verified.stdout).summary).toEqual({ holds: 6, refuted: 0, undecided: 0 });
    const mutants = await loopproof('verify', '--mutants', ...SUITE);
    expect(mutants, mutants.stdout).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('12 of 12 mutants refuted'),
    });
    const { claims } = JSON.parse((await loopproof('prove', ...SUITE, '--json', '-')).stdout);
    expect(claims).toHaveLength(3);
    for (const { id, status, kernels } of claims) {
      expect(status, id).toBe('holds');
      expect(Object.values(kernels).filter((proved) => (proved as number) > 0).length, id).toBeGreaterThanOrEqual(2);
    }
    expect((await loopproof('prove', '--mutants', ...SUITE)).code).toBe(0);
  });

  it('holds at other seeds', async () => {
    write(
      'seeds.mjs',
      `import { judge, mutated } from 'loopproof';
       import { claims } from './suite.mjs';
       const wrong = [];
       for (let seed = 1; seed <= 20; seed++)
         for (const claim of claims) {
           if (judge(claim, { seed }).status !== 'holds') wrong.push([seed, claim.statement.id]);
           for (const mutant of claim.mutants)
             if (judge(mutated(claim, mutant), { seed, shrink: false }).status !== 'refuted') wrong.push([seed, claim.statement.id, mutant.name]);
         }
       console.log(JSON.stringify(wrong));`,
    );
    expect((await begin(process.execPath, ['seeds.mjs'], { cwd: folder }).ended).stdout).toBe('[]\n');
  });

  it('draws its figure', async () => {
    expect((await loopproof('figures', ...SUITE, '--out', 'drawn')).stdout).toContain('1 of 1 figures');
    expect(read('drawn/modes-of-a-deep-linear-network.svg')).toMatch(/^<svg /);
    expect(readJson('drawn/modes-of-a-deep-linear-network.json').data).toHaveLength(3);
    const all = (await loopproof('figures', '--list', '--suite', 'suite.mjs')).stdout.trim().split('\n');
    expect(all.at(-1)).toContain('modes-of-a-deep-linear-network');
    expect(all.length).toBeGreaterThan(20);
  });

  it('is tested by vitest, whose failures print replay lines', { timeout: 300_000 }, async () => {
    const test = (suite: string): string => `import { describeClaims } from 'loopproof/vitest';
      import { claims, derivations } from './${suite}';
      describeClaims(claims, { derivations, suite: '${suite}', runs: 60 });`;
    write('good.test.mjs', test('suite.mjs'));
    write('broken.mjs', read('suite.mjs').replace('logit(p0) + 2 * h * t }', 'logit(p0) + 2.1 * h * t }'));
    write('broken.test.mjs', test('broken.mjs'));
    const vitest = (file: string): Promise<Outcome> =>
      begin(process.execPath, [resolve('node_modules/vitest/vitest.mjs'), 'run', file, '--reporter=verbose'], {
        cwd: folder,
        env: { NO_COLOR: '1', VITEST: '' },
      }).ended;
    const good = await vitest('good.test.mjs');
    expect(good.code, good.stdout + good.stderr).toBe(0);
    expect(good.stdout).toContain('refutes: without the plateau');
    const broken = await vitest('broken.test.mjs');
    expect(broken.code).toBe(1);
    const [, line] = /again: loopproof (replay a-mode-follows-its-sigmoid .* --suite broken\.mjs)/.exec(
      broken.stdout + broken.stderr,
    )!;
    expect((await loopproof(...line!.split(' '), '--only-suite')).code).toBe(1);
  });
});
