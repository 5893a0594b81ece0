/** The tests of one mutation run: the folders and files of spec/ that MUTATION_TESTS names. */
import { defineConfig } from 'vitest/config';
import base from '../vitest.config.js';

const named = (process.env['MUTATION_TESTS'] ?? '').split(',');

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: named.map((name) => (name.endsWith('.ts') ? `spec/${name}` : `spec/${name}/**/*.test.ts`)),
  },
});
