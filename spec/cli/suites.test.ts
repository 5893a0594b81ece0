/**
 * Suites as users write them: modules in a folder of their own, which find the package as `loopproof`.
 */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, refused, run } from '#spec/cli/spawned.js';
import { fixture, testFolder } from '#spec/support/files.js';
import { describeError } from '#src/cli/errors.js';
import { openLedger } from '#src/cli/ledger.js';
import type { LoopproofError } from '#src/error.js';

/** Times aside, which no two runs share. */
const timeless = (json: string): string => json.replaceAll(/"ms": \d+/g, '"ms": 0');

/** A folder in which the package is installed. */
function project() {
  const files = testFolder('suites');
  mkdirSync(files.at('node_modules'));
  symlinkSync(resolve('.'), files.at('node_modules', 'loopproof'));
  const call = { cwd: files.folder };
  return {
    ...files,
    loopproof: (...args: readonly string[]): Promise<Outcome> => run(args, call),
    refused: (...args: readonly string[]): Promise<string> => refused(args, call),
  };
}

/** A claim about integers, as code. @param parts of it that differ, as code */
function claimOf(parts: Readonly<Record<string, string>>): string {
  const all = {
    statement: `{ id: 'squares-are-products', kind: 'identity', title: 'a square is a product', statement: 'x² = x·x', formula: 'x·x',
      assumptions: 'none', validity: 'integers', tolerance: 'exact', source: { status: 'new' } }`,
    cases: `{ kind: 'drawn', arbitrary: fc.integer({ min: -99, max: 99 }), runs: 200, block: 50 }`,
    subject: 'subject',
    check: `({ square }, x, evidence) => {
      evidence.within('x²', Math.abs(square(x) - x ** 2), 0);
      evidence.classify('negative', x < 0);
    }`,
    floors: '{ negative: 0.2 }',
    mutants: `mutantsOf(subject, { 'a cube': { square: (x) => x ** 3 }, 'twice x': { square: (x) => 2 * x } })`,
    ...parts,
  };
  const fields = Object.entries(all).map(([name, code]) => `  ${name}: ${code},`);
  return `defineClaim({\n${fields.join('\n')}\n})`;
}

/** A suite. @param claims as code @param before what stands at the top of the module */
function suiteWith(claims: readonly string[], before = ''): string {
  return `import { defineClaim, mutantsOf } from 'loopproof';
import { fc } from 'loopproof/fast-check';
${before}
const subject = { square: (x) => x * x };
export const claims = [${claims.join(', ')}];\n`;
}

/** A suite of one claim about integers. @param parts of the claim, as code @param before what stands at the top of the module */
const suiteOf = (parts: Readonly<Record<string, string>> = {}, before = ''): string =>
  suiteWith([claimOf(parts)], before);

const SUITE = ['--suite', 'suite.mjs', '--only-suite'];
/** Threads take longer to start than such suites to verify. */
const ALONE = ['--workers', '1'];

/** A folder with one suite. */
function projectOf(text: string) {
  const made = project();
  made.write('suite.mjs', text);
  return made;
}

