/**
 * `loopproof campaign` as users meet it: killed, resumed, interrupted, shared out, refused.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { beginCampaign, campaignText, linesOf, SMALL, timeless, until } from '#spec/campaigns/campaign.js';
import * as called from '#spec/cli/called.js';
import * as spawned from '#spec/cli/spawned.js';
import { testFolder } from '#spec/support/files.js';
import { Stream } from '#src/linalg/random.js';

const { folder, at, read, readJson, write } = testFolder('campaign');

const run = (...args: string[]): Promise<spawned.Outcome> => beginCampaign(...args).ended;

const campaignFile = (name: string, blocks: readonly object[]): string => write(`${name}.json`, campaignText(blocks));

/** A report without its times. */
const untimed = (text: string): string =>
  text.replace(/^The runs took .* core-hours; the longest, .*\n$/m, '').replace(/"time": \{[\s\S]*?\}\s*\},/, '');

describe('campaign', () => {
  const grid = campaignFile('grid', [
    {
      name: 'a',
      ...SMALL,
      agent: { N: 24 },
      epochs: 40,
      seeds: 10,
      measure: { spectrumEvery: 4 },
      perturbations: [{ name: 'x' }, { name: 'y', optimizer: { lr: 0.1 } }],
    },
    { name: 'b', ...SMALL, agents: ['linear-low-rank'], seeds: 4 },
  ]);
  const RUNS = 24;
  const whole = at('whole.jsonl');
  const [summary, curves] = [at('whole.json'), at('curves')];
  const uninterrupted = run(grid, '--out', whole, '--summary', summary, '--curves', curves, '--workers', '2');

  it('says what it will take, runs the grid and sums it up', async () => {
    const { code, stdout, stderr } = await uninterrupted;
    expect(stderr).toMatch(/^24 runs on 2 threads: about \d+ s, \d+ MiB of memory\n(campaign: .+\n)*$/);
    expect(code).toBe(0);
    expect(stdout).toContain('24 runs: 24 finished, 0 diverged, 0 missing.');
    expect(stdout).toMatch(/\nThe runs took \S+ core-hours; the longest, \S+, \S+ s\.\n$/);
    expect(new Set(linesOf(whole)).size).toBe(RUNS);
    expect(readJson('whole.json')).toMatchObject({ tool: 'loopproof', campaign: 'trial', finished: RUNS });
    expect(readdirSync(curves)).toHaveLength(RUNS);
    const { id, closed, open } = readJson('curves/a_x_0.json');
    expect(id).toBe('a/x/0');
    for (const phase of [closed, open]) expect(phase.loss).toHaveLength(40);
  });

  it.each([1, 2, 3])('killed three times at random and resumed, ends as if it had not been: %d', async (seed) => {
    await uninterrupted;
    const random = new Stream(seed);
    const file = at(`killed-${seed}.jsonl`);
    for (let kill = 0; kill < 3; kill++) {
      const before = linesOf(file);
      const { child, ended } = beginCampaign(grid, '--out', file, '--workers', '2');
      const more = 1 + Math.floor(random.uniform(0, 5));
      await until(() => linesOf(file).length >= before.length + more);
      await new Promise((resolve) => setTimeout(resolve, random.uniform(0, 40)));
      child.kill('SIGKILL');
      await ended;
      expect(linesOf(file).slice(0, before.length)).toEqual(before);
    }
    const before = linesOf(file);
    expect(before.length).toBeGreaterThanOrEqual(3);
    expect(before.length).toBeLessThan(RUNS);
    // Whatever the kills left, a torn line too.
    writeFileSync(file, `${readFileSync(file, 'utf8').replace(/[^\n]*$/, '')}{"id":"a/x/`);
    const again = `killed-${seed}.json`;
    const { code, stdout, stderr } = await run(grid, '--out', file, '--summary', at(again), '--workers', '3');
    expect(code).toBe(0);
    expect(stderr).toContain(`${before.length} of ${RUNS} runs are finished already`);
    expect(untimed(stdout)).toBe(untimed((await uninterrupted).stdout));
    expect(linesOf(file).slice(0, before.length)).toEqual(before);
    expect(timeless(file)).toEqual(timeless(whole));
    expect(untimed(read(again))).toBe(untimed(read('whole.json')));
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it('keeps what is finished when it is interrupted', async () => {
    const file = at('interrupted.jsonl');
    const { child, ended } = beginCampaign(grid, '--out', file, '--workers', '2');
    await until(() => linesOf(file).length >= 2);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(130);
    expect(stdout).toBe('');
    const kept = linesOf(file).length;
    expect(stderr).toContain(`interrupted: ${kept} of ${RUNS} runs are kept`);
    expect((await run(grid, '--out', file)).code).toBe(0);
    expect(timeless(file)).toEqual(timeless(whole));
  });

  it('refuses the results file of a campaign under way, whose runs stay whole', async () => {
    const file = at('contested.jsonl');
    const { child, ended } = beginCampaign(grid, '--out', file, '--workers', '1');
    await until(() => linesOf(file).length >= 1);
    // It must not end before the second begins.
    child.kill('SIGSTOP');
    const second = await spawned.refused(['campaign', grid, '--out', file, '--workers', '1']);
    child.kill('SIGCONT');
    expect(second).toMatch(/\.lock\n {2}received {2}the lock of process \d+ on[\s\S]*another file with --out/);
    expect((await ended).code).toBe(0);
    expect(timeless(file)).toEqual(timeless(whole));
  });

  it('gives shares that together are the whole', async () => {
    const shares = [at('first.jsonl'), at('second.jsonl')];
    const [first] = await Promise.all(
      shares.map((out, k) => run(grid, '--out', out, '--shard', `${k + 1}/2`, '--workers', '1')),
    );
    expect(first!.code).toBe(0);
    expect(first!.stdout).toContain('12 missing');
    const merged = at('merged.jsonl');
    const { code, stdout } = await run(grid, '--merge', ...shares, '--out', merged);
    expect(code).toBe(0);
    expect(untimed(stdout)).toBe(untimed((await uninterrupted).stdout));
    expect(timeless(merged)).toEqual(timeless(whole));
    const part = await run(grid, '--merge', shares[0]!, '--summary', '-');
    expect(part.code).toBe(3);
    expect(JSON.parse(part.stdout)).toMatchObject({ finished: 12, missing: 12 });
  });

  it('counts diverged runs', async () => {
    const wild = campaignFile('wild', [
      { name: 'a', ...SMALL, agent: { kind: 'linear', N: 10 }, optimizer: { lr: 1e6, clip: null }, seeds: 2 },
    ]);
    const { code, stdout } = await run(wild, '--out', at('wild.jsonl'));
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /2 runs: 0 finished, 2 diverged, 0 missing\.[\s\S]*Diverged: a\/original\/0 \(closed loop, epoch \d+\)/,
    );
  });

  it('refuses what would take too long or too much, unless told to', async () => {
    const long = campaignFile('long', [{ name: 'a', protocol: 'text', seeds: 10_000 }]);
    const refusal = await called.refused(['campaign', long, '--out', at('long.jsonl')]);
    expect(refusal).toMatch(/^10000 runs on[\s\S]*received {2}about .* h of work[\s\S]*try .*--yes/);
    const { child, said, ended } = beginCampaign(long, '--out', at('long.jsonl'), '--yes');
    await until(() => said.stderr.includes('10000 runs on'));
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    const large = campaignFile('large', [
      { name: 'a', ...SMALL, agent: { kind: 'linear-low-rank', N: 10 }, epochs: 2, horizon: 100_000, seeds: 1 },
    ]);
    expect(await called.refused(['campaign', large, '--out', at('large.jsonl')])).toMatch(
      /received {2}about \d+ MiB of memory|of work/,
    );
  });

  it('refuses networks beyond what WebAssembly can address, --yes or not', async () => {
    const huge = campaignFile('huge', [
      { name: 'a', protocol: 'text', agent: { N: 1000 }, batch: 20_000, epochs: 2, horizon: 60, seeds: 1 },
    ]);
    expect(await called.refused(['campaign', huge, '--out', at('huge.jsonl'), '--yes'])).toMatch(
      /a\/original\/0\n {2}received {2}4\.4 GiB for its network\n {2}expected {2}at most 4 GiB/,
    );
    const wide = campaignFile('wide', [
      { name: 'a', ...SMALL, measure: { horizons: [100_000], trials: 6000, every: 12 }, seeds: 1 },
    ]);
    expect(await called.refused(['campaign', wide, '--out', at('wide.jsonl'), '--yes'])).toMatch(
      /the memory of a network\n {2}received {2}\d+\.\d+ GiB/,
    );
  });

  it.each<[string, readonly string[], RegExp]>([
    ['no such file', ['nowhere.yaml'], /no such file/],
    ['an unwritable place', [grid, '--out', '/nowhere/results.jsonl'], /ENOENT[\s\S]*name another file with --out/],
    ['a folder', [grid, '--out', folder], /EISDIR/],
    ['a full disk', [grid, '--out', '/dev/full'], /ENOSPC[\s\S]*finished runs are kept/],
    ['no folder for curves', [grid, '--out', at('c.jsonl'), '--curves', '/dev/null/curves'], /--curves[\s\S]*ENOTDIR/],
    ['curves that cannot be written', [grid, '--out', at('c.jsonl'), '--curves', '/proc'], /received {2}ENOENT/],
    [
      'results of another campaign',
      ['smoke', '--out', whole],
      /line 1\n {2}received {2}\w\/[\s\S]*a run of this campaign/,
    ],
    ['no results', [grid, '--merge', '/nowhere.jsonl'], /ENOENT/],
    ['a worker without a queue', [grid, '--worker'], /works only with '--queue <url>'/],
    ['a queue and results', [grid, '--merge', whole, '--queue', 'redis://127.0.0.1:1'], /cannot be used with/],
    [
      'no address of a queue',
      [grid, '--queue', 'nonsense', '--out', at('q.jsonl')],
      /expected {2}an address such as redis:/,
    ],
    [
      'a queue that nobody serves',
      [grid, '--queue', 'redis://:secret@127.0.0.1:1', '--out', at('q.jsonl')],
      /redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
    ],
    ['a worker of such a queue', [grid, '--queue', 'redis://127.0.0.1:1', '--worker'], /ECONNREFUSED/],
  ])('refuses %s', async (_, args, message) => {
    await uninterrupted;
    const { refused: refuses } = args.includes('--queue') ? spawned : called;
    const error = await refuses(['campaign', ...args]);
    expect(error).toMatch(message);
    expect(error).not.toContain('secret');
  });
});
