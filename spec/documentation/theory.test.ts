/**
 * The written theory and the statements are one: every statement stands under its heading, with its source and with links that
 * lead somewhere, and nothing cites a document that the repository does not hold.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ledger } from '#spec/claims/ledger.js';
import { sourceText } from '#src/report/exposition.js';
import { STATEMENTS } from '#src/theory/topics.js';

const THEORY = 'src/theory/README.md';
const theory = readFileSync(THEORY, 'utf8');

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  `#${heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')}`;

/** The text under each heading of a level, by anchor. */
function sectionsOf(text: string, level: string): Map<string, string> {
  const parts = text.split(new RegExp(`^${level} (.+)$`, 'm')).slice(1);
  return new Map(parts.flatMap((heading, k) => (k % 2 === 0 ? [[anchorOf(heading), parts[k + 1]!] as const] : [])));
}

describe('the theory', () => {
  const sections = sectionsOf(theory, '##');
  const topics = new Map(STATEMENTS.map(({ id, topic }) => [id as string, topic]));

  it.each(ledger.map(({ statement }) => [statement.id, statement.source] as const))('states %s', (id, source) => {
    const section = sections.get(source.theory!);
    expect(section, source.theory).toBeDefined();
    const own = sectionsOf(section!, '###').get(`#${id}`);
    expect(own, `${id} under ${source.theory}`).toBeDefined();
    const path = `${topics.get(id)}/${id}.ts`;
    const derivation = existsSync(`proofs/${path}`) ? `[derivation](../../proofs/${path})` : 'no derivation';
    const cited = sourceText(source).replace(source.status, '**$&**');
    const line = `${cited} · [formula](${path}) · [claim](../../spec/claims/${path}) · ${derivation}`;
    expect(own!.trim().split('\n')[0]).toBe(line);
    // A formula, and how it was checked.
    expect(own).toMatch(/^```\n[^`]+\n```$/m);
    expect(own).toMatch(/\*(?:Proved|Decided|Tried|Claimed in [^*]+)\*/);
  });

  it('states nothing else', () => {
    const headings = [...theory.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading!);
    expect(headings.toSorted()).toEqual(STATEMENTS.map(({ id }) => id as string).toSorted());
  });

  it.each([THEORY, 'proofs/README.md'])('%s has no link that leads nowhere', (file) => {
    const links = [...readFileSync(file, 'utf8').matchAll(/\]\((?!https:)([^)#]*)(#[^)]*)?\)/g)];
    expect(links.length).toBeGreaterThan(5);
    for (const [whole, path = '', anchor] of links) {
      const target = path === '' ? file : join(dirname(file), path);
      expect(existsSync(target), whole).toBe(true);
      if (anchor !== undefined)
        expect(
          [...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!)),
        ).toContain(anchor);
    }
  });
});

it('no file cites a document that the repository does not hold, or a place in the theory that is not there', () => {
  const files = ['src', 'proofs', 'spec', '.github']
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((file) => /\.(?:ts|md|py|ya?ml)$/.test(file) && !file.endsWith('theory.test.ts'));
  const anchors = [...theory.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
  const wrong = ['README.md', ...files].flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const absent = text.match(/(?<![\w/-])(?:theory|run-format|design|house|toolchain|audit-grid)\.md/g) ?? [];
    const places = [...text.matchAll(/src\/theory\/README\.md(#[\w-]+)/g)].map(([, anchor]) => anchor!);
    return [...absent, ...places.filter((anchor) => !anchors.includes(anchor))].map((cited) => `${file}: ${cited}`);
  });
  expect(wrong).toEqual([]);
});
