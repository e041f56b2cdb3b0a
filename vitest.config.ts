// How the tests run: worker threads that are reused from file to file, because starting a fresh one per file
// costs ten times the tests themselves. So tests must be independent: no file may leave anything behind in a global.
import { defineConfig } from 'vitest/config';

const TEST_TIMEOUT_MS = 180_000; // a sweep in a test is long on a busy machine; no test waits for real time
const POLL_TIMEOUT_MS = 30_000; // so is a frame of a browser

const entry = (path: string): string => new URL(path, import.meta.url).pathname;

export default defineConfig({
  // A project below examples/ has a package.json of its own, so that its imports of Millrace do not lead here by themselves.
  resolve: {
    alias: [
      { find: /^millrace$/, replacement: entry('src/core/millrace.ts') },
      { find: /^millrace\/sim$/, replacement: entry('src/sim/millrace-sim.ts') },
      { find: /^millrace\/scenario$/, replacement: entry('src/scenario/millrace-scenario.ts') },
      { find: /^millrace\/testing$/, replacement: entry('src/testing/millrace-testing.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'threads',
    isolate: false,
    maxWorkers: 2, // the smallest machine that CI runs on has two cores
    globals: false,
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: TEST_TIMEOUT_MS,
    expect: { poll: { timeout: POLL_TIMEOUT_MS } },
  },
});
