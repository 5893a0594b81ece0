/**
 * The reports that `verify`, `prove` and `check` write, and the baseline that they are held against.
 */
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LoopproofError } from '../error.js';
import { against, type Baseline, parseBaseline } from '../report/baseline.js';
import { type Finding, gateExitCode, type Refusal } from '../report/finding.js';
import { githubAnnotations } from '../report/github.js';
import { junitReport } from '../report/junit.js';
import { markdownReport } from '../report/markdown.js';
import { sarifReport } from '../report/sarif.js';
import type { Palette } from '../report/terminal.js';
import { readText } from '../runs/format/file.js';
import { version } from '../version.js';
import { expectPlaces, palette, writeTo } from './output.js';

/** Options as the command line reads them: files, `-` for standard output. */
export interface ReportOptions {
  readonly json?: string;
  readonly junit?: string;
  readonly sarif?: string;
  readonly markdown?: string;
  /** Of `verify` and `check`: `prove` has none. */
  readonly html?: string;
  /** Annotations and the job's summary; by default where GitHub Actions runs. */
  readonly github?: boolean;
  readonly baseline?: string;
}

/** Findings in the two forms that are each command's own. */
export interface Outcome<F extends Finding> {
  readonly findings: readonly F[];
  readonly refusals?: readonly Refusal[];
  readonly json: (findings: readonly F[]) => string;
  readonly text: (findings: readonly F[], palette: Palette) => string;
  readonly html?: (findings: readonly F[]) => string;
}

/** Where the reports of a command go. */
export interface Reports {
  /** Whether standard output is for people: no report is written there. */
  readonly talks: boolean;
  readonly baseline: Baseline | undefined;
  /** Writes every report. @returns the exit code; what the baseline accepts does not fail */
  publish<F extends Finding>(outcome: Outcome<F>): 0 | 1 | 2 | 3;
}

/**
 * The reports that the options ask for; what is wrong with them shows before any work is done.
 * @param command `check`, `verify` or `prove`
 * @throws LoopproofError if two reports are to go to one place, one to where it cannot be written, or the baseline is none
 */
export function reportsOf(command: string, options: ReportOptions): Reports {
  const { json, junit, sarif, markdown, html, github = process.env['GITHUB_ACTIONS'] === 'true' } = options;
  const onOutput = Object.entries({ json, junit, sarif, markdown, html }).filter(([, file]) => file === '-');
  if (onOutput.length > 1)
    throw new LoopproofError('usage', {
      where: command,
      received: onOutput.map(([name]) => `--${name} -`).join(' and '),
      expected: 'one report on standard output at most',
      hint: 'write the others to files',
    });
  const files = Object.entries({ json, junit, sarif, markdown, html }).flatMap(([name, file]) =>
    file === undefined || file === '-' ? [] : [{ name, file: resolve(file) }],
  );
  for (const { name, file } of files) {
    const same = files.find((other) => other.name !== name && other.file === file);
    if (same)
      throw new LoopproofError('usage', {
        where: command,
        received: `--${name} and --${same.name} with the same file, ${file}`,
        expected: 'a file for each report',
        hint: 'name another file for one of them',
      });
    expectPlaces(file);
  }
  const talks = onOutput.length === 0;
  const baseline =
    options.baseline === undefined
      ? undefined
      : parseBaseline(readText(options.baseline, 'a report that --json wrote'), options.baseline);
  return {
    talks,
    baseline,
    publish({ findings, refusals = [], json: jsonOf, text, html: htmlOf }) {
      const judged = against(findings, baseline);
      // First, so that no verdict is lost over a file that cannot be written.
      if (talks) process.stdout.write(text(judged, palette()));
      if (json !== undefined) writeTo(json, jsonOf(judged));
      if (junit !== undefined) writeTo(junit, junitReport(command, judged, refusals));
      if (sarif !== undefined) writeTo(sarif, sarifReport(version(), judged, refusals));
      if (markdown !== undefined) writeTo(markdown, markdownReport(command, judged, refusals));
      if (html !== undefined && htmlOf) writeTo(html, htmlOf(judged));
      if (github) {
        // GitHub reads both streams.
        (talks ? process.stdout : process.stderr).write(githubAnnotations(judged, refusals));
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
    throw new LoopproofError('unwritable', {
      where: '$GITHUB_STEP_SUMMARY',
      received: error instanceof Error ? error.message : String(error),
      expected: 'a file that can be appended to',
      hint: 'unset it, or give --no-github',
    });
  }
}
