/**
 * The same seed gives the same bytes, times aside: whatever the number of threads, in another process at another time and place, and
 * whatever was judged before. That both kernels train alike within rounding is held by spec/kernel (one step of any network, by forward
 * error analysis) and by spec/training/rnn.test.ts (whole recorded runs).
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { campaignText, linesOf, SMALL, timeless as timelessLines } from '#spec/campaigns/campaign.js';
import { ledger } from '#spec/claims/ledger.js';
import { run } from '#spec/cli/spawned.js';
import { testFolder } from '#spec/support/files.js';
import type { AnyClaim } from '#src/claims/claim.js';
import { judge } from '#src/claims/judge.js';
import type { Verdict } from '#src/claims/verdict.js';
import { Stream } from '#src/linalg/random.js';
import { jsonReport } from '#src/report/json.js';
import { version } from '#src/version.js';

const { folder, at: inFolder } = testFolder('determinism');

/** Without times: milliseconds of reports, and what a campaign took. */
const timeless = (json: string): string =>
  json.replaceAll(/"ms": ?[\d.]+/g, '"ms": 0').replace(/"time": \{[\s\S]*?\}\s*\},/, '');

/** A process of another year, time zone and language, with colours. */
const ELSEWHERE = {
  TZ: 'Pacific/Kiritimati',
  LC_ALL: 'tr_TR.UTF-8',
  FORCE_COLOR: '1',
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    'const { now } = Date; Date.now = () => now() + 4e10; Date = new Proxy(Date, { construct: (D, given) => new D(...(given.length ? given : [D.now()])) });',
  )}`,
};

describe('verify, over all claims', () => {
  const [seed, runs] = [11, 2];
  const reports = Promise.all(
    ['1', '2', '4'].map((workers, k) =>
      run(['verify', '--seed', String(seed), '--runs', String(runs), '--workers', workers, '--json', '-'], {
        env: k > 0 ? ELSEWHERE : {},
      }),
    ),
  );

  it('gives the same bytes on one thread, two and four', { timeout: 300_000 }, async () => {
    const [one, two, four] = (await reports).map(({ stdout }) => timeless(stdout));
    expect(JSON.parse(one!).claims).toHaveLength(ledger.length);
    expect(two).toBe(one);
    expect(four).toBe(one);
  });

  it.each([1, 2])('has no claim that minds what was judged before it: in shuffled order %d', async (shuffle) => {
    const random = new Stream(shuffle);
    const verdicts = new Map<AnyClaim, Verdict>();
    const order = ledger.map((claim) => ({ claim, at: random.uniform(0, 1) })).sort((a, b) => a.at - b.at);
    for (const { claim } of order) verdicts.set(claim, judge(claim, { seed, runs }));
    const header = { tool: 'loopproof', version: version(), seed } as const;
    const report = jsonReport(
      header,
      ledger.map((claim) => verdicts.get(claim)!),
    );
    expect(timeless(report)).toBe(timeless((await reports)[0]!.stdout));
  });
});

describe('two processes write the same', () => {
  /** What a command wrote, of its own accord and into the folder that it is given, by name. */
  async function written(
    args: readonly string[],
    out: string,
    env: NodeJS.ProcessEnv,
  ): Promise<Record<string, string>> {
    const { code, stdout, stderr } = await run([...args, out], { env });
    expect([0, 3], stderr).toContain(code);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => inFolder(name))
      .filter((path) => path.startsWith(out) && /\.\w+$/.test(path));
    expect(files.length).toBeGreaterThan(0);
    const said = stdout.replaceAll(out, 'OUT');
    return Object.fromEntries([
      ['', said.replaceAll(/ +\d+ ms/g, '')],
      ...files.map((path) => [path.slice(out.length), timeless(readFileSync(path, 'latin1'))]),
    ]);
  }

  it.each<[string, ...string[]]>([
    ['a run, as JSON', 'train', '--epochs', '30', '--out', '.json'],
    ['a run, as NPZ', 'train', '--epochs', '30', '--out', '.npz'],
    ['a run, compressed', 'train', '--epochs', '30', '--out', '.json.gz'],
    ['a run of the engine of N units', 'train', '--epochs', '30', '--engine', 'full', '--out', '.json'],
    ['a run of a tanh agent', 'train', '--protocol', 'text', '--epochs', '3', '--out', '.npz'],
    [
      'a run of a tanh agent of given weights',
      'train',
      '--config',
      'fixtures/parity-tanh.json',
      '--epochs',
      '3',
      '--out',
      '.json',
    ],
    ['a run of tracking', 'train', '--protocol', 'tracking', '--epochs', '3', '--out', '.json'],
    ['proofs', 'prove', 'golden-ratio-is-optimal', 'third-eigenvalue-follows-memory', '--no-z3', '--json', '.json'],
    ['judged runs', 'check', 'fixtures/parity-lowrank.json', 'fixtures/parity-tanh.json', '--json', '.json'],
    ['figures', 'figures', '3d', 'stage-one-spectrum', 'stage-one-loss', '--out', ''],
    ['vectors', 'vectors', '--out', ''],
  ])('%s', async (name, ...args) => {
    const [suffix, options] = [args.at(-1)!, args.slice(0, -1)];
    const [here, there] = await Promise.all(
      [{}, ELSEWHERE].map((env, k) => written(options, inFolder(`${name.replaceAll(/\W+/g, '-')}-${k}${suffix}`), env)),
    );
    expect(there).toEqual(here);
  });
});

it('campaigns keep the same runs, curves and summary on one thread, two and four, in whatever order they finish', async () => {
  const grid = inFolder('grid.json');
  writeFileSync(
    grid,
    campaignText([
      { name: 'a', ...SMALL, agents: ['tanh', 'linear-low-rank'], measure: { trials: 20 }, seeds: 3 },
      { name: 'b', protocol: 'tracking', epochs: 2, measure: { trials: 4 }, seeds: 1 },
    ]),
  );
  const campaigns = await Promise.all(
    ['1', '1', '2', '4'].map(async (workers, k) => {
      const [out, summary, curves] = [inFolder(`${k}.jsonl`), inFolder(`summary-${k}.json`), inFolder(`curves-${k}`)];
      const args = ['--out', out, '--summary', summary, '--curves', curves, '--workers', workers];
      const { code, stderr } = await run(['campaign', grid, ...args], { env: k > 0 ? ELSEWHERE : {} });
      expect(code, stderr).toBe(0);
      const files = readdirSync(curves).map((name) => [name, readFileSync(join(curves, name), 'utf8')]);
      return { out, runs: timelessLines(out), summary: timeless(readFileSync(summary, 'utf8')), curves: files };
    }),
  );
  const [first, again, ...threaded] = campaigns.map(({ out: _out, ...rest }) => rest);
  expect(first!.runs).toHaveLength(7);
  expect(first!.curves).toHaveLength(7);
  for (const other of [again, ...threaded]) expect(other).toEqual(first);
  // On one thread the order, too, is the same.
  const ids = (file: string): string[] => linesOf(file).map((line) => JSON.parse(line).id);
  expect(ids(campaigns[1]!.out)).toEqual(ids(campaigns[0]!.out));
});
