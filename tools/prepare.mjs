/** Prepares for every command: checks the version of Node, installs packages, builds what is stale. */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, run, step } from './command.mjs';
import { buildDigest, sourcesDigest } from './freshness.mjs';
import { buildNativeEngine } from './native-engine.mjs';

const minimumNode = [20, 19];
const installedMark = join(root, 'node_modules', '.coatrack-lockfile');
const builtMark = join(root, 'node_modules', '.coatrack-build');

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < minimumNode[0] || (major === minimumNode[0] && minor < minimumNode[1])) {
    fail(
      `Coatrack needs Node ${minimumNode.join('.')} or later; this is ${process.versions.node}.`,
    );
  }
}

/** Ends the process if something must be written to the repository but it is not writable. */
function checkWritable(reason) {
  try {
    accessSync(root, constants.W_OK);
  } catch (error) {
    fail(
      `${reason}, but ${root} is not writable (${error.code}). Run \`npm start\` once while it is writable, then make it read-only again.`,
    );
  }
}

async function install() {
  const lockfile = readFileSync(join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(lockfile).digest('hex');
  if (existsSync(installedMark) && readFileSync(installedMark, 'utf8') === digest) return;
  checkWritable('The packages must be installed');
  // The package contains ONNX Runtime for the CPU; its install script would also download CUDA's libraries.
  const env = { ONNXRUNTIME_NODE_INSTALL: 'skip' };
  await step('Installing packages', () => run('npm', ['ci', '--no-audit', '--no-fund'], { env }));
  writeFileSync(installedMark, digest);
}

async function build() {
  const sources = sourcesDigest();
  const built = buildDigest();
  if (built && existsSync(builtMark) && readFileSync(builtMark, 'utf8') === sources + built) return;
  checkWritable('Something must be built');
  const env = { NX_DAEMON: 'false', NX_TUI: 'false', NEXT_TELEMETRY_DISABLED: '1' };
  await step('Building what changed', () =>
    run(process.execPath, [nx(), 'run-many', '-t', 'build'], { env }),
  );
  writeFileSync(builtMark, sources + buildDigest());
}

/** Runs nx directly, as npx in between would leave it running when it is stopped. */
function nx() {
  const folder = join(root, 'node_modules/nx');
  return join(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin.nx);
}

export async function prepare() {
  checkNode();
  await install();
  await buildNativeEngine();
  await build();
}