describe('the starter', () => {
  it('passes at once, and refutes a formula that is wrong by a case that its replay line repeats', async () => {
    const { folder, at, read, readJson, write, loopproof, refused: refusedHere } = project();
    write('package.json', { name: 'mine', scripts: { test: 'echo "Error: no test specified" && exit 1' } });
    expect(await loopproof('init')).toMatchObject({ code: 0, stdout: expect.stringContaining('wrote  suite.mjs') });
    expect(readJson('package.json')).toEqual({
      name: 'mine',
      scripts: { test: 'loopproof verify && loopproof verify --mutants && loopproof prove' },
    });
    expect(readFileSync(at('.github/workflows/loopproof.yml'), 'utf8')).toContain('npm test');
    for (const args of [['verify'], ['verify', '--mutants', ...ALONE], ['prove'], ['prove', '--mutants']])
      expect(await loopproof(...args), args.join(' ')).toMatchObject({ code: 0 });
    expect((await loopproof('list')).stdout).toMatch(
      /^identity +derived +new +descent-shrinks-the-error-geometrically/,
    );

    const suite = read('suite.mjs');
    write('suite.mjs', suite.replace('power(R, factor, steps)', 'power(R, factor, steps + 1)'));
    const broken = await loopproof('verify', ...ALONE);
    expect(broken.code).toBe(1);
    const [, instance] = /exceeds bound .*; case (\{.*\})/.exec(broken.stdout)!;
    const [, line] = /again: loopproof (.*)/.exec(broken.stdout)!;
    const again = await loopproof(...line!.split(' '));
    expect(again.code).toBe(1);
    expect(again.stdout).toContain(`case ${instance}\n`);
    expect(again.stdout).toMatch(/^refuted +\d.* the weight$/m);
    expect((await loopproof('prove')).code).toBe(1);

    expect(await refusedHere('init')).toContain('suite.mjs\n  received  a file that is there');
    expect(read('suite.mjs')).not.toBe(suite);
    expect(folder).toBeDefined();
  });

  it('keeps a test script, and a package.json that is none', async () => {
    const { readJson, write, loopproof, refused: refusedHere, read } = project();
    write('package.json', { scripts: { test: 'vitest' } });
    expect((await loopproof('init')).stdout).toContain('kept   package.json');
    expect(readJson('package.json')).toEqual({ scripts: { test: 'vitest' } });
    const other = project();
    other.write('package.json', '[]');
    expect(await other.refused('init')).toContain('package.json');
    expect(read('package.json')).not.toBe('[]');
    expect(await refusedHere('init', '/proc/none')).toContain('name another folder');
  });
});

describe('a suite', () => {
  it('gives the same bytes beside our claims on one thread, two and four', async () => {
    const { loopproof } = projectOf(suiteOf());
    const args = ['verify', 'stage-one-eigenvalues', 'squares-are-products', '--suite', 'suite.mjs', '--json', '-'];
    const [one, ...others] = await Promise.all(['1', '2', '4'].map((n) => loopproof(...args, '--workers', n)));
    expect(JSON.parse(one!.stdout)).toMatchObject({
      claims: [{ id: 'stage-one-eigenvalues' }, { id: 'squares-are-products', status: 'holds', cases: 200 }],
    });
    for (const other of others) expect(timeless(other.stdout)).toBe(timeless(one!.stdout));
  });

  it('is found by pattern, named in the configuration for every command, and split into shares', async () => {
    const { loopproof, write, read } = projectOf(suiteOf());
    write('more.mjs', suiteOf().replace('squares-are-products', 'more-squares'));
    write('loopproof.config.json', { suite: ['*.mjs'], onlySuite: true });
    const listed = await loopproof('list', '--json');
    expect(JSON.parse(listed.stdout).map(({ id }: { id: string }) => id)).toEqual([
      'more-squares',
      'squares-are-products',
    ]);
    expect(listed.stderr).toBe('loopproof: list uses loopproof.config.json\n');
    expect((await loopproof('verify', '--shard', '2/2', ...ALONE)).stdout).toMatch(/1 claim ·[\s\S]*holds {2}squares/);
    expect((await loopproof('explain', 'more-squares')).stdout).toContain('says        x² = x·x');
    const replayed = await loopproof('replay', 'more-squares', '--seed', '1', '--path', '3', '--mutant', 'a cube');
    expect(replayed).toMatchObject({ code: 1, stdout: expect.stringContaining('more-squares, mutant "a cube"') });
    expect(
      (
        await loopproof(
          'verify',
          ...ALONE,
          ...['--html', 'r.html', '--junit', 'j.xml', '--sarif', 's.json', '--markdown', 'm.md'],
        )
      ).code,
    ).toBe(0);
    for (const report of ['r.html', 'j.xml', 'm.md']) expect(read(report)).toContain('more-squares');
    // Those of the command line stand alone.
    expect((await loopproof('list', '--suite', 'suite.mjs')).stdout).toContain('golden-ratio-is-optimal');
  });

  it('has mutants that are refuted, each by a line that repeats it', async () => {
    const { loopproof } = projectOf(suiteOf());
    const { code, stdout } = await loopproof('verify', '--mutants', ...ALONE, ...SUITE);
    expect(code).toBe(0);
    expect(stdout).toContain('2 of 2 mutants refuted');
    const [, seed, path] = /--seed (\S+) --path (\S+) --mutant "a cube" --suite suite.mjs --only-suite/.exec(stdout)!;
    const again = await loopproof(
      'replay',
      'squares-are-products',
      '--seed',
      seed!,
      '--path',
      path!,
      '--mutant',
      'a cube',
      ...SUITE,
    );
    expect(again).toMatchObject({ code: 1, stdout: expect.stringMatching(/refuted +\d/) });
  });
});

