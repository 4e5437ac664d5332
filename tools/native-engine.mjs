/** The torch engine: libtorch, which it runs on, and its addon. Without them Coatrack runs on WebAssembly. */
import { existsSync } from 'node:fs';
import { findLibtorch } from '../libs/kernels/native/find-libtorch.mjs';
import { run, step } from './command.mjs';

// Debian's libtorch links the reference BLAS unless OpenBLAS is there: matrix products tens of times slower.
const debianPackages = ['libtorch-dev', 'libopenblas0-pthread', 'g++'];

function libtorchIsThere() {
  try {
    return Boolean(findLibtorch());
  } catch {
    return false;
  }
}

/** Installs libtorch where that needs nobody's leave: as root, with apt, unless another engine is asked for. */
export async function installLibtorch() {
  const wanted = ['auto', 'torch'].includes(process.env.COATRACK_ENGINE || 'auto');
  const may = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!wanted || !may || libtorchIsThere()) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await step('Installing libtorch, which trains several times faster than WebAssembly', () =>
    run('apt-get', ['update', '-qq'], { env })
      .then(() =>
        run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...debianPackages], {
          env,
        }),
      )
      // The build after this says what is missing; WebAssembly does the work until it's there.
      .catch((error) => console.log(`  ${error.message}: going on without libtorch`)),
  );
}

/** Compiles the addon where libtorch is and something changed; says in one line what came of it. */
export async function buildNativeEngine() {
  await step('Building the native engine', async () => {
    console.log(`  ${(await run(process.execPath, ['libs/kernels/native/build.mjs'])).trim()}`);
  });
}
