import {
  Busboy,
  type BusboyConfig,
  type BusboyHeaders,
  type BusboyInstance,
} from '@fastify/busboy';
import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { DomainError } from '../errors/domain-error';
import { invalidRequest } from '../errors/invalid-request';

/** Limits of a form, and handlers for its parts. */
interface FormRules {
  /** Bytes at which a text field is cut off. */
  fieldSize: number;
  /** Bytes at which a file is cut off; default: `takeFile` must limit it. */
  fileSize?: number;
  /** Maximum number of fields and files together. */
  parts: number;
  /** Handles a text field; its errors become the answer. */
  takeField(name: string, value: string, isCutOff: boolean): void;
  /** Reads a file to its end, one after the other; its errors become the answer. */
  takeFile(name: string, stream: Readable, fileName: string): Promise<void>;
}

/** Limits on the headers of a part. */
const headerLimits = { headerPairs: 100, headerSize: 16 * 1024 };

/** Returns whether the request's Content-Type is a multipart form. */
export function isForm(request: Request): boolean {
  return /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
}

/**
 * Reads a multipart form, part by part. After an error the rest is discarded, so that the answer reaches the client, and no
 * handler is called any more.
 * @throws DomainError UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST when the form is malformed or ends early; errors of the
 *   handlers
 */
export async function readForm(request: Request, rules: FormRules): Promise<void> {
  const parser = parserFor(request, rules);
  // A request that is already closed emits no further event, so the wait would never end.
  if (request.destroyed) throw malformed('the body ended early');
  const streams: Readable[] = [];
  const taking: Promise<void>[] = [];
  const finished = new Promise<void>((resolve, reject) => {
    parser.once('finish', resolve);
    // Handled to the end, as a form with two faults emits two errors.
    parser.on('error', (error) => reject(malformed((error as Error).message)));
    parser.once('partsLimit', () => reject(malformed('too many parts')));
    request.once('close', () => {
      if (!request.complete) reject(malformed('the body ended early'));
    });
    parser.on('field', (name, value, _, isCutOff) => {
      try {
        rules.takeField(name, value, isCutOff);
      } catch (error) {
        reject(error as Error);
      }
    });
    parser.on('file', (name, stream, fileName) => {
      streams.push(stream);
      // The parser reports a truncated form itself; without a listener, a part's error would end the process.
      stream.on('error', () => undefined);
      const taken = rules.takeFile(name, stream, fileName ?? '');
      taking.push(taken);
      taken.catch(reject);
    });
  });
  request.pipe(parser);
  try {
    await finished;
    await Promise.all(taking);
  } catch (error) {
    request.unpipe(parser);
    request.resume();
    for (const stream of streams) stream.destroy();
    await Promise.allSettled(taking);
    throw error;
  }
}

function parserFor(request: Request, { fieldSize, fileSize, parts }: FormRules): BusboyInstance {
  if (!isForm(request)) {
    throw new DomainError(
      'UNSUPPORTED_MEDIA_TYPE',
      'This route takes a form: Content-Type multipart/form-data.',
    );
  }
  const limits: BusboyConfig['limits'] = { ...headerLimits, fieldSize, fileSize, parts };
  try {
    return new Busboy({ headers: request.headers as BusboyHeaders, limits });
  } catch (error) {
    throw new DomainError(
      'UNSUPPORTED_MEDIA_TYPE',
      `The form cannot be read: ${(error as Error).message}`,
    );
  }
}

function malformed(reason: string): DomainError {
  return invalidRequest([{ where: 'body', message: `the multipart form is malformed: ${reason}` }]);
}
