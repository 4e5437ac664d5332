import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

type ProjectConfig = NonNullable<TestProjectInlineConfiguration['test']>;

const source = (path: string) => fileURLToPath(new URL(`libs/${path}.ts`, import.meta.url));

const never = ['**/node_modules/**', '**/dist/**', '**/.next/**'];

const globalSetup = ['test/integration/support/global-setup.ts'];

const project = (name: string, options: ProjectConfig) => ({
  extends: true as const,
  test: { name, exclude: never, ...options },
});

export default defineConfig({
  resolve: {
    // Tests of libraries run their sources; those that start the product, or threads of their own, run what is built.
    alias: {
      '@coatrack/images/testing': source('images/src/testing/images'),
      '@coatrack/images': source('images/src/index'),
      '@coatrack/kernels/contracts': source('kernels/src/contracts/index'),
      '@coatrack/kernels': source('kernels/src/index'),
      '@coatrack/models': source('models/src/index'),
      '@coatrack/training': source('training/src/index'),
    },
  },
  // As tsc compiles the API; the tsconfig beside it leaves tests out.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // How long something takes depends on the machine; that it comes does not.
    expect: { poll: { timeout: 30_000, interval: 20 } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      // Logic beside its code: no build, no service; files share their modules.
      project('unit', {
        include: ['libs/**/*.spec.ts', 'apps/**/*.spec.ts'],
        exclude: [...never, '**/*.{database,slow}.spec.ts'],
        isolate: false,
      }),
      // The built product, what needs a real Postgres or Redis, and what trains for seconds.
      project('integration', {
        include: [
          '{apps,libs}/**/*.{database,slow}.spec.ts',
          'test/{integration,upgrade}/**/*.test.ts',
        ],
        globalSetup,
      }),
      // Numbers beside those of other frameworks and engines.
      project('parity', { include: ['test/{conformance,export,formats,parity}/**/*.test.ts'] }),
      // `npm start` and its console in a browser.
      project('e2e', { include: ['test/e2e/**/*.test.ts'] }),
      // Files that other libraries have just written: `npm run test:peers` alone, which installs them.
      project('peers', { include: ['test/peers/*.peers.ts'], globalSetup }),
    ],
  },
});
