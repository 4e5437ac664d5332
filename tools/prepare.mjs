/** What every command needs first: a Node that is new enough, installed packages, fresh builds. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, run, step } from './command.mjs';
import { buildNativeEngine } from './native-engine.mjs';

const minimumNode = [20, 9];
const installedMark = join(root, 'node_modules', '.coatrack-lockfile');

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < minimumNode[0] || (major === minimumNode[0] && minor < minimumNode[1])) {
    fail(
      `Coatrack needs Node ${minimumNode.join('.')} or later; this is ${process.versions.node}.`,
    );
  }
}

async function install() {
  const lockfile = readFileSync(join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(lockfile).digest('hex');
  if (existsSync(installedMark) && readFileSync(installedMark, 'utf8') === digest) return;
  // The package holds ONNX Runtime for the CPU; its install script would fetch CUDA's libraries beside it.
  const environment = { ONNXRUNTIME_NODE_INSTALL: 'skip' };
  await step('Installing packages', () =>
    run('npm', ['ci', '--no-audit', '--no-fund'], environment),
  );
  writeFileSync(installedMark, digest);
}

async function build() {
  const environment = { NX_DAEMON: 'false', NX_TUI: 'false', NEXT_TELEMETRY_DISABLED: '1' };
  await step('Building what changed', () =>
    run('npx', ['nx', 'run-many', '-t', 'build'], environment),
  );
}

export async function prepare() {
  checkNode();
  await install();
  await buildNativeEngine();
  await build();
}
