/**
 * The gate as a CI job meets it: reports, baselines, and the configuration.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { run } from '#spec/cli/spawned.js';
import { configJsonSchema, parseConfig } from '#src/cli/config.js';

const GOOD = 'fixtures/pytorch-lowrank-seed0.json';
const SCHEMA = 'src/cli/config.schema.json';
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  isArray: (name) => name === 'testcase',
});

/** A folder with a good run, one that declares a wrong horizon, one without evidence, and one that is no run. */
function project(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loopproof-gate-'));
  mkdirSync(join(folder, 'runs'));
  const good = readFileSync(GOOD, 'utf8');
  copyFileSync(GOOD, join(folder, 'runs/good.json'));
  writeFileSync(join(folder, 'runs/wrong.json'), good.replace('"horizon":50', '"horizon":51'));
  const poor = JSON.parse(good);
  delete poor.curves.overlaps;
  writeFileSync(join(folder, 'runs/poor.json'), JSON.stringify(poor));
  writeFileSync(join(folder, 'no-run.json'), '{"format": "loop-run/2"}');
  return folder;
}

describe('verify', () => {
  it('writes HTML with the proofs that it is given, and the line that repeats the worst case', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopproof-gate-'));
    const id = 'third-eigenvalue-follows-memory';
    const [html, proofs] = [join(folder, 'r.html'), join(folder, 'p.json')];
    await run(['prove', id, '--no-z3', '--json', proofs]);
    const { code } = await run(['verify', id, '--runs', '5', '--html', html, '--proofs', proofs]);
    expect(code).toBe(0);
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('>The claim holds</h1>');
    expect(page).toMatch(/<th scope="col">polynomials<\/th><th scope="col">grid<\/th><th scope="col">nerdamer<\/th>/);
    const [, line] = /data-copy="loopproof (replay [^"]+)"/.exec(page)!;
    const [, ratio] = /<dt>residual \/ bound<\/dt><dd>([\d.]+)<\/dd>/.exec(page)!;
    const again = await run(line!.split(' '));
    const [, residual, bound] = /holds +([\d.e+-]+) +([\d.e+-]+)/.exec(again.stdout)!;
    expect(Number(residual) / Number(bound)).toBeCloseTo(Number(ratio), 2);

    const wrong = await run(['verify', id, '--html', html, '--proofs', html]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('loopproof prove --json FILE')]);
    const unseen = await run(['verify', id, '--proofs', proofs]);
    expect([unseen.code, unseen.stderr]).toEqual([2, expect.stringContaining('--html FILE as well')]);
  });
});

