/**
 * `npm run test:peers`: imports checkpoints that timm, torchvision, Lightning, Keras and PyTorch have just written, and
 * compares what they compute. The first run makes a virtual environment with these libraries in node_modules/.cache, which
 * needs Debian's python3-venv; COATRACK_PEERS_PYTHON names a Python that has them instead.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { root, run, step } from '../../tools/command.mjs';
import { prepare } from '../../tools/prepare.mjs';

const requirements = join(root, 'test/peers/requirements.txt');

async function ownPython() {
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(root, 'node_modules/.cache', `peers-${wanted}`);
  const python = join(folder, 'bin/python');
  if (existsSync(join(folder, 'complete'))) return python;
  rmSync(folder, { recursive: true, force: true });
  await step('Installing the other libraries, 5 GB', async () => {
    await run('python3', ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', '--no-compile'];
    await run(python, [...pip, '--requirement', requirements]);
  });
  writeFileSync(join(folder, 'complete'), '');
  return python;
}

await prepare();
process.env.COATRACK_PEERS_PYTHON ??= await ownPython();
const { startVitest } = await import('vitest/node');
const vitest = await startVitest('test', [], {
  root,
  run: true,
  project: ['peers'],
  reporters: ['default', './tools/closing-line.mjs'],
});
await vitest?.close();
