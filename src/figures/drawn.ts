/**
 * Figures with their data, drawn. What draws them, Observable Plot and a document for it, is loaded when it is needed.
 */
import { escaped } from '../report/markup.js';
import type { AnyFigure, Figure } from './figure.js';
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
  // Plot counts its identifiers on from chart to chart.
  const names = new Map<string, string>();
  const svg = draw(data).replaceAll(/plot-clip-\d+/g, (name) => {
    if (!names.has(name)) names.set(name, `${id}-clip-${names.size + 1}`);
    return names.get(name)!;
  });
  const described = `<title id="${id}-title">${escaped(title)}</title><desc id="${id}-caption">${escaped(caption)}</desc>`;
  return svg
    .replace('<svg', `<svg role="img" aria-labelledby="${id}-title" aria-describedby="${id}-caption"`)
    .replace(/^<svg[^>]*>/, (opening) => `${opening}${described}`);
}

/** What drawing may be told. */
export interface DrawOptions {
  readonly seed: number;
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
  { seed, before, note }: DrawOptions,
): AsyncGenerator<DrawnFigure, void> {
  const { figuresOf } = await import('./gallery.js');
  const runs = runsOf(seed, { ...(note && { note }) });
  for (const figure of figuresOf(names)) {
    before?.(figure);
    const { id, panel, title, caption, shippedSeed } = figure;
    const data = figure.data(runs);
    const drawn = { id, ...(panel !== undefined && { panel }), title, caption, seed: shippedSeed?.() ?? seed };
    yield { ...drawn, data, svg: svgOf(figure, data) };
  }
}
