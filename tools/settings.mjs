/** The few settings that the launcher itself needs; everything else is parsed by the API's config. */
import { resolve } from 'node:path';
import { fail, root } from './command.mjs';

// As in the API's config, an empty variable counts as not set.
const { env } = process;

function port(name, fallback) {
  const value = env[name] || String(fallback);
  if (!/^\d+$/.test(value) || Number(value) < 1 || Number(value) > 65535) {
    fail(`${name} must be a port number from 1 to 65535.`);
  }
  return Number(value);
}

/** Reads a setting of the API, which validates it itself. */
const seconds = (name, fallback) => Number(env[name] || fallback) || fallback;

/** Time for the API to close everything else and exit. */
const closingSeconds = 7;

export const settings = {
  dataFolder: resolve(root, env.COATRACK_DATA || 'data'),
  apiHost: env.COATRACK_API_HOST || '127.0.0.1',
  apiPort: port('COATRACK_API_PORT', 3001),
  consoleHost: env.COATRACK_CONSOLE_HOST || '127.0.0.1',
  consolePort: port('COATRACK_CONSOLE_PORT', 3000),
  databaseUrl: env.DATABASE_URL,
  /** Maximum time from the signal to the API's end. */
  apiStopMs:
    1000 *
    (seconds('COATRACK_DRAIN_DELAY_SECONDS', 0) +
      seconds('COATRACK_DRAIN_SECONDS', 8) +
      closingSeconds),
};
