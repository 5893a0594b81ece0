/**
 * What files and columns may be called, and patterns of names.
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as called from '#spec/cli/called.js';
import { run } from '#spec/cli/spawned.js';
import { testFolder } from '#spec/support/files.js';

const { folder, at, write, readJson } = testFolder('names');
const GOOD = 'fixtures/parity-effective.json';
const ODD = [
  'a b.json',
  'run[1].json',
  '{a,b}.json',
  'lr=0.1,clip=1.json',
  'σ_zm 漢字 é.json',
  '-dash.json',
  "it's.json",
  '!not.json',
  'a*b?.json',
  '(x|y).json',
  '$HOME `id`.json',
  '#1.json',
  'back\\slash.json',
] as const;

/** Checks files in the test's folder. */
const check = (...args: readonly string[]) => run(['check', ...args], { cwd: folder });
const filesOf = (report: string): string[] => [
  ...new Set((readJson(report).claims as { run: string }[]).map((verdict) => verdict.run)),
];

describe('files', () => {
  it('may be called anything', async () => {
    for (const name of ODD) copyFileSync(GOOD, at(name));
    const { code, stderr } = await check('--json', 'odd-report.json', '--', ...ODD);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(filesOf('odd-report.json').toSorted()).toEqual(ODD.toSorted());
  });

  it('of a pattern are those that match, in folders of any name', async () => {
    for (const name of ['exp[1]', 'exp 2', '{a}']) {
      mkdirSync(at(name));
      for (const file of ['x.json', 'y[2].json', 'z.txt']) copyFileSync(GOOD, at(name, file));
    }
    for (const [pattern, files] of [
      ['exp[1]/*.json', ['exp[1]/x.json', 'exp[1]/y[2].json']],
      ['{a}/x*', ['{a}/x.json']],
      ['exp*/x.json', ['exp 2/x.json', 'exp[1]/x.json']],
      ['./exp 2/**', ['./exp 2/x.json', './exp 2/y[2].json', './exp 2/z.txt']],
      [at('exp[1]', '*.txt'), [at('exp[1]', 'z.txt')]],
    ] as const) {
      const { code, stderr } = await check(pattern, '--json', 'pattern-report.json');
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(filesOf('pattern-report.json')).toEqual(files);
    }
  });

  it('of a pattern that matches none are refused as such, and the others are judged', async () => {
    copyFileSync(GOOD, at('good.json'));
    for (const pattern of ['none/*.npz', '*.nothing', 'run[7].json', '{c,d}.json']) {
      const { code, stdout, stderr } = await check(pattern, 'good.json');
      expect(code).toBe(2);
      expect(stderr).toContain(`${pattern}\n  received  a pattern that matches no file`);
      expect(stdout).toContain('0 refuted');
    }
    const { stderr } = await check('nothing.json');
    expect(stderr).toContain('no such file');
  });
});

describe('columns', () => {
  const config = at('config.json');
  const loss = [3, 2, 1];

  it.each([
    ['train_loss'],
    ['lr: 0.01, clip=1 - train/loss'],
    ['lr=0.1,loss=mse - loss'],
    ['a "quoted", name'],
    ["it's, $HOME and `id`"],
    ['Verlust; Mittel'],
    ['損失, σ'],
  ])('may be called %s', async (name) => {
    const { curves: _, weights: __, ...rest } = JSON.parse(readFileSync(GOOD, 'utf8'));
    write('config.json', rest);
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const table = write(
      'log.csv',
      `epoch,${quoted},gradNorm\n${loss.map((value, e) => `${e},${value},1`).join('\n')}\n`,
    );
    const checked = ['check', table, '--config', config];
    const { code, stderr } = await called.run([...checked, '--columns', `loss=${name},gradNorm=gradNorm`]);
    expect(stderr).toBe('');
    expect(code).toBe(3);
    // A name that is not there is answered by one that is, as a shell takes it.
    const missing = await called.run(checked);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('no column "loss" among "epoch"');
  });
});
