/**
 * The commands of the pages do what is shown.
 *
 * A block ```console holds commands, `$ …`, each followed by its standard output: `…` alone in a line stands for any lines, within a
 * line for anything. A command ends with exit code 0, or says `# exit code N`. A block with a name, ```json config.json, is a file.
 * A block without one may be an excerpt of a file of another page. Files are written and commands run in their order, each page in a
 * folder of its own; `npx loopproof` is the compiled command, `python3` one that has PyTorch: without it such commands are skipped.
 * Blocks that are neither are listed here, with the reason.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, MAIN, type Outcome, run } from '#spec/cli/spawned.js';
import { testFolder } from '#spec/support/files.js';
import { expand, plansOf } from '#src/campaigns/grid.js';
import { parseCampaign } from '#src/campaigns/schema.js';
import { blocksOf, type Command, commandsOf, PAGES, pageOf } from './pages.js';

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
    begins: 'npm ci',
    why: 'installs from the network, and takes minutes; its parts are tried here and in front.test.ts',
  },
  { begins: 'npm install ../', why: 'packs and installs; spec/own-theory/own-theory.test.ts does' },
  { begins: 'npm run', why: 'takes minutes; front.test.ts asks that the scripts exist, and runs what is quick' },
  { begins: 'npx loopproof prove  ', why: 'takes up to a minute; the tests of proofs and of the command line run it' },
  { begins: 'h = 0,  u = 0,  x = x₀', why: 'the equations of the loop; spec/runs/vectors.test.ts replays them' },
  { begins: 'jobs:', why: 'needs GitHub; spec/ci/action.test.ts holds it to the action, whose steps it runs' },
  { begins: "import 'loopproof/vitest'", why: 'a part of a test; spec/package/vitest.test.ts runs the matchers' },
  { begins: 'export function stageOneProduct', why: 'quoted; front.test.ts holds it to the source' },
  {
    begins: 'run = Recorder(protocol, stream="run.d")',
    why: 'a part of a program; spec/runs/stream.test.ts records so',
  },
  { begins: 'python3 train.py &', why: 'needs a training; spec/runs/stream.test.ts follows one' },
  {
    begins: 'epochs 0 to 24',
    why: 'what following a training with a fault says; spec/runs/stream.test.ts follows one',
  },
  {
    begins: 'course of run.json',
    why: 'what check says of a run of 400 epochs; spec/runs/stages.test.ts has shorter ones',
  },
  { begins: "evidence.within('ρ²'", why: 'quoted; front.test.ts holds it to the source' },
  { begins: "'ρ² = 1 − dt²", why: 'quoted; front.test.ts holds it to the source' },
];
/** Files that no command of their page reads. */
const NOT_READ: Readonly<Record<string, string>> = {
  'grid.yaml': 'runs for minutes; it is expanded below',
  'suite.test.mjs': 'spec/own-theory/own-theory.test.ts runs such a test',
};

const CONFIG = 'loopproof.config.json';
const python = ['/usr/bin/python3', 'python3'].find(
  (name) => spawnSync(name, ['-c', 'import torch, numpy']).status === 0,
);
const everyBlock = PAGES.flatMap((page) => blocksOf(pageOf(page)).map((block) => ({ page, ...block })));

/** What pages take the reader's own programs to have recorded, and what their folders hold besides. */
const GIVEN: Readonly<Record<string, (inFolder: (name: string) => string) => Promise<void>>> = {
  async 'src/runs/README.md'(inFolder) {
    const { loss, overlaps } = JSON.parse(readFileSync('fixtures/pytorch-lowrank-seed0.json', 'utf8')).curves;
    const { zm, zu, vm, vu } = overlaps;
    const rows = loss.map((value: number, e: number) => [value, zm[e], zu[e], vm[e], vu[e]].join(','));
    writeFileSync(inFolder('log.csv'), ['train_loss,zm,zu,vm,vu', ...rows].join('\n'));
    const train = async (out: string, ...options: string[]) =>
      expect((await run(['train', ...options, '--snapshots', '25', '--out', inFolder(out)])).code).toBe(0);
    if (!python) {
      await train('run.npz', '--epochs', '200');
      await train('tanh.npz', '--protocol', 'text', '--epochs', '100');
    }
  },
  async 'spec/own-theory/README.md'(inFolder) {
    copyFileSync('spec/own-theory/suite.mjs', inFolder('suite.mjs'));
  },
  async 'src/cli/README.md'(inFolder) {
    mkdirSync(inFolder('runs'));
    const good = inFolder('runs/good.json');
    expect((await run(['train', '--epochs', '20', '--out', good])).code).toBe(0);
    writeFileSync(inFolder('runs/wrong.json'), readFileSync(good, 'utf8').replace('"lr":0.01,', '"lr":0.009,'));
  },
};

