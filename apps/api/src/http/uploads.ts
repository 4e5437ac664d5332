import { Injectable } from '@nestjs/common';
import busboy from 'busboy';
import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { BlobStore, type StagedBlob } from '../blobs/blob-store';
import { DomainError, type ProblemDetail } from '../errors/domain-error';
import { invalidRequest, problemsOf } from '../errors/invalid-request';

const maxFieldBytes = 4 * 1024 * 1024;
const maxParts = 20;

export interface UploadRules<T extends z.ZodObject> {
  /** The text fields. */
  fields: T;
  /** Name of the one part that is a file. */
  file: string;
  maxFileBytes: number;
}

export interface Upload<T extends z.ZodObject> {
  fields: z.output<T>;
  /** On disk, not kept yet: whoever called keeps it or discards it. */
  file: StagedBlob;
}

/** Receives multipart forms: the file goes straight to disk, so memory stays small. */
@Injectable()
export class Uploads {
  constructor(private readonly store: BlobStore) {}

  /**
   * @throws DomainError UNSUPPORTED_MEDIA_TYPE when it is no multipart form, TOO_LARGE, or
   *   INVALID_REQUEST naming everything that is missing or wrong; then no file is left
   */
  async receive<T extends z.ZodObject>(
    request: Request,
    rules: UploadRules<T>,
  ): Promise<Upload<T>> {
    const form = new Form(parserFor(request, rules.maxFileBytes), this.store, rules);
    const { texts, file } = await form.read(request);
    const parsed = rules.fields.safeParse(texts);
    const problems: ProblemDetail[] = parsed.success ? [] : problemsOf(parsed.error);
    if (!file) problems.push({ where: rules.file, message: 'must be a file part of the form' });
    if (parsed.success && file) return { fields: parsed.data, file };
    if (file) await this.store.discard(file);
    throw invalidRequest(problems);
  }
}

function parserFor(request: Request, maxFileBytes: number): busboy.Busboy {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\b/i.test(type)) {
    throw new DomainError(
      'UNSUPPORTED_MEDIA_TYPE',
      'This route takes a form: Content-Type multipart/form-data.',
    );
  }
  try {
    return busboy({
      headers: request.headers,
      // A file that fills the limit to the last byte is as large as allowed, not larger.
      limits: { fileSize: maxFileBytes + 1, fieldSize: maxFieldBytes, parts: maxParts },
    });
  } catch (error) {
    throw new DomainError(
      'UNSUPPORTED_MEDIA_TYPE',
      `The form can't be read: ${(error as Error).message}`,
    );
  }
}

class Form {
  private readonly texts: Record<string, string> = Object.create(null);
  private file: Promise<StagedBlob> | undefined;
  private readonly pending: Promise<unknown>[] = [];

  constructor(
    private readonly parser: busboy.Busboy,
    private readonly store: BlobStore,
    private readonly rules: { file: string; maxFileBytes: number },
  ) {}

  async read(request: Request): Promise<{ texts: Record<string, string>; file?: StagedBlob }> {
    let streams: Readable[] = [];
    const finished = new Promise<void>((resolve, reject) => {
      this.parser.once('close', resolve);
      // Heard to the end: what is broken in two places errs twice.
      this.parser.on('error', (error: Error) => reject(malformed(error.message)));
      this.parser.once('partsLimit', () => reject(malformed('too many parts')));
      request.once('close', () => {
        if (!request.complete) reject(malformed('it ended before its end'));
      });
      this.parser.on('field', (name, value, { valueTruncated }) => {
        if (valueTruncated) reject(tooLarge(name, maxFieldBytes));
        this.texts[name] = value;
      });
      this.parser.on('file', (name, stream) => {
        streams.push(stream);
        // A form that breaks off is told by the parser itself; unheard, a part's error ends the process.
        stream.on('error', () => undefined);
        const taken = this.takeFile(name, stream);
        this.pending.push(taken);
        taken.catch(reject);
      });
    });
    request.pipe(this.parser);
    try {
      await finished;
      await Promise.all(this.pending);
      return { texts: this.texts, file: await this.file };
    } catch (error) {
      // What still comes in is thrown away unread, so that the answer reaches the client.
      request.unpipe(this.parser);
      request.resume();
      for (const stream of streams) stream.destroy();
      streams = [];
      await Promise.allSettled(this.pending);
      const staged = await this.file?.catch(() => undefined);
      if (staged) await this.store.discard(staged);
      throw error;
    }
  }

  private async takeFile(name: string, stream: Readable): Promise<void> {
    if (name !== this.rules.file) {
      this.texts[name] = await readText(name, stream);
      return;
    }
    if (this.file) {
      stream.resume();
      throw invalidRequest([{ where: name, message: 'must be one file, not several' }]);
    }
    this.file = this.store.stage(limited(stream, name, this.rules.maxFileBytes));
    await this.file;
  }
}

/** A text field that a client sends as a file part, as curl does with `-F config=@config.json`. */
async function readText(name: string, stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of limited(stream, name, maxFieldBytes)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function* limited(stream: Readable, name: string, maxBytes: number) {
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(name, maxBytes);
    yield chunk;
  }
}

function tooLarge(name: string, maxBytes: number): DomainError {
  return new DomainError('TOO_LARGE', `"${name}" is larger than the ${maxBytes} bytes allowed.`);
}

function malformed(reason: string): DomainError {
  return invalidRequest([{ where: 'body', message: `the multipart form is malformed: ${reason}` }]);
}
