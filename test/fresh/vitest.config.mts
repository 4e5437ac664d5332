import { defineConfig } from 'vitest/config';

const minute = 60_000;

/** One file, one test after the other: each goes on where the one before ended. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/fresh/*.fresh.ts'],
    reporters: ['verbose', './tools/closing-line.mjs'],
    bail: 1,
    expect: { poll: { timeout: minute } },
    testTimeout: 45 * minute,
    hookTimeout: 20 * minute,
  },
});
