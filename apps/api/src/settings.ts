import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { environmentSchema } from './config-schema';

interface Setting {
  name: string;
  /** null: off, or provided by Coatrack itself. */
  fallback: string | null;
  description: string;
}

/** Settings that the launcher and the engines read, which don't use the API's configuration. */
const readElsewhere: Setting[] = [
  {
    name: 'COATRACK_CONSOLE_HOST',
    fallback: '127.0.0.1',
    description: 'Address on which the console listens. Listen elsewhere only behind TLS.',
  },
  { name: 'COATRACK_CONSOLE_PORT', fallback: '3000', description: 'Port of the console.' },
  {
    name: 'COATRACK_THREADS',
    fallback: 'the cores',
    description: 'Threads of the training engine, and of TensorFlow.js in predictions.',
  },
  {
    name: 'COATRACK_TORCH_DEVICE',
    fallback: 'cuda if available',
    description: 'Device of the torch engine: cpu or cuda.',
  },
];

/** Path of the repository, relative to dist. */
const root = join(__dirname, '../../..');
const readmePath = join(root, 'README.md');
const examplePath = join(root, '.env.example');
const [begin, end] = ['<!-- settings -->', '<!-- /settings -->'];

const units: [number, string][] = [
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
];

/** Formats a default; bytes get a unit. */
function inWords(name: string, value: unknown): string | null {
  if (value === undefined || value === '') return null;
  const unit = units.find(([size]) => Number(value) % size === 0);
  return name.endsWith('_BYTES') && unit ? `${Number(value) / unit[0]} ${unit[1]}` : String(value);
}

function settings(): Setting[] {
  const shape: Record<string, z.ZodType> = environmentSchema.shape;
  const own = Object.entries(shape).map(([name, schema]) => {
    const { description = '', shown } = schema.meta() as { description?: string; shown?: string };
    const standard = schema.safeParse(undefined);
    const fallback = shown ?? inWords(name, standard.success ? standard.data : undefined);
    return { name, fallback: fallback || null, description };
  });
  return [...own, ...readElsewhere];
}

/** Returns the text of .env.example: every variable commented out, with its default. */
function exampleText(all: Setting[]): string {
  const head =
    '# Every setting, with its default. All are optional. Generated from apps/api/src/config-schema.ts.\n';
  const entries = all.map(({ name, fallback, description }) => {
    const note = fallback === null ? '' : ` Default: ${fallback}.`;
    return `\n# ${description}${note}\n# ${name}=\n`;
  });
  return head + entries.join('');
}

function tableText(all: Setting[]): string {
  const rows = all.map(
    ({ name, fallback, description }) => `| \`${name}\` | ${fallback ?? '–'} | ${description} |`,
  );
  return ['| Setting | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Rewrites .env.example and the README's table; with --check, fails if they are out of date. */
async function main(): Promise<void> {
  const all = settings();
  const readme = await readFile(readmePath, 'utf8');
  const [before, rest = ''] = readme.split(begin);
  const after = rest.split(end)[1] ?? '';
  const { format, resolveConfig } = await import('prettier');
  const options = await resolveConfig(readmePath);
  const text = `${before}${begin}\n\n${tableText(all)}\n\n${end}${after}`;
  const wanted: [string, string][] = [
    [examplePath, exampleText(all)],
    [readmePath, await format(text, { ...options, parser: 'markdown' })],
  ];
  for (const [path, contents] of wanted) {
    if ((await readFile(path, 'utf8').catch(() => '')) === contents) continue;
    if (process.argv.includes('--check')) {
      console.error(`${path} is out of date: run \`npm run settings -w @coatrack/api\`.`);
      process.exitCode = 1;
    } else {
      await writeFile(path, contents);
    }
  }
}

void main();
