/**
 * The GitHub Action: its shell steps run here as a runner runs them, on inputs that try to break out of them.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { MAIN } from '#spec/cli/spawned.js';
import { testFolder } from '#spec/support/files.js';

interface Step {
  readonly name: string;
  readonly shell: string;
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
}

const action = parse(readFileSync('.github/actions/loopproof/action.yml', 'utf8'));
const [find, judge] = action.runs.steps as readonly [Step, Step];

/** An expression's value for inputs, defaults filled in. */
function resolved(expression: string, inputs: Readonly<Record<string, string>>): string {
  const name = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(expression)?.[1];
  if (name === undefined) throw new Error(`an expression that this test does not know: ${expression}`);
  return inputs[name] ?? action.inputs[name].default;
}

/** A folder with a project that has loopproof installed, a good run, and the runner's files. */
function project(installed = true) {
  const { folder, at, read } = testFolder('action');
  mkdirSync(at('node_modules/.bin'), { recursive: true });
  mkdirSync(at('runs'));
  if (installed) symlinkSync(MAIN, at('node_modules/.bin/loopproof'));
  copyFileSync('fixtures/pytorch-lowrank-seed0.json', at('runs/good.json'));
  const runStep = (step: Step, inputs: Readonly<Record<string, string>> = {}, path = '') => {
    const script = at('script.sh');
    writeFileSync(script, step.run);
    const env = Object.fromEntries(Object.entries(step.env).map(([name, text]) => [name, resolved(text, inputs)]));
    const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        PATH: `${path}:${process.env['PATH']}`,
        RUNNER_TEMP: at('temp'),
        GITHUB_PATH: at('path'),
        GITHUB_OUTPUT: at('output'),
        GITHUB_STEP_SUMMARY: at('summary'),
        GITHUB_ACTIONS: 'true',
        ...env,
      },
    });
    return { status, stdout, stderr };
  };
  return { folder, at, runStep, read, bin: at('node_modules/.bin') };
}

describe('the action', () => {
  it('takes inputs through the environment only, every one of them', () => {
    const steps = action.runs.steps as readonly Step[];
    for (const { run, shell } of steps) {
      expect(run).not.toContain('${{');
      expect(shell).toBe('bash');
    }
    const used = JSON.stringify(steps).matchAll(/inputs\.([\w-]+)/g);
    expect(new Set([...used].map(([, name]) => name))).toEqual(new Set(Object.keys(action.inputs)));
  });

  it('finds the project’s own loopproof', () => {
    const { runStep, read, bin } = project();
    expect(runStep(find).status).toBe(0);
    expect(read('path')).toBe(`${bin}\n`);
  });

  it('installs one where there is none, the version as one argument', () => {
    const { runStep, read, at } = project(false);
    mkdirSync(at('fake'));
    writeFileSync(at('fake/npm'), '#!/bin/sh\nfor a in "$@"; do printf "%s\\n" "$a"; done > npm-arguments\n', {
      mode: 0o755,
    });
    expect(runStep(find, { version: '1.2.3; touch broken' }, at('fake')).status).toBe(0);
    expect(read('npm-arguments').split('\n')).toEqual([
      'install',
      '--no-save',
      '--prefix',
      at('temp/loopproof'),
      '--',
      'loopproof@1.2.3; touch broken',
      '',
    ]);
    expect(read('path')).toBe(`${at('temp/loopproof/node_modules/.bin')}\n`);
  });

  it('judges runs by pattern, with options, and passes the exit code on', () => {
    const { runStep, read, at, bin } = project();
    const good = runStep(judge, { arguments: 'runs/*.json\n', options: '--junit=junit.xml\n--sarif=s.sarif' }, bin);
    expect(good.stderr).toBe('');
    expect(good.status).toBe(0);
    expect(read('output')).toBe('exit-code=0\n');
    expect(read('junit.xml')).toContain('runs/good.json');
    expect(read('summary')).toContain('2 hold');
    expect(existsSync(at('s.sarif'))).toBe(true);
    writeFileSync(at('runs/wrong.json'), read('runs/good.json').replace('"horizon":50', '"horizon":51'));
    const wrong = runStep(judge, { arguments: 'runs/*.json' }, bin);
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toMatch(/^::error file=runs\/wrong.json/m);
    expect(read('output')).toBe('exit-code=0\nexit-code=1\n');
  });

  it('leaves runs to the configuration, and refuses other commands', () => {
    const { runStep, at, bin } = project();
    writeFileSync(at('loopproof.config.json'), '{"check": {"runs": ["runs/*.json"]}}');
    expect(runStep(judge, {}, bin).status).toBe(0);
    const other = runStep(judge, { command: 'check; touch broken' }, bin);
    expect(other.status).toBe(2);
    expect(existsSync(at('broken'))).toBe(false);
  });

  it('does not run what files are called', () => {
    const { runStep, read, folder, at, bin } = project();
    const names = [
      '$(touch broken).json',
      '`touch broken`.json',
      '; touch broken #.json',
      '--json=broken',
      '* [x].json',
      '\'".json',
    ];
    for (const name of names) copyFileSync(at('runs/good.json'), at(`runs/${name}`));
    // Options cannot come in as arguments.
    copyFileSync(at('runs/good.json'), at('--json=broken'));
    const before = readdirSync(folder);
    const { status } = runStep(
      judge,
      {
        arguments: [...names.map((name) => `runs/${name}`), '--json=broken', 'runs/*'].join('\n'),
        options: '--json=v.json',
      },
      bin,
    );
    expect(status).toBe(0);
    const judged = new Set<string>(JSON.parse(read('v.json')).claims.map((claim: { run: string }) => claim.run));
    expect([...judged].sort()).toEqual(
      ['--json=broken', 'runs/good.json', ...names.map((name) => `runs/${name}`)].sort(),
    );
    expect(readdirSync(folder).sort()).toEqual([...before, 'output', 'script.sh', 'summary', 'v.json'].sort());
  });
});

it('the workflow of the README uses the action as it is', () => {
  const readme = readFileSync('README.md', 'utf8');
  const workflow = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const step = parse(workflow).jobs.runs.steps.find(({ uses }: { uses?: string }) => uses?.includes('loopproof'));
  for (const input of Object.keys(step.with)) expect(Object.keys(action.inputs)).toContain(input);
  expect(existsSync(resolve(step.uses.replace(/^[^/]+\/[^/]+\//, '').replace(/@.*$/, ''), 'action.yml'))).toBe(true);
});