describe('check', () => {
  it('writes every report, refusals included, and annotates where GitHub Actions runs', async () => {
    const folder = project();
    const files = ['runs/good.json', 'runs/wrong.json', 'runs/poor.json', 'no-run.json'];
    const reports = ['--json', 'v.json', '--junit', 'j.xml', '--sarif', 's.json', '--markdown', 's.md'];
    const job = join(folder, 'job.md');
    writeFileSync(job, 'before\n');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: job };
    const { code, stdout } = await run(['check', ...files, ...reports], '', env, folder);
    expect(code).toBe(2);
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    expect(JSON.parse(read('v.json')).summary).toEqual({ holds: 3, refuted: 1, undecided: 4 });
    const suite = parser.parse(read('j.xml')).testsuites.testsuite;
    expect(suite).toMatchObject({ tests: '9', failures: '1', skipped: '4', errors: '1' });
    const [log] = JSON.parse(read('s.json')).runs;
    expect(log.results.map(({ level }: { level: string }) => level)).toEqual(['error', 'note', 'note', 'note', 'note']);
    expect(log.invocations[0].executionSuccessful).toBe(false);
    expect(read('s.md')).toContain('3 hold, 1 refuted, 4 undecided');
    expect(stdout.match(/^::error /gm)).toHaveLength(2);
    expect(stdout.match(/^::warning /gm)).toHaveLength(4);
    // The job's summary is there already, in a file of its own.
    expect(read('job.md')).toBe('before\n');

    const quiet = await run(['check', files[1]!, '--json', '-'], '', env, folder);
    expect(JSON.parse(quiet.stdout).summary.refuted).toBe(1);
    expect(quiet.stderr).toMatch(/^::error file=runs\/wrong.json/m);
    expect(read('job.md')).toMatch(/^before\n## loopproof check\n[\s\S]*runs&#47;wrong&#46;json/);

    const off = await run(['check', files[1]!, '--no-github'], '', env, folder);
    expect(off.stdout).not.toContain('::');
  });

  it('writes what it found as HTML, refusals and diagnosis included', async () => {
    const folder = project();
    const { code } = await run(['check', 'runs/*.json', 'no-run.json', '--html', 'r.html'], '', {}, folder);
    expect(code).toBe(2);
    const page = readFileSync(join(folder, 'r.html'), 'utf8');
    expect(page).toContain('<h1 id="overview-title" tabindex="-1">1 refuted, 4 undecided, 1 not read, 3 hold</h1>');
    expect(page).toMatch(/<bdi>no-run\.json<\/bdi>.*loop-run/);
    expect(page).toContain('Likeliest:');
    expect(page.match(/id="run-\d+"/g)).toHaveLength(3);
  });

  it('refuses two reports on standard output', async () => {
    const { code, stderr } = await run(['check', GOOD, '--json', '-', '--junit', '-']);
    expect(code).toBe(2);
    expect(stderr).toContain('one report on standard output');
  });

  it('refuses two reports in one file, and one in no folder, before any work', async () => {
    const folder = project();
    const check = (...args: string[]) => run(['check', 'runs/good.json', ...args], '', {}, folder);
    const same = await check('--json', 'report', '--html', './report');
    expect([same.code, same.stdout]).toEqual([2, '']);
    expect(same.stderr).toContain('--json and --html with the same file');
    const nowhere = await check('--junit', 'missing/junit.xml');
    expect([nowhere.code, nowhere.stdout]).toEqual([2, '']);
    expect(nowhere.stderr).toContain('a file in a folder that exists');
  });

  it('shows a name without the control characters in it', async () => {
    const folder = project();
    const name = 'new\nline\u001b[31mred.json';
    copyFileSync(join(folder, 'runs/wrong.json'), join(folder, name));
    const { code, stdout } = await run(['check', name], '', {}, folder);
    expect(code).toBe(1);
    expect(stdout).toContain('new\ufffdline\ufffd[31mred.json');
    expect(stdout).not.toContain('\u001b');
    const missing = await run(['check', `${name}.gz`], '', {}, folder);
    expect(missing.code).toBe(2);
    expect(missing.stderr).not.toContain('\u001b');
  });

  it('passes what the baseline accepts, and only that', async () => {
    const folder = project();
    const check = (...args: string[]) => run(['check', ...args], '', {}, folder);
    expect((await check('runs/wrong.json', 'runs/poor.json', '--json', 'accepted.json')).code).toBe(1);
    const again = await check('runs/wrong.json', 'runs/poor.json', '--baseline', 'accepted.json');
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('accepted: refuted in the baseline');
    expect(again.stdout).toContain('1 hold, 1 refuted, 4 undecided; 5 of them accepted by the baseline');
    // A new file that is refuted is no old failure.
    copyFileSync(join(folder, 'runs/wrong.json'), join(folder, 'runs/new.json'));
    expect((await check('runs/wrong.json', 'runs/new.json', '--baseline', 'accepted.json')).code).toBe(1);
    // From undecided to refuted.
    copyFileSync(join(folder, 'runs/wrong.json'), join(folder, 'runs/poor.json'));
    const worse = await check('runs/poor.json', '--baseline', 'accepted.json');
    expect(worse.code).toBe(1);
    expect(worse.stdout).toContain('regression: undecided in the baseline');
  });

  it('misses what the baseline had decided and the file no longer shows', async () => {
    const folder = project();
    const check = (...args: string[]) => run(['check', 'runs/run.json', ...args], '', {}, folder);
    const file = join(folder, 'runs/run.json');
    const record = JSON.parse(readFileSync('fixtures/parity-lowrank.json', 'utf8'));
    writeFileSync(file, JSON.stringify(record));
    expect((await check('--json', 'accepted.json')).code).toBe(0);
    delete record.curves.overlaps;
    writeFileSync(file, JSON.stringify(record));
    expect((await check()).code).toBe(0);
    const { code, stdout } = await check('--baseline', 'accepted.json');
    expect(code).toBe(3);
    expect(stdout).toContain('regression: held in the baseline');
  });
});

