/**
 * Reports for machines: well-formed and valid whatever files are called, and undecided never looks like success.
 */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { forAll } from '#spec/support/for-all.js';
import { STATUSES } from '#src/claims/verdict.js';
import { against, parseBaseline } from '#src/report/baseline.js';
import { type Finding, gateExitCode, isAccepted } from '#src/report/finding.js';
import { githubAnnotations } from '#src/report/github.js';
import { junitReport } from '#src/report/junit.js';
import { markdownReport } from '#src/report/markdown.js';
import { sarifReport } from '#src/report/sarif.js';

const HOSTILE = [
  'a b.json',
  '<run attr="x">&amp;.json',
  ']]><!--.json',
  'it\'s "quoted".json',
  'line\nbreak\r.json',
  '::error file=x,title=y::z.json',
  '100%,:.json',
  '| cell |`code`.json',
  '[link](javascript:alert(1)).json',
  '<img src=x onerror=alert(1)>',
  '\u0000\u0007\u001b[31m.json',
  '\ud800 half \udfff.json',
  '../../etc/passwd',
  '/records/ä 漢字 🙂.json',
  'C:\\runs\\a.json',
  '--flag',
  '$(touch x)`touch y`',
];

const finding = (change: Partial<Finding>): Finding => ({
  id: 'a-claim',
  title: 'says something',
  status: 'holds',
  ms: 12.5,
  ...change,
});
const refused = [{ run: 'gone.json', reason: 'no such file' }];

const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 20 }));
const anyFinding: fc.Arbitrary<Finding> = fc
  .record(
    {
      id: fc.constantFrom('a-claim', 'another-claim'),
      title: text,
      status: fc.constantFrom(...STATUSES),
      run: text,
      reason: text,
      note: text,
      replay: text,
      baseline: fc.constantFrom(...STATUSES),
      ms: fc.double({ min: 0, max: 1e6, noNaN: true }),
    },
    { requiredKeys: ['id', 'title', 'status', 'ms'] },
  )
  .map((value) => value as Finding);
const someFindings = fc.array(anyFinding, { maxLength: 6 });
const someRefusals = fc.array(fc.record({ run: text, reason: text }), { maxLength: 2 });

describe('JUnit', () => {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name) => name === 'testcase',
    htmlEntities: true,
  });
  const parsed = (findings: readonly Finding[]) =>
    parser.parse(junitReport('check', findings, refused)).testsuites.testsuite;

  it('fails on what is refuted, and skips what is undecided or accepted', () => {
    const suite = parsed([
      finding({}),
      finding({ status: 'refuted', run: 'r.json', reason: 'too large', replay: 'loopproof check r.json' }),
      finding({ status: 'undecided', reason: 'record more' }),
      finding({ status: 'refuted', baseline: 'refuted' }),
    ]);
    expect(suite).toMatchObject({ tests: '5', failures: '1', skipped: '2', errors: '1' });
    const [holds, failed, skipped, accepted, unread] = suite.testcase;
    expect(Object.keys(holds)).toEqual(['classname', 'name', 'time']);
    expect(failed.failure).toMatchObject({ message: 'too large' });
    expect(failed.failure['#text']).toBe('too large\nagain: loopproof check r.json');
    expect(skipped.skipped.message).toBe('undecided: record more');
    expect(accepted.skipped.message).toBe('refuted: accepted: refuted in the baseline');
    expect(failed).toMatchObject({ classname: 'r_json', file: 'r.json' });
    expect(unread).toMatchObject({ classname: 'gone_json', file: 'gone.json', error: { message: 'no such file' } });
  });

  it('gives names back as they were, but for what XML cannot hold', () => {
    const names = HOSTILE.filter((name) => !/[\p{Cc}\p{Cs}]/u.test(name));
    expect(names.length).toBeGreaterThan(10);
    const suite = parsed(names.map((run) => finding({ run })));
    const files = suite.testcase.slice(0, -1).map(({ file }: { file: string }) => file);
    expect(files).toEqual(names.map((name) => name.replaceAll('\\', '/')));
  });

  it('has no dots in the names of classes, which viewers split', () => {
    const suite = parsed([finding({ run: '..\\runs\\a.seed1.npz' }), finding({ run: '/tmp/v1.2/run.json.gz' })]);
    expect(suite.testcase.slice(0, 2)).toMatchObject([
      { classname: '__/runs/a_seed1_npz', file: '../runs/a.seed1.npz' },
      { classname: '/tmp/v1_2/run_json_gz', file: '/tmp/v1.2/run.json.gz' },
    ]);
    forAll(someFindings, (findings) => {
      for (const { classname } of parsed(findings).testcase) expect(classname).not.toContain('.');
    });
  });

  it('is well-formed whatever it holds', () => {
    forAll(someFindings, someRefusals, (findings, refusals) => {
      const xml = junitReport('check', findings, refusals);
      expect(XMLValidator.validate(xml)).toBe(true);
      // XML 1.0, production [2]: the validator does not look at characters.
      expect(xml).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u);
      const suite = parser.parse(xml).testsuites.testsuite;
      expect(Number(suite.tests)).toBe(suite.testcase?.length ?? 0);
    });
  });
});

