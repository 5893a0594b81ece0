/**
 * The HTML report: whatever it holds is shown as text, it needs nothing from elsewhere, and what it draws is what it was given.
 */
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { sampleReport, sampleVerdict } from '#spec/report/sample.js';
import { forAll, forAllWith } from '#spec/support/for-all.js';
import { escaped, html, trusted } from '#src/chart/markup.js';
import { curveChart, proportionChart, scatterChart, spreadChart } from '#src/report/chart.js';
import { type HtmlReport, htmlReport } from '#src/report/html.js';
import { notation, remark } from '#src/report/notation.js';
import { parseProofs } from '#src/report/proofs.js';

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  "' onfocus='alert(1)' autofocus x='",
  '" onmouseover="alert(1)',
  '</title><svg onload=alert(1)>',
  '</script><script>alert(1)</script>',
  '<!-- ', // a comment that nothing closes
  ']]>',
  '&lt;b&gt; &amp;amp; &#60;',
  'javascript:alert(1)',
  '\\u003cscript\\u003e `x`', // as text, not as a template
  'a\r\nb\tc',
  '\u0000\u0007\u001b[31m\u009f',
  '\ud800 half \udfff',
  '\u202egnp.exe',
  'σ_zm^2 `code` my_run_1',
];
const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 12 }));
/** What a parser gives back of a text: no document holds controls or halves of surrogate pairs. */
const shown = (given: string): string => given.replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD');

/** As much of the DOM as is asked here. */
interface Parsed {
  readonly tagName: string;
  readonly id: string;
  readonly textContent: string;
  readonly attributes: Iterable<{ readonly name: string }>;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Parsed | null;
  querySelectorAll(selector: string): Iterable<Parsed> & { readonly length: number };
}

const parse = (text: string): Parsed => parseHTML(text).document as unknown as Parsed;
/** A report without its style, which is fonts for the most part. */
const parsed = (report: HtmlReport): Parsed => parse(htmlReport(report).replace(/<style>.*<\/style>/s, ''));
const benign = sampleReport();
const page = parsed(benign);
const few = { ...benign, verdicts: benign.verdicts.slice(0, 2), expositions: benign.expositions.slice(0, 2) };

describe('markup', () => {
  it('escapes text, lists of it, and nothing else', () => {
    expect(html`<p title="${'"'}">${['<', html`<b>${'&'}</b>`, 3, false, undefined]}${trusted('<i>')}</p>`.text).toBe(
      '<p title="&quot;">&lt;<b>&amp;</b>3<i></p>',
    );
  });

  it('gives every text back, from elements and attributes', () => {
    forAll(text, (given) => {
      const document = parse(`<p title="${escaped(given)}">${escaped(given)}</p>`);
      expect(document.querySelector('p')!.textContent).toBe(shown(given));
      expect(document.querySelector('p')!.getAttribute('title')).toBe(shown(given));
    });
  });

  it('lowers indices and raises exponents', () => {
    expect(notation('σ_zm and P_eff, S_tK_t, x_{t+1}, r^{T−1}, (1−η)^(N−c), 2^-20, `text`').text).toBe(
      'σ<sub>zm</sub> and P<sub>eff</sub>, S<sub>t</sub>K<sub>t</sub>, x<sub>t+1</sub>, r<sup>T−1</sup>, (1−η)<sup>N−c</sup>, 2<sup>−20</sup>, <code>text</code>',
    );
    // A file keeps its name.
    expect(remark('σ_zm in my_run_1.json').text).toBe('σ<sub>zm</sub> in my_run_1.json');
  });
});

