/**
 * Live progress, on a terminal that is emulated, on a pseudo terminal, and on a pipe.
 */
import { spawn, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Screen } from '#spec/cli/screen.js';
import { MAIN, run } from '#spec/cli/spawned.js';
import { forAllWith } from '#spec/support/for-all.js';
import { mutated } from '#src/claims/claim.js';
import { openLedger } from '#src/cli/ledger.js';
import { judgeAll } from '#src/cli/pool.js';
import { type Frame, type Progress, progressOn, SILENT } from '#src/cli/progress.js';
import { announcement } from '#src/cli/verify.js';
import { trainingProgress } from '#src/cli/watch.js';
import { cut } from '#src/report/width.js';

const ledger = await openLedger();

const ESCAPE = '\x1b';
const COLOUR = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g');

afterEach(() => vi.unstubAllEnvs());

/** A stream that is a terminal with a screen, or a pipe, with a clock of its own. */
function output({ columns = 40, rows = 10, isTTY = true } = {}) {
  const screen = new Screen(columns, rows);
  const writes: string[] = [];
  const stream = {
    isTTY,
    columns,
    rows,
    write(text: string): boolean {
      writes.push(text);
      if (isTTY) screen.write(text);
      return true;
    },
  };
  const clock = { ms: 0 };
  const progress = (patience?: number): Progress =>
    progressOn(stream as unknown as NodeJS.WriteStream, {
      now: () => clock.ms,
      ...(patience !== undefined && { patience }),
    });
  return { screen, writes, stream, clock, progress };
}

describe('on a terminal', () => {
  const line = fc.oneof(
    fc.constantFrom('a', 'b', '', 'σ_zm −0.3 ▁▂█', `${ESCAPE}[31mred${ESCAPE}[39m`, 'nul\0bel\x07', `up${ESCAPE}[2J`),
    fc.string({ unit: fc.constantFrom('x', 'ρ', '·'), maxLength: 60 }),
  );
  const operation = fc.oneof(
    fc.record({ show: fc.array(line, { maxLength: 14 }) }),
    fc.record({ say: line }),
    fc.record({ wait: fc.integer({ min: 1, max: 250 }) }),
  );

  it('shows the frame as it is below what was said, by writing what has changed, ten times a second at most', () => {
    forAllWith(
      { seed: 7, numRuns: 300 },
      fc.array(operation, { maxLength: 30 }),
      fc.integer({ min: 8, max: 50 }),
      (operations, columns) => {
        const { screen, writes, clock, progress } = output({ columns });
        const live = progress(0);
        const said: string[] = [];
        let [frame, shown, last]: [string[], string[], number] = [[], [], -100];
        const seen = (lines: readonly string[]): string[] =>
          lines.map((text) =>
            cut(text, columns - 1)
              .replace(COLOUR, '')
              .trimEnd(),
          );
        for (const { show, say, wait } of operations as { show?: string[]; say?: string; wait?: number }[]) {
          const [count, before] = [writes.length, screen.text()];
          if (wait !== undefined) clock.ms += wait;
          if (show !== undefined) {
            frame = show;
            live.show(() => show);
          }
          if (say !== undefined) {
            live.say(() => [say]);
            said.push(say);
          }
          if (say !== undefined || (show !== undefined && clock.ms - last >= 100)) {
            shown = frame.slice(0, 9);
            last = clock.ms;
          } else expect(writes.length).toBe(count);
          expect(writes.length).toBeLessThanOrEqual(count + 1);
          const [now, height] = [screen.text(), said.length + shown.length];
          const expected = seen([...said, ...shown]);
          while (expected.at(-1) === '') expected.pop();
          expect(now).toEqual(expected);
          // The cursor waits below the frame.
          expect([screen.row, screen.column]).toEqual([height, 0]);
          if (say === undefined && writes.length > count)
            for (const row of screen.touched)
              if (row < before.length && seen(shown).join('') === shown.join(''))
                expect(now[row]).not.toBe(before[row]);
        }
        live.clear(() => ['the end']);
        expect(screen.wraps).toBe(0);
        expect(screen.text()).toEqual([...seen(said), 'the end']);
      },
    );
  });

  it('shows nothing of short work, asks for no frame that is not seen, and lets time go on', async () => {
    const { writes, clock, progress } = output();
    const live = progress();
    const frame = vi.fn<Frame>(({ elapsed }) => [`${elapsed} s`]);
    live.show(frame);
    clock.ms = 299;
    live.show(frame);
    expect(frame).not.toHaveBeenCalled();
    clock.ms = 300;
    await vi.waitFor(() => expect(writes.join('')).toContain('0.3 s'));
    live.clear();
    clock.ms = 5000;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(frame).toHaveBeenCalledTimes(1);
    expect(writes).toHaveLength(2);
  });

  it('begins a frame below one that a narrower terminal has broken up', () => {
    const { screen, stream, clock, progress } = output();
    const live = progress(0);
    live.show(() => ['x'.repeat(30), 'y']);
    stream.columns = 20;
    clock.ms = 100;
    live.show(() => ['z'.repeat(30), 'y']);
    expect(screen.text()).toEqual(['x'.repeat(30), 'y', `${'z'.repeat(18)}…`, 'y']);
  });

  it('has no colour where NO_COLOR is set', () => {
    for (const [value, coloured] of [
      ['', true],
      ['1', false],
    ] as const) {
      vi.stubEnv('NO_COLOR', value);
      const { writes, progress } = output();
      progress(0).show(({ palette }) => [palette.red('red')]);
      expect(writes.join('').includes(`${ESCAPE}[31m`)).toBe(coloured);
      expect(writes.join('')).toContain(`${ESCAPE}[K`);
    }
  });
});

