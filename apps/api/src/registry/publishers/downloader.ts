import { createHash } from 'node:crypto';
import { open, rm, stat, truncate } from 'node:fs/promises';
import type { StagedBlob } from '../../platform/blobs/blob-store';
import type { DiskReserve } from '../../platform/blobs/disk-reserve';
import { Part, type PartialFiles } from './partial-files';
import type { RemoteAnswer, RemoteClient } from './remote-client';
import { RemoteError, type RemoteProblem, TransientError } from './remote-error';

export interface RemoteFile {
  url: URL;
  /** As the person knows it. */
  name: string;
  /** Where its publisher states it. */
  bytes?: number;
  /** Hexadecimal, or only its first digits where its publisher states just those. */
  sha256?: string;
  md5?: string;
  /** Looks at an answer's head and throws unless it may be what was asked for. */
  accept(answer: RemoteAnswer): void;
}

export interface DownloadOptions {
  signal: AbortSignal;
  /** What it throws ends the download. */
  onProgress?(done: number, total: number): void | Promise<void>;
}

/** What the file is known to be before its bytes come. */
interface Entity {
  bytes: number;
  /** A strong ETag, which identifies the exact bytes. */
  etag?: string;
}

interface Arrived {
  staged: StagedBlob;
  md5: string;
}

/** Progress that makes up for a failure. */
const worthwhileBytes = 1024 ** 2;

/** Downloads large files: goes on where an attempt, or a process, was cut off, and checks what has come. */
export class Downloader {
  constructor(
    private readonly client: RemoteClient,
    private readonly partials: PartialFiles,
    private readonly maxBytes: number,
    private readonly reserve: DiskReserve,
  ) {}

  /**
   * @returns the file, synced and checked. It stays a partial file of this process until the caller
   *   moves or removes it, so that a process that dies need not download it again.
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
      // What an earlier process left may have lost its end in a power cut.
      const second = await this.complete(path, file, entity, options);
      if (isRight(second, file)) return second.staged;
    }
    await rm(path, { force: true });
    const message = `${file.name} came with other bytes than its publisher states: the checksums differ.`;
    throw this.error('CORRUPT', `${message} Try again later.`);
  }

  /** @throws RemoteError TOO_LARGE */
  checkBytes(what: string, bytes: number): void {
    if (bytes <= this.maxBytes) return;
    const message = `${what} has ${bytes} bytes; ${this.maxBytes} are allowed (COATRACK_MAX_WEIGHTS_BYTES).`;
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
        if (!found) throw this.error('INVALID_ANSWER', `${file.url.host} doesn't tell its size.`);
        if (bytes !== undefined && bytes !== found.bytes) throw this.changed(file);
        return found;
      } finally {
        await answer.close();
      }
    });
  }

  /** Brings the file at `path`, of which a part may be there, to its full length. */
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
      // A full disk is everybody's trouble: what was begun gives its space back.
      if (code === 'ENOSPC') await rm(path, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  }

  /** One request for what is still missing. */
  private async receive(
    part: Part,
    file: RemoteFile,
    entity: Entity,
    { signal, onProgress }: DownloadOptions,
  ): Promise<void> {
    const headers: Record<string, string> = {};
    // Without either it cannot be known whether the rest belongs to the beginning.
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
        // A server without ranges begins at the beginning.
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

/** The same for the same bytes wherever they lie; a file with neither SHA-256 nor ETag is identified by address and size. */
function keyOf(file: RemoteFile, { bytes, etag }: Entity): string {
  const identity = isWhole(file.sha256)
    ? file.sha256
    : [file.url.href, etag ?? '', bytes].join('\n');
  return createHash('sha256').update(identity).digest('hex');
}

/** Of an answer 206: where its bytes begin, and how many the whole file has. */
function contentRange(headers: Headers): { start: number; total: number } | undefined {
  const [, start, total] =
    /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('Content-Range') ?? '') ?? [];
  return total === undefined ? undefined : { start: Number(start), total: Number(total) };
}

/** Returns size and strong ETag of the file of an answer; undefined where the answer doesn't state its size. */
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
