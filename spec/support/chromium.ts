/**
 * Chromium, where there is one: pages that must not complain, nor ask for anything beyond their own folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';

/** Where Debian has it; CHROMIUM names another. */
const PATH = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why nothing can be rendered here; `undefined` where it can. */
const missing = existsSync(PATH) ? undefined : `there is no Chromium at ${PATH}: name one with CHROMIUM`;

/** Nothing is timed here: what is slow is the machine. */
export const PATIENCE_MS = 120_000;

/** Opens a file, or an empty page. */
export type Open = (file?: string, fragment?: string, options?: BrowserContextOptions) => Promise<Page>;

/**
 * Tests of pages, skipped where there is no Chromium. A test fails if one of its pages logs, throws, opens a dialog, or asks for
 * anything but files of its own folder.
 */
export function inChromium(subject: string, tests: (open: Open) => void): void {
  describe.skipIf(missing)(`${subject} in Chromium${missing ? ` (skipped: ${missing})` : ''}`, () => {
    let browser: Browser;
    let faults: string[] = [];
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: PATH, args: ['--no-sandbox'], timeout: 110_000 });
    }, PATIENCE_MS);
    afterAll(async () => browser?.close());
    afterEach(() => {
      const found = faults;
      faults = [];
      expect(found).toEqual([]);
    });
    tests(async (file, fragment = '', options = {}) => {
      const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })).newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on('console', (message) => faults.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('dialog', (dialog) => {
        faults.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      if (file === undefined) return page;
      const folder = pathToFileURL(dirname(file)).href;
      page.on('request', (request) => {
        if (!request.url().startsWith(folder) && !request.url().startsWith('data:')) faults.push(request.url());
      });
      await page.goto(pathToFileURL(file).href + fragment);
      return page;
    });
  });
}

/** What axe reports of a page. */
interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe finds that is serious, on the page as it is shown. */
export async function seriousViolations(page: Page): Promise<(readonly [id: string, nodes: string[]])[]> {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations, passes } = (await page.evaluate('axe.run()')) as Record<string, Violation[]>;
  expect(passes!.map(({ id }) => id)).toContain('color-contrast');
  return violations!
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => [id, nodes.map((node) => `${node.html}: ${node.failureSummary}`)]);
}
