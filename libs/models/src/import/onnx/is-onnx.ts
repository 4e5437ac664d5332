import { open } from 'node:fs/promises';

/** Tags of ModelProto's fields that follow its IR version: producer name and version, domain, graph, operator sets. */
const following: readonly number[] = [0x12, 0x1a, 0x22, 0x3a, 0x42];

/** Whether a file starts as ONNX files do: ONNX has no magic number, but its writers begin with the IR version. */
export async function isOnnx(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    // A safetensors file's length of a header could look alike, but for the zeros of so short a one.
    if (buffer.readUInt32LE(4) === 0) return false;
    return buffer[0] === 0x08 && buffer[1] < 0x80 && following.includes(buffer[2]);
  } finally {
    await file.close();
  }
}
