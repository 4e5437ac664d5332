import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTorch, torchMemory } from '.';
import { aten, freeingTemporaries } from './aten';
import { loadNative, ownOperators } from './native';

const probe = await loadTorch();

const compiler = spawnSync('gcc', ['--version']).status === 0;

describe('loading the addon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'torch-addon-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const record = (content: object) =>
    writeFileSync(join(folder, 'build.json'), JSON.stringify(content));

  const compile = (code: string) => {
    record({ built: true });
    const [source, addon] = [join(folder, 'addon.c'), join(folder, 'torch.node')];
    writeFileSync(source, code);
    rmSync(addon, { force: true });
    execFileSync('gcc', ['-shared', '-fPIC', '-Wl,-z,now', source, '-o', addon]);
  };

  it('a missing addon is reported with the command to build it', () => {
    expect(() => loadNative(folder)).toThrow('node libs/kernels/native/build.mjs');
  });

  it('the reason for a failed build is reported', () => {
    record({ built: false, reason: 'no libtorch was found: install libtorch-dev' });
    expect(() => loadNative(folder)).toThrow('no libtorch was found: install libtorch-dev');
  });

  it('the reason that an addon does not load is reported', () => {
    record({ built: true });
    writeFileSync(join(folder, 'torch.node'), 'built for another machine');
    expect(() => loadNative(folder)).toThrow(/its addon does not load: .*torch\.node/);
  });

  it.skipIf(!compiler)('the symbol that a libtorch of another ABI lacks is named', () => {
    compile(
      `void of_another_release(void);
       void *napi_register_module_v1(void *env, void *exports) { of_another_release(); return exports; }`,
    );
    expect(() => loadNative(folder)).toThrow(
      /its addon does not load: .*undefined symbol: of_another_release/,
    );
  });

  it.skipIf(!compiler)('an addon that lacks an operator must be rebuilt', () => {
    compile(
      `int napi_throw_error(void *env, const char *code, const char *message);
       int napi_create_function(void *env, const char *name, unsigned long length, void *call, void *data, void **result);
       int napi_set_named_property(void *env, void *object, const char *name, void *value);
       static void *resolve(void *env, void *info) { napi_throw_error(env, 0, "no such operator"); return 0; }
       void *napi_register_module_v1(void *env, void *exports) {
         void *method;
         napi_create_function(env, "resolve", 7, resolve, 0, &method);
         napi_set_named_property(env, exports, "resolve", method);
         return exports;
       }`,
    );
    expect(() => loadNative(folder)).toThrow(
      'its addon is from an older build (no such operator): rebuild it with node libs/kernels/native/build.mjs',
    );
  });

  it('every operator that the sources define is required', () => {
    const sources = join(__dirname, '../../native/ops');
    const defined = readdirSync(sources).flatMap((name) =>
      [...readFileSync(join(sources, name), 'utf8').matchAll(/m\.def\("(\w+)\(/g)].map(
        ([, operator]) => operator,
      ),
    );
    expect([...ownOperators].sort()).toEqual(defined.sort());
  });

  it('the next engine is used if the addon is missing', () => {
    const script =
      "require('@coatrack/kernels').selectEngine().then(({ name }) => (console.log(name), process.exit()))";
    // No GPU is needed: CUDA without a device counts as an unavailable engine.
    const environment = { ...process.env, COATRACK_TORCH_DEVICE: 'cuda', CUDA_VISIBLE_DEVICES: '' };
    const name = execFileSync(process.execPath, ['-e', script], {
      env: environment,
      encoding: 'utf8',
    });
    expect(name.trim().split('\n').at(-1)).toMatch(/^(tensorflow|wasm)$/);
  });

  it('a wrong LIBTORCH is reported with its folder', async () => {
    const { findLibtorch } = await import('../../native/find-libtorch.mjs');
    const before = process.env['LIBTORCH'];
    process.env['LIBTORCH'] = folder;
    try {
      expect(() => findLibtorch()).toThrow(`LIBTORCH is ${folder}`);
    } finally {
      if (before === undefined) delete process.env['LIBTORCH'];
      else process.env['LIBTORCH'] = before;
    }
  });
});

describe.skipIf(!probe.available)('the torch engine', () => {
  beforeAll(() => tf.setBackend('torch'));

  /** Runs a function that must fail, and checks that it leaves no tensor behind and that the engine still works. */
  async function failing(run: () => unknown): Promise<Error & { code?: string }> {
    const before = torchMemory().handles;
    let error: Error | undefined;
    try {
      tf.tidy(() => {
        run();
      });
    } catch (thrown) {
      error = thrown as Error;
    }
    expect(error).toBeDefined();
    expect(torchMemory().handles).toBe(before);
    expect(await tf.tidy(() => tf.add([1, 2], 1)).data()).toEqual(Float32Array.of(2, 3));
    return error!;
  }

  it('an operator that this release of libtorch lacks is named', async () => {
    const error = await failing(() => aten('of_the_future'));
    expect(error.message).toMatch(/libtorch \S+ has no operator aten::of_the_future/);
  });

  it('an argument of the wrong type is named with its operator', async () => {
    const error = await failing(() => freeingTemporaries(() => aten('relu', 'a word')));
    expect(error.message).toBe('aten::relu: argument self: must be a number');
  });

  it("libtorch's own message is passed on", async () => {
    const error = await failing(() =>
      tf.engine().runKernel('Add', { a: tf.ones([2]), b: tf.ones([3]) }),
    );
    expect(error.message).toContain('aten::add.Tensor: The size of tensor a (2) must match');
  });

  it('running out of memory is reported with a code, and the engine still works', async () => {
    const error = await failing(() =>
      tf.engine().runKernel('Fill', {}, { shape: [1 << 30, 1 << 20], value: 1, dtype: 'float32' }),
    );
    expect(error.code).toBe('OUT_OF_MEMORY');
    expect(error.message).toMatch(/^aten::full: (CUDA )?out of memory/);
  });

  it('reshaped and cloned tensors share their data, which is freed with the last of them', () => {
    const before = torchMemory().handles;
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const y = tf.reshape(x, [3, 2]);
    const z = tf.clone(y);
    expect(torchMemory().handles).toBe(before + 1);
    x.dispose();
    expect(z.arraySync()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    tf.dispose([y, z]);
    expect(torchMemory().handles).toBe(before);
  });
});
