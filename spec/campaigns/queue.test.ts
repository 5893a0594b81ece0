/**
 * Campaigns over a real Redis, started here on a port of its own: shared among workers, one of which is killed at work.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginCampaign, campaignText, linesOf, SMALL, timeless, until } from '#spec/campaigns/campaign.js';
import { begin, type Command } from '#spec/cli/spawned.js';
import { testFolder } from '#spec/support/files.js';

function installed(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('queue tests are skipped: no redis-server here (Debian: apt-get install redis-server)\n');
    return false;
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const { folder, at: inFolder } = testFolder('queue');

describe.skipIf(!installed())('a queue', () => {
  let server: Command;
  let url: string;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    url = `redis://127.0.0.1:${port}`;
    server = begin('redis-server', [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
    ]);
    await until(() => server.said.stdout.includes('Ready to accept connections'));
  });
  afterAll(async () => {
    server.child.kill('SIGTERM');
    await server.ended;
  });

  // Runs of about a second, so that a worker can be met at work.
  const file = inFolder('grid.json');
  const RUNS = 6;
  writeFileSync(
    file,
    campaignText([{ name: 'a', ...SMALL, agent: { N: 40 }, batch: 20, horizon: 20, epochs: 60, seeds: RUNS }]),
  );

  it('loses no run and counts none twice when a worker is killed at work and the collector too', async () => {
    const [alone, queued] = [inFolder('alone.jsonl'), inFolder('queued.jsonl')];
    expect((await beginCampaign(file, '--out', alone).ended).code).toBe(0);

    const first = beginCampaign(file, '--queue', url, '--worker', '--workers', '2');
    await until(() => first.said.stderr.includes('waiting for runs'));
    const name = /waiting for runs of (\S+)/.exec(first.said.stderr)![1]!;
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
    const collector = beginCampaign(file, '--queue', url, '--out', queued);
    await until(() => linesOf(queued).length > 0);
    await until(async () => (await queue.getActiveCount()) > 0);
    first.child.kill('SIGKILL');
    await first.ended;
    const orphans = await queue.getActiveCount();
    expect(orphans).toBeGreaterThan(0);
    collector.child.kill('SIGKILL');
    await collector.ended;
    const before = linesOf(queued);
    expect(before.length).toBeLessThan(RUNS);

    const second = beginCampaign(file, '--queue', url, '--worker', '--workers', '1');
    const again = beginCampaign(file, '--queue', url, '--out', queued);
    expect((await again.ended).code).toBe(0);
    expect(linesOf(queued).slice(0, before.length)).toEqual(before);
    expect(timeless(queued)).toEqual(timeless(alone));
    expect(again.said.stdout).toContain(`${RUNS} finished, 0 diverged, 0 missing`);

    // Nothing is left behind but the queue's own marks.
    const counts = await queue.getJobCounts('waiting', 'active', 'completed', 'failed', 'delayed');
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(0);
    await queue.close();
    second.child.kill('SIGINT');
    expect((await second.ended).code).toBe(0);
    expect(second.said.stderr).toMatch(/stopped: \d+ runs finished here/);
  });

  /** The name of a campaign's queue, as its workers say it; a worker that finishes what it is given. */
  async function worker(path: string): Promise<{ readonly name: string; readonly stop: () => Promise<void> }> {
    const command = beginCampaign(path, '--queue', url, '--worker', '--workers', '2');
    await until(() => command.said.stderr.includes('waiting for runs'));
    return {
      name: /waiting for runs of (\S+)/.exec(command.said.stderr)![1]!,
      async stop() {
        command.child.kill('SIGINT');
        await command.ended;
      },
    };
  }

  const quick = inFolder('quick.json');
  const QUICK = 15;
  writeFileSync(quick, campaignText([{ name: 'a', ...SMALL, seeds: QUICK }]));
  const leftIn = async (queue: Queue): Promise<number> =>
    Object.values(await queue.getJobCounts('waiting', 'active', 'completed', 'failed', 'delayed')).reduce(
      (sum, count) => sum + count,
      0,
    );

  it('gives each of two shares its own, and leaves the other’s alone', async () => {
    const outs = [inFolder('first.jsonl'), inFolder('second.jsonl')];
    const collectors = outs.map((out, k) =>
      beginCampaign(quick, '--queue', url, '--out', out, '--shard', `${k + 1}/2`),
    );
    const { name, stop } = await worker(quick);
    expect((await Promise.all(collectors.map(({ ended }) => ended))).map(({ code }) => code)).toEqual([0, 0]);
    expect(outs.map((out) => linesOf(out).length)).toEqual([8, 7]);
    expect(new Set(outs.flatMap(timeless)).size).toBe(QUICK);
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
    expect(await leftIn(queue)).toBe(0);
    await queue.close();
    await stop();
  });

  it('gives two collectors of the same runs all of them, even what the other took out', async () => {
    const outs = [inFolder('one.jsonl'), inFolder('two.jsonl')];
    const [one, two] = outs.map((out) => beginCampaign(quick, '--queue', url, '--out', out));
    const { name, stop } = await worker(quick);
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
    expect((await Promise.all([one!.ended, two!.ended])).map(({ code }) => code)).toEqual([0, 0]);
    expect(outs.map((out) => linesOf(out).length)).toEqual([QUICK, QUICK]);
    expect(timeless(outs[0]!)).toEqual(timeless(outs[1]!));
    await stop();

    const third = beginCampaign(quick, '--queue', url, '--out', inFolder('three.jsonl'));
    await until(async () => (await queue.getWaitingCount()) === QUICK);
    await queue.drain();
    expect(await queue.getWaitingCount()).toBe(0);
    await until(async () => (await queue.getWaitingCount()) === QUICK);
    third.child.kill('SIGINT');
    expect((await third.ended).code).toBe(130);
    await queue.close();
  });

  it('says what it would take, and refuses too much', async () => {
    const long = inFolder('long.json');
    writeFileSync(long, campaignText([{ name: 'a', protocol: 'text', seeds: 10_000 }]));
    const refused = beginCampaign(long, '--queue', url, '--out', inFolder('long.jsonl'));
    expect((await refused.ended).code).toBe(2);
    expect(refused.said.stderr).toMatch(/^10000 runs by a queue, if one thread [^\n]*: about .* h[\s\S]*--yes/);
  });

  it('goes on with what workers did while nobody collected', async () => {
    const out = inFolder('later.jsonl');
    const other = inFolder('other.json');
    writeFileSync(other, campaignText([{ name: 'a', ...SMALL, seeds: RUNS }]));
    const collector = beginCampaign(other, '--queue', url, '--out', out);
    const name = await new Promise<string>((resolve) => {
      const worker = beginCampaign(other, '--queue', url, '--worker');
      void until(() => worker.said.stderr.includes('waiting for runs')).then(() => {
        worker.child.kill('SIGINT');
        resolve(/waiting for runs of (\S+)/.exec(worker.said.stderr)![1]!);
      });
    });
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
    await until(async () => (await queue.count()) + linesOf(out).length > 0);
    collector.child.kill('SIGINT');
    expect((await collector.ended).code).toBe(linesOf(out).length === RUNS ? 0 : 130);
    const worker = beginCampaign(other, '--queue', url, '--worker');
    await until(async () => (await queue.getCompletedCount()) + linesOf(out).length === RUNS);
    worker.child.kill('SIGINT');
    await worker.ended;
    const last = beginCampaign(other, '--queue', url, '--out', out);
    expect((await last.ended).code).toBe(0);
    expect(linesOf(out)).toHaveLength(RUNS);
    await queue.close();
  });
});
