import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** The beginning of a file, with its checksums as it grows. */
export class Part {
  private sha256: Hash = createHash('sha256');
  private md5: Hash = createHash('md5');
  private bytes = 0;

  private constructor(private readonly handle: FileHandle) {}

  /** @param maxBytes what is longer is not a beginning of the file, and goes */
  static async open(handle: FileHandle, path: string, maxBytes: number): Promise<Part> {
    const part = new Part(handle);
    if ((await handle.stat()).size > maxBytes) await part.restart();
    for await (const chunk of createReadStream(path)) part.count(chunk as Buffer);
    return part;
  }

  get length(): number {
    return this.bytes;
  }

  async append(chunk: Uint8Array): Promise<void> {
    let done = 0;
    while (done < chunk.byteLength) {
      const rest = chunk.byteLength - done;
      done += (await this.handle.write(chunk, done, rest, this.bytes + done)).bytesWritten;
    }
    this.count(chunk);
  }

  async restart(): Promise<void> {
    await this.handle.truncate(0);
    this.sha256 = createHash('sha256');
    this.md5 = createHash('md5');
    this.bytes = 0;
  }

  /** Once, at the end. */
  digests(): { sha256: string; md5: string } {
    return { sha256: this.sha256.digest('hex'), md5: this.md5.digest('hex') };
  }

  private count(chunk: Uint8Array): void {
    this.sha256.update(chunk);
    this.md5.update(chunk);
    this.bytes += chunk.byteLength;
  }
}
