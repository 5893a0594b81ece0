/**
 * The results file: append-only, torn lines cut off, nothing lost, nothing foreign taken in.
 */
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { plansFor, SMALL } from '#spec/campaigns/campaign.js';
import { testFolder } from '#spec/support/files.js';
import type { Plan } from '#src/campaigns/grid.js';
import { outcomeLine, type RunOutcome } from '#src/campaigns/outcome.js';
import { openStore, readOutcomes } from '#src/campaigns/store.js';
import { version } from '#src/version.js';

const { folder, at } = testFolder('store');
let files = 0;
const newFile = (): string => at(`${files++}.jsonl`);

const plans = plansFor([{ name: 'a', ...SMALL, seeds: 200 }]);
const outcomeOf = ({ id, digest }: Plan): RunOutcome => ({
  id,
  digest,
  version: version(),
  status: 'finished',
  measures: { gap: 0.5, height: Number.POSITIVE_INFINITY },
  verdicts: { peak: true },
  ms: 3,
});
const outcomes = plans.map(outcomeOf);

function storeOf(file: string, kept: readonly RunOutcome[]): void {
  const store = openStore(file, plans);
  for (const outcome of kept) store.append(outcome);
  store.close();
}

describe('a results file', () => {
  it('gives back what was kept, infinities too, in one line each', () => {
    const file = newFile();
    storeOf(file, outcomes.slice(0, 3));
    const store = openStore(file, plans);
    expect([...store.outcomes.values()]).toEqual(outcomes.slice(0, 3));
    store.append(outcomes[1]!);
    store.close();
    expect(readFileSync(file, 'utf8')).toBe(
      outcomes
        .slice(0, 3)
        .map((outcome) => `${outcomeLine(outcome)}\n`)
        .join(''),
    );
  });

  it.each([1, 20, 60])('is cut off after its last whole line, %d bytes of a torn one', (bytes) => {
    const file = newFile();
    storeOf(file, outcomes.slice(0, 2));
    const whole = readFileSync(file, 'utf8');
    appendFileSync(file, outcomeLine(outcomes[2]!).slice(0, bytes));
    expect(readOutcomes([file], plans).size).toBe(2);
    storeOf(file, [outcomes[2]!]);
    expect(readFileSync(file, 'utf8')).toBe(`${whole}${outcomeLine(outcomes[2]!)}\n`);
  });

  it('counts no run twice, whichever file has it', () => {
    const [a, b] = [newFile(), newFile()];
    storeOf(a, outcomes.slice(0, 3));
    storeOf(b, outcomes.slice(1, 5));
    expect([...readOutcomes([a, b], plans).keys()]).toEqual(outcomes.slice(0, 5).map(({ id }) => id));
  });

  it.each([
    ['a broken line within', '{"id":\n', /line 2.*expected the outcome of a run/],
    [
      'a run of another campaign',
      `${outcomeLine({ ...outcomes[0]!, id: 'b/x/0' })}\n`,
      /b\/x\/0.*a run of this campaign/,
    ],
    [
      'a run of another version',
      `${outcomeLine({ ...outcomes[1]!, version: '0.0.1' })}\n`,
      /by loopproof 0\.0\.1.*this version/,
    ],
    ['a run of other settings', `${outcomeLine({ ...outcomes[1]!, digest: '0' })}\n`, /other settings/],
  ])('is refused with %s, and left as it is', (_, line, message) => {
    const file = newFile();
    storeOf(file, outcomes.slice(0, 1));
    appendFileSync(file, line);
    appendFileSync(file, `${outcomeLine(outcomes[2]!)}\n{"torn`);
    const before = readFileSync(file, 'utf8');
    expect(() => openStore(file, plans)).toThrow(message);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it.each(['notes', '{"idea":'])('is not taken for torn where it is another file: %s', (text) => {
    const file = newFile();
    writeFileSync(file, text);
    expect(() => openStore(file, plans)).toThrow(/a results file, or none/);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('is refused where it cannot be written', () => {
    expect(() => openStore(folder, plans)).toThrow(/EISDIR/);
    expect(() => openStore(at('nowhere', 'x'), plans)).toThrow(/ENOENT/);
    const full = openStore('/dev/full', plans);
    expect(() => full.append(outcomes[0]!)).toThrow(/ENOSPC/);
    full.close();
    expect(() => readOutcomes([at('nowhere')], plans)).toThrow(/ENOENT/);
  });

  describe('is written by one process at a time', () => {
    const lockOf = (file: string): string => `${realpathSync(folder)}${file.slice(folder.length)}.lock`;
    /** The number of a process that is no more. */
    const deadPid = (): number => Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));

    it('the second is refused, and the lock goes with the first', () => {
      const file = newFile();
      const store = openStore(file, plans);
      store.append(outcomes[0]!);
      expect(() => openStore(file, plans)).toThrow(new RegExp(`process ${process.pid} on`));
      const link = newFile();
      symlinkSync(file, link);
      expect(() => openStore(link, plans)).toThrow(/one process at a time/);
      store.append(outcomes[1]!);
      store.close();
      expect(existsSync(lockOf(file))).toBe(false);
      storeOf(file, [outcomes[2]!]);
      expect(readOutcomes([file], plans).size).toBe(3);
    });

    it('the lock of a dead process is taken over, of one that died taking it over too', () => {
      const file = newFile();
      const dead = JSON.stringify({ pid: deadPid(), host: hostname() });
      for (const suffix of ['', '.lock']) writeFileSync(`${lockOf(file)}${suffix}`, dead);
      storeOf(file, [outcomes[0]!]);
      expect(readOutcomes([file], plans).size).toBe(1);
      for (const suffix of ['', '.lock']) expect(existsSync(`${lockOf(file)}${suffix}`)).toBe(false);
    });

    it('a process of the same number that began at another time is another', () => {
      const file = newFile();
      const text = JSON.stringify({ pid: process.pid, host: hostname(), began: '1' });
      writeFileSync(lockOf(file), text);
      storeOf(file, [outcomes[0]!]);
      expect(readOutcomes([file], plans).size).toBe(1);
    });

    it.each([
      ['of a process of another machine', JSON.stringify({ pid: 1, host: 'elsewhere' }), /process 1 on elsewhere/],
      ['that names nobody', '', /names no process/],
    ])('a lock %s is left alone', (_, text, message) => {
      const file = newFile();
      writeFileSync(lockOf(file), text);
      expect(() => openStore(file, plans)).toThrow(message);
      expect(readFileSync(lockOf(file), 'utf8')).toBe(text);
    });

    it('one of many processes that find a dead one’s lock gets it', async () => {
      const file = newFile();
      writeFileSync(lockOf(file), JSON.stringify({ pid: deadPid(), host: hostname() }));
      // Each says whether it has the lock, and keeps it until all have tried.
      const script = `import { lockFile } from '#src/campaigns/lock.js';
        process.stdin.once('data', () => {
          try { lockFile(${JSON.stringify(lockOf(file).replace(/\.lock$/, ''))}); process.stdout.write('1'); }
          catch (error) { process.stdout.write(error.code === 'locked' ? '0' : 'x'); }
        });
        process.stdin.on('end', () => undefined);
        process.stdout.write('r');`;
      const children = Array.from({ length: 4 }, () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
        let said = '';
        child.stdout.on('data', (chunk) => (said += chunk));
        return { child, said: () => said, ended: new Promise((resolve) => child.on('close', resolve)) };
      });
      const all = async (length: number): Promise<void> => {
        while (!children.every(({ said }) => said().length === length))
          await new Promise((resolve) => setTimeout(resolve, 5));
      };
      await all(1);
      for (const { child } of children) child.stdin.write('go');
      await all(2);
      expect(children.map(({ said }) => said()).sort()).toEqual(['r0', 'r0', 'r0', 'r1']);
      for (const { child } of children) child.stdin.end();
      await Promise.all(children.map(({ ended }) => ended));
    });
  });

  it('keeps whole lines only when the disk is full, and goes on when there is room', ({ skip }) => {
    const disk = at('disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      skip('no file system can be mounted here');
    }
    onTestFinished(() => void execFileSync('umount', [disk]));
    const filler = join(disk, 'filler');
    writeFileSync(filler, 'x'.repeat(4096));
    const file = join(disk, 'results.jsonl');
    const store = openStore(file, plans);
    expect(() => {
      for (const outcome of outcomes) store.append(outcome);
    }).toThrow(/ENOSPC/);
    const kept = readFileSync(file, 'utf8');
    expect(kept.length).toBeGreaterThan(2048);
    expect(kept.endsWith('\n')).toBe(true);
    const count = kept.split('\n').length - 1;
    expect(store.outcomes.size).toBe(count);
    writeFileSync(filler, '');
    store.append(outcomes[count]!);
    store.close();
    expect(readFileSync(file, 'utf8')).toBe(`${kept}${outcomeLine(outcomes[count]!)}\n`);
  });
});
