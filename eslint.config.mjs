import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Imports run one way: apps → training → models → kernels' contracts; apps and training → images. */
const boundaries = [
  { sourceTag: 'models', onlyDependOnLibsWithTags: ['models', 'kernels'] },
  { sourceTag: 'images', onlyDependOnLibsWithTags: ['images'] },
  { sourceTag: 'kernels', onlyDependOnLibsWithTags: ['kernels'] },
  { sourceTag: 'training', onlyDependOnLibsWithTags: ['training', 'models', 'images', 'kernels'] },
  { sourceTag: 'api', onlyDependOnLibsWithTags: ['training', 'models', 'kernels', 'images'] },
  { sourceTag: 'console', onlyDependOnLibsWithTags: ['console'] },
  { sourceTag: 'example', onlyDependOnLibsWithTags: ['example'] },
  { sourceTag: 'test', onlyDependOnLibsWithTags: ['*'] },
];

export default tseslint.config(
  {
    ignores: [
      '**/node_modules',
      '**/dist',
      '**/.next',
      '.nx',
      'data',
      'apps/console/src/api/schema.d.ts',
      'examples/client/src/schema.d.ts',
      'apps/console/next-env.d.ts',
      'libs/*/src/*/assembly',
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts', '**/*.tsx'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { depConstraints: boundaries, enforceBuildableLibDependency: true, allow: [] },
      ],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    // A spread literal is not a fresh one: TypeScript would not report excess properties.
    files: ['**/*.ts', '**/*.tsx', '**/*.mts', '**/*.mjs'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ObjectExpression > SpreadElement > ObjectExpression',
          message: 'Write the properties in the object itself.',
        },
        {
          selector: 'SpreadElement > ArrayExpression',
          message: 'Write the elements themselves.',
        },
      ],
    },
  },
  {
    // An engine is chosen by the API, its worker and tests.
    files: ['libs/{models,training}/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [{ name: '@coatrack/kernels', message: "Import '@coatrack/kernels/contracts'." }],
        },
      ],
    },
  },
  {
    files: ['test/bench/*.mjs'],
    languageOptions: { globals: { fetch: 'readonly', FormData: 'readonly', Blob: 'readonly' } },
  },
  {
    files: ['tools/**', '*.mjs', 'apps/console/*.mjs', 'examples/**/*.mjs'],
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        AbortSignal: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  {
    files: ['apps/console/**/*.tsx'],
    plugins: { 'react-hooks': reactHooks },
    rules: reactHooks.configs.recommended.rules,
  },
  prettier,
);
