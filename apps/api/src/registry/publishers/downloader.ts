import { createHash } from 'node:crypto';
import { open, rm, stat, truncate } from 'node:fs/promises';
import type { StagedBlob } from '../../platform/blobs/blob-store';
import type { DiskReserve } from '../../platform/blobs/disk-reserve';
import { Part, type PartialFiles } from './partial-files';
import type { RemoteAnswer, RemoteClient } from './remote-client';
import { RemoteError, type RemoteProblem, TransientError } from './remote-error';

export interface RemoteFile {
  url: URL;
  /** Name for messages. */
  name: string;
  /** Size, if its publisher states it. */
  bytes?: number;
  /** Hexadecimal; may be only the first digits, if its publisher states just those. */
  sha256?: string;
  md5?: string;
  /** Checks the head of an answer and throws unless it may be the requested file. */
  accept(answer: RemoteAnswer): void;
}

export interface DownloadOptions {
  signal: AbortSignal;
  /** Called with the progress; an error ends the download. */
  onProgress?(done: number, total: number): void | Promise<void>;
}

/** Properties of the remote file that are known before the download. */
interface Entity {
  bytes: number;
  /** A strong ETag, which identifies the exact bytes. */
  etag?: string;
}

interface Arrived {
  staged: StagedBlob;
  md5: string;
}

/** Progress after which failures are counted from zero again. */
const worthwhileBytes = 1024 ** 2;

/** Downloads large files, resumes interrupted downloads, even of other processes, and verifies the result. */
export class Downloader {
  constructor(
    private readonly client: RemoteClient,
    private readonly partials: PartialFiles,
    private readonly maxBytes: number,
    private readonly reserve: DiskReserve,
  ) {}

  /**
   * @returns the file, synced and verified. It remains a partial file of this process until the caller moves or removes it,
   *   so that it need not be downloaded again if the process dies.
   * @throws RemoteError, the file system's errors, the signal's reason
   */
  async download(file: RemoteFile, options: DownloadOptions): Promise<StagedBlob> {
    const entity = await this.entityOf(file, options.signal);
    this.checkBytes(file.name, entity.bytes);
    const path = await this.partials.take(keyOf(file, entity));
    const before = (await stat(path)).size;
    const first = await this.complete(path, file, entity, options);
    if (isRight(first, file)) return first.staged;
    await truncate(path);
    if (before > 0) {
      // A file of an earlier process may have lost its end in a power failure, so it is downloaded once more.
      const second = await this.complete(path, file, entity, options);
      if (isRight(second, file)) return second.staged;
    }
    await rm(path, { force: true });
    const message = `${file.name} does not match the checksum stated by its publisher.`;
    throw this.error('CORRUPT', `${message} Try again later.`);
  }

  /** @throws RemoteError TOO_LARGE */
  checkBytes(what: string, bytes: number): void {
    if (bytes <= this.maxBytes) return;
    const message = `${what} has ${bytes} bytes, but at most ${this.maxBytes} are allowed (COATRACK_MAX_WEIGHTS_BYTES).`;
    throw this.error('TOO_LARGE', message);
  }

  private async entityOf(file: RemoteFile, signal: AbortSignal): Promise<Entity> {
    const { bytes } = file;
    if (bytes !== undefined && isWhole(file.sha256)) return { bytes };
    return this.client.retrying(file.url, signal, async () => {
      const answer = await this.client.get(file.url, { headers: { Range: 'bytes=0-0' }, signal });
      try {
        file.accept(answer);
        const found = probe(answer);
        if (!found)
          throw this.error(
            'INVALID_ANSWER',
            `${file.url.host} does not state the size of ${file.name}.`,
          );
        if (bytes !== undefined && bytes !== found.bytes) throw this.changed(file);
        return found;
      } finally {
        await answer.close();
      }
    });
  }

