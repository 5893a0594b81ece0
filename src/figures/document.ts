/**
 * A document for Observable Plot where there is no browser: linkedom, with as much of a canvas as `Plot.raster` and the legend
 * of a colour ramp paint on. What is painted becomes a PNG within the SVG.
 */
import { crc32, deflateSync } from 'node:zlib';
import { parseHTML } from 'linkedom';

/** Red, green, blue and opacity of one pixel after the other, row by row, each in 0 … 255. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Of a PNG's header: bits per channel, and the colour type red, green, blue and opacity. */
const [DEPTH, TRUE_COLOUR_ALPHA] = [8, 6];

/** Length, type, data and checksum of type and data (PNG specification, §5.3). */
function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/** Pixels as a PNG file. */
export function png({ width, height, data }: Pixels): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([DEPTH, TRUE_COLOUR_ALPHA], 8);
  const row = 4 * width;
  // Every row begins with the number of its filter: 0, none.
  const rows = Buffer.alloc(height * (1 + row));
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * row, (y + 1) * row), y * (1 + row) + 1);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Red, green, blue of a colour as d3 writes them: #rrggbb or rgb(r, g, b). @throws RangeError for any other text */
export function channelsOf(colour: string): readonly [number, number, number] {
  const hex = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(colour);
  const decimal = /^rgb\((\d+), ?(\d+), ?(\d+)\)$/.exec(colour);
  const digits = hex ?? decimal;
  if (!digits) throw new RangeError(`${colour} is no colour of the form #rrggbb or rgb(r, g, b)`);
  const channel = (k: number): number => Number.parseInt(digits[k]!, hex ? 16 : 10);
  return [channel(1), channel(2), channel(3)];
}

/** The part of a canvas that Plot calls. */
class Canvas {
  width = 0;
  height = 0;
  fillStyle = '#000000';
  #data: Uint8ClampedArray | undefined;

  getContext(): this {
    return this;
  }

  createImageData(width: number, height: number): Pixels {
    return { width, height, data: new Uint8ClampedArray(4 * width * height) };
  }

  putImageData({ data }: Pixels): void {
    this.#data = data;
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const data = this.#pixels();
    const colour = [...channelsOf(this.fillStyle), 255];
    for (let j = y; j < y + height; j++) for (let i = x; i < x + width; i++) data.set(colour, 4 * (j * this.width + i));
  }

  toDataURL(): string {
    const file = png({ width: this.width, height: this.height, data: this.#pixels() });
    return `data:image/png;base64,${file.toString('base64')}`;
  }

  #pixels(): Uint8ClampedArray {
    this.#data ??= new Uint8ClampedArray(4 * this.width * this.height);
    return this.#data;
  }
}

/** A new document, for Plot's option of that name. */
export function plotDocument(): ReturnType<typeof parseHTML>['document'] {
  const { document } = parseHTML('<html><body></body></html>');
  const createElement = document.createElement.bind(document);
  document.createElement = (tag: string) => (tag === 'canvas' ? new Canvas() : createElement(tag));
  return document;
}
