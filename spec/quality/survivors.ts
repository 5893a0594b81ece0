/**
 * The page of surviving mutants, spec/mutation.md: read, and written anew for a folder that was measured.
 *
 * A mutant is known by its file and by its code before and after, so that a reason outlives the lines above it. Reasons are written by
 * hand; a survivor that is new gets an open one.
 */
import { basename } from 'node:path';

/** A mutant that no test fails for. */
export interface Survivor {
  /** Of the source, within its folder's topics by its name alone. */
  readonly file: string;
  /** Its code before and after, as `quoted` puts it. */
  readonly mutant: string;
}

/** A report of Stryker's, in the schema of mutation-testing-elements, as far as it is read: lines and columns begin with 1. */
export interface Report {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: string;
        readonly mutants: readonly {
          readonly status: string;
          readonly replacement?: string;
          readonly location: Readonly<Record<'start' | 'end', { readonly line: number; readonly column: number }>>;
        }[];
      }
    >
  >;
}

/** The mutants of a report that survived, in the order of their files and places. */
export function survivorsOf({ files }: Report): Survivor[] {
  return Object.entries(files).flatMap(([path, { source, mutants }]) => {
    const starts = [0, ...[...source.matchAll(/\n/g)].map(({ index }) => index + 1)];
    const offset = ({ line, column }: { readonly line: number; readonly column: number }): number =>
      starts[line - 1]! + column - 1;
    return mutants
      .filter(({ status }) => status === 'Survived')
      .toSorted((a, b) => offset(a.location.start) - offset(b.location.start))
      .map(({ replacement = '', location: { start, end } }) => ({
        file: basename(path),
        mutant: quoted(source.slice(offset(start), offset(end)), replacement),
      }));
  });
}

/** A folder as it was measured. */
export interface Measured {
  readonly folder: string;
  readonly date: string;
  /** Covered mutants. */
  readonly covered: number;
  readonly killed: number;
  /** Least share of them that tests must fail for, in percent. */
  readonly asked: number;
  readonly survivors: readonly Survivor[];
}

/** The reason of a survivor that nobody has explained yet. */
export const OPEN = '**open**';
const LONGEST = 58;

/** A mutant as the page has it. */
export function quoted(original: string, replacement: string): string {
  const short = (code: string): string => {
    const line = code.trim().replaceAll(/\s+/g, ' ');
    const cut = line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
    return cut.replaceAll('|', '\\|').replaceAll('`', "'");
  };
  return `\`${short(original)}\` → \`${short(replacement)}\``;
}

/** The cells of a table's row; `\|` is no border. */
const cellsOf = (row: string): string[] => row.slice(2, -2).split(' | ');

/** The reasons of a folder's section, by file and mutant. */
function reasonsIn(section: string): Map<string, string> {
  const reasons = new Map<string, string>();
  for (const [row] of section.matchAll(/^\| `.*\|$/gm)) {
    const [file, mutants, reason] = cellsOf(row);
    for (const mutant of mutants!.split(/; (?=`)/)) {
      const [key, before] = [`${file} ${mutant}`, reasons.get(`${file} ${mutant}`)];
      // The same code may survive in two places for two reasons.
      reasons.set(key, before === undefined || before === reason ? reason! : `${before}; elsewhere: ${reason}`);
    }
  }
  return reasons;
}

/** The table of a folder: a row for each reason in each file. */
function tableOf(survivors: readonly Survivor[], reasons: ReadonlyMap<string, string>): string {
  const rows = new Map<string, Set<string>>();
  for (const { file, mutant } of survivors) {
    const reason = reasons.get(`\`${file}\` ${mutant}`) ?? OPEN;
    const key = JSON.stringify([file, reason]);
    rows.set(key, (rows.get(key) ?? new Set()).add(mutant));
  }
  return [
    '| file | mutant | reason |',
    '|---|---|---|',
    ...[...rows].map(([key, mutants]) => {
      const [file, reason] = JSON.parse(key) as [string, string];
      return `| \`${file}\` | ${[...mutants].join('; ')} | ${reason} |`;
    }),
  ].join('\n');
}

/** The page after a measurement: the folder's score, and its survivors with the reasons that are known. */
export function updated(page: string, { folder, date, covered, killed, asked, survivors }: Measured): string {
  const score = `| \`${folder}\` | ${date} | ${covered} | ${((100 * killed) / covered).toFixed(1)} % | ${asked} % |`;
  const scored = page.replace(new RegExp(`^\\| \`${folder}\` \\| \\d.*$`, 'm'), () => score);
  const [head, ...sections] = scored.split(/^(?=## )/m);
  const ofFolder = (section: string): boolean => section.startsWith(`## ${folder}\n`);
  const known = reasonsIn(sections.find(ofFolder) ?? '');
  const section = `## ${folder}\n\n${tableOf(survivors, known)}\n`;
  const others = sections.filter((other) => !ofFolder(other)).map((other) => `${other.trimEnd()}\n`);
  const place = sections.findIndex(ofFolder);
  return [`${head!.trimEnd()}\n`, ...others.toSpliced(place < 0 ? others.length : place, 0, section)].join('\n');
}

/** The survivors that a page lists of a folder. */
export function survivorsIn(page: string, folder: string): Survivor[] {
  const section = page.split(/^(?=## )/m).find((part) => part.startsWith(`## ${folder}\n`)) ?? '';
  return [...reasonsIn(section).keys()].map((key) => {
    const [, file, mutant] = /^`([^`]+)` (.*)$/.exec(key)!;
    return { file: file!, mutant: mutant! };
  });
}
