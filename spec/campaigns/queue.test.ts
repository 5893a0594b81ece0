/**
 * Campaigns over a real Redis, started here on a port of its own: shared among workers, one of which is killed at work.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaignText, SMALL } from '#spec/campaigns/campaign.js';

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

const folder = mkdtempSync(join(tmpdir(), 'loopproof-queue-'));
const inFolder = (name: string): string => join(folder, name);

interface Command {
  readonly said: { stdout: string; stderr: string };
  readonly ended: Promise<number | null>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

function begin(command: string, args: readonly string[]): Command {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += chunk));
  child.stderr.on('data', (chunk) => (said.stderr += chunk));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { said, ended, kill: (signal) => void child.kill(signal) };
}

const campaign = (...args: string[]): Command => begin(process.execPath, ['dist/src/cli/main.js', 'campaign', ...args]);

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
const timeless = (file: string): string[] =>
  linesOf(file)
    .map((line) => line.replace(/"ms":\d+/, '"ms":0'))
    .sort();

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
    server.kill('SIGTERM');
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
    expect(await campaign(file, '--out', alone).ended).toBe(0);

    const first = campaign(file, '--queue', url, '--worker', '--workers', '2');
    await until(() => first.said.stderr.includes('waiting for runs'));
    const name = /waiting for runs of (\S+)/.exec(first.said.stderr)![1]!;
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
    const collector = campaign(file, '--queue', url, '--out', queued);
    await until(() => linesOf(queued).length > 0);
    await until(async () => (await queue.getActiveCount()) > 0);
    first.kill('SIGKILL');
    await first.ended;
    const orphans = await queue.getActiveCount();
    expect(orphans).toBeGreaterThan(0);
    collector.kill('SIGKILL');
    await collector.ended;
    const before = linesOf(queued);
    expect(before.length).toBeLessThan(RUNS);

    const second = campaign(file, '--queue', url, '--worker', '--workers', '1');
    const again = campaign(file, '--queue', url, '--out', queued);
    expect(await again.ended).toBe(0);
    expect(linesOf(queued).slice(0, before.length)).toEqual(before);
    expect(timeless(queued)).toEqual(timeless(alone));
    expect(again.said.stdout).toContain(`${RUNS} finished, 0 diverged, 0 missing`);

    // Nothing is left behind but the queue's own marks.
    const counts = await queue.getJobCounts('waiting', 'active', 'completed', 'failed', 'delayed');
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(0);
    await queue.close();
    second.kill('SIGINT');
    expect(await second.ended).toBe(0);
    expect(second.said.stderr).toMatch(/stopped: \d+ runs finished here/);
  });

  /** The name of a campaign's queue, as its workers say it; a worker that finishes what it is given. */
  async function worker(path: string): Promise<{ readonly name: string; readonly stop: () => Promise<void> }> {
    const command = campaign(path, '--queue', url, '--worker', '--workers', '2');
    await until(() => command.said.stderr.includes('waiting for runs'));
    return {
      name: /waiting for runs of (\S+)/.exec(command.said.stderr)![1]!,
      async stop() {
        command.kill('SIGINT');
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
    const collectors = outs.map((out, k) => campaign(quick, '--queue', url, '--out', out, '--shard', `${k + 1}/2`));
    const { name, stop } = await worker(quick);
    expect(await Promise.all(collectors.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(outs.map((out) => linesOf(out).length)).toEqual([8, 7]);
    expect(new Set(outs.flatMap(timeless)).size).toBe(QUICK);
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
    expect(await leftIn(queue)).toBe(0);
    await queue.close();
    await stop();
  });

  it('gives two collectors of the same runs all of them, even what the other took out', async () => {
    const outs = [inFolder('one.jsonl'), inFolder('two.jsonl')];
    const [one, two] = outs.map((out) => campaign(quick, '--queue', url, '--out', out));
    const { name, stop } = await worker(quick);
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
    expect(await Promise.all([one!.ended, two!.ended])).toEqual([0, 0]);
    expect(outs.map((out) => linesOf(out).length)).toEqual([QUICK, QUICK]);
    expect(timeless(outs[0]!)).toEqual(timeless(outs[1]!));
    await stop();

    const third = campaign(quick, '--queue', url, '--out', inFolder('three.jsonl'));
    await until(async () => (await queue.getWaitingCount()) === QUICK);
    await queue.drain();
    expect(await queue.getWaitingCount()).toBe(0);
    await until(async () => (await queue.getWaitingCount()) === QUICK);
    third.kill('SIGINT');
    expect(await third.ended).toBe(130);
    await queue.close();
  });

  it('says what it would take, and refuses too much', async () => {
    const long = inFolder('long.json');
    writeFileSync(long, campaignText([{ name: 'a', protocol: 'text', seeds: 10_000 }]));
    const refused = campaign(long, '--queue', url, '--out', inFolder('long.jsonl'));
    expect(await refused.ended).toBe(2);
    expect(refused.said.stderr).toMatch(/^10000 runs by a queue, were one thread [^\n]*: about .* h[\s\S]*--yes/);
  });

  it('goes on with what workers did while nobody collected', async () => {
    const out = inFolder('later.jsonl');
    const other = inFolder('other.json');
    writeFileSync(other, campaignText([{ name: 'a', ...SMALL, seeds: RUNS }]));
    const collector = campaign(other, '--queue', url, '--out', out);
    const name = await new Promise<string>((resolve) => {
      const worker = campaign(other, '--queue', url, '--worker');
      void until(() => worker.said.stderr.includes('waiting for runs')).then(() => {
        worker.kill('SIGINT');
        resolve(/waiting for runs of (\S+)/.exec(worker.said.stderr)![1]!);
      });
    });
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
    await until(async () => (await queue.count()) + linesOf(out).length > 0);
    collector.kill('SIGINT');
    expect(await collector.ended).toBe(linesOf(out).length === RUNS ? 0 : 130);
    const worker = campaign(other, '--queue', url, '--worker');
    await until(async () => (await queue.getCompletedCount()) + linesOf(out).length === RUNS);
    worker.kill('SIGINT');
    await worker.ended;
    const last = campaign(other, '--queue', url, '--out', out);
    expect(await last.ended).toBe(0);
    expect(linesOf(out)).toHaveLength(RUNS);
    await queue.close();
  });
});
