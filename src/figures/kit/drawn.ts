/**
 * Figures with their data, drawn.
 */
import { html } from '../../chart/markup.js';
import { COLOUR, FONT } from '../../chart/theme.js';
import type { AnyFigure, Figure } from './figure.js';
import { figuresOf } from './gallery.js';
import { runsOf } from './runs.js';

/** A figure as it is written: its data, and the SVG that shows them. */
export interface DrawnFigure extends Pick<AnyFigure, 'id' | 'panel' | 'title' | 'caption'> {
  readonly seed: number;
  /** JSON. */
  readonly data: unknown;
  /** One SVG element, well-formed XML. Its identifiers begin with the figure's, so that several may stand in one page. */
  readonly svg: string;
}

/** Draws data, whether computed or read from a file. */
export function svgOf<D>({ id, title, caption, draw }: Figure<D>, data: D): string {
  const { width, height, content } = draw(data);
  const svg = html`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-caption" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT.family}" font-size="${FONT.size}" fill="${COLOUR.theory}"><title id="${id}-title">${title}</title><desc id="${id}-caption">${caption}</desc><rect width="100%" height="100%" fill="${COLOUR.background}"/>${content}</svg>`;
  return svg.text;
}

/** Options of drawing. */
export interface DrawOptions {
  readonly seed: number;
  /** Those to choose from; the figures of this project by default. */
  readonly figures?: readonly AnyFigure[];
  /** Called before each figure is computed. */
  readonly before?: (figure: AnyFigure) => void;
  /** Called while long runs are made. */
  readonly note?: (text: string) => void;
}

/**
 * Computes and draws figures one after the other; runs that several of them show are made once.
 * @param names identifiers or panels of the paper; all figures for none
 * @throws LoopproofError for a name that no figure has
 */
export async function* drawFigures(
  names: readonly string[],
  { seed, figures, before, note }: DrawOptions,
): AsyncGenerator<DrawnFigure, void> {
  const runs = runsOf(seed, { ...(note && { note }) });
  for (const figure of figuresOf(names, figures)) {
    before?.(figure);
    const { id, panel, title, caption, shippedSeed } = figure;
    const data = figure.data(runs);
    const drawn = { id, ...(panel !== undefined && { panel }), title, caption, seed: shippedSeed?.() ?? seed };
    yield { ...drawn, data, svg: svgOf(figure, data) };
  }
}
