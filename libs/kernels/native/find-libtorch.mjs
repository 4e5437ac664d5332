/** Finds libtorch on this machine: LIBTORCH, Python's torch package, or the system's. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';

const howToGetIt =
  "install libtorch-dev and libopenblas0-pthread (Debian, Ubuntu) or Python's torch, or set LIBTORCH to the folder with its include and lib";

/** Returns an installation if both the include and the library folder exist. */
function installation(include, lib, origin) {
  const complete =
    existsSync(join(include, 'ATen/core/Tensor.h')) && existsSync(join(lib, 'libtorch_cpu.so'));
  return complete ? { include, lib, origin } : undefined;
}

/** Returns the folder of Python's torch package without importing it. */
function pythonTorch() {
  const program =
    "import importlib.util as u; s = u.find_spec('torch'); print(s.origin if s and s.origin else '')";
  try {
    const origin = execFileSync('python3', ['-c', program], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return origin && dirname(origin);
  } catch {
    return undefined;
  }
}

function systemLibraryFolders() {
  const multiarch = existsSync('/usr/lib')
    ? readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu'))
    : [];
  return [...multiarch.map((name) => join('/usr/lib', name)), '/usr/lib64', '/usr/lib'];
}

function locate() {
  const forced = process.env.LIBTORCH;
  if (forced) {
    const found = installation(join(forced, 'include'), join(forced, 'lib'), 'LIBTORCH');
    if (!found) {
      throw new Error(
        `LIBTORCH is ${forced}, but that lacks include/ATen/core/Tensor.h or lib/libtorch_cpu.so`,
      );
    }
    return found;
  }
  const python = pythonTorch();
  const packaged =
    python && installation(join(python, 'include'), join(python, 'lib'), "Python's torch");
  if (packaged) return packaged;
  for (const lib of systemLibraryFolders()) {
    const found = installation('/usr/include', lib, 'the system');
    if (found) return found;
  }
  throw new Error(`libtorch was not found: ${howToGetIt}`);
}

function versionOf(include) {
  const places = ['torch/headeronly/version.h', 'torch/csrc/api/include/torch/version.h'];
  for (const place of places.map((path) => join(include, path)).filter(existsSync)) {
    const text = readFileSync(place, 'utf8');
    const part = (name) => new RegExp(`define TORCH_VERSION_${name} (\\d+)`).exec(text)?.[1];
    if (part('MAJOR')) return `${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}`;
  }
  throw new Error(`torch/version.h under ${include} does not define the version`);
}

/**
 * @returns {{ include: string, lib: string, origin: string, version: string, cuda: boolean, cxx11Abi: boolean }}
 * @throws Error saying what to install if there is none
 */
export function findLibtorch() {
  const found = locate();
  return {
    ...found,
    version: versionOf(found.include),
    cuda: existsSync(join(found.lib, 'libtorch_cuda.so')),
    // Wheels before 2.6 were built with the old string ABI, which shows in the symbol names.
    cxx11Abi: readFileSync(join(found.lib, 'libc10.so')).includes('NSt7__cxx1112basic_string'),
  };
}
