import type { FileFormat } from '../weights-format';

/** Tags of ModelProto's fields that follow its IR version: producer name and version, domain, graph, operator sets. */
const following: readonly number[] = [0x12, 0x1a, 0x22, 0x3a, 0x42];

/** ONNX has no magic number, but files begin with the IR version. */
export const onnx: FileFormat<'onnx'> = {
  format: 'onnx',
  recognizes({ first }) {
    // The header length of a safetensors file could look the same, except for its zero bytes.
    if (first.length < 8 || first.readUInt32LE(4) === 0) return false;
    return first[0] === 0x08 && first[1] < 0x80 && following.includes(first[2]);
  },
};
