import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Tests import the compiled package, so that what is tested and counted is what is shipped. Threads, because coverage of
 * forked processes would be lost.
 */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  cacheDir: 'node_modules/.cache/vite',
  test: {
    include: ['spec/**/*.test.ts'],
    pool: 'threads',
    // Vitest would leave one core idle, which on two is half of them.
    maxWorkers: availableParallelism(),
    server: { deps: { external: [/\/dist\/.*\.js$/] } },
    // Nothing is timed: what is slow is the machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
