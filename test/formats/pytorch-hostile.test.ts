import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findArchitecture, openWeights, WeightsFormatError } from '@coatrack/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pickle, pickledTensor, raw, zip } from './torch-file.mjs';

const { call, count, dict, global, text, tuple, whole } = pickle;
const architecture = findArchitecture('efficientnetv2_b0');
const four = Buffer.alloc(16);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function open(bytes: Uint8Array) {
  const path = join(folder, 'weights.pth');
  await writeFile(path, bytes);
  return openWeights([{ name: 'w', path }], { architecture, temporaryFolder: folder });
}

async function readAll(bytes: Uint8Array): Promise<void> {
  const weights = await open(bytes);
  try {
    for (const name of weights.tensors.keys()) await weights.read(name);
  } finally {
    await weights.close();
  }
}

async function reasonOf(bytes: Uint8Array): Promise<string> {
  const error: unknown = await readAll(bytes).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(WeightsFormatError);
  return (error as WeightsFormatError).reason;
}

/** A file with this pickle and one storage of four floats. */
function archive(saved: Buffer): Buffer {
  return zip([
    { name: 'a/data.pkl', bytes: saved },
    { name: 'a/data/0', bytes: four },
  ]);
}

const state = (tensor: Buffer) => archive(whole(dict([[text('x'), tensor]])));

describe('the forged files of these tests', () => {
  it('are read where nothing is wrong with them', async () => {
    const weights = await open(state(pickledTensor('0', [2, 2])));
    expect(await weights.read('x')).toEqual(new Float32Array(4));
    await weights.close();
  });
});

describe('what a pickle names beside weights', () => {
  const marker = () => join(folder, 'was-run');
  it.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['builtins', 'exec'],
    ['builtins', '__import__'],
    ['builtins', 'getattr'],
    ['__builtin__', 'eval'],
    ['subprocess', 'Popen'],
    ['importlib', 'import_module'],
    ['pickle', 'loads'],
    ['_codecs', 'encode'],
    ['operator', 'attrgetter'],
    ['argparse', 'Namespace'],
    ['numpy.core.multiarray', '_reconstruct'],
    ['torch', 'load'],
    ['torch.storage', '_load_from_bytes'],
    ['torch.jit', 'load'],
    ['torch._utils', '_rebuild_tensor_v2.__globals__'],
    ['torch._utils', '__builtins__'],
    ['collections', 'OrderedDict.__class__'],
    ['collections', 'constructor'],
    ['Object', 'prototype'],
    ['', 'constructor'],
    ['__proto__', ''],
    ['process', 'exit'],
  ])('is not run: %s.%s', async (module, name) => {
    const named = global(module, name);
    const command = text(`touch ${marker()}`);
    const stacked = raw(text(module), text(name), '\x93');
    const x = [text('x'), pickledTensor('0', [4])];
    const made = [
      call(named, command),
      call(stacked, command),
      raw('(', command, `i${module}\n${name}\n`),
      raw('(', named, command, 'o'),
      raw(named, tuple(command), '\x81'),
      raw(named, tuple(command), '}\x92'),
      // Attributes, items and members of what it makes.
      raw(call(named, command), '}', text('a'), command, 's', 'b'),
      raw(call(named, command), text('a'), command, 's'),
      raw(call(named, command), command, 'a'),
      raw(call(named, command), '(', command, '\x90'),
      call(call(named, command), command),
    ];
    for (const object of made) {
      const beside = await open(archive(whole(dict([[text('args'), object], x]))));
      expect([...beside.tensors.keys()]).toEqual(['x']);
      await beside.close();
      const reason = await reasonOf(archive(raw('\x80\x04', object, '.')));
      expect(reason).toMatch(/^it (does not contain a state dict|contains no named tensors)/);
      expect(reason).toContain(`an object of ${module}.${name}`);
      expect(await reasonOf(raw('\x80\x04', object, '.'))).toMatch(/not one of torch.save/);
    }
    expect(existsSync(marker())).toBe(false);
  });

  it('is shown by its name alone, whatever its length and characters', async () => {
    const named = raw(text('a\u0007\n'.repeat(9000)), text('b'), '\x93');
    const reason = await reasonOf(archive(raw('\x80\x02', call(named), '.')));
    expect(reason).toContain(String.raw`an object of a\u0007\na\u0007\n`);
    expect(reason.length).toBeLessThan(1500);
    expect(reason).not.toContain('\n');
  });
});

