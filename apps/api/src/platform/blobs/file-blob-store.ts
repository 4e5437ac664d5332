import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '../errors/domain-error';
import { DiskReserve } from './disk-reserve';
import { BlobStore, type ByteRange, type StagedBlob } from './blob-store';
import { TemporaryFolder } from './temporary-folder';

const name = /^[0-9a-f]{64}$/;

/** Stores blobs as files `blobs/<first two digits>/<sha256>`, synced before they get that name. */
export class FileBlobStore extends BlobStore {
  private readonly folder: string;
  private readonly temporary: TemporaryFolder;

  /** @param dataFolder holds `blobs/` and `tmp/`, which must be in one file system */
  constructor(
    dataFolder: string,
    private readonly reserve = new DiskReserve(dataFolder),
  ) {
    super();
    this.folder = join(dataFolder, 'blobs');
    this.temporary = new TemporaryFolder(join(dataFolder, 'tmp'));
  }

  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await this.temporary.prepare();
    await this.temporary.sweep();
  }

  async sweep(): Promise<void> {
    await this.temporary.sweep();
  }

  /** Removes this process's temporary files. */
  async close(): Promise<void> {
    await this.temporary.remove();
  }

  async stage(source: AsyncIterable<Uint8Array>): Promise<StagedBlob> {
    const path = await this.temporaryPath();
    const guarded = this.reserve.guard(source);
    const hash = createHash('sha256');
    let bytes = 0;
    async function* hashed(): AsyncGenerator<Uint8Array> {
      for await (const chunk of guarded) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    }
    // Created before the source can fail: a file that is opened late would reappear after it was discarded.
    const file = await open(path, 'wx');
    try {
      await pipeline(hashed, file.createWriteStream());
      await sync(path);
    } catch (error) {
      await this.discard({ path });
      throw error;
    }
    return { path, sha256: hash.digest('hex'), bytes };
  }

  async stageFile(path: string): Promise<StagedBlob> {
    await this.reserve.require(0).catch(async (error: unknown) => {
      await this.discard({ path });
      throw error;
    });
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    await sync(path);
    const { size } = await stat(path);
    return { path, sha256: hash.digest('hex'), bytes: size };
  }

  async temporaryPath(): Promise<string> {
    await this.reserve.require(0);
    return this.temporary.newPath();
  }

  async place({ path, sha256, bytes }: StagedBlob): Promise<void> {
    const target = this.locate(sha256);
    const folder = join(target, '..');
    if ((await mkdir(folder, { recursive: true })) !== undefined) await sync(this.folder);
    const there = await stat(target).catch(() => undefined);
    if (there?.size !== bytes) {
      const twin = `${path}.placed`;
      await link(path, twin);
      await rename(twin, target);
    }
    await sync(folder);
  }

  async discard({ path }: Pick<StagedBlob, 'path'>): Promise<void> {
    await rm(path, { force: true });
  }

  async open(sha256: string, range?: ByteRange): Promise<Readable> {
    const handle = await open(this.locate(sha256)).catch((error) => missing(sha256, error));
    return handle.createReadStream(range);
  }

  async read(sha256: string, offset: number, length: number): Promise<Buffer> {
    const handle = await open(this.locate(sha256)).catch((error) => missing(sha256, error));
    try {
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await handle.read(buffer, 0, length, offset);
      if (bytesRead !== length) missing(sha256, new Error('the file is too short'));
      return buffer;
    } finally {
      await handle.close();
    }
  }

  async path(sha256: string): Promise<string> {
    const path = this.locate(sha256);
    await access(path).catch((error) => missing(sha256, error));
    return path;
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.locate(sha256), { force: true });
  }

  async *list(): AsyncIterable<string> {
    for (const prefix of await readdir(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(prefix)) continue;
      yield* (await readdir(join(this.folder, prefix))).filter((file) => name.test(file));
    }
  }

  async check(): Promise<void> {
    await access(this.folder, constants.W_OK);
  }

  private locate(sha256: string): string {
    if (!name.test(sha256)) throw new Error("A blob's name must be 64 hexadecimal digits.");
    return join(this.folder, sha256.slice(0, 2), sha256);
  }
}

function missing(sha256: string, cause: unknown): never {
  throw new DomainError('BLOB_MISSING', `The stored bytes ${sha256} cannot be read.`, undefined, {
    cause,
  });
}

/** Makes a file's bytes, or a folder's entries, survive a power failure. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
