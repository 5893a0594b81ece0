/**
 * Where a report comes from.
 */
import { execFileSync } from 'node:child_process';
import { arch, release, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ReportProvenance } from '../report/html.js';
import { version } from '../version.js';

/** The output of git in the package's folder; `undefined` without git or without a repository. */
function git(...args: readonly string[]): string | undefined {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  try {
    return execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

/** The commit, with `-dirty` if files differ from it. `undefined` if the package is not itself a checkout. */
function commit(): string | undefined {
  if (git('rev-parse', '--show-prefix')?.trim() !== '') return undefined;
  return git('describe', '--always', '--dirty', '--exclude', '*', '--abbrev=12')?.trim();
}

/** @param seed of what was drawn at random */
export function provenance(seed?: number): ReportProvenance {
  return {
    version: version(),
    commit: commit(),
    seed,
    platform: `${type()} ${release()}, ${arch()}`,
    node: process.version,
    time: new Date().toISOString(),
  };
}
