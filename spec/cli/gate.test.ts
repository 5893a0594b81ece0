/**
 * The gate as a CI job meets it: reports, baselines, and the configuration.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { printed, refused, run } from '#spec/cli/served.js';
import * as spawned from '#spec/cli/spawned.js';
import { fixture, testFolder } from '#spec/support/files.js';
import { forAll } from '#spec/support/for-all.js';
import { refusalOf } from '#spec/support/refusal.js';
import { configJsonSchema, parseConfig } from '#src/cli/config.js';

const GOOD = 'fixtures/pytorch-lowrank-seed0.json';
const SCHEMA = 'src/cli/config.schema.json';
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  isArray: (name) => name === 'testcase',
});

/**
 * A folder with a good run, one that declares a wrong horizon (too few of its increments can be judged within the budget), one without
 * evidence, and one that is no run.
 */
function project() {
  const files = testFolder('gate');
  mkdirSync(files.at('runs'));
  copyFileSync(GOOD, files.at('runs/good.json'));
  files.write('runs/wrong.json', readFileSync(GOOD, 'utf8').replace('"horizon":50', '"horizon":51'));
  const poor = fixture('pytorch-lowrank-seed0');
  delete poor.curves.overlaps;
  files.write('runs/poor.json', poor);
  files.write('no-run.json', '{"format": "loop-run/2"}');
  const call = { cwd: files.folder };
  return {
    ...files,
    call,
    loopproof: (...args: string[]) => run(args, call),
    suite: (file: string) => parser.parse(files.read(file)).testsuites.testsuite,
  };
}

describe('verify', () => {
  it('writes HTML with the proofs that it is given, and the line that repeats the worst case', async () => {
    const { call, read } = project();
    const id = 'third-eigenvalue-follows-memory';
    const [html, proofs] = ['r.html', 'p.json'];
    await run(['prove', id, '--no-z3', '--json', proofs], call);
    await printed(['verify', id, '--runs', '5', '--html', html, '--proofs', proofs], call);
    const page = read(html);
    expect(page).toContain('>The claim holds</h1>');
    expect(page).toMatch(/<th scope="col">polynomials<\/th><th scope="col">grid<\/th><th scope="col">nerdamer<\/th>/);
    const [, line] = /data-copy="loopproof (replay [^"]+)"/.exec(page)!;
    const [, ratio] = /<dt>residual \/ bound<\/dt><dd>([\d.]+)<\/dd>/.exec(page)!;
    const [, residual, bound] = /holds +([\d.e+-]+) +([\d.e+-]+)/.exec(await printed(line!.split(' ')))!;
    expect(Number(residual) / Number(bound)).toBeCloseTo(Number(ratio), 2);

    const wrong = await refused(['verify', id, '--html', html, '--proofs', html], call);
    expect(wrong).toContain('loopproof prove --json FILE');
    expect(await refused(['verify', id, '--proofs', proofs], call)).toContain("works only with '--html <file>'");
  });
});

