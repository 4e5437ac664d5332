/**
 * Compiles the torch engine's addon into native/dist if libtorch is found and anything has changed. If libtorch is missing
 * or the compilation fails, prints the reason in one line; other engines are then used.
 * COATRACK_NATIVE_ARCH sets the processor to compile for (g++ -march); the default is this machine's.
 */
import { execFile } from 'node:child_process';
import console from 'node:console';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { findLibtorch } from './find-libtorch.mjs';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, 'dist');
const addon = join(output, 'torch.node');
const record = join(output, 'build.json');
const log = join(output, 'build.log');

const sources = ['', 'ops'].flatMap((folder) =>
  readdirSync(join(here, folder))
    .filter((name) => /\.(cpp|h)$/.test(name))
    .map((name) => join(here, folder, name)),
);

function compilerFlags(libtorch) {
  const headers = [
    join(dirname(require.resolve('node-addon-api/package.json')), ''),
    join(dirname(require.resolve('node-api-headers/package.json')), 'include'),
    libtorch.include,
    join(libtorch.include, 'torch/csrc/api/include'),
  ];
  return [
    '-std=c++20',
    '-O3',
    `-march=${process.env.COATRACK_NATIVE_ARCH ?? 'native'}`,
    '-fno-math-errno',
    '-fno-trapping-math',
    '-fopenmp',
    '-fPIC',
    '-fexceptions',
    '-fvisibility=hidden',
    '-w',
    `-D_GLIBCXX_USE_CXX11_ABI=${libtorch.cxx11Abi ? 1 : 0}`,
    '-DNAPI_VERSION=8',
    '-DNAPI_CPP_EXCEPTIONS',
    `-I${here}`,
    ...headers.flatMap((folder) => (folder === '/usr/include' ? [] : ['-isystem', folder])),
  ];
}

function linkerFlags(libtorch) {
  const libraries = ['-ltorch', '-ltorch_cpu', '-lc10'];
  if (libtorch.cuda) libraries.push('-ltorch_cuda', '-lc10_cuda');
  return [
    '-shared',
    '-fopenmp',
    `-L${libtorch.lib}`,
    `-Wl,-rpath,${libtorch.lib}`,
    // Symbols are resolved at load time, so that one that another libtorch lacks is an error then and not a crash later.
    // libtorch keeps pointers into the addon (allocator, operators), so it must stay loaded after its last thread has ended.
    '-Wl,-z,now',
    '-Wl,-z,nodelete',
    '-Wl,--no-as-needed',
    ...libraries,
  ];
}

/** Returns a fingerprint of everything that the addon depends on, independent of the clone's path. */
function fingerprint(libtorch, flags) {
  const clone = join(here, '../../..');
  const settings = flags.map((flag) => flag.replaceAll(clone, ''));
  const hash = createHash('sha256');
  const library = statSync(join(libtorch.lib, 'libtorch_cpu.so'));
  hash.update(JSON.stringify([libtorch, settings, library.size, library.mtimeMs, process.arch]));
  for (const source of sources) hash.update(relative(here, source)).update(readFileSync(source));
  return hash.digest('hex');
}

async function compile(libtorch, flags) {
  const objects = await mkdtemp(join(tmpdir(), 'coatrack-native-'));
  try {
    const pending = sources.filter((source) => source.endsWith('.cpp'));
    const built = [];
    const worker = async () => {
      for (let source = pending.pop(); source; source = pending.pop()) {
        const object = join(objects, relative(here, source).replace(/[/.]/g, '-') + '.o');
        await run('g++', [...flags, '-c', source, '-o', object]);
        built.push(object);
      }
    };
    await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
    // A process may have the old addon mapped, so the new file replaces its name, not its content.
    const fresh = `${addon}.new`;
    await run('g++', [...built, ...linkerFlags(libtorch), '-o', fresh]);
    await rename(fresh, addon);
  } finally {
    await rm(objects, { recursive: true, force: true });
  }
}

function canWrite(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Writes the result if it changed; does nothing in a read-only clone. */
function remember(result) {
  const text = JSON.stringify(result, null, 2);
  if (existsSync(record) && readFileSync(record, 'utf8') === text) return;
  if (canWrite(output)) writeFileSync(record, text);
}

async function build() {
  if (canWrite(here)) mkdirSync(output, { recursive: true });
  let libtorch;
  try {
    libtorch = findLibtorch();
  } catch (error) {
    remember({ built: false, reason: error.message });
    return `skipped: ${error.message}`;
  }
  const flags = compilerFlags(libtorch);
  const key = fingerprint(libtorch, flags);
  const last = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {};
  if (last.key === key && (!last.built || existsSync(addon))) {
    return last.built ? `up to date (libtorch ${libtorch.version})` : `skipped: ${last.reason}`;
  }
  if (!canWrite(output)) return `skipped: ${output} is not writable`;
  try {
    await compile(libtorch, flags);
    remember({ built: true, key, libtorch });
    await rm(log, { force: true });
    return `built against libtorch ${libtorch.version} of ${libtorch.origin} (${libtorch.lib})`;
  } catch (error) {
    const messages = error.stderr || error.message;
    writeFileSync(log, messages);
    const lines = messages.split('\n');
    const line = lines.find((text) => text.includes('error')) ?? lines[0];
    const reason = `compiling it against libtorch ${libtorch.version} failed (native/dist/build.log): ${line}`;
    // A missing compiler may be installed at any time; a failed compilation is only repeated after a change.
    remember({ built: false, reason, ...(error.code === 'ENOENT' ? {} : { key }) });
    return `skipped: ${reason}`;
  }
}

console.log(`torch engine: ${await build()}`);
