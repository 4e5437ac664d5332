/**
 * `npm run test:peers`: imports checkpoints that timm, torchvision, Lightning, Keras and PyTorch have just written, and
 * compares what they compute. Makes a virtual environment with these libraries from PyPI in node_modules/.cache at the
 * first run; COATRACK_PEERS_PYTHON names a Python that has them instead.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { root, run } from '../../tools/command.mjs';
import { prepare } from '../../tools/prepare.mjs';

const requirements = join(root, 'test/peers/requirements.txt');

async function ownPython() {
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(root, 'node_modules/.cache', `peers-${wanted}`);
  const python = join(folder, 'bin/python');
  if (existsSync(join(folder, 'complete'))) return python;
  rmSync(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  await run('touch', [join(folder, 'complete')]);
  return python;
}

await prepare();
process.env.COATRACK_PEERS_PYTHON ??= await ownPython();
const { startVitest } = await import('vitest/node');
const options = { root, run: true, reporters: ['default'] };
const include = ['test/peers/*.peers.ts'];
const vitest = await startVitest('test', ['test/peers/'], options, { test: { include } });
await vitest?.close();
