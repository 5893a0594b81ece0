/**
 * Figures as Chromium shows them: labels that are neither cut off nor covered, and pictures that stay what they were.
 *
 * Pictures are compared without their text, whose shape depends on the fonts of a machine. UPDATE_FIGURES=1 takes them anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import pixelmatch from 'pixelmatch';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { inChromium } from '#spec/support/chromium.js';
import { WIDTH } from '#src/chart/theme.js';
import { figure as descent } from '#src/figures/figure-3/stage-one-descent.js';
import { figure as landscape } from '#src/figures/figure-3/stage-one-landscape.js';
import { figure as spectrum } from '#src/figures/figure-3/stage-one-spectrum.js';
import { svgOf } from '#src/figures/kit/drawn.js';
import type { AnyFigure, Figure } from '#src/figures/kit/figure.js';
import { gallery } from '#src/figures/kit/gallery.js';
import { faults, labelsOf, show } from './labels.js';
import { smallRuns } from './small.js';

const runs = smallRuns(7);
function drawn<D>(figure: Figure<D>, data: D = figure.data(runs)): string {
  return svgOf(figure, data);
}

/**
 * Pixels that may differ: as many as a line of one pixel has that goes a quarter across the figure. Lines are wider, and dashed
 * ones have half as many pixels as they are long; edges of shapes, which browsers smooth differently, are not counted.
 */
const DIFFERENT = WIDTH / 4;

const WITHOUT_TEXT = 'text { visibility: hidden }';

async function pictureOf(page: Page, svg: string): Promise<PNG> {
  await show(page, svg, WITHOUT_TEXT);
  return PNG.sync.read(await page.locator('svg').first().screenshot());
}

function differing(a: PNG, b: PNG): number {
  if (a.width !== b.width || a.height !== b.height) return Number.POSITIVE_INFINITY;
  return pixelmatch(a.data, b.data, undefined, a.width, a.height, { threshold: 0.1 });
}

inChromium('a figure', (open) => {
  let page: Page;
  beforeAll(async () => {
    page = await open();
  });

  it.each(gallery)('no label of $id is cut off or covered', async (figure) => {
    await show(page, drawn(figure));
    const seen = await labelsOf(page);
    expect(seen.labels.length).toBeGreaterThan(3);
    expect(faults(seen)).toEqual([]);
  });

  it('a label that is cut off or covered is noticed', async () => {
    const svg = drawn(landscape);
    const label = /<text[^>]*>loss<\/text>/.exec(svg)![0];
    await show(page, svg.replace(label, label.replace(/translate\([^)]*\)/, 'translate(-20,100)')));
    expect(faults(await labelsOf(page))).toContain('loss is cut off');
    await show(page, svg.replace(label, `${label}${label.replace('loss', 'other')}`));
    expect(faults(await labelsOf(page))).toContain('loss and other overlap');
  });

  describe('pictures', () => {
    it.each<AnyFigure>([landscape, descent, spectrum])('$id is as it was', async (figure) => {
      const file = `spec/figures/${figure.id}.png`;
      const picture = await pictureOf(page, drawn(figure));
      if (process.env['UPDATE_FIGURES']) writeFileSync(file, PNG.sync.write(picture));
      expect(differing(picture, PNG.sync.read(readFileSync(file)))).toBeLessThanOrEqual(DIFFERENT);
    });

    it('a theory that is off by its own width is noticed, and so is a line that is missing', async () => {
      const data = landscape.data(runs);
      const picture = await pictureOf(page, drawn(landscape, data));
      // The axis spans some 90 decades: three of them are some ten pixels.
      const moved = data.predicted.map((side) => side.map(({ zm, loss }) => ({ zm, loss: loss * 1e3 })));
      const other = await pictureOf(page, drawn(landscape, { ...data, predicted: moved }));
      expect(differing(picture, other)).toBeGreaterThan(DIFFERENT);
      const all = descent.data(runs);
      const less = { ...all, lines: all.lines.slice(1) };
      const without = await pictureOf(page, drawn(descent, less));
      expect(differing(await pictureOf(page, drawn(descent, all)), without)).toBeGreaterThan(DIFFERENT);
    });
  });
});
