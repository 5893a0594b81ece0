/**
 * The HTML report in Chromium: sorting, filtering, pages, keyboard, themes; hostile names are text; nothing is asked of the network;
 * axe finds nothing serious.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { run } from '#spec/cli/spawned.js';
import { sampleReport } from '#spec/report/sample.js';
import { inChromium, PATIENCE_MS, seriousViolations } from '#spec/support/chromium.js';
import { testFolder } from '#spec/support/files.js';
import { htmlReport } from '#src/report/html.js';

/** A claim whose proof the sample has. */
const PROVED = 'third-eigenvalue-follows-memory';
const HOSTILE = '<img src=x onerror=alert(1)>';
const { folder, at } = testFolder('html');
const [SAMPLE, FEW, CHECKED] = ['sample', 'few', 'checked'].map((name) => at(`${name}.html`)) as [
  string,
  string,
  string,
];

inChromium('the report', (open) => {
  beforeAll(async () => {
    const sample = sampleReport();
    writeFileSync(SAMPLE, htmlReport(sample));
    const chosen = sample.verdicts.filter(({ id, status }) => status !== 'holds' || id === PROVED);
    writeFileSync(FEW, htmlReport({ ...sample, verdicts: chosen, runs: sample.runs.slice(0, 2) }));
    // A run that is refuted, under a name that is markup.
    const good = readFileSync('fixtures/parity-lowrank.json', 'utf8');
    writeFileSync(at(HOSTILE), good.replace('"lr":0.01', '"lr":0.009').replace('"lr": 0.01', '"lr": 0.009'));
    writeFileSync(at('no-run.json'), '{}');
    const { code } = await run(['check', HOSTILE, 'no-run.json', '--html', CHECKED], { cwd: folder });
    expect(code).toBe(2);
  }, PATIENCE_MS);

  const texts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allTextContents();
  const rows = (page: Page, column: number): Promise<string[]> =>
    texts(page, `.ledger tbody tr:not([hidden]) > :nth-child(${column})`);

  it('opens', async () => {
    const page = await open(SAMPLE);
    const ended = "performance.getEntriesByType('navigation')[0].loadEventEnd";
    const ms = Math.round((await page.evaluate(ended)) as number);
    // Shown, not asserted: it is the machine's as much as the report's.
    console.info(`the report of all claims, ${readFileSync(SAMPLE).length} bytes, opens in ${ms} ms`);
    expect(await texts(page, '#overview h1')).toEqual(await page.locator('h1:visible').allTextContents());
  });

  it('sorts by every column, down again, and back to the order of the ledger', async () => {
    const page = await open(SAMPLE);
    const order = await rows(page, 2);
    const cases = async (): Promise<number[]> => (await rows(page, 4)).map(Number);
    const button = page.getByRole('button', { name: 'Cases' });
    const head = page.locator('th:has(button:text("Cases"))');
    await button.click();
    const up = await cases();
    expect(up).toEqual([...up].sort((a, b) => a - b));
    expect(up[0]).toBeLessThan(up.at(-1)!);
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    await button.click();
    expect(await cases()).toEqual([...up].reverse());
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    await button.click();
    expect(await rows(page, 2)).toEqual(order);
    expect(await head.getAttribute('aria-sort')).toBeNull();
    await page.getByRole('button', { name: 'Status' }).click();
    expect((await rows(page, 1)).slice(0, 3).map((cell) => cell.slice(1))).toEqual(['refuted', 'undecided', 'holds']);
    await page.getByRole('button', { name: 'Kind' }).click();
    const kinds = await rows(page, 3);
    expect(kinds).toEqual([...kinds].sort());
    expect(await page.locator('th[aria-sort]').count()).toBe(1);
  });

  it('filters by words, status and kind', async () => {
    const page = await open(SAMPLE);
    const all = (await rows(page, 2)).length;
    const find = page.getByRole('searchbox', { name: 'Find' });
    await find.fill('GRAM learning');
    const found = await rows(page, 2);
    expect(found.length).toBeGreaterThan(1);
    expect(found.length).toBeLessThan(all);
    for (const row of found) expect(row).toMatch(/gram/i);
    expect(await texts(page, '#shown')).toEqual([`${found.length} of ${all}`]);
    await find.fill('no such claim');
    expect(await page.getByText('No claim matches.').isVisible()).toBe(true);
    await find.fill('');
    await page.getByRole('checkbox', { name: 'holds' }).uncheck();
    expect((await rows(page, 1)).map((cell) => cell.slice(1))).toEqual(['refuted', 'undecided']);
    await page.getByRole('checkbox', { name: 'holds' }).check();
    await page.getByRole('combobox', { name: 'Kind' }).selectOption('empirical');
    expect(new Set(await rows(page, 3))).toEqual(new Set(['empirical']));
  });

  it('opens a claim and leads back, by keyboard alone', async () => {
    const page = await open(SAMPLE);
    const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent') as Promise<string>;
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press('Tab');
    expect(await focused()).toBe('Skip to the table');
    await press('Enter', 'Tab');
    await page.keyboard.type('third-eigenvalue');
    expect(await rows(page, 2)).toHaveLength(1);
    // Three boxes, the kind, five buttons of the head, the claim.
    await press(...Array.from({ length: 10 }, () => 'Tab'));
    expect(await focused()).toMatch(/λ₃/);
    await press('Enter');
    expect(await page.locator('.page:visible').count()).toBe(1);
    expect(await page.locator('#overview').isVisible()).toBe(false);
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await page.title()).toMatch(/^λ₃/);
    expect(await page.locator('.page:visible .katex').first().isVisible()).toBe(true);
    await press('Escape');
    expect(await page.locator('#overview').isVisible()).toBe(true);
    expect(await focused()).toMatch(/λ₃/);
    expect(await page.title()).toMatch(/^1 refuted/);
    await page.goBack();
    expect(await page.locator('.page:visible').count()).toBe(1);
  });

  it('is dark where the system is, and where the reader wants it', async () => {
    const brightness = (page: Page): Promise<number> =>
      page.evaluate(
        'getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number).reduce((a, b) => a + b, 0) / 3',
      ) as Promise<number>;
    const dark = await open(SAMPLE, '', { colorScheme: 'dark' });
    expect(await brightness(dark)).toBeLessThan(60);
    await dark.getByRole('button', { name: 'Switch to the light theme' }).click();
    expect(await brightness(dark)).toBeGreaterThan(200);
    await dark.reload();
    expect(await brightness(dark)).toBeGreaterThan(200);
    const light = await open(SAMPLE, '', { colorScheme: 'light' });
    expect(await brightness(light)).toBeGreaterThan(200);
    await light.getByRole('button', { name: 'Switch to the dark theme' }).click();
    expect(await brightness(light)).toBeLessThan(60);
  });

  it('shows a run that is named as markup by its name, and its diagnosis', async () => {
    const page = await open(CHECKED);
    expect(await page.locator('img').count()).toBe(0);
    expect(await texts(page, '.cards a')).toEqual([HOSTILE]);
    await page.locator('.cards a').click();
    expect(await page.locator('h1:visible').textContent()).toBe(HOSTILE);
    const shown = await page.locator('.page:visible').innerText();
    expect(shown).toMatch(/likeliest: the program/);
    expect(shown).toContain(`loopproof check '${HOSTILE}'`);
    const chart = page.locator('.page:visible svg.chart[aria-label^="loss, "]');
    expect(await chart.getAttribute('aria-label')).toMatch(/^loss, .*predicted.* over 200 epochs/);
    expect(await chart.isVisible()).toBe(true);
  });

  it('fits a phone', async () => {
    for (const fragment of ['', '#claim-spectrum-of-coupled-is-effective', `#claim-${PROVED}`]) {
      const page = await open(SAMPLE, fragment, { viewport: { width: 360, height: 740 } });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    }
  });

  it('is complete without its script', async () => {
    const page = await open(SAMPLE, `#claim-${PROVED}`, { javaScriptEnabled: false });
    expect(await page.locator('.page:visible').count()).toBe(1);
    await page.getByRole('link', { name: 'All claims' }).locator('visible=true').click();
    expect(await page.locator('.ledger tbody tr:visible').count()).toBe(sampleReport().verdicts.length);
    expect(await page.locator('.controls').isVisible()).toBe(false);
  });

  for (const colorScheme of ['light', 'dark'] as const)
    it(`has no serious violation by axe, ${colorScheme}`, async () => {
      const views = [
        [FEW, ''],
        [FEW, `#claim-${PROVED}`],
        [FEW, '#claim-stability-region-is-exact'],
        [CHECKED, ''],
        [CHECKED, '#run-1'],
      ] as const;
      for (const [file, fragment] of views) {
        const page = await open(file, fragment, { colorScheme });
        expect(await seriousViolations(page)).toEqual([]);
      }
    });
});