describe('SARIF', () => {
  const load = createRequire(import.meta.url);
  // The schema has a pattern that is none with the u flag.
  const ajv = new (load('ajv-draft-04'))({ strict: false, unicodeRegExp: false });
  load('ajv-formats')(ajv);
  const valid = ajv.compile(load('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'));

  it('is valid by the schema of SARIF 2.1.0 whatever it holds', () => {
    forAll(someFindings, someRefusals, (findings, refusals) => {
      const log = JSON.parse(sarifReport('1.2.3', findings, refusals));
      expect(valid(log), JSON.stringify(valid.errors)).toBe(true);
      expect(log.runs[0].results).toHaveLength(findings.filter(({ status }) => status !== 'holds').length);
      expect(log.runs[0].invocations[0].executionSuccessful).toBe(refusals.length === 0);
      for (const { ruleId, ruleIndex } of log.runs[0].results)
        expect(log.runs[0].tool.driver.rules[ruleIndex].id).toBe(ruleId);
    });
    // The schema does refuse.
    expect(valid({ version: '2.1.0', runs: [{ results: [] }] })).toBe(false);
  });

  it.each([
    ['runs\\a b.json', 'runs/a%20b.json'],
    ['..\\runs\\ä,b=1.json', '../runs/%C3%A4%2Cb%3D1.json'],
    ['C:\\my runs\\a[1].json', 'file:///C:/my%20runs/a%5B1%5D.json'],
    ['d:/runs/100%.json', 'file:///d:/runs/100%25.json'],
    ['\\\\server\\share\\a.json', 'file://server/share/a.json'],
    ['/tmp/a b.json', 'file:///tmp/a%20b.json'],
    ['c:relative.json', 'c%3Arelative.json'],
  ])('has the file %s as %s', (run, uri) => {
    const log = JSON.parse(sarifReport('1.2.3', [finding({ status: 'refuted', run })]));
    expect(log.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(uri);
    expect(URL.canParse(uri, 'file:///base/')).toBe(true);
    expect(githubAnnotations([finding({ status: 'refuted', run })])).toContain(
      `file=${run.replaceAll('\\', '/').replace('%', '%25').replace(':', '%3A').replace(',', '%2C')},`,
    );
  });

  it('tells error, note and suppressed', () => {
    const log = JSON.parse(
      sarifReport('1.2.3', [
        finding({ status: 'refuted', run: 'runs/a b.json', reason: 'too large' }),
        finding({ status: 'undecided' }),
        finding({ status: 'undecided', baseline: 'refuted' }),
      ]),
    );
    const [error, note, accepted] = log.runs[0].results;
    expect(error).toMatchObject({ level: 'error', message: { text: 'a-claim on runs/a b.json: refuted\ntoo large' } });
    expect(error.locations[0].physicalLocation.artifactLocation.uri).toBe('runs/a%20b.json');
    expect(error.suppressions).toBeUndefined();
    expect(note).toMatchObject({ level: 'note', properties: { status: 'undecided' } });
    expect(accepted).toMatchObject({ baselineState: 'updated', suppressions: [{ status: 'accepted' }] });
  });
});

describe('GitHub annotations', () => {
  it('say error, warning and notice, and nothing of what holds', () => {
    const lines = githubAnnotations(
      [
        finding({}),
        finding({ status: 'refuted', run: 'a,b.json', reason: '100 %\nsure' }),
        finding({ status: 'undecided' }),
        finding({ status: 'refuted', baseline: 'refuted' }),
      ],
      refused,
    ).split('\n');
    expect(lines).toEqual([
      '::error file=a%2Cb.json,title=loopproof%3A a-claim::a-claim on a,b.json: refuted%0A100 %25%0Asure',
      '::warning title=loopproof%3A a-claim::a-claim: undecided',
      '::notice title=loopproof%3A a-claim::a-claim: refuted%0Aaccepted: refuted in the baseline',
      '::error file=gone.json,title=loopproof%3A not read::no such file',
      '',
    ]);
  });

  it('are one command a line, whatever files are called', () => {
    forAll(someFindings, someRefusals, (findings, refusals) => {
      const lines = githubAnnotations(findings, refusals).split(/\r\n|\r|\n/);
      const open = findings.filter(({ status }) => status !== 'holds').length + refusals.length;
      expect(lines).toHaveLength(open + 1);
      for (const line of lines.slice(0, -1))
        expect(line).toMatch(/^::(error|warning|notice) (file=[^:,]*,)?title=[^:,]*::/);
    });
  });
});

describe('the Markdown summary', () => {
  it('counts, and shows what does not hold first', () => {
    const lines = markdownReport('check', [
      finding({ note: 'all epochs' }),
      finding({ status: 'undecided', reason: 'record more', run: 'b' }),
      finding({ status: 'refuted', run: 'a', baseline: 'refuted' }),
    ]).split('\n');
    expect(lines[2]).toBe('1 hold, 1 refuted, 1 undecided (1 accepted by the baseline)');
    expect(lines[6]).toBe('| ❌ refuted, accepted | a-claim | a | accepted&#58; refuted in the baseline |');
    expect(lines[7]).toBe('| ❔ undecided | a-claim | b | record more |');
    expect(lines[8]).toBe('| ✅ holds | a-claim |  | all epochs |');
  });

  it('keeps one row per finding and no markup of theirs', () => {
    forAll(someFindings, someRefusals, (findings, refusals) => {
      const rows = markdownReport('check', findings, refusals)
        .split(/\r\n|\r|\n/)
        .slice(6, -1);
      expect(rows).toHaveLength(findings.length + refusals.length);
      for (const row of rows) {
        expect(row.split('|')).toHaveLength(6);
        expect(row.replaceAll('<br>', '')).not.toMatch(/[<>`*[\]\\]/);
      }
    });
  });
});

describe('the baseline', () => {
  const report = (...claims: readonly Partial<Finding>[]): string => JSON.stringify({ tool: 'loopproof', claims });
  const worse = (before: Finding['status'] | undefined, status: Finding['status']): 0 | 1 | 3 => {
    const known = before === undefined ? [] : [{ id: 'a-claim', run: 'a.json', status: before }];
    return gateExitCode(against([finding({ run: 'a.json', status })], parseBaseline(report(...known), 'baseline')));
  };

  it.each([
    [undefined, [0, 1, 3]],
    ['holds', [0, 1, 3]],
    ['refuted', [0, 0, 0]],
    ['undecided', [0, 1, 0]],
  ] as const)('of a verdict that was %s lets pass what is no worse', (before, codes) => {
    expect(STATUSES.map((status) => worse(before, status))).toEqual(codes);
  });

  it('is about one claim on one file', () => {
    const baseline = parseBaseline(report({ id: 'a-claim', run: 'a.json', status: 'refuted' }), 'baseline');
    const judged = against(
      [finding({ run: 'a.json' }), finding({ run: 'b.json' }), finding({ id: 'b', run: 'a.json' }), finding({})].map(
        (one) => ({ ...one, status: 'refuted' as const }),
      ),
      baseline,
    );
    expect(judged.map(isAccepted)).toEqual([true, false, false, false]);
    expect(gateExitCode([])).toBe(3);
  });

  it.each([
    ['{', /JSON/],
    ['{"tool": "another", "claims": []}', /tool/],
    [report({ id: 'a', status: 'fine' as 'holds' }), /claims\[0\]\.status/],
    [JSON.stringify({ tool: 'loopproof', claims: [{ id: 'a', status: 'refuted', mutant: 'x' }] }), /mutant/],
  ])('refuses what is no report: %s', (content, message) => {
    expect(() => parseBaseline(content, 'baseline.json')).toThrow(message);
  });
});
