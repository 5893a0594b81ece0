import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes: begun first, they do not leave one core working alone at the end. */
const LONG = [
  'claims/ledger',
  'proofs/rocq',
  'quality/determinism',
  'proofs/derivations',
  'quality/interruption',
  'documentation/pages',
  'cli/campaign',
  'runs/recorder',
  'cli/suites',
  'cli/gate',
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONG.findIndex((name) => moduleId.endsWith(`spec/${name}.test.ts`));
      return place < 0 ? LONG.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

/**
 * Files without coverage: what they reach by hundreds of runs and processes others reach too, and counting makes each slower by a
 * third.
 */
const UNCOUNTED = [
  'spec/{ci,claims,documentation,own-theory,proofs,quality}/**/*.test.ts',
  'spec/cli/{campaign,names,suites}.test.ts',
  'spec/campaigns/queue.test.ts',
  'spec/runs/cases/cases.test.ts',
  'spec/runs/diagnosis/{trainer,by-increments}.test.ts',
];

/**
 * Tests import the compiled package, so that what is tested and counted is what is shipped. Threads, because coverage of
 * forked processes would be lost.
 */
export const shared = {
  include: ['spec/**/*.test.ts'],
  setupFiles: ['spec/support/seed.ts'],
  pool: 'threads' as const,
  server: { deps: { external: [/\/dist\/.*\.js$/] } },
  // Nothing is timed: what is slow is the machine.
  testTimeout: 120_000,
  hookTimeout: 120_000,
} satisfies TestProjectInlineConfiguration['test'];

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  cacheDir: 'node_modules/.cache/vite',
  test: {
    // Vitest would leave one core idle, which on two is half of them.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongFirst },
    // One queue of files for both.
    projects: [
      { test: { ...shared, name: 'counted', exclude: UNCOUNTED } },
      { test: { ...shared, name: 'uncounted', include: UNCOUNTED, env: { NODE_V8_COVERAGE: '' } } },
    ],
  },
});