describe('a pickle that lies', () => {
  it.each<[string, Buffer, RegExp]>([
    [
      'more elements than the storage',
      pickledTensor('0', [5], { length: 4 }),
      /beyond the 4 elements/,
    ],
    ['an offset', pickledTensor('0', [2], { length: 4, offset: 3 }), /beyond the 4 elements/],
    [
      'strides',
      pickledTensor('0', [2, 2], { length: 4, strides: [3, 1] }),
      /beyond the 4 elements/,
    ],
    [
      'strides of zero',
      pickledTensor('0', [2 ** 40], { length: 4, strides: [0] }),
      /larger than its storage/,
    ],
    [
      'a giant size',
      pickledTensor('0', [2 ** 50, 2 ** 50, 2 ** 50], { length: 4 }),
      /reaches beyond/,
    ],
    ['a negative side', pickledTensor('0', [-2, -2], { length: 4 }), /not an integer/],
    ['a negative offset', pickledTensor('0', [4], { offset: -4 }), /not an integer/],
    ['too many sides', pickledTensor('0', Array(9).fill(1)), /not a list of sizes/],
    ['missing strides', pickledTensor('0', [2, 2], { strides: [1] }), /more or fewer strides/],
    [
      'a larger storage',
      pickledTensor('0', [4], { length: 2 ** 50 }),
      /16 bytes, but 1125899906842624 elements/,
    ],
    [
      'a type',
      pickledTensor('0', [4], { storageType: 'DoubleStorage' }),
      /4 elements of F64 take 32/,
    ],
    ['a storage that is not there', pickledTensor('1', [4]), /not in the file/],
    ['a storage by a path', pickledTensor('../data.pkl', [4]), /not in the file/],
    [
      'a storage of no type',
      raw(tuple(text('storage'), text('x'), text('0'), text('cpu'), count(4)), 'Q'),
      /without a type/,
    ],
    [
      'a storage of quantized numbers',
      raw(
        tuple(text('storage'), global('torch', 'QInt8Storage'), text('0'), text('cpu'), count(4)),
        'Q',
      ),
      /torch.QInt8Storage, whose numbers are not read; save it in float32/,
    ],
    [
      'a sparse tensor',
      call(global('torch._utils', '_rebuild_sparse_tensor'), count(4)),
      /"x" is a tensor of a kind that is not read .*to_dense/,
    ],
    ['no storage', raw(tuple(text('module')), 'Q'), /something other than a storage/],
    [
      'a dict of a list',
      call(global('collections', 'OrderedDict'), raw('](', tuple(text('a'), count(1)), 'e')),
      /Python 2/,
    ],
    ['a call of a text', call(text('os.system'), text('true')), /a non-function/],
    ['a call of a type', call(global('torch', 'FloatStorage'), count(4)), /a non-function/],
    ['attributes of a list', raw(']}b'), /attributes/],
  ])('is refused: %s', async (_, tensor, message) => {
    expect(await reasonOf(state(tensor))).toMatch(message);
  });

  it.each<[string, Buffer, RegExp]>([
    ['nothing after the protocol', raw('\x80\x02'), /ends in the middle/],
    ['protocol 0', raw('(dp0\n.'), /not a pickle of protocol 2/],
    ['protocol 6', raw('\x80\x06.'), /protocol 6/],
    ['nothing on the stack', raw('\x80\x02.'), /takes a value/],
    ['no mark', raw('\x80\x02t.'), /mark/],
    ['a value below the mark', raw('\x80\x02K\x01(0.'), /takes a value/],
    ['a text longer than the file', raw('\x80\x02X\xff\xff\xff\x7fabc.'), /ends in the middle/],
    [
      'a text of 2⁶³ bytes',
      raw('\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc.'),
      /ends in the middle/,
    ],
    [
      'a giant integer',
      raw('\x80\x02\x8b', Buffer.alloc(4, 1), Buffer.alloc(2 ** 20), '.'),
      /integer of/,
    ],
    ['a value never remembered', raw('\x80\x02j\xff\xff\xff\xff.'), /recalls value/],
    ['a key without a value', raw('\x80\x02}(K\x01u.'), /without a value/],
    ['an extension code', raw('\x80\x02\x82\x01.'), /operation 0x82/],
    ['a name that does not end', raw('\x80\x02c', 'a'.repeat(2000), '.'), /does not end/],
    ['two million dicts', raw('\x80\x02', '}'.repeat(2e6), '.'), /more than 1048576 operations/],
    [
      'a million levels',
      raw('\x80\x02', ']'.repeat(5e5), 'a'.repeat(499_999), '.'),
      /does not contain a state dict/,
    ],
    ['a list in itself', raw('\x80\x02]q\x00h\x00a.'), /does not contain a state dict/],
    [
      'twenty times two of the last',
      raw('\x80\x02]q\x00', 'h\x00h\x00\x86q\x00'.repeat(20), '.'),
      /does not contain a state dict/,
    ],
    ['no tensors', whole(dict([[text('epoch'), count(3)]])), /no named tensors, only "epoch"/],
    ['a tensor alone', whole(pickledTensor('0', [4])), /does not contain a state dict/],
  ])('is refused: %s', async (_, saved, message) => {
    expect(await reasonOf(archive(saved))).toMatch(message);
  });

  it('is refused for what it is where torch.save has not written it, however it ends', async () => {
    const numpys = raw('\x80\x04X\xff\xff\xff\x7fabc.');
    const plain = raw(
      '\x80\x04',
      call(global('torch._utils', '_rebuild_tensor_v2'), count(1)),
      '.',
    );
    for (const bytes of [numpys, plain]) {
      expect(await reasonOf(bytes)).toMatch(/a pickle, but not one of torch.save/);
    }
  });

  it('is refused when it is larger than any', async () => {
    expect(await reasonOf(archive(Buffer.alloc(2 ** 24 + 1)))).toMatch(/more than 16777216/);
  });
});

