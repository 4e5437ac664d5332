/** Installs libtorch and builds the torch engine's addon. Without them, Coatrack runs on WebAssembly. */
import { existsSync } from 'node:fs';
import { findLibtorch } from '../libs/kernels/native/find-libtorch.mjs';
import { run, step } from './command.mjs';

// Without OpenBLAS, Debian's libtorch uses the reference BLAS, whose matrix products are tens of times slower.
const debianPackages = ['libtorch-dev', 'libopenblas0-pthread', 'g++'];

function libtorchIsThere() {
  try {
    return Boolean(findLibtorch());
  } catch {
    return false;
  }
}

/** Installs libtorch with apt if this process is root and no other engine is configured. */
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
      // The build below reports what is missing; until then WebAssembly is used.
      .catch((error) => console.log(`  ${error.message}: continuing without libtorch`)),
  );
}

/** Compiles the addon if libtorch is installed and anything has changed; prints the result in one line. */
export async function buildNativeEngine() {
  await step('Building the native engine', async () => {
    console.log(`  ${(await run(process.execPath, ['libs/kernels/native/build.mjs'])).trim()}`);
  });
}
