/**
 * Reading a figure's SVG back: its elements, and where they stand.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element with its attributes, the text within it, and its children in their order. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

type Parsed = Readonly<Record<string, unknown>>;

function elementOf(parsed: Parsed): Element[] {
  return Object.entries(parsed).flatMap(([name, content]) => {
    if (name === ':@' || name === '#text') return [];
    const inner = content as readonly Parsed[];
    const children = inner.flatMap(elementOf);
    const own = inner.map((part) => (part['#text'] === undefined ? '' : String(part['#text']))).join('');
    const attributes = (parsed[':@'] ?? {}) as Record<string, string>;
    return { name, attributes, text: own + children.map(({ text }) => text).join(''), children };
  });
}

/** The root of a well-formed document. @throws Error for one that is not */
export function parsed(svg: string): Element {
  const valid = XMLValidator.validate(svg);
  if (valid !== true) throw new Error(`${valid.err.msg}, line ${valid.err.line}`);
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    trimValues: false,
  });
  return elementOf({ svg: parser.parse(svg) as Parsed[] })[0]!.children[0]!;
}

/** All elements within one, itself among them. */
export function within(element: Element): Element[] {
  return [element, ...element.children.flatMap(within)];
}

/** The groups of a label, as Plot names them: `y-axis tick label`, `dot`, … */
export function groups(root: Element, label: string): Element[] {
  return within(root).filter(({ attributes }) => attributes['aria-label'] === label);
}

/** Tick labels of an axis with their places along it, in pixels. */
export function ticks(root: Element, axis: 'x' | 'y'): { readonly text: string; readonly at: number }[] {
  return groups(root, `${axis}-axis tick label`).flatMap(({ children }) =>
    children.map(({ text, attributes }) => {
      const [x, y] = /translate\(([-\d.]+),([-\d.]+)\)/
        .exec(attributes['transform'] ?? '')!
        .slice(1)
        .map(Number);
      return { text, at: axis === 'x' ? x! : y! };
    }),
  );
}

/** Points of a path of straight lines. */
export function points(path: Element): [number, number][] {
  return [...path.attributes['d']!.matchAll(/[ML]([-\d.]+),([-\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
}
