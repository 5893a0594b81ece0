/**
 * The commands of the README do what it shows.
 *
 * A block ```console holds commands, `$ …`, each followed by its standard output: `…` alone in a line stands for any lines, within a
 * line for anything. A command ends with exit code 0, or says `# exit code N`. A block with a name, ```json config.json, is a file.
 * Files are written and commands run in their order, in one folder that holds a copy of fixtures/; `npx loopproof` is the compiled
 * command. Blocks that are neither are listed here, with the reason.
 */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, MAIN, type Outcome, run } from '#spec/cli/spawned.js';
import { expand, plansOf } from '#src/campaigns/grid.js';
import { readCampaign } from '#src/campaigns/schema.js';

/** A fenced block. */
interface Block {
  readonly line: number;
  readonly language: string;
  readonly name: string | undefined;
  readonly text: string;
}

/** A command with what it is to write. */
interface Command {
  readonly command: string;
  readonly code: number;
  readonly shown: string;
}

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\S*)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language, 2: name, 3: text }) => ({
      line: markdown.slice(0, index).split('\n').length,
      language: language!,
      name,
      text: text!,
    }),
  );
}

function commandsOf({ text }: Block): Command[] {
  if (!text.startsWith('$ ')) throw new Error(`a console block begins with output: ${text}`);
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command, ...shown] = part.split('\n');
      return {
        command: command!,
        code: Number(/ # exit code (\d+)/.exec(command!)?.[1] ?? 0),
        shown: shown.join('\n'),
      };
    });
}

/** Whether an output is the one that is shown. */
function isShown(shown: string, output: string): boolean {
  const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const pattern = shown
    .split(/(?<=\n)/)
    .map((line) => (line === '…\n' ? '(?:.*\\n)*?' : line.split('…').map(literal).join('.*?')))
    .join('');
  return new RegExp(`^${pattern}$`).test(output);
}

/** Blocks that are not run, by how they begin. */
const NOT_RUN: readonly { readonly begins: string; readonly why: string }[] = [
  {
    begins: 'npm ci && npm run verify',
    why: 'installs from the network, and takes minutes; its parts are tried below',
  },
  { begins: 'from loopproof_recorder', why: 'a part of a program; spec/runs/recorder.test.ts runs such programs' },
  { begins: 'jobs:', why: 'needs GitHub; spec/ci/action.test.ts holds it to the action, whose steps it runs' },
  { begins: "import 'loopproof/vitest'", why: 'a part of a test; spec/package/vitest.test.ts runs the matchers' },
];
/** Files that no command of the README reads. */
const NOT_READ: Readonly<Record<string, string>> = {
  'grid.yaml': 'runs for minutes; it is expanded below',
};

const CONFIG = 'loopproof.config.json';
const readme = readFileSync('README.md', 'utf8');
const blocks = blocksOf(readme);
const folder = mkdtempSync(join(tmpdir(), 'loopproof-readme-'));
const inFolder = (name: string): string => join(folder, name);

/** Runs a line of the README. */
function shell(command: string): Promise<Outcome> {
  const env = { PATH: `${inFolder('bin')}${delimiter}${process.env['PATH']}` };
  return begin('bash', ['-c', command], { cwd: folder, env }).ended;
}

/** The folder as the README finds it: the checkout's fixtures, and what it takes the reader's own programs to have recorded. */
beforeAll(async () => {
  mkdirSync(inFolder('bin'));
  mkdirSync(inFolder('runs'));
  writeFileSync(
    inFolder('bin/npx'),
    `#!/bin/sh\n[ "$1" = loopproof ] && shift && exec "${process.execPath}" "${MAIN}" "$@"\n`,
  );
  chmodSync(inFolder('bin/npx'), 0o755);
  cpSync('fixtures', inFolder('fixtures'), { recursive: true });
  const { loss, overlaps } = JSON.parse(readFileSync('fixtures/pytorch-lowrank-seed0.json', 'utf8')).curves;
  const { zm, zu, vm, vu } = overlaps;
  const rows = loss.map((value: number, e: number) => [value, zm[e], zu[e], vm[e], vu[e]].join(','));
  writeFileSync(inFolder('log.csv'), ['train_loss,zm,zu,vm,vu', ...rows].join('\n'));
  expect((await run(['train', '--epochs', '20', '--out', inFolder('run.npz')])).code).toBe(0);
  const good = inFolder('runs/good.json');
  expect((await run(['train', '--epochs', '20', '--out', good])).code).toBe(0);
  writeFileSync(inFolder('runs/wrong.json'), readFileSync(good, 'utf8').replace('"lr":0.01,', '"lr":0.009,'));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the README', () => {
  for (const block of blocks.filter(({ language, name }) => language === 'console' || name !== undefined)) {
    if (block.name !== undefined) {
      it(`line ${block.line}: ${block.name}`, () => {
        writeFileSync(inFolder(block.name!), block.text);
        const later = blocks
          .filter(({ line, language }) => line > block.line && language === 'console')
          .flatMap(commandsOf);
        // The configuration is what a command without arguments reads.
        const reads = ({ command }: Command): boolean =>
          block.name === CONFIG ? /^npx loopproof \w+$/.test(command) : command.includes(block.name!);
        expect(later.some(reads)).toBe(!(block.name! in NOT_READ));
      });
      continue;
    }
    it.each(commandsOf(block))(`line ${block.line}: $command`, async ({ command, code, shown }) => {
      const outcome = await shell(command);
      expect(outcome.code, outcome.stderr).toBe(code);
      if (!isShown(shown, outcome.stdout)) expect(outcome.stdout).toBe(shown);
      // Every digit that is shown matters.
      for (const { index, 0: digit } of shown.matchAll(/\d/g)) {
        const drifted = `${shown.slice(0, index)}${(Number(digit) + 1) % 10}${shown.slice(index + 1)}`;
        expect(isShown(drifted, outcome.stdout), drifted).toBe(false);
      }
    });
  }

  it('has no other block than those that are listed', () => {
    const others = blocks.filter(({ language, name }) => language !== 'console' && name === undefined);
    expect(others.map(({ text }) => NOT_RUN.findIndex(({ begins }) => text.startsWith(begins)))).toEqual(
      NOT_RUN.map((_, k) => k),
    );
  });

  it('names scripts of the package, and verify without arguments takes every claim', async () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    const named = [...blocks[0]!.text.matchAll(/npm (?:run )?(\w+)/g)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'ci');
    expect(named).toEqual(['verify', 'test']);
    for (const name of named) expect(scripts[name]).toBeDefined();
    const { stdout } = await run(['verify', '--runs', '1', '--shard', '9/10', '--seed', '1']);
    expect(stdout).toMatch(/\d+ hold, 0 refuted/);
  });

  it('shows a grid that can be run', () => {
    const file = inFolder('grid.yaml');
    const [agents, perturbations, seeds] = [3, 2, 15];
    expect(plansOf(expand(readCampaign(file), file))).toHaveLength(agents * perturbations * seeds);
  });
});

it('an output that drifts is noticed', () => {
  expect(isShown('a … c\n…\n2 hold\n', 'a b c\nx\ny\n2 hold\n')).toBe(true);
  expect(isShown('a\n…\n', 'a\n')).toBe(true);
  expect(isShown('a\n…\n2 hold\n', 'a\n3 hold\n')).toBe(false);
  expect(isShown('a … c\n', 'a b\nc\n')).toBe(false);
  expect(isShown('a\n', 'a\nb\n')).toBe(false);
  expect(isShown('', 'b\n')).toBe(false);
});