describe('a suite that lacks a part is refused by file and reason', () => {
  const without = (field: string) =>
    suiteOf().replace(new RegExp(`^  ${field}: [\\s\\S]*?,\\n(?=  \\w+: |\\}\\))`, 'm'), '');
  it.each([
    ['no claims', 'export const theorems = [];', 'suite.mjs: claims\n  received  nothing\n  expected  a list'],
    ['an empty list', 'export const claims = [];', 'suite.mjs: claims\n  received  []\n  expected  at least 1 entry'],
    ['no statement', without('statement'), 'suite.mjs: claims[0].statement\n  received  nothing'],
    ['an empty title', suiteOf().replace("'a square is a product'", "' '"), 'suite.mjs: claims[0].statement.title'],
    ['an identifier with spaces', suiteOf().replace('squares-are', 'squares are'), 'joined by hyphens'],
    ['no check', without('check'), 'suite.mjs: claims[0].check\n  received  nothing\n  expected  a function'],
    ['no floors', without('floors'), 'suite.mjs: claims[0].floors\n  received  nothing'],
    ['empty floors', suiteOf({ floors: '{}' }), 'suite.mjs: claims[0].floors\n  received  none'],
    [
      'a floor above 1',
      suiteOf({ floors: '{ negative: 20 }' }),
      'suite.mjs: claims[0].floors.negative\n  received  20',
    ],
    ['no mutants', without('mutants'), 'suite.mjs: claims[0].mutants\n  received  nothing'],
    ['one mutant', suiteOf({ mutants: "[{ name: 'a', subject }]" }), 'at least 2 entries'],
    ['two mutants of a name', suiteOf({ mutants: "[{ name: 'a', subject }, { name: 'a', subject }]" }), '"a" twice'],
    ['a field that is no part', suiteOf({ floor: '{}' }), 'the unknown field "floor"'],
    [
      'no cases',
      suiteOf({ cases: "{ kind: 'drawn', arbitrary: fc.nat(), runs: 0, block: 1 }" }),
      'claims[0].cases.runs',
    ],
    [
      'no arbitrary',
      suiteOf({ cases: "{ kind: 'drawn', arbitrary: 3, runs: 1, block: 1 }" }),
      'an arbitrary of fast-check',
    ],
    ['an empty list of cases', suiteOf({ cases: "{ kind: 'listed', list: [] }" }), 'claims[0].cases.list'],
    [
      'a derivation of nothing',
      `${suiteOf()}export const derivations = [{ statement: { ...claims[0].statement, id: 'b' }, scope: 'a', steps: [], identities: [] }];`,
      'suite.mjs: derivations[0].statement.id\n  received  b',
    ],
    [
      'the identifier of a claim of ours',
      suiteOf().replace('squares-are-products', 'golden-ratio-is-optimal'),
      'an identifier that no claim of loopproof has',
    ],
    [
      'an error while it loads',
      `${suiteOf()}throw new Error('out of luck');`,
      'suite.mjs\n  received  Error while it loads: out of luck',
    ],
    ['an error of syntax', 'export const claims = [', 'suite.mjs\n  received  SyntaxError while it loads'],
    ['an import that is missing', "import 'nowhere';", "received  Error while it loads: Cannot find package 'nowhere'"],
  ])('%s', async (_, text, message) => {
    const refusal = await openLedger({ suite: [projectOf(text).at('suite.mjs')] }).catch((error: unknown) => error);
    expect(describeError(refusal as LoopproofError)).toContain(message);
  });

  it.each([
    [
      'a command says it',
      'export const claims = [];',
      'suite.mjs: claims\n  received  []\n  expected  at least 1 entry',
    ],
    [
      'an end of the process',
      'process.exit(0);',
      'suite.mjs\n  received  Error while it loads: a suite called process.exit(0)',
    ],
  ])('%s', async (_, text, message) => {
    const { refused: refusedHere } = projectOf(text);
    expect(await refusedHere('list', '--suite', 'suite.mjs')).toContain(message);
  });

  it('no file, a folder, no suite, and two suites with one identifier', async () => {
    const { write, refused: refusedHere } = projectOf(suiteOf());
    expect(await refusedHere('verify', '--suite', 'none.mjs')).toContain('none.mjs\n  received  no such file');
    expect(await refusedHere('verify', '--suite', 'node_modules')).toContain('received  a folder');
    expect(await refusedHere('verify', '--only-suite')).toContain("works only with '--suite <files...>'");
    write('again.mjs', suiteOf());
    expect(await refusedHere('prove', '--suite', 'suite.mjs', 'again.mjs')).toContain(
      'again.mjs: claims[0].statement.id\n  received  squares-are-products\n  expected  an identifier that no claim of suite.mjs has',
    );
  });

  it('TypeScript, where Node does not strip types', async () => {
    const { write, loopproof } = project();
    write('suite.ts', `${suiteOf()}export type Unused = number;`);
    const { code, stdout, stderr } = await loopproof('list', '--suite', 'suite.ts', '--only-suite');
    if ((process.features as { readonly typescript?: unknown }).typescript)
      expect(stdout).toContain('squares-are-products');
    else {
      expect(code).toBe(2);
      expect(stderr).toMatch(/suite\.ts\n {2}received {2}TypeScript, which Node v\S+ does not load[\s\S]*npx tsc/);
    }
  });
});

