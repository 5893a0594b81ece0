/**
 * `loopproof figures`, spawned.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { printed, refused } from '#spec/cli/called.js';
import * as spawned from '#spec/cli/spawned.js';
import { testFolder } from '#spec/support/files.js';
import { figure as landscape } from '#src/figures/figure-3/stage-one-landscape.js';
import { svgOf } from '#src/figures/kit/drawn.js';
import { gallery } from '#src/figures/kit/gallery.js';

const { folder, at, write } = testFolder('figures');

it('writes what was asked for: SVG, data that draw the same, and a page of both', async () => {
  const out = at('new', 'figures');
  const summary = await printed(['figures', '3d', 'stage-one-spectrum', '--out', out, '--seed', '3']);
  expect(summary).toContain(join(out, 'index.html'));
  expect(readdirSync(out).sort()).toEqual([
    'index.html',
    'stage-one-landscape.json',
    'stage-one-landscape.svg',
    'stage-one-spectrum.json',
    'stage-one-spectrum.svg',
  ]);
  const { data, ...about } = JSON.parse(readFileSync(join(out, 'stage-one-landscape.json'), 'utf8'));
  const { id, panel, title, caption } = landscape;
  expect(about).toMatchObject({ id, panel, title, caption, seed: 3 });
  expect(readFileSync(join(out, 'stage-one-landscape.svg'), 'utf8')).toBe(`${svgOf(landscape, data)}\n`);
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  for (const name of ['stage-one-landscape', 'stage-one-spectrum']) {
    expect(page).toContain(`<img src="${name}.svg"`);
    expect(page).toContain(`<a href="${name}.json"`);
  }
});

it('lists the figures without drawing them', async () => {
  const lines = (await spawned.printed(['figures', '--list'], { cwd: folder })).trimEnd().split('\n');
  expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(gallery.map(({ id }) => id));
  expect(readdirSync(folder)).not.toContain('figures');
});

it('refuses names that it does not have and folders that it cannot make', async () => {
  expect(await refused(['figures', 'stage-one-landscap'])).toContain('did you mean stage-one-landscape?');
  const file = write('file', '');
  const blocked = await refused(['figures', '3d', '--out', join(file, 'within')]);
  expect(blocked).toContain('name another folder with --out');
  const late = await refused(['figures', '--tracking', join(file, 'summary.json')]);
  expect(late).toContain('name another folder with --tracking');
});
