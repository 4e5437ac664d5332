/** What every command needs first: a Node that is new enough, installed packages, fresh builds. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const minimumNode = [20, 9];
const installedMark = join(root, 'node_modules', '.coatrack-lockfile');

/** Ends the process with one line that says what is wrong and what would be right. */
export function fail(message) {
  console.error(`\n  ${message}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < minimumNode[0] || (major === minimumNode[0] && minor < minimumNode[1])) {
    fail(
      `Coatrack needs Node ${minimumNode.join('.')} or later; this is ${process.versions.node}.`,
    );
  }
}

/** Runs a command quietly; its output is shown only when it fails. */
function run(label, command, args, env = {}) {
  return new Promise((resolve) => {
    const started = Date.now();
    console.log(`  ${label} …`);
    const output = [];
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => fail(`${label}: ${command} could not be run: ${error.message}`));
    child.on('close', (code) => {
      if (code !== 0) {
        process.stderr.write(Buffer.concat(output));
        fail(`${label} failed (${command} ${args.join(' ')}): the lines above say why.`);
      }
      console.log(`  ${label}: done in ${Math.round((Date.now() - started) / 1000)} s`);
      resolve();
    });
  });
}

async function install() {
  const lockfile = readFileSync(join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(lockfile).digest('hex');
  if (existsSync(installedMark) && readFileSync(installedMark, 'utf8') === digest) return;
  await run('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund']);
  writeFileSync(installedMark, digest);
}

async function build() {
  await run('Building what changed', 'npx', ['nx', 'run-many', '-t', 'build'], {
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    NEXT_TELEMETRY_DISABLED: '1',
  });
}

export async function prepare() {
  checkNode();
  await install();
  await build();
}