describe('a check that', () => {
  /** The verdicts of a suite, by claim. */
  async function verdictsOf(text: string, ...args: readonly string[]) {
    const all = ['verify', ...SUITE, '--json', '-', ...(args.includes('--workers') ? [] : ALONE), ...args];
    const { code, stdout } = await projectOf(text).loopproof(...all);
    return { code, verdicts: JSON.parse(stdout).claims };
  }
  /** The verdict on the only claim. */
  async function verdictOf(text: string, ...args: readonly string[]) {
    const { code, verdicts } = await verdictsOf(text, ...args);
    return { code, ...verdicts[0] };
  }
  const checks = (body: string, parts = {}) => ({ check: `(subject, x, evidence) => { ${body} }`, ...parts });
  const checking = (body: string, parts = {}): string => suiteOf(checks(body, parts));

  const REFUTED: readonly (readonly [name: string, parts: Readonly<Record<string, string>>, reason: string])[] = [
    ['throws', checks("throw new Error('boom')"), 'boom'],
    ['measures NaN', checks("evidence.within('x', NaN, 1)"), 'x: residual NaN exceeds bound'],
    ['has NaN for a bound', checks("evidence.within('x', 0.5, NaN)"), 'exceeds bound NaN'],
    ['returns NaN', checks('return NaN'), 'the check measured nothing'],
    [
      'tries what is not declared',
      checks("evidence.trial('luck', true)"),
      'the check tried "luck", which the claim does not declare',
    ],
    ['is asynchronous', { check: "async () => { throw new Error('later') }" }, 'the check returned a promise'],
    ['ends the process', checks('process.exit(0)'), 'a suite called process.exit(0)'],
    [
      'draws nothing',
      { cases: "{ kind: 'drawn', arbitrary: fc.nat().filter(() => { fc.pre(false) }), runs: 9, block: 9 }" },
      '',
    ],
    ['discards everything', checks('fc.pre(false)'), 'misses its regime: 0 of'],
    [
      'has a generator that throws',
      { cases: "{ kind: 'drawn', arbitrary: fc.nat().map(() => { throw new Error('dry') }), runs: 9, block: 9 }" },
      'the generator failed: dry',
    ],
    [
      'misses a class by far',
      { floors: "{ negative: 0.2, 'a million': 0.5 }" },
      'misses class “a million”: 0 of 200 cases are in it, 50 % must',
    ],
  ];
  /** All of them in one suite. */
  let together: readonly Awaited<ReturnType<typeof verdictsOf>>[];
  beforeAll(async () => {
    const claims = REFUTED.map(([, parts], k) => claimOf(parts).replace('squares-are-products', `claim-${k}`));
    const verdicts = ['1', '2'].map((workers) => verdictsOf(suiteWith(claims), '--workers', workers));
    together = await Promise.all(verdicts);
  });

  it.each(REFUTED.map(([name, , reason], k) => [name, reason, k] as const))('%s is refuted', (_, reason, k) => {
    for (const { code, verdicts } of together) {
      expect(code).toBe(1);
      expect(verdicts[k]).toMatchObject({ id: `claim-${k}`, status: 'refuted' });
      expect(verdicts[k].reason).toContain(reason);
    }
  });

  it('misses a class where chance may be the cause is undecided', async () => {
    const rare = suiteOf({ floors: '{ negative: 0.7 }' });
    expect(await verdictOf(rare)).toMatchObject({
      code: 3,
      reason: expect.stringMatching(/class “negative”: \d+ of 200/),
    });
    // Of a few cases nothing is asked that chance may miss.
    expect(await verdictOf(rare, '--runs', '5')).toMatchObject({ code: 0 });
  });

  it('loops for ever ends with the budget, undecided', async () => {
    for (const workers of ['1', '2']) {
      const looping = await verdictOf(checking('for (;;);'), '--budget', '1.5s', '--workers', workers);
      expect(looping).toMatchObject({ code: 3, status: 'undecided', reason: expect.stringContaining('budget spent') });
    }
    // A trial whose example is made small for ever.
    const shrinking = checking("if (x === 0) for (;;); evidence.trial('few', false)", {
      proportions: "[{ name: 'few', atLeast: 0.9, refutedBelow: 0.5 }]",
      cases: "{ kind: 'drawn', arbitrary: fc.integer({ min: 0, max: 99 }).map((x) => x), runs: 200, block: 200 }",
      floors: '{ negative: 0.001 }',
    });
    expect((await verdictOf(shrinking, '--budget', '3s', '--seed', '4')).code).not.toBe(0);
  });

  it('is not refuted by a mutant that crashes', async () => {
    const { loopproof } = projectOf(
      suiteOf({ mutants: "[{ name: 'a', subject: {} }, { name: 'b', subject: { square: (x) => x ** 3 } }]" }),
    );
    const { code, stdout } = await loopproof('verify', '--mutants', ...ALONE, ...SUITE);
    expect(code).toBe(3);
    expect(stdout).toContain('undecided  squares-are-products: a\n  not measured: square is not a function');
    expect(stdout).toContain('1 of 2 mutants refuted');
  });
});