describe('check', () => {
  it('writes every report, refusals included, and annotates where GitHub Actions runs', async () => {
    const { call, read, readJson, write, suite } = project();
    const files = ['runs/good.json', 'runs/wrong.json', 'runs/poor.json', 'no-run.json'];
    const reports = ['--json', 'v.json', '--junit', 'j.xml', '--sarif', 's.json', '--markdown', 's.md'];
    const github = {
      ...call,
      env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: write('job.md', 'before\n') },
    };
    const { code, stdout } = await spawned.run(['check', ...files, ...reports], github);
    expect(code).toBe(2);
    expect(readJson('v.json').summary).toEqual({ holds: 2, refuted: 1, undecided: 7 });
    expect(suite('j.xml')).toMatchObject({ tests: '11', failures: '1', skipped: '7', errors: '1' });
    const [log] = readJson('s.json').runs;
    expect(log.results.map(({ level }: { level: string }) => level)).toEqual([
      'note',
      'error',
      ...Array(6).fill('note'),
    ]);
    expect(log.invocations[0].executionSuccessful).toBe(false);
    expect(read('s.md')).toContain('2 hold, 1 refuted, 7 undecided');
    expect(stdout.match(/^::error /gm)).toHaveLength(2);
    expect(stdout.match(/^::warning /gm)).toHaveLength(7);
    // The job's summary is there already, in a file of its own.
    expect(read('job.md')).toBe('before\n');

    const quiet = await run(['check', files[1]!, '--json', '-'], github);
    expect(JSON.parse(quiet.stdout).summary.refuted).toBe(1);
    expect(quiet.stderr).toMatch(/^::error file=runs\/wrong.json/m);
    expect(read('job.md')).toMatch(/^before\n## loopproof check\n[\s\S]*runs&#47;wrong&#46;json/);

    const off = await run(['check', files[1]!, '--no-github'], github);
    expect(off.stdout).not.toContain('::');
  });

  it('writes what it found as HTML, refusals and diagnosis included', async () => {
    const { loopproof, read } = project();
    expect((await loopproof('check', 'runs/*.json', 'no-run.json', '--html', 'r.html')).code).toBe(2);
    const page = read('r.html');
    expect(page).toContain('<h1 id="overview-title" tabindex="-1">1 refuted, 7 undecided, 1 not read, 2 hold</h1>');
    expect(page).toMatch(/<bdi>no-run\.json<\/bdi>.*loop-run/);
    expect(page).toContain('likeliest:');
    expect(page.match(/id="run-\d+"/g)).toHaveLength(3);
  });

  it('refuses two reports on standard output', async () => {
    expect(await refused(['check', GOOD, '--json', '-', '--junit', '-'])).toContain(
      '--json and --junit with the same place, standard output',
    );
  });

  it('refuses two reports in one file, and one in no folder, before any work', async () => {
    const { call } = project();
    const check = (...args: string[]) => refused(['check', 'runs/good.json', ...args], call);
    expect(await check('--json', 'report', '--html', './report')).toContain('--json and --html with the same place');
    expect(await check('--junit', 'missing/junit.xml')).toContain('a file in a folder that exists');
  });

  it('shows a name without the control characters in it', async () => {
    const { at, call, loopproof } = project();
    const name = 'new\nline\u001b[31mred.json';
    copyFileSync(at('runs/wrong.json'), at(name));
    const { code, stdout } = await loopproof('check', name);
    expect(code).toBe(1);
    expect(stdout).toContain('new\ufffdline\ufffd[31mred.json');
    expect(stdout).not.toContain('\u001b');
    expect(await refused(['check', `${name}.gz`], call)).not.toContain('\u001b');
  });

  it('passes what the baseline accepts, and only that', async () => {
    const { at, loopproof } = project();
    const check = (...args: string[]) => loopproof('check', ...args);
    expect((await check('runs/wrong.json', 'runs/poor.json', '--json', 'accepted.json')).code).toBe(1);
    const again = await check('runs/wrong.json', 'runs/poor.json', '--baseline', 'accepted.json');
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('accepted: refuted in the baseline');
    expect(again.stdout).toContain('0 hold, 1 refuted, 7 undecided; 8 of them accepted by the baseline');
    // A new file that is refuted is no old failure.
    copyFileSync(at('runs/wrong.json'), at('runs/new.json'));
    expect((await check('runs/wrong.json', 'runs/new.json', '--baseline', 'accepted.json')).code).toBe(1);
    // From undecided to refuted.
    copyFileSync(at('runs/wrong.json'), at('runs/poor.json'));
    const worse = await check('runs/poor.json', '--baseline', 'accepted.json');
    expect(worse.code).toBe(1);
    expect(worse.stdout).toContain('regression: undecided in the baseline');
  });

  it('misses what the baseline had decided and the file no longer shows', async () => {
    const { loopproof, write } = project();
    const check = (...args: string[]) => loopproof('check', 'runs/run.json', ...args);
    const record = fixture('parity-lowrank');
    write('runs/run.json', record);
    expect((await check('--json', 'accepted.json')).code).toBe(0);
    delete record.curves.overlaps;
    write('runs/run.json', record);
    expect((await check()).code).toBe(0);
    const { code, stdout } = await check('--baseline', 'accepted.json');
    expect(code).toBe(3);
    expect(stdout).toContain('regression: held in the baseline');
  });
});

