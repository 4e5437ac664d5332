import type { FileHandle } from 'node:fs/promises';

/** Bytes per read; the file system reads at most 2 GiB at once. */
const chunkBytes = 2 ** 28;

/** Reads a range of a file. @throws RangeError when the file ends early */
export async function readBytes(
  file: FileHandle,
  begin: number,
  length: number,
): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(new ArrayBuffer(length));
  let done = 0;
  while (done < length) {
    const ask = Math.min(chunkBytes, length - done);
    const { bytesRead } = await file.read(bytes, done, ask, begin + done);
    if (bytesRead === 0) throw new RangeError(`it ends at byte ${begin + done} while being read`);
    done += bytesRead;
  }
  return bytes.buffer;
}
