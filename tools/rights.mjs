/** The rights that API, worker and console run with. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nameOf, runAs, serviceAccount } from './account.mjs';
import { root } from './command.mjs';
import { handOver } from './data-folder.mjs';

/** Below this port only those may listen who have the capability. */
const firstFreePort = 1024;

/**
 * Returns how to start a part: what to put before its command, options for spawn, and its environment. Where root
 * starts Coatrack, that is as the account which the data folder belongs to then; one line says where that is not
 * possible, or only with more rights.
 * @param ports that the parts listen on
 */
export function partsRights(dataFolder, ports) {
  try {
    const account = serviceAccount(dataFolder, join(dataFolder, 'postgres'));
    if (!account) return { prefix: [], options: {}, environment: {} };
    const capabilities = ports.some((port) => port < firstFreePort) ? ['net_bind_service'] : [];
    const rights = runAs(account, [dirname(dataFolder), ...partsFiles()], capabilities);
    handOver(dataFolder, account);
    if (rights.obstacle) {
      console.log(
        `  ${rights.obstacle} is closed to the account ${nameOf(account)}: API, worker and console run as it, but may read every file.`,
      );
    }
    // Root's home is closed to the account; what libraries remember between starts goes where it may write.
    return { ...rights, environment: { HOME: dataFolder } };
  } catch (error) {
    console.log(`  API, worker and console run as root: ${error.message}.`);
    return { prefix: [], options: {}, environment: {} };
  }
}

/** Returns what tells whether the parts can be reached with all they load. */
function partsFiles() {
  const { NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, LD_LIBRARY_PATH } = process.env;
  const native = join(root, 'libs/kernels/native/dist');
  const record = join(native, 'build.json');
  const { libtorch } = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {};
  return [
    process.execPath,
    join(root, 'apps/api/dist/main.js'),
    join(root, 'apps/console/.next/BUILD_ID'),
    join(root, 'node_modules/next/dist/bin/next'),
    join(native, 'torch.node'),
    libtorch && join(libtorch.lib, 'libtorch_cpu.so'),
    NODE_EXTRA_CA_CERTS,
    SSL_CERT_FILE,
    ...(LD_LIBRARY_PATH ?? '').split(':'),
  ].filter(Boolean);
}