describe('prove and verify', () => {
  it('write reports and accept a baseline, too', async () => {
    const { loopproof, suite } = project();
    const claim = 'stability-region-is-exact';
    const undecided = await loopproof('prove', claim, '--no-z3', '--json', 'p.json', '--junit', 'p.xml');
    expect(undecided.code).toBe(3);
    expect(suite('p.xml')).toMatchObject({ tests: '1', skipped: '1', failures: '0' });
    expect((await loopproof('prove', claim, '--no-z3', '--baseline', 'p.json')).code).toBe(0);
    const verified = await printed(['verify', claim, '--runs', '5', '--junit', '-']);
    expect(parser.parse(verified).testsuites.testsuite.tests).toBe('1');
    await refused(['verify', claim, '--mutants', '--junit', 'x.xml']);
  });
});

describe('the configuration', () => {
  it('gives runs, claims and options to commands without arguments', async () => {
    const { loopproof, read, readJson, write } = project();
    const config = {
      check: { runs: ['runs/*.json', 'runs/good.json'], json: 'v.json', junit: 'j.xml' },
      verify: { claims: ['stage-one-eigenvalues'], runs: 7, seed: 3, budget: '2m', json: 'verified.json' },
    };
    write('loopproof.config.json', config);
    const checked = await loopproof('check', '--json', 'other.json');
    expect(checked.code).toBe(1);
    expect(checked.stderr).toContain('loopproof.config.json');
    // Options of the command line come first; files are sorted, and none is judged twice: by a claim, that is.
    expect(readJson('other.json').claims.map((one: { run: string }) => one.run)).toEqual([
      ...Array(2).fill('runs/good.json'),
      ...Array(6).fill('runs/poor.json'),
      ...Array(2).fill('runs/wrong.json'),
    ]);
    expect(read('j.xml')).toContain('runs/wrong.json');
    expect((await loopproof('verify', '--seed', '5')).code).toBe(0);
    expect(readJson('verified.json')).toMatchObject({ seed: 5, claims: [{ id: 'stage-one-eigenvalues', cases: 7 }] });
    // Arguments take its place.
    expect(await loopproof('check', 'runs/good.json')).toMatchObject({ code: 0, stderr: '' });
  });

  it('names no file: an error, not a success', async () => {
    const { call, write } = project();
    expect(await refused(['check'], call)).toContain('loopproof.config.json');
    write('loopproof.config.json', '{"check": {"runs": ["nowhere/*.json"]}}');
    expect(await refused(['check'], call)).toContain('nowhere/*.json\n  received  a pattern that matches no file');
  });

  it.each([
    ['{"chekc": {}}', 'the unknown key "chekc"', 'did you mean "check"?'],
    ['{"check": {"runs": ["a"], "jnuit": "x"}}', 'the unknown key "jnuit"', 'did you mean "junit"?'],
    ['{"verify": {"budget": "soon"}}', '"soon"', 'a duration such as 60s or 2m'],
    ['{"verify": {"runs": -1}}', '-1', 'verify.runs'],
    ['{"check": {}}', 'nothing', 'check.runs'],
    ['[]', '[]', 'an object'],
    ['{', 'JSON', 'loopproof.config.json'],
  ])('refuses %s', (text, received, expected) => {
    const { where, ...details } = refusalOf(() => parseConfig(text));
    expect(details.received).toContain(received);
    expect([where, details.expected, details.hint].join('\n')).toContain(expected);
  });

  it('refuses anything else without crashing', () => {
    forAll(fc.json(), (text) => {
      try {
        expect(parseConfig(text)).toBeTypeOf('object');
      } catch (error) {
        expect((error as Error).name).toBe('LoopproofError');
      }
    });
  });

  // UPDATE_CONFIG=1 writes it anew.
  it('has a schema for editors, as shipped', () => {
    const schema = `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`;
    if (process.env['UPDATE_CONFIG']) writeFileSync(SCHEMA, schema);
    else expect(readFileSync(SCHEMA, 'utf8')).toBe(schema);
  });
});
