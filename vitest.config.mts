import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`libs/${path}.ts`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run the libraries' sources: no build stands between an edit and its test.
    alias: {
      '@coatrack/images/testing': source('images/src/testing/images'),
      '@coatrack/images': source('images/src/index'),
      '@coatrack/kernels': source('kernels/src/index'),
      '@coatrack/models': source('models/src/index'),
      '@coatrack/training': source('training/src/index'),
    },
  },
  // As tsc compiles the API; the tsconfig beside it leaves tests out.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['libs/**/*.spec.ts', 'apps/**/*.spec.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.next/**'],
    globalSetup: ['test/integration/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // How long something takes depends on the machine; that it comes does not.
    expect: { poll: { timeout: 30_000, interval: 20 } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
