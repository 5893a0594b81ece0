import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes: begun first, they do not leave one core working alone at the end. */
const LONG = ['claims/ledger', 'proofs/derivations', 'cli/commands', 'cli/gate', 'cli/campaign'];

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
 * Tests import the compiled package, so that what is tested and counted is what is shipped. Threads, because coverage of
 * forked processes would be lost.
 */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  cacheDir: 'node_modules/.cache/vite',
  test: {
    include: ['spec/**/*.test.ts'],
    setupFiles: ['spec/support/seed.ts'],
    pool: 'threads',
    // Vitest would leave one core idle, which on two is half of them.
    maxWorkers: availableParallelism(),
    server: { deps: { external: [/\/dist\/.*\.js$/] } },
    sequence: { sequencer: LongFirst },
    // Nothing is timed: what is slow is the machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
