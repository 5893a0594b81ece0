/**
 * A function over a rectangle, in shades of grey: a PNG within the SVG.
 */
import { crc32, deflateSync } from 'node:zlib';
import type { Mark } from './marks.js';
import { html } from './markup.js';
import { type Domain, extent, pixel } from './scale.js';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Of a PNG's header: bits per channel, and the colour type grey. */
const [DEPTH, GREY] = [8, 0];

/** Length, type, data and checksum of type and data (PNG specification, §5.3). */
function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/** Shades of grey as a PNG file. @param shades row by row from the top, each in 0 (black) … 255 */
export function png(width: number, height: number, shades: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([DEPTH, GREY], 8);
  // Every row begins with the number of its filter: 0, none.
  const rows = Buffer.alloc(height * (1 + width));
  for (let y = 0; y < height; y++) rows.set(shades.subarray(y * width, (y + 1) * width), y * (1 + width) + 1);
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

/** A shade of grey, 0 … 255, from which paths in colour stand out. @param share from 0, white, to 1, the darkest */
export function greyOf(share: number): number {
  return Math.round(255 - 105 * Math.min(1, Math.max(0, share)));
}

/**
 * A square of cells in shades of grey, dark where values are large.
 * @param values at the centres of the cells, row by row from the bottom
 */
export function raster(values: readonly number[], [left, right]: Domain, [low, high]: Domain): Mark {
  const cells = Math.sqrt(values.length);
  const [least, most] = extent(values);
  const shades = Uint8Array.from(values, (_, k) => {
    const row = cells - 1 - Math.floor(k / cells);
    return greyOf((values[row * cells + (k % cells)]! - least) / (most - least));
  });
  const data = png(cells, cells, shades).toString('base64');
  return ({ x, y }) => {
    const [from, top] = [x.at(left), y.at(high)];
    return html`<image x="${from}" y="${top}" width="${pixel(x.at(right) - from)}" height="${pixel(y.at(low) - top)}" preserveAspectRatio="none" style="image-rendering:pixelated" href="data:image/png;base64,${data}"/>`;
  };
}