describe('elsewhere', () => {
  it.each([
    ['a pipe', false, 'xterm'],
    ['a dumb terminal', true, 'dumb'],
  ])('%s gets plain lines, now and then', (_, isTTY, term) => {
    vi.stubEnv('TERM', term);
    const { writes, clock, progress } = output({ isTTY });
    const plain = progress();
    for (clock.ms = 0; clock.ms <= 3_000_000; clock.ms += 150)
      plain.show(({ elapsed, palette }) => [palette.red(`${elapsed} s`), 'more']);
    plain.say(({ palette }) => [palette.bold('said')]);
    plain.clear(() => ['last']);
    const times = writes.slice(0, -2).map((text) => Number(/^([\d.]+) s\n$/.exec(text)![1]));
    expect(times.slice(0, 3)).toEqual([30, 60, 90]);
    // From 300 s on a tenth more each time: ln(10)/ln(1.1) lines for ten times as long.
    expect(times.length).toBe(10 + Math.floor(Math.log(10) / Math.log(1.1)));
    expect(writes.slice(-2)).toEqual(['said\n', 'last\n']);
  });
});

describe('verify', () => {
  it('tells what is decided at once, and shows what is in work', async () => {
    const [golden, stage] = [ledger.claimOf('golden-ratio-is-optimal'), ledger.claimOf('stage-one-eigenvalues')];
    const faulty = mutated(golden, golden.mutants[0]!);
    const frames: (readonly string[])[] = [];
    const events: string[] = [];
    const look = { elapsed: 10, columns: 60, palette: (await import('picocolors')).default.createColors(false) };
    const verdicts = await judgeAll(ledger, [faulty, stage], '2 claims', {
      seed: 1,
      workers: 1,
      progress: { ...SILENT, show: (frame) => frames.push(frame(look)) },
      decided: ({ statement }, status) => events.push(`${statement.id} ${status} at ${frames.length}`),
    });
    expect(verdicts.map(({ status }) => status)).toEqual(['refuted', 'holds']);
    expect(events).toHaveLength(2);
    const at = events.map((event) => Number(event.split(' at ')[1]));
    expect(Math.min(...at)).toBeLessThan(frames.length);
    expect(frames[0]).toEqual([
      expect.stringMatching(/^judging 2 claims: 10 s · 0 decided · 0 of \d+ blocks$/),
      expect.stringMatching(/^ {2}\S.* 0 of \d+ blocks$/),
    ]);
    expect(frames.at(-1)![0]).toMatch(/^judging 2 claims: 10 s, about \d+ s left · 1 decided · \d+ of \d+ blocks$/);
  });

  it('tells of claims that are refuted and of mutants that are not', () => {
    const claim = ledger.claimOf('golden-ratio-is-optimal');
    const mutant = mutated(claim, claim.mutants[0]!);
    for (const status of ['holds', 'undecided'] as const) expect(announcement(claim, status)).toBeUndefined();
    for (const status of ['refuted', 'undecided'] as const) expect(announcement(mutant, status)).toBeUndefined();
    const { screen, progress } = output({ columns: 80 });
    progress().say(announcement(claim, 'refuted', 'too large')!);
    progress().say(announcement(mutant, 'holds')!);
    expect(screen.text()).toEqual([
      'refuted  golden-ratio-is-optimal: too large',
      `missed  golden-ratio-is-optimal: ${claim.mutants[0]!.name}`,
    ]);
  });
});

describe('train', () => {
  it('shows an unwatched run in one line', () => {
    const { screen, clock, progress } = output({ columns: 60 });
    const training = trainingProgress(10, undefined, progress(0));
    clock.ms = 2000;
    training.afterEpoch(3, 1);
    expect(screen.text()).toEqual(['training: epoch 4 of 10 · 2 s, about 3 s left']);
    training.end();
    expect(screen.text()).toEqual([]);
  });

  it('draws the loss of all epochs in as many bars as there is room for', () => {
    for (const [columns, bars] of [
      [100, 60],
      [39, 20],
    ] as const) {
      const { screen, clock, progress } = output({ columns });
      const training = trainingProgress(240, { milestone: () => undefined, rows: () => [['σ', 'x']] }, progress(0));
      for (let epoch = 0; epoch < 120; epoch++) {
        clock.ms += 1000;
        training.afterEpoch(epoch, 10 ** -epoch);
      }
      const [head, loss, row] = screen.text();
      expect(head).toContain('epoch 120 of 240 · 2 min, about 2 min');
      expect(loss!.startsWith('loss  1.000e-119')).toBe(true);
      expect(loss!.match(/[▁-█]/g)).toHaveLength(bars / 2);
      expect(row).toBe('σ     x');
    }
  });
});

