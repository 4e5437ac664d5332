/** Files as torch.save writes them, and files that pretend to be: for tests and benchmarks without PyTorch. */
import { Buffer } from 'node:buffer';
import { crc32 } from '@coatrack/models';

const u16 = (value) => Buffer.from(Uint16Array.of(value).buffer);
const u32 = (value) => Buffer.from(Uint32Array.of(value).buffer);
const op = (code, ...parts) => Buffer.concat([Buffer.from(code, 'latin1'), ...parts]);

/** Texts of one byte a character, and bytes, one after the other. */
export const raw = (...parts) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? op(part) : part)));

/** Operations of a pickle of protocol 2. */
export const pickle = {
  text: (text) => op('X', u32(Buffer.byteLength(text)), Buffer.from(text)),
  count: (value) => op('\x8a\x08', Buffer.from(BigInt64Array.of(BigInt(value)).buffer)),
  global: (module, name) => op('c', Buffer.from(`${module}\n${name}\n`)),
  tuple: (...items) => op('(', ...items, Buffer.from('t')),
  /** Calls a name with a tuple of arguments. */
  call: (callee, ...args) => op('', callee, pickle.tuple(...args), Buffer.from('R')),
  dict: (entries) => op('}(', ...entries.flat(), Buffer.from('u')),
  whole: (value) => op('\x80\x02', value, Buffer.from('.')),
};

/** A tensor in a storage of its own, as torch.save writes it. */
export function pickledTensor(
  key,
  shape,
  { storageType = 'FloatStorage', strides, offset, length } = {},
) {
  const { call, count, global, text, tuple } = pickle;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const size = length ?? shape.reduce((a, b) => a * b, 1);
  const type = global('torch', storageType);
  const storage = op(
    '',
    tuple(text('storage'), type, text(key), text('cpu'), count(size)),
    Buffer.from('Q'),
  );
  return call(
    global('torch._utils', '_rebuild_tensor_v2'),
    storage,
    count(offset ?? 0),
    tuple(...shape.map(count)),
    tuple(...(strides ?? steps).map(count)),
    Buffer.from('\x89', 'latin1'),
    call(global('collections', 'OrderedDict')),
  );
}

/** @param entries {name, bytes, method?, crc?}: what the directory says may differ from what is true */
export function zip(entries) {
  const chunks = [];
  const directory = [];
  let offset = 0;
  for (const { name, bytes, method = 0, crc = crc32(bytes), size = bytes.length } of entries) {
    const fields = op(
      '\x14\0\0\0',
      u16(method),
      u32(0),
      u32(crc),
      u32(bytes.length),
      u32(size),
      u16(name.length),
    );
    chunks.push(op('PK\x03\x04', fields, u16(0), Buffer.from(name)), bytes);
    directory.push(
      op('PK\x01\x02\x14\x03', fields, Buffer.alloc(12), u32(offset), Buffer.from(name)),
    );
    offset += 30 + name.length + bytes.length;
  }
  const listing = Buffer.concat(directory);
  const count = u16(entries.length);
  const end = op('PK\x05\x06\0\0\0\0', count, count, u32(listing.length), u32(offset), u16(0));
  return Buffer.concat([...chunks, listing, end]);
}

/** A state dict in the zip form. */
export function torchFile(tensors) {
  const entries = tensors.map(({ name, shape }, index) => {
    const storageType = name.endsWith('num_batches_tracked') ? 'LongStorage' : 'FloatStorage';
    return [pickle.text(name), pickledTensor(String(index), shape, { storageType })];
  });
  const data = tensors.map(({ values: { buffer, byteOffset, byteLength } }, index) => {
    return { name: `archive/data/${index}`, bytes: Buffer.from(buffer, byteOffset, byteLength) };
  });
  return zip([{ name: 'archive/data.pkl', bytes: pickle.whole(pickle.dict(entries)) }, ...data]);
}
