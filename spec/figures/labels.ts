/**
 * Figures in a page of Chromium.
 */
import type { Page } from 'playwright-core';

/** Shows one figure at its size, at the corner of the page. @param style further rules */
export async function show(page: Page, svg: string, style = ''): Promise<void> {
  await page.setContent(`<!doctype html><style>body { margin: 0 } ${style}</style>${svg}`);
}

/** A label, and its box in pixels of the page. */
interface Label {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The labels that are shown, and the box of the figure. */
export async function labelsOf(page: Page): Promise<{ readonly frame: Label; readonly labels: Label[] }> {
  // The function is text, since it runs in the page, whose types are not those of Node.
  return page.evaluate(`(() => {
    const boxOf = (element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return { text: element.textContent, left, right, top, bottom };
    };
    return { frame: boxOf(document.querySelector('svg')), labels: [...document.querySelectorAll('text')].map(boxOf) };
  })()`);
}

/** Share of a line's height that its letters do not use: boxes of lines may overlap by as much. */
const LEADING = 0.2;

/** What is wrong with labels: what is cut off by the edge of the figure, what lies on another label. */
export function faults({ frame, labels }: Awaited<ReturnType<typeof labelsOf>>): string[] {
  const cut = labels
    .filter(
      ({ left, right, top, bottom }) =>
        left < frame.left || right > frame.right || top < frame.top || bottom > frame.bottom,
    )
    .map(({ text }) => `${text} is cut off`);
  const covered = labels.flatMap((a, k) =>
    labels
      .slice(k + 1)
      .filter((b) => {
        const slack = LEADING * Math.min(a.bottom - a.top, b.bottom - b.top);
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        return across > 0 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
      })
      .map((b) => `${a.text} and ${b.text} overlap`),
  );
  return [...cut, ...covered];
}
