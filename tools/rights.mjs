/** Determines the rights that API, worker and console run with. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nameOf, runAs, serviceAccount } from './account.mjs';
import { root } from './command.mjs';
import { handOver } from './data-folder.mjs';

/** Listening on a port below this one requires a capability. */
const firstFreePort = 1024;

/**
 * Returns how to start a part: a prefix for its command, options for spawn, and its environment. If root starts Coatrack,
 * the part runs as the account that owns the data folder; a line is printed if that is not possible, or only with more
 * rights.
 * @param ports the ports that the parts listen on
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
        `  The account ${nameOf(account)} cannot access ${rights.obstacle}: API, worker and console run as it, but may read every file.`,
      );
    }
    // The account cannot access root's home, so libraries get a home that they may write to.
    return { ...rights, environment: { HOME: dataFolder } };
  } catch (error) {
    console.log(`  API, worker and console run as root: ${error.message}.`);
    return { prefix: [], options: {}, environment: {} };
  }
}

/** Returns paths that show whether the parts and everything that they load are accessible. */
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