/** A command in a terminal of its own, as text; interrupted when it has written something. */
async function inTerminal(
  args: string,
  { columns, interrupt, env }: { columns: number; interrupt?: RegExp; env?: NodeJS.ProcessEnv },
) {
  const command = `stty cols ${columns} rows 20 && exec '${process.execPath}' '${MAIN}' ${args}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, TERM: 'xterm', ...env } });
  let [text, interrupted] = ['', false];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    // What the keyboard sends: the terminal's driver makes a SIGINT of it.
    if (!interrupted && interrupt?.test(text)) child.stdin.write('\x03', () => undefined);
    interrupted ||= interrupt?.test(text) ?? false;
  });
  await new Promise((resolve) => child.on('close', resolve));
  const screen = new Screen(columns, 20);
  screen.write(text);
  return { text, screen, lines: screen.text() };
}

describe.skipIf(spawnSync('script', ['--version']).status !== 0)('in a pseudo terminal', () => {
  it('train --watch shows stage, loss, order parameters and spectral radius, and leaves them above the summary', async () => {
    const { text, lines } = await inTerminal('train --epochs 5000 --watch', { columns: 60 });
    expect(text.match(/epoch \d+ of 5000/g)!.length).toBeGreaterThan(2);
    expect(lines[0]).toMatch(/^epoch 5000 of 5000 · stage 3 since epoch \d+ · \d+ s$/);
    expect(lines[1]).toMatch(/^loss {2}\S+ +[▁-█]{41}$/);
    expect(lines[2]).toMatch(/^σ {5}zm \S+ +zu \S+ +vm \S+ +vu…?/);
    expect(lines[3]).toMatch(/^ρ {5}\S+ +stable$/);
    expect(lines[4]).toMatch(/^epochs +5000$/);
    expect(text).toContain(`${ESCAPE}[1m`);
  });

  it('ends on SIGINT with the frame whole and the cursor below it', async () => {
    const { screen, lines, text } = await inTerminal('train --epochs 1000000 --watch', {
      columns: 80,
      interrupt: /epoch \d{3,} of/,
      env: { NO_COLOR: '1' },
    });
    expect(lines[0]).toMatch(/^epoch \d+ of 1000000 · stage \d/);
    expect(lines.slice(1, 4).map((line) => line[0])).toEqual(['l', 'σ', 'ρ']);
    // What the driver shows of the key itself.
    expect(lines.slice(4).join('')).toMatch(/^(\^C)?$/);
    expect(screen.row).toBe(4);
    expect(text).not.toMatch(COLOUR);
  });

  it('verify shows the claims in work and takes them away', async () => {
    const { text, lines } = await inTerminal('verify learning-closes-on-gram --runs 40 --workers 2', { columns: 70 });
    expect(text).toMatch(/judging 1 claim: \d+ s[^\n]*\n[^\n]*learning-closes-on-gram.*\d+ of \d+ blocks/);
    expect(lines[2]).toMatch(/^holds {2}learning-closes-on-gram/);
  });
});

it('on a pipe a watched run is plain lines, at every tenth of the epochs and every stage', async () => {
  const { code, stdout, stderr } = await run(['train', '--epochs', '200', '--watch']);
  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain(ESCAPE);
  const lines = stderr.trimEnd().split('\n');
  const epochs = lines
    .slice(0, -1)
    .map((line) => Number(/^epoch (\d+) of 200 · stage \d since epoch \d+ · loss /.exec(line)![1]));
  expect(epochs).toEqual(expect.arrayContaining([20, 40, 60, 80, 100, 120, 140, 160, 180, 200]));
  const ends = /stage 1 ends +epoch (\d+)\nstage 2 ends +epoch (\d+)/.exec(stdout)!;
  expect(stderr).toContain(`stage 2 since epoch ${ends[1]}`);
  expect(stderr).toContain(`stage 3 since epoch ${ends[2]}`);
  expect(lines.at(-1)).toMatch(/^loss [▁-█]{60}$/);
});

it.each([
  ['text', '1', /^epoch 1 of 1 · stage 1 since epoch 0 · loss \S+ · deployed loss \S+ · gains \S+ \S+ · ρ \S+/m],
  ['tracking', '1', /^epoch 1 of 1 · 0 of 4 frequencies acquired · loss \S+ · 0.1 Hz \S+ · 0.2 Hz \S+ · 0.3 Hz/m],
])('protocol %s is watched by what it is read by', async (protocol, epochs, line) => {
  const { stdout, stderr } = await run(['train', '--protocol', protocol, '--epochs', epochs, '--watch']);
  expect(stderr).toMatch(line);
  expect(stdout).not.toContain(ESCAPE);
});
