/** `npm run reset`: deletes the data folder, after asking (`--yes` answers beforehand). */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fail } from './command.mjs';
import { settings } from './settings.mjs';

const { dataFolder } = settings;

/** Returns whether the process in the database's lock file is running; after a crash it is not. */
function databaseRuns() {
  const lock = join(dataFolder, 'postgres', 'postmaster.pid');
  if (!existsSync(lock)) return false;
  try {
    return process.kill(Number.parseInt(readFileSync(lock, 'utf8'), 10), 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

if (!existsSync(dataFolder)) {
  console.log(`Nothing to reset: ${dataFolder} does not exist.`);
  process.exit(0);
}
if (!existsSync(join(dataFolder, 'blobs')) && !existsSync(join(dataFolder, 'postgres'))) {
  fail(`${dataFolder} does not look like a data folder of Coatrack: nothing was deleted.`);
}
if (databaseRuns()) {
  fail('Coatrack seems to be running on this data folder. Stop it first (Ctrl-C), then reset.');
}
if (!process.argv.includes('--yes')) {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question(
    `This deletes every dataset, model and job in ${dataFolder}. Type "yes" to continue: `,
  );
  prompt.close();
  if (answer.trim().toLowerCase() !== 'yes') {
    console.log('Nothing was deleted.');
    process.exit(0);
  }
}
rmSync(dataFolder, { recursive: true, force: true });
console.log(`Deleted ${dataFolder}.`);