describe('prove and verify', () => {
  it('write reports and accept a baseline, too', async () => {
    const folder = project();
    const claim = 'stability-region-is-exact';
    const undecided = await run(['prove', claim, '--no-z3', '--json', 'p.json', '--junit', 'p.xml'], '', {}, folder);
    expect(undecided.code).toBe(3);
    const suite = parser.parse(readFileSync(join(folder, 'p.xml'), 'utf8')).testsuites.testsuite;
    expect(suite).toMatchObject({ tests: '1', skipped: '1', failures: '0' });
    expect((await run(['prove', claim, '--no-z3', '--baseline', 'p.json'], '', {}, folder)).code).toBe(0);
    const verified = await run(['verify', claim, '--runs', '5', '--junit', '-'], '', {}, folder);
    expect(verified.code).toBe(0);
    expect(parser.parse(verified.stdout).testsuites.testsuite.tests).toBe('1');
    const mixed = await run(['verify', claim, '--mutants', '--junit', 'x.xml']);
    expect(mixed.code).toBe(2);
  });
});

describe('the configuration', () => {
  it('gives runs, claims and options to commands without arguments', async () => {
    const folder = project();
    const config = {
      check: { runs: ['runs/*.json', 'runs/good.json'], json: 'v.json', junit: 'j.xml' },
      verify: { claims: ['stage-one-eigenvalues'], runs: 7, seed: 3, budget: '2m', json: 'verified.json' },
    };
    writeFileSync(join(folder, 'loopproof.config.json'), JSON.stringify(config));
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const checked = await run(['check', '--json', 'other.json'], '', {}, folder);
    expect(checked.code).toBe(1);
    expect(checked.stderr).toContain('loopproof.config.json');
    // Options of the command line come first; files are sorted, and none is judged twice: by a claim, that is.
    expect(read('other.json').claims.map((one: { run: string }) => one.run)).toEqual([
      ...Array(2).fill('runs/good.json'),
      ...Array(4).fill('runs/poor.json'),
      ...Array(2).fill('runs/wrong.json'),
    ]);
    expect(readFileSync(join(folder, 'j.xml'), 'utf8')).toContain('runs/wrong.json');
    const verified = await run(['verify', '--seed', '5'], '', {}, folder);
    expect(verified.code).toBe(0);
    expect(read('verified.json')).toMatchObject({ seed: 5, claims: [{ id: 'stage-one-eigenvalues', cases: 7 }] });
    // Arguments take its place.
    const named = await run(['check', 'runs/good.json'], '', {}, folder);
    expect(named.code).toBe(0);
    expect(named.stderr).toBe('');
  });

  it('names no file: an error, not a success', async () => {
    const folder = project();
    writeFileSync(join(folder, 'loopproof.config.json'), '{"check": {"runs": ["nowhere/*.json"]}}');
    const { code, stderr } = await run(['check'], '', {}, folder);
    expect(code).toBe(2);
    expect(stderr).toContain('nowhere/*.json\n  received  no such file');
    const bare = await run(['check'], '', {}, mkdtempSync(join(tmpdir(), 'loopproof-bare-')));
    expect(bare.code).toBe(2);
    expect(bare.stderr).toContain('loopproof.config.json');
  });

  it.each([
    ['{"chekc": {}}', 'the unknown key "chekc"', 'did you mean "check"?'],
    ['{"check": {"runs": ["a"], "jnuit": "x"}}', 'the unknown key "jnuit"', 'did you mean "junit"?'],
    ['{"verify": {"budget": "soon"}}', '"soon"', 'expected a duration such as 60s or 2m'],
    ['{"verify": {"runs": -1}}', '-1', 'verify.runs'],
    ['{"check": {}}', 'nothing', 'check.runs'],
    ['[]', '[]', 'expected object'],
    ['{', 'JSON', 'loopproof.config.json'],
  ])('refuses %s', (text, received, expected) => {
    let message = '';
    try {
      parseConfig(text);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(received);
    expect(message).toContain(expected);
  });

  it('refuses anything else without crashing', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          expect(parseConfig(text)).toBeTypeOf('object');
        } catch (error) {
          expect((error as Error).name).toBe('LoopproofError');
        }
      }),
    );
  });

  // UPDATE_CONFIG=1 writes it anew.
  it('has a schema for editors, as shipped', () => {
    const schema = `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`;
    if (process.env['UPDATE_CONFIG']) writeFileSync(SCHEMA, schema);
    else expect(readFileSync(SCHEMA, 'utf8')).toBe(schema);
  });
});