describe('a tensor that is spread over a large storage', () => {
  const length = 2 ** 23;
  const spread = (shape: number[], strides: number[]) =>
    zip([
      {
        name: 'a/data.pkl',
        bytes: whole(dict([[text('x'), pickledTensor('0', shape, { strides, length })]])),
      },
      { name: 'a/data/0', bytes: Buffer.alloc(4 * length) },
    ]);

  it('is refused rather than read as a whole', async () => {
    const reason = await reasonOf(spread([2, 2], [length - 2, 1]));
    expect(reason).toMatch(/\[2, 2\] is spread over 8388608 elements.*tensor.clone\(\)/);
  });

  it('is read where it is a part of what was larger', async () => {
    const weights = await open(spread([2 ** 10, 2 ** 10], [2 ** 13, 1]));
    expect((await weights.read('x')).length).toBe(2 ** 20);
    await weights.close();
  });
});

describe('a zip file that lies', () => {
  const saved = { name: 'a/data.pkl', bytes: whole(dict([[text('x'), pickledTensor('0', [4])]])) };
  it.each<[string, Parameters<typeof zip>[0], RegExp]>([
    ['a checksum', [saved, { name: 'a/data/0', bytes: four, crc: 1 }], /"a\/data\/0" is damaged/],
    ["the pickle's checksum", [{ ...saved, crc: 1 }], /"a\/data.pkl" is damaged/],
    [
      'compression',
      [saved, { name: 'a/data/0', bytes: four, method: 8, size: 2 ** 31 }],
      /is compressed/,
    ],
    ['a name twice', [saved, saved], /twice/],
    [
      'names out of it',
      [{ ...saved, name: '../data.pkl' }],
      /zip directory is damaged \(invalid relative path/,
    ],
    ['no pickle', [{ name: 'a/b', bytes: four }], /without a data.pkl/],
  ])('is refused: %s', async (_, entries, message) => {
    expect(await reasonOf(zip(entries))).toMatch(message);
  });

  it('of big-endian storages is turned around', async () => {
    const bytes = Buffer.alloc(16);
    [1, -2, 0.5, 4].forEach((value, index) => bytes.writeFloatBE(value, 4 * index));
    const order = { name: 'a/byteorder', bytes: Buffer.from('big') };
    const weights = await open(zip([saved, order, { name: 'a/data/0', bytes }]));
    expect([...(await weights.read('x'))]).toEqual([1, -2, 0.5, 4]);
    await weights.close();
  });
});
