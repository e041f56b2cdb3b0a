// How the tests run: worker threads that are reused from file to file, because starting a fresh one per file
// costs ten times the tests themselves. So tests must be independent: no file may leave anything behind in a global.
import { defineConfig } from 'vitest/config';

const TEST_TIMEOUT_MS = 180_000; // a sweep in a test is long on a busy machine; no test waits for real time
const POLL_TIMEOUT_MS = 30_000; // so is a frame of a browser

export default defineConfig({
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
