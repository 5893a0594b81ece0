/**
 * The pages of the documentation, and the blocks in them.
 */
import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';

/** Every page, the front page first. */
export const PAGES: readonly string[] = [
  'README.md',
  ...globSync(['{src,spec,proofs,fixtures}/**/README.md', '.github/*.md'], { dot: true }).toSorted(),
];

/** A fenced block. */
export interface Block {
  readonly line: number;
  readonly language: string;
  /** Of a block that is a file: ```json config.json. */
  readonly name: string | undefined;
  readonly text: string;
}

export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\S*)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language, 2: name, 3: text }) => ({
      line: markdown.slice(0, index).split('\n').length,
      language: language!,
      name,
      text: text!,
    }),
  );
}

export const pageOf = (path: string): string => readFileSync(path, 'utf8');

/** A command with what it is to write. */
export interface Command {
  readonly command: string;
  readonly code: number;
  readonly shown: string;
}

export function commandsOf({ language, text }: Block): Command[] {
  if (language !== 'console') return [];
  if (!text.startsWith('$ ')) throw new Error(`a console block begins with output: ${text}`);
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command, ...shown] = part.split('\n');
      return {
        command: command!,
        code: Number(/ # exit code (\d+)/.exec(command!)?.[1] ?? 0),
        shown: shown.join('\n'),
      };
    });
}

/** The cells of the tables in a page's section, row by row, without the heading of the first. */
export function rowsUnder(markdown: string, heading: string): string[][] {
  const [, section = ''] = markdown.split(new RegExp(`^#+ ${heading}\n`, 'm'));
  const [tables = ''] = section.split(/^#+ /m);
  return [...tables.matchAll(/^\| (.*) \|$/gm)]
    .map(([, row]) => row!.split(/ ?(?<!\\)\| ?/).map((cell) => cell.trim()))
    .filter((_, k, rows) => k > 0 && rows[k]!.length > 0);
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