it('what a suite prints leaves reports valid', async () => {
  const loud =
    "process.stdout.write('to standard output'); console.log('LOADED'); setTimeout(() => console.log('LATER'), 1);";
  const printing = suiteOf(
    {
      check: `(subject, x, evidence) => { console.log('CHECK'); evidence.holds('true', true); evidence.classify('negative', x < 0); }`,
      describe: "(x) => { console.log('PRINTED'); return String(x); }",
    },
    loud,
  );
  const { loopproof } = projectOf(
    `${printing}export const derivations = [{ statement: claims[0].statement, scope: 'all', steps: [], identities: [{ name: 'x = x', variables: ['x'], vanish: (R, { x }) => { console.log('PROOF'); return [R.sub(x, x)]; } }] }];`,
  );
  for (const workers of ['1', '2']) {
    const { code, stdout, stderr } = await loopproof('verify', ...SUITE, '--json', '-', '--workers', workers);
    expect([code, JSON.parse(stdout).summary.holds]).toEqual([0, 1]);
    expect(stderr).toContain('CHECK');
  }
  const proved = await loopproof('prove', ...SUITE, '--json', '-');
  expect(JSON.parse(proved.stdout).summary.holds).toBe(1);
  expect(proved.stderr).toContain('PROOF');
  expect(JSON.parse((await loopproof('list', ...SUITE, '--json')).stdout)).toHaveLength(1);
});