describe('the report', () => {
  it('shows whatever it holds as text', () => {
    const tags = new Set(Array.from(page.querySelectorAll('*'), ({ tagName }) => tagName));
    // Where notation or a fold is applied.
    for (const more of ['CODE', 'SUB', 'SUP', 'PRE', 'DETAILS', 'SUMMARY', 'BDI']) tags.add(more);
    for (const never of ['IMG', 'IFRAME', 'OBJECT']) expect(tags).not.toContain(never);
    forAllWith(
      { numRuns: 40, examples: HOSTILE.map((one): [string, string] => [one, one]) },
      text,
      text,
      (name, said) => {
        const verdict = sampleVerdict({
          run: name,
          status: 'refuted',
          title: said,
          reason: said,
          note: said,
          replay: said,
          undecided: { [said]: 1 },
          classes: { [said]: 1 },
          worst: { quantity: said, residual: 2, bound: 1, case: said, replay: said },
          predictions: [
            { quantity: said, count: 1, missing: 0, errors: [0, 0, 0, 0, 0, 0, 0], pairs: [[1, 1, 1]], nulls: [] },
          ],
          proportions: [
            {
              name: said,
              atLeast: 0.9,
              refutedBelow: 0.8,
              status: 'holds',
              trials: 1,
              successes: 1,
              p: 1,
              rate: [0, 1],
            },
          ],
        });
        const document = parsed({
          command: 'check',
          provenance: { version: said, commit: said, platform: said, node: said, time: said },
          verdicts: [verdict],
          expositions: [],
          runs: [
            {
              name,
              record: { ...benign.runs[0]!.record, provenance: { [said]: said } },
              notTestable: ['lr'],
              notJudged: [{ id: said, reason: said }],
            },
          ],
          refusals: [{ run: name, reason: said }],
        });
        const elements = Array.from(document.querySelectorAll('*'));
        for (const element of elements) {
          expect(tags).toContain(element.tagName);
          for (const attribute of Array.from(element.attributes)) expect(attribute.name).not.toMatch(/^on|^autofocus$/);
        }
        expect(document.querySelectorAll('script')).toHaveLength(1);
        expect(document.querySelector('#run-1 h1')!.textContent).toBe(shown(name));
        expect(document.querySelector('.ledger tbody td:nth-child(3)')!.textContent).toBe(shown(name));
        expect(document.querySelector('.page .case')!.textContent).toBe(shown(said));
        expect(document.querySelector('[data-copy]')!.getAttribute('data-copy')).toBe(shown(said));
        expect(document.querySelector('.page svg[aria-label^="Predicted"]')!.getAttribute('aria-label')).toBe(
          shown(`Predicted against measured: ${said}, 1 runs`),
        );
      },
    );
  });

  it('loads nothing, and lets no other script run', () => {
    const links = Array.from(page.querySelectorAll('*')).flatMap((element) =>
      ['src', 'href', 'srcset', 'data', 'action', 'formaction', 'poster', 'background', 'xlink:href', 'ping'].flatMap(
        (name) => element.getAttribute(name) ?? [],
      ),
    );
    expect(links.length).toBeGreaterThan(100);
    for (const link of links) expect(link).toMatch(/^#|^data:,$/);
    const [style] = /<style>.*<\/style>/s.exec(htmlReport(few))!;
    const loads = [...style.matchAll(/url\(([^)]{0,20})|@import/g)].map(([all, target]) => target ?? all);
    expect(loads.length).toBeGreaterThan(3);
    for (const load of loads) expect(load).toMatch(/^data:font\/woff2/);
    const policy = page.querySelector('meta[http-equiv]')!.getAttribute('content')!;
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/=]{44}';/);
  });

  it('has a page for every claim and run, and no link that leads nowhere', () => {
    const ids = Array.from(page.querySelectorAll('[id]'), ({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const known = new Set(ids);
    for (const link of Array.from(page.querySelectorAll('a[href^="#"]')))
      expect(known).toContain(link.getAttribute('href')!.slice(1));
    expect(page.querySelectorAll('.page')).toHaveLength(benign.verdicts.length + benign.runs.length);
    expect(page.querySelectorAll('.ledger tbody tr')).toHaveLength(benign.verdicts.length);
    expect(page.querySelector('h1')!.textContent).toBe(`1 refuted, 1 undecided, ${benign.verdicts.length - 2} hold`);
    // Every formula is set: KaTeX would show one that it does not understand in red.
    expect(page.querySelectorAll('.katex-error')).toHaveLength(0);
    expect(page.querySelectorAll('.formula .katex').length).toBeGreaterThanOrEqual(benign.verdicts.length);
  });

  it('says what holds in words', () => {
    const headline = (report: Partial<HtmlReport>): string =>
      parsed({ ...few, runs: [], ...report }).querySelector('h1')!.textContent;
    const [held] = few.verdicts;
    expect(headline({ verdicts: [held!, held!] })).toBe('All 2 hold');
    expect(headline({ verdicts: [held!] })).toBe('The claim holds');
    expect(headline({ verdicts: [], refusals: [{ run: 'x', reason: 'y' }] })).toBe('1 not read');
    expect(headline({ verdicts: [held!], refusals: [{ run: 'x', reason: 'y' }] })).toBe('1 not read, 1 hold');
  });

  it('shows what kernels found, or that they were not asked', () => {
    const id = 'third-eigenvalue-follows-memory';
    const third = { ...benign, verdicts: benign.verdicts.filter((verdict) => verdict.id === id), runs: [] };
    const proof = (report: HtmlReport): string => parsed(report).querySelector(`#claim-${id}`)!.textContent;
    expect(proof(third)).toMatch(/20 terms[\s\S]*out of reach\s*too long[\s\S]*install z3-solver/);
    expect(proof(third)).not.toContain('Not proved in this report');
    expect(proof({ ...third, proofs: undefined })).toContain('Not proved in this report');
  });

  it('of all claims is at most 3 MB, and the same bytes again', () => {
    const text = htmlReport(benign);
    expect(Buffer.byteLength(text)).toBeLessThan(3e6);
    expect(htmlReport(sampleReport())).toBe(text);
  });
});

describe('proofs', () => {
  it('are what prove wrote, or are refused', () => {
    expect(parseProofs(JSON.stringify(benign.proofs), 'p.json')).toEqual(benign.proofs);
    expect(() => parseProofs('{', 'p.json')).toThrow(/p\.json/);
    const verdicts = { tool: 'loopproof', version: '1', claims: [{ id: 'a', kind: 'identity', status: 'holds' }] };
    expect(() => parseProofs(JSON.stringify(verdicts), 'p.json')).toThrow(/claims\[0\]\.kind.*prove --json/);
  });
});

describe('charts', () => {
  const numbers = (path: string): number[][] =>
    [...path.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
  const pathOf = (markup: { text: string } | undefined, name: string): string =>
    parse(`<body>${markup!.text}`).querySelector(`path.${name}`)!.getAttribute('d')!;
  const pixel = 0.011; // coordinates have two decimals

  it('a pair that was predicted rightly lies on the diagonal, one that was not lies beside it', () => {
    const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    forAll(fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 20 }), (pairs) => {
      const all = [...pairs, ...pairs.map(([x]): [number, number] => [x, x])];
      const chart = scatterChart(
        'a number',
        all.map(([x, y]) => [x, y, 1] as const),
      );
      const dots = numbers(pathOf(chart, 'dots'));
      const [[left, bottom], [right, top]] = numbers(pathOf(chart, 'diagonal')) as [[number, number], [number, number]];
      const across = (x: number): number => (x - left) / (right - left);
      const up = (y: number): number => (bottom - y) / (bottom - top);
      expect(dots).toHaveLength(all.length);
      const size = (2 * pixel) / Math.min(right - left, bottom - top);
      for (const [x, y] of dots.slice(pairs.length)) expect(Math.abs(across(x!) - up(y!))).toBeLessThan(size);
      for (const [k, [predicted, measured]] of pairs.entries()) {
        const above = up(dots[k]![1]!) - across(dots[k]![0]!);
        if (Math.abs(above) > size) expect(Math.sign(above)).toBe(Math.sign(measured - predicted));
      }
      for (const [x, y] of dots)
        for (const share of [across(x!), up(y!)]) expect(Math.abs(share - 0.5)).toBeLessThanOrEqual(0.5 + size);
    });
  });

  it('a curve keeps its extremes, is broken where it is no number, and is short however long the run', () => {
    const values = Array.from({ length: 20_000 }, (_, k) => 1 + (k % 100) / 100);
    values[7777] = 1e6;
    values[12_345] = 1e-4;
    const path = pathOf(curveChart([{ name: 'loss', values }], { log: true }), 's0');
    const heights = numbers(path).map(([, y]) => y!);
    expect(heights.length).toBeLessThan(1300);
    // Ten decades from 10⁻⁴ to 10⁶ are the frame: top at 10, bottom at 188.
    expect([Math.min(...heights), Math.max(...heights)]).toEqual([10, 188]);
    const gap = [1, 2, Number.POSITIVE_INFINITY, Number.NaN, 3, 0, 4];
    expect(pathOf(curveChart([{ name: 'loss', values: gap }], { log: true }), 's0').match(/M/g)).toHaveLength(3);
    expect(curveChart([{ name: 'loss', values: [0, Number.NaN] }], { log: true })).toBeUndefined();
  });

  it('logarithmic axes have decades for ticks', () => {
    const document = parse(`<body>${curveChart([{ name: 'loss', values: [0.02, 3, 700] }], { log: true })!.text}`);
    const labels = Array.from(document.querySelectorAll('.tick[data-axis=y] text'), (tick) => tick.textContent);
    expect(labels).toEqual(['0.01', '0.1', '1', '10', '100', '1000']);
  });

  it('a spread is named and drawn bin by bin', () => {
    const document = parse(`<body>${spreadChart(sampleVerdict().spread!).text}`);
    expect(document.querySelectorAll('.bar')).toHaveLength(7);
    expect(document.querySelector('svg')!.getAttribute('aria-label')).toBe(
      'Residual over bound, cases: 5 exact, 1 up to 3e-8, 4 up to 0.01, 130 up to 0.03, 41 up to 0.1, 71 up to 0.3, 50 up to 1',
    );
    const heights = Array.from(document.querySelectorAll('.bar'), (bar) =>
      Number(/v-([\d.]+)/.exec(bar.getAttribute('d')!)![1]),
    );
    expect(Math.max(...heights)).toBe(96);
    // In proportion, but for bars too small to see.
    expect(heights[4]! / heights[3]!).toBeCloseTo(41 / 130, 2);
  });

  it('a proportion lies between none and all', () => {
    const base = { name: 'a', atLeast: 0.75, refutedBelow: 0.5, status: 'holds', p: 1, rate: [0, 1] } as const;
    const mark = (successes: number, trials: number) =>
      parse(`<body>${proportionChart({ ...base, successes, trials }).text}`)
        .querySelector('.mark')
        ?.getAttribute('cx');
    expect([mark(0, 8), mark(2, 8), mark(8, 8), mark(0, 0)]).toEqual(['4', '77', '296', undefined]);
  });
});
