/**
 * HTML from templates: what is put into them is text, unless it is markup itself.
 */

/** HTML that is known to be well-formed: made by `html`, or vouched for by `trusted`. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What a template takes: lists one after the other, nothing for `undefined` and `false`. */
export type Content = Markup | string | number | undefined | false | readonly Content[];

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text that HTML shows as it is, within elements and within quoted attributes. Characters that no document can hold (controls,
 * halves of surrogate pairs) stand as U+FFFD; a carriage return as a reference, since parsers take a plain one for a line feed.
 */
export function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (sign) => REFERENCES[sign]!)
    .replace(/\r/g, '&#13;')
    .replace(/(?![\t\n])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD');
}

function rendered(content: Content): string {
  if (content === undefined || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'string') return escaped(content);
  if (typeof content === 'number') return escaped(String(content));
  return content.map(rendered).join('');
}

/** A template tag. Attributes must be quoted; what is put into a template is escaped unless it is `Markup`. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(strings.map((part, k) => (k === 0 ? part : rendered(contents[k - 1]) + part)).join(''));
}

/** Markup from elsewhere that is taken as it is: this package's style and script, formulas by KaTeX. */
export function trusted(text: string): Markup {
  return new Markup(text);
}