describe('claims about files', () => {
  /** A claim about recorded runs, and one about files of a format of one's own. */
  const FILES = `import { readFileSync } from 'node:fs';
import { defineFileClaim } from 'loopproof';
const statement = { kind: 'universal', title: 'a loss falls', statement: 'The last loss is below the first.', formula: 'L_T < L_0',
  assumptions: 'training', validity: 'all', tolerance: 'none', source: { status: 'new' } };
const falls = (losses, evidence) => evidence.within('last loss', losses.at(-1), losses[0]);
export const losses = defineFileClaim({
  statement: { id: 'losses-fall', ...statement },
  list: [new URL('./good.json', import.meta.url)],
  judge: ({ curves }, evidence) => falls(curves.loss, evidence),
  floors: {},
  mutants: {
    reversed: (run) => ({ ...run, curves: { ...run.curves, loss: run.curves.loss.toReversed() } }),
    doubled: (run) => ({ ...run, curves: { ...run.curves, loss: run.curves.loss.map((loss, k) => loss * 2 ** k) } }),
  },
});
const own = defineFileClaim({
  statement: { id: 'own-losses-fall', ...statement },
  list: [new URL('./good.txt', import.meta.url)],
  read(file) {
    const numbers = readFileSync(file, 'utf8').trim().split(' ').map(Number);
    if (numbers.some(Number.isNaN)) throw new Error('what is no number');
    return numbers;
  },
  judge: falls,
  floors: {},
  mutants: { reversed: (all) => all.toReversed(), grown: (all) => all.map((loss, k) => loss * 10 ** k) },
});`;
  const CLAIMS = { runs: 'losses', own: 'own', both: 'losses, own' } as const;

  function projectWith(which: keyof typeof CLAIMS) {
    const made = projectOf(`${FILES}\nexport const claims = [${CLAIMS[which]}];\n`);
    made.write('good.txt', '3 2 1\n');
    made.write('bad.txt', '1 2 3\n');
    made.write('no.txt', 'three\n');
    made.write('good.json', fixture('parity-lowrank'));
    const run = fixture('parity-lowrank');
    made.write('bad.json', { ...run, curves: { loss: run.curves.loss.toReversed() } });
    return made;
  }

  it('are tried on their own files by verify, with their mutants', async () => {
    const { loopproof, read } = projectWith('both');
    expect(await loopproof('verify', ...ALONE, ...SUITE, '--html', 'r.html')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2 hold'),
    });
    expect(read('r.html')).toContain('good.json');
    expect((await loopproof('verify', '--mutants', ...ALONE, ...SUITE)).stdout).toContain('4 of 4 mutants refuted');
  });

  it('judge recorded runs beside our claims', async () => {
    const { loopproof } = projectWith('runs');
    const good = await loopproof('check', 'good.json', '--suite', 'suite.mjs');
    expect(good).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/holds +gram-dynamics[\s\S]*holds +losses-fall/),
    });
    const bad = await loopproof('check', 'bad.json', ...SUITE, '--html', 'r.html');
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain('refuted losses-fall on bad.json');
    // The known bugs are those of our theory.
    expect(bad.stdout).not.toContain('likeliest');
    const [, line] = /again: loopproof (.*)/.exec(bad.stdout)!;
    expect(line).toBe('check bad.json --suite suite.mjs --only-suite');
    expect((await loopproof(...line!.split(' '))).code).toBe(1);
  });

  it('judge files of a format of their own, and refuse what they cannot read', async () => {
    const { loopproof, refused: refusedHere, readJson } = projectWith('own');
    const { code, stderr } = await loopproof('check', '*.txt', ...SUITE, '--json', 'v.json');
    expect(code).toBe(2);
    expect(stderr).toContain('no.txt\n  received  what is no number\n  expected  a file that own-losses-fall reads');
    const verdicts = readJson('v.json').claims.map(({ run, status }: Record<string, string>) => `${run} ${status}`);
    expect(verdicts).toEqual(['bad.txt refuted', 'good.txt holds']);
    expect((await loopproof('check', 'bad.txt', ...SUITE, '--baseline', 'v.json')).code).toBe(0);
    // Our claims read runs, which this is not.
    expect(await refusedHere('check', 'good.txt', '--suite', 'suite.mjs')).toContain('good.txt');
    expect(await refusedHere('check', 'good.txt', '--suite', 'other.mjs')).toContain('no such file');
  });

  it('are wanted by check', async () => {
    const { refused: refusedHere } = projectOf(suiteOf());
    expect(await refusedHere('check', 'suite.mjs', ...SUITE)).toContain('suites without a claim about files');
  });
});
