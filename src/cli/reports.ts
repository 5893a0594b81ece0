/**
 * The reports of `verify`, `prove` and `check`, and the baseline that they are compared with.
 */
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { unwritable } from '../error.js';
import { against, type Baseline, parseBaseline } from '../report/baseline.js';
import { type Finding, gateExitCode, type Refusal } from '../report/finding.js';
import { githubAnnotations } from '../report/github.js';
import { junitReport } from '../report/junit.js';
import { markdownReport } from '../report/markdown.js';
import { sarifReport } from '../report/sarif.js';
import type { Palette } from '../report/terminal.js';
import { readText } from '../runs/format/file.js';
import { version } from '../version.js';
import { usage } from './errors.js';
import { FILE, grouped, type OptionsOf } from './options.js';
import { expectPlaces, palette, print, writeTo } from './output.js';

/** The heading of their options in help. */
export const REPORTS = 'Reports:';

/** The options for reports. `-` stands for standard output. */
export const reportOptions = grouped(REPORTS, {
  json: { type: FILE, about: 'verdicts as JSON; - prints to standard output in place of the table, for every report' },
  junit: { type: FILE, about: 'JUnit XML; undecided counts as skipped' },
  sarif: { type: FILE, about: 'SARIF 2.1.0; undecided is a note' },
  markdown: { type: FILE, about: 'Markdown, for people' },
  github: {
    about: 'annotations and job summary for GitHub Actions (default: on where GITHUB_ACTIONS is true)',
    off: 'no annotations and no job summary',
  },
  baseline: { type: FILE, about: 'an earlier --json report: only verdicts that are new or worse fail' },
});

/** The option for the HTML report, which `prove` does not write. */
export const htmlOption = grouped(REPORTS, {
  html: { type: FILE, about: 'one HTML page for people: a table, each claim and each recorded run' },
});

type ReportOptions = OptionsOf<typeof reportOptions> & OptionsOf<typeof htmlOption>;

/** Findings of a command, and how it writes those reports that are its own. */
export interface Publication<F extends Finding> {
  readonly findings: readonly F[];
  readonly refusals?: readonly Refusal[];
  readonly json: (findings: readonly F[]) => string;
  readonly text: (findings: readonly F[], palette: Palette) => string;
  readonly html?: (findings: readonly F[]) => Promise<string>;
}

/** Where the reports of a command go. */
export interface Reports {
  /** Whether standard output is for people, and no report goes there. */
  readonly talks: boolean;
  readonly baseline: Baseline | undefined;
  /** Writes every report. @returns the exit code; findings that the baseline accepts do not fail */
  publish<F extends Finding>(outcome: Publication<F>): Promise<0 | 1 | 2 | 3>;
}

/**
 * The reports that the options ask for. Errors in these options show before any work.
 * @param command `check`, `verify` or `prove`
 * @throws LoopproofError if two reports share a place, a place cannot be written, or the baseline is not a report
 */
export function reportsOf(command: string, options: ReportOptions): Reports {
  const { json, junit, sarif, markdown, html, github = process.env['GITHUB_ACTIONS'] === 'true' } = options;
  const places = Object.entries({ json, junit, sarif, markdown, html }).flatMap(([name, file]) =>
    file === undefined ? [] : [{ name, file, path: file === '-' ? 'standard output' : resolve(file) }],
  );
  for (const [k, { name, file, path }] of places.entries()) {
    const same = places.slice(0, k).find((other) => other.path === path);
    if (same)
      throw usage(
        command,
        `--${same.name} and --${name} with the same place, ${path}`,
        'a place for each report',
        'write one of them to another file',
      );
    expectPlaces(file);
  }
  const talks = places.every(({ file }) => file !== '-');
  const baseline =
    options.baseline === undefined
      ? undefined
      : parseBaseline(readText(options.baseline, 'a report of --json'), options.baseline);
  return {
    talks,
    baseline,
    async publish({ findings, refusals = [], json: jsonOf, text, html: htmlOf }) {
      const judged = against(findings, baseline);
      // First, so that the verdicts are printed even if a file cannot be written.
      if (talks) print(text(judged, palette()));
      const texts: Readonly<Record<string, () => string | Promise<string>>> = {
        json: () => jsonOf(judged),
        junit: () => junitReport(command, judged, refusals),
        sarif: () => sarifReport(version(), judged, refusals),
        markdown: () => markdownReport(command, judged, refusals),
        html: () => htmlOf!(judged),
      };
      for (const { name, file } of places) writeTo(file, await texts[name]!());
      if (github) {
        // GitHub reads both streams.
        const annotations = githubAnnotations(judged, refusals);
        if (talks) print(annotations);
        else process.stderr.write(annotations);
        const job = process.env['GITHUB_STEP_SUMMARY'];
        if (job && markdown === undefined) appendTo(job, markdownReport(command, judged, refusals));
      }
      return refusals.length > 0 ? 2 : gateExitCode(judged);
    },
  };
}

function appendTo(file: string, text: string): void {
  try {
    appendFileSync(file, text);
  } catch (error) {
    throw unwritable('$GITHUB_STEP_SUMMARY', error, 'a file that can be appended to', 'unset it, or add --no-github');
  }
}
