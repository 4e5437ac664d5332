import { open, mkdir, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { isRunning, processName } from '../../platform/blobs/process-name';

const staleMs = 24 * 60 * 60 * 1000;
/** Age at which a partial file counts as abandoned: longer than any pause of a download or the import after it. */
const idleMs = 15 * 60 * 1000;

/**
 * Manages downloads in progress, `downloads/<key>.<process's name>`. A file outlives its process; the next download of the
 * same file takes it over unless its process is still working on it.
 */
export class PartialFiles {
  /** @param owner the process's name */
  constructor(
    private readonly folder: string,
    private readonly owner = processName,
  ) {}

  /**
   * @param key 64 hexadecimal digits that identify the exact bytes of the file
   * @returns path of a file that now belongs to this process; empty if there was no partial file
   */
  async take(key: string): Promise<string> {
    const own = join(this.folder, `${key}.${this.owner}`);
    await this.sweep();
    for (let free = await this.findFree(key); free; free = await this.findFree(key)) {
      if (free === own || (await taken(free, own))) break;
    }
    await (await open(own, 'a')).close();
    return own;
  }

  /** Removes downloads that have been untouched for a day. */
  async sweep(): Promise<void> {
    for (const { path, ageMs } of await this.list()) {
      if (ageMs > staleMs) await rm(path, { force: true });
    }
  }

  /** Finds the largest file of this key that may be taken over. */
  private async findFree(key: string): Promise<string | undefined> {
    const free = (await this.list()).filter(
      ({ name, ageMs }) =>
        name.startsWith(`${key}.`) && this.isFree(name.slice(key.length + 1), ageMs),
    );
    free.sort((a, b) => b.size - a.size);
    return free[0]?.path;
  }

  private async list() {
    await mkdir(this.folder, { recursive: true });
    const files: { name: string; path: string; size: number; ageMs: number }[] = [];
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found) files.push({ name, path, size: found.size, ageMs: Date.now() - found.mtimeMs });
    }
    return files;
  }

  private isFree(owner: string, ageMs: number): boolean {
    return owner === this.owner || ageMs > idleMs || isRunning(owner) === false;
  }
}

/** Moves a file to a new name; returns false if another process was faster. */
async function taken(free: string, own: string): Promise<boolean> {
  try {
    await rename(free, own);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}

/** A growing partial file with its checksums. */
export class Part {
  private sha256: Hash = createHash('sha256');
  private md5: Hash = createHash('md5');
  private bytes = 0;

  private constructor(private readonly handle: FileHandle) {}

  /** @param maxBytes a longer file cannot be a part of the download and is truncated */
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

  /** Returns the checksums; call it once, at the end. */
  digests(): { sha256: string; md5: string } {
    return { sha256: this.sha256.digest('hex'), md5: this.md5.digest('hex') };
  }

  private count(chunk: Uint8Array): void {
    this.sha256.update(chunk);
    this.md5.update(chunk);
    this.bytes += chunk.byteLength;
  }
}
