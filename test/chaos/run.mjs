/** `npm run chaos -- --kills N --seed S`: starts chaos.ts, compiled on the way. */
import console from 'node:console';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));
const { module } = await runnerImport(join(here, 'chaos.ts'), {
  configFile: join(here, '../../vitest.config.mts'),
});
const passed = await module.chaos(process.argv.slice(2)).catch((error) => {
  console.error(error);
  return false;
});
process.exit(passed ? 0 : 1);
