import { open } from 'node:fs/promises';
import type { FileEdges } from './weights-format';

export async function edgesOf(path: string): Promise<FileEdges> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const read = async (length: number, position: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    };
    return { first: await read(4096, 0), last: await read(64, Math.max(0, size - 64)) };
  } finally {
    await file.close();
  }
}
