/** The tests of one mutation run: the folders and files of spec/ that MUTATION_TESTS names, in that order. */
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import base, { shared } from '../vitest.config.js';

const named = (process.env['MUTATION_TESTS'] ?? '').split(',').map((name) => `spec/${name}`);

/** A mutant's run ends at the first test that fails: what is quick and close to the mutant goes first. */
class AsNamed extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => named.findIndex((name) => moduleId.includes(`/${name}`));
    // Vitest would begin with the longest.
    return (await super.sort(files)).toReversed().toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  ...base,
  test: {
    ...shared,
    maxWorkers: base.test!.maxWorkers!,
    include: named.map((name) => (name.endsWith('.ts') ? name : `${name}/**/*.test.ts`)),
    setupFiles: ['spec/quality/mutation.setup.ts'],
    // A test file's worker loads and compiles what the file before has loaded. No module keeps state, which a test of its own shows.
    isolate: false,
    sequence: { sequencer: AsNamed },
  },
});
