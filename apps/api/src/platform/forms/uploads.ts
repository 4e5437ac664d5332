import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { BlobStore, type StagedBlob } from '../blobs/blob-store';
import { DomainError, type ProblemDetail } from '../errors/domain-error';
import { invalidRequest, problemsOf } from '../errors/invalid-request';
import { unknownFields } from '../errors/unknown-fields';
import { IdempotencyKeys } from '../idempotency/idempotency-keys';
import { readForm } from './multipart';

const maxFieldBytes = 4 * 1024 * 1024;
const maxParts = 20;

interface UploadRules<T extends z.ZodObject> {
  /** Schema of the text fields. */
  fields: T;
  /** Name of the file parts. */
  file: string;
  /** Maximum number of files; at least one is required. */
  maxFiles: number;
  /** Maximum bytes of all files together. */
  maxFileBytes: number;
  /** Called with the text fields before the first file; its errors are answered without reading the file. */
  beforeFiles?(texts: Readonly<Record<string, string>>): Promise<void>;
}

export interface UploadedFile extends StagedBlob {
  /** File name sent by the client. */
  name: string;
}

export interface Upload<T extends z.ZodObject> {
  fields: z.output<T>;
  /** At least one, in the form's order. They are staged on disk: the caller must keep or discard them. */
  files: UploadedFile[];
}

/** Receives multipart forms and streams their files to disk. */
@Injectable()
export class Uploads {
  constructor(
    private readonly store: BlobStore,
    private readonly repeats: IdempotencyKeys,
  ) {}

  /**
   * @throws DomainError UNSUPPORTED_MEDIA_TYPE when it is not a multipart form, TOO_LARGE, or
   *   INVALID_REQUEST naming everything that is missing or wrong; leaves no file behind
   */
  async receive<T extends z.ZodObject>(
    request: Request,
    rules: UploadRules<T>,
  ): Promise<Upload<T>> {
    const form = new Form(this.store, {
      ...rules,
      // Bound, as the form's parser calls it outside the request's context.
      beforeFiles: AsyncLocalStorage.bind((texts) => this.checkBeforeFiles(texts, rules)),
    });
    const { texts, files } = await form.read(request);
    const parsed = rules.fields.safeParse(texts);
    const problems: ProblemDetail[] = parsed.success ? [] : problemsOf(parsed.error);
    if (files.length === 0)
      problems.push({ where: rules.file, message: 'must be a file part of the form' });
    try {
      if (!parsed.success || files.length === 0) throw invalidRequest(problems);
      const named = files.map(({ name, sha256 }) => [name, sha256]);
      this.repeats.identify([Object.entries(texts).sort(), named]);
      return { fields: parsed.data, files };
    } catch (error) {
      for (const file of files) await this.store.discard(file);
      throw error;
    }
  }

  /** Skips the check for repeated requests, as the resource that they create already exists. */
  private async checkBeforeFiles(
    texts: Readonly<Record<string, string>>,
    { beforeFiles }: Pick<UploadRules<z.ZodObject>, 'beforeFiles'>,
  ): Promise<void> {
    if (this.repeats.isRepeat) return;
    try {
      await beforeFiles?.(texts);
    } catch (error) {
      if (!(await this.repeats.becameRepeat())) throw error;
    }
  }
}

class Form {
  private readonly texts: Record<string, string> = Object.create(null);
  private readonly files: Promise<UploadedFile>[] = [];
  /** Files that have begun; several may begin before the first one is staged. */
  private begun = 0;
  private fileBytes = 0;

  constructor(
    private readonly store: BlobStore,
    private readonly rules: UploadRules<z.ZodObject>,
  ) {}

  async read(request: Request): Promise<{ texts: Record<string, string>; files: UploadedFile[] }> {
    try {
      await readForm(request, {
        parts: maxParts,
        fieldSize: maxFieldBytes,
        // One more, as a file of exactly the limit is allowed.
        fileSize: this.rules.maxFileBytes + 1,
        takeField: (name, value, isCutOff) => {
          this.checkIsKnown(name);
          if (isCutOff) throw tooLarge(name, maxFieldBytes);
          this.texts[name] = value;
        },
        takeFile: (name, stream, fileName) => this.takeFile(name, stream, fileName),
      });
      return { texts: this.texts, files: await Promise.all(this.files) };
    } catch (error) {
      for (const file of await Promise.allSettled(this.files)) {
        if (file.status === 'fulfilled') await this.store.discard(file.value);
      }
      throw error;
    }
  }

  /** A text field; what would be ignored, misspelt for instance, is refused before any file is read. */
  private checkIsKnown(name: string): void {
    const { fields, file } = this.rules;
    const known = Object.keys(fields.shape);
    const problem = (message: string) => invalidRequest([{ where: name, message }]);
    if (name === file) throw problem('must be a file part of the form');
    if (!known.includes(name)) throw problem(unknownFields([name], [...known, file]));
    if (name in this.texts) throw problem('must be given once, not several times');
  }

  private async takeFile(name: string, stream: Readable, fileName: string): Promise<void> {
    if (name !== this.rules.file) {
      this.checkIsKnown(name);
      this.texts[name] = await readText(name, stream);
      return;
    }
    const { maxFiles, maxFileBytes } = this.rules;
    const place = this.begun++;
    if (place >= maxFiles) {
      stream.resume();
      const message =
        maxFiles === 1 ? 'must be one file, not several' : `must be at most ${maxFiles} files`;
      throw invalidRequest([{ where: name, message }]);
    }
    if (place === 0) await this.rules.beforeFiles?.(this.texts);
    const counted = (bytes: number) => (this.fileBytes += bytes);
    const staged = this.store.stage(limited(stream, name, maxFileBytes, counted));
    const file = staged.then((blob) => ({ ...blob, name: fileName }));
    this.files.push(file);
    await file;
  }
}

/** Reads a text field that is sent as a file part, as by `curl -F config=@config.json`. */
async function readText(name: string, stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let total = 0;
  const counted = (bytes: number) => (total += bytes);
  for await (const chunk of limited(stream, name, maxFieldBytes, counted)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** @param counted adds the given bytes to the total and returns it */
async function* limited(
  stream: Readable,
  name: string,
  maxBytes: number,
  counted: (bytes: number) => number,
) {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (counted(chunk.length) > maxBytes) throw tooLarge(name, maxBytes);
    yield chunk;
  }
}

function tooLarge(name: string, maxBytes: number): DomainError {
  return new DomainError('TOO_LARGE', `"${name}" is larger than the ${maxBytes} bytes allowed.`);
}