  /** Downloads the missing part of the file at `path`. */
  private async complete(
    path: string,
    file: RemoteFile,
    entity: Entity,
    { signal, onProgress }: DownloadOptions,
  ): Promise<Arrived> {
    const handle = await open(path, 'r+');
    try {
      const part = await Part.open(handle, path, entity.bytes);
      await this.reserve.require(entity.bytes - part.length);
      await onProgress?.(part.length, entity.bytes);
      await this.client.retrying(file.url, signal, async (progressed) => {
        const start = part.length;
        if (start === entity.bytes) return;
        await this.receive(part, file, entity, {
          signal,
          onProgress: (done, total) => {
            if (done - start >= worthwhileBytes) progressed();
            return onProgress?.(done, total);
          },
        });
      });
      await handle.sync();
      const { sha256, md5 } = part.digests();
      return { staged: { path, sha256, bytes: part.length }, md5 };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // On a full disk, the partial file is removed to free its space.
      if (code === 'ENOSPC') await rm(path, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  }

  /** Sends one request for the missing part. */
  private async receive(
    part: Part,
    file: RemoteFile,
    entity: Entity,
    { signal, onProgress }: DownloadOptions,
  ): Promise<void> {
    const headers: Record<string, string> = {};
    // Without an ETag or a full checksum, the rest might belong to a different file.
    if (!entity.etag && !isWhole(file.sha256)) await part.restart();
    if (part.length > 0) {
      headers.Range = `bytes=${part.length}-`;
      if (entity.etag) headers['If-Range'] = entity.etag;
    }
    const answer = await this.client.get(file.url, { headers, signal });
    try {
      file.accept(answer);
      if (entity.etag && probe(answer)?.etag !== entity.etag) throw this.changed(file);
      if (answer.status === 206) {
        const range = contentRange(answer.headers);
        if (range?.start !== part.length || range.total !== entity.bytes) throw this.changed(file);
      } else if (answer.status === 200) {
        // A server without range support sends the whole file.
        await part.restart();
      } else throw this.changed(file);
      for await (const chunk of this.reserve.guard(answer.body())) {
        if (part.length + chunk.byteLength > entity.bytes) throw this.changed(file);
        await part.append(chunk);
        await onProgress?.(part.length, entity.bytes);
      }
    } finally {
      await answer.close();
    }
    if (part.length < entity.bytes) throw new TransientError('the connection ended too early');
  }

  private changed({ name }: RemoteFile): RemoteError {
    return this.error('CHANGED', `${name} changed while it was being downloaded. Try again.`);
  }

  private error(problem: RemoteProblem, message: string): RemoteError {
    return new RemoteError(this.client.source, problem, message);
  }
}

function isRight({ staged, md5 }: Arrived, file: RemoteFile): boolean {
  return staged.sha256.startsWith(file.sha256 ?? '') && md5 === (file.md5 ?? md5);
}

function isWhole(sha256: string | undefined): sha256 is string {
  return sha256?.length === 64;
}

/** Returns a key that is the same for the same bytes: by SHA-256 or ETag, otherwise by URL and size. */
function keyOf(file: RemoteFile, { bytes, etag }: Entity): string {
  const identity = isWhole(file.sha256)
    ? file.sha256
    : [file.url.href, etag ?? '', bytes].join('\n');
  return createHash('sha256').update(identity).digest('hex');
}

/** Parses Content-Range of a 206 answer: the start of its bytes and the size of the whole file. */
function contentRange(headers: Headers): { start: number; total: number } | undefined {
  const [, start, total] =
    /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('Content-Range') ?? '') ?? [];
  return total === undefined ? undefined : { start: Number(start), total: Number(total) };
}

/** Returns the size and strong ETag of the file, or undefined if the answer doesn't state its size. */
function probe({
  status,
  headers,
}: Pick<RemoteAnswer, 'status' | 'headers'>): { bytes: number; etag?: string } | undefined {
  const bytes = status === 206 ? contentRange(headers)?.total : lengthOf(headers);
  if (bytes === undefined) return undefined;
  const etag = headers.get('ETag');
  return etag && !etag.startsWith('W/') ? { bytes, etag } : { bytes };
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers.get('Content-Length');
  return length && /^\d+$/.test(length) ? Number(length) : undefined;
}
