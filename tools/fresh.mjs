/** `npm run test:fresh`: follows the README on a freshly installed Debian, in a folder of this machine. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './command.mjs';
import { tether } from './tether.mjs';

const has = (command) => spawnSync('which', [command]).status === 0;
const lacking =
  process.getuid?.() === 0 ? ['debootstrap', 'unshare'].filter((name) => !has(name)) : ['root'];
if (lacking.length > 0) {
  console.log(`The checks on a fresh Debian are skipped: they need ${lacking.join(' and ')}.`);
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'coatrack-debian-'));
// The accounts of the new system must be able to traverse it.
chmodSync(folder, 0o755);
// Its mounts and processes are in namespaces and disappear with them, however this ends.
const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const vitest = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--config',
  'test/fresh/vitest.config.mts',
];
const shell = ['sh', '-c', '"$@"; exit $?', 'sh', process.execPath, ...vitest];
const child = spawn('unshare', [...namespaces, ...shell, ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, COATRACK_FRESH_FOLDER: folder },
  stdio: 'inherit',
});
// unshare ignores other signals itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill('SIGKILL'));
}
tether(child, ['KILL']);
child.once('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? 1);
});