describe.each(PAGES.filter((page) => blocksOf(pageOf(page)).some((block) => commandsOf(block).length > 0)))(
  '%s',
  (page) => {
    const blocks = blocksOf(pageOf(page));
    const { folder, at: inFolder } = testFolder('page');
    let given: readonly string[];

    /** Runs a line of the page. Fed by a socket, as programs of Node are, bash would read ~/.bashrc, which may change PATH. */
    function shell(command: string): Promise<Outcome> {
      const env = { PATH: `${inFolder('bin')}${delimiter}${process.env['PATH']}` };
      return begin('bash', ['--norc', '-c', command], { cwd: folder, env }).ended;
    }

    /** The folder as the page finds it: a checkout's fixtures and packages. */
    beforeAll(async () => {
      mkdirSync(inFolder('bin'));
      const executable = (name: string, text: string): void => {
        writeFileSync(inFolder(`bin/${name}`), `#!/bin/sh\n${text}\n`);
        chmodSync(inFolder(`bin/${name}`), 0o755);
      };
      executable('npx', `[ "$1" = loopproof ] && shift && exec "${process.execPath}" "${MAIN}" "$@"`);
      executable('python3', `exec "${python}" -W ignore "$@"`);
      symlinkSync(resolve('fixtures'), inFolder('fixtures'));
      mkdirSync(inFolder('node_modules'));
      symlinkSync(process.cwd(), inFolder('node_modules/loopproof'));
      await GIVEN[page]?.(inFolder);
      given = readdirSync(folder);
    });

    afterAll(() => rmSync(folder, { recursive: true }));

    for (const block of blocks) {
      if (block.name !== undefined)
        it(`line ${block.line}: ${block.name}`, () => {
          writeFileSync(inFolder(block.name!), block.text);
          const later = blocks.filter(({ line }) => line > block.line).flatMap(commandsOf);
          // The configuration is what a command without arguments reads.
          const reads = ({ command }: Command): boolean =>
            block.name === CONFIG ? /^npx loopproof \w+$/.test(command) : command.includes(block.name!);
          expect(later.some(reads)).toBe(!(block.name! in NOT_READ));
        });
      for (const { command, code, shown } of commandsOf(block)) {
        const skipped = command.includes('python3 ') && !python;
        const title = `line ${block.line}: ${command}`;
        if (skipped) it.skip(`${title} is not tried: no PyTorch (apt-get install python3-torch python3-numpy)`);
        else
          it(title, async () => {
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
    }

    it('leaves nothing in a checkout that git would add', () => {
      const written = readdirSync(folder, { withFileTypes: true })
        .filter(({ name }) => !given.includes(name))
        .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
      const { stdout } = spawnSync('git', ['check-ignore', '--no-index', ...written], { encoding: 'utf8' });
      expect(stdout.trim().split('\n').toSorted()).toEqual(written.toSorted());
    });
  },
);

describe('the pages', () => {
  it('have no other blocks than those that are listed', () => {
    const others = everyBlock.filter(({ language, name }) => language !== 'console' && name === undefined);
    // The theory states its formulas as text; the claims test them.
    const isFormula = (page: string, language: string): boolean => page === 'src/theory/README.md' && language === '';
    const isExcerpt = (text: string): boolean =>
      everyBlock.some((block) => block.name !== undefined && block.text.includes(text));
    const unknown = others.filter(
      ({ page, language, text }) =>
        !isFormula(page, language) && !isExcerpt(text) && !NOT_RUN.some(({ begins }) => text.startsWith(begins)),
    );
    expect(unknown).toEqual([]);
    for (const { begins } of NOT_RUN)
      expect(
        others.some(({ text }) => text.startsWith(begins)),
        begins,
      ).toBe(true);
  });

  it('name scripts of the package, and verify without arguments takes every claim', async () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    const named = [...blocksOf(pageOf('README.md'))[0]!.text.matchAll(/npm (?:run )?(\w+)/g)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'ci');
    expect(named).toEqual(['verify', 'test']);
    for (const name of named) expect(scripts[name]).toBeDefined();
    // Where no configuration of the checkout's is read.
    const { stdout } = await run(['verify', '--runs', '1', '--shard', '9/10', '--seed', '1'], { cwd: tmpdir() });
    expect(stdout).toMatch(/\d+ hold, 0 refuted/);
  });

  it('show a grid that can be run, of as many runs as they say', () => {
    const { text, page } = everyBlock.find(({ name }) => name === 'grid.yaml')!;
    const runs = plansOf(expand(parseCampaign(text, 'grid.yaml'), 'grid.yaml'));
    expect(pageOf(page)).toContain(`: ${runs.length} runs.`);
  });

  it('draw the loop of the front page in the folder of vectors as well', () => {
    const drawn = everyBlock.filter(({ text }) => text.startsWith('h = 0'));
    expect(drawn.map(({ page }) => page)).toEqual(['README.md', 'src/runs/vectors/README.md']);
    expect(drawn[1]!.text).toBe(drawn[0]!.text);
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
