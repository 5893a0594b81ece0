/**
 * The page of figures in Chromium: a gallery whose figures open large beside their captions.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { inChromium, seriousViolations } from '#spec/support/chromium.js';
import { testFolder } from '#spec/support/files.js';
import { svgOf } from '#src/figures/kit/drawn.js';
import { figureOf } from '#src/figures/kit/gallery.js';
import { figureIndex } from '#src/figures/kit/page.js';
import { smallRuns } from './small.js';

const runs = smallRuns(7);
const { at } = testFolder('page');
const FILE = at('index.html');
/** Figures that take no long run. */
const NAMES = ['stage-one-landscape', 'surrogate-sweep', 'acquisition-order'];
const OPEN = 'dialog[open]';

inChromium('the page', (open) => {
  beforeAll(() => {
    const drawn = NAMES.map((name) => {
      const figure = figureOf(name);
      const data = figure.data(runs);
      const svg = svgOf(figure, data);
      writeFileSync(at(`${name}.svg`), svg);
      return { ...figure, seed: 7, data, svg };
    });
    writeFileSync(FILE, figureIndex(drawn));
  });

  it('groups figures by the paper’s, and opens one large by click, keys and buttons', async () => {
    const page = await open(FILE);
    expect(await page.locator('h2').allTextContents()).toEqual([
      'Figure 3 · Stage 1',
      'Figure 4 · Stage 2',
      'Figure 6 · Tracking',
    ]);
    const title = (): Promise<string | null> => page.locator(`${OPEN} .title`).textContent();
    await page.locator('#surrogate-sweep > a').click();
    const [small, large] = await Promise.all(
      ['#surrogate-sweep img', `${OPEN} img`].map((image) => page.locator(image).boundingBox()),
    );
    expect(large!.width).toBeGreaterThan(1.5 * small!.width);
    expect(await title()).toBe(`4d${figureOf('4d').title}`);
    const caption = await page.locator(`${OPEN} .caption`).first().boundingBox();
    expect(caption!.x).toBeGreaterThan(large!.x + large!.width);
    await page.keyboard.press('ArrowRight');
    expect(await title()).toBe(`6f${figureOf('6f').title}`);
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await title()).toBe(`3d${figureOf('3d').title}`);
    await page.keyboard.press('Escape');
    expect(await page.locator(OPEN).count()).toBe(0);
    // The focus is on the figure that was shown last.
    await page.keyboard.press('Enter');
    expect(await title()).toBe(`3d${figureOf('3d').title}`);
  });

  it('is links to the SVG without its script', async () => {
    const page = await open(FILE, '', { javaScriptEnabled: false });
    await page.locator('#surrogate-sweep > a').click();
    expect(page.url()).toBe(pathToFileURL(at('surrogate-sweep.svg')).href);
  });

  it.each(['light', 'dark'] as const)(
    'uses the width of its window, and axe finds nothing serious, %s',
    async (colorScheme) => {
      const page = await open(FILE, '', { colorScheme });
      const columns = async (): Promise<number> => {
        const style = await page.evaluate("getComputedStyle(document.querySelector('.grid')).gridTemplateColumns");
        return (style as string).split(' ').length;
      };
      expect(await columns()).toBeGreaterThan(2);
      await page.locator('#acquisition-order > a').click();
      expect(await seriousViolations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await columns()).toBe(1);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    },
  );
});
