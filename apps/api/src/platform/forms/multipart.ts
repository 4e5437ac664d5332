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

/** What a form may have, and who takes it. */
interface FormRules {
  /** bytes of a text field, from which on it is cut off */
  fieldSize: number;
  /** bytes of a file, from which on it is cut off; left out: the taker counts */
  fileSize?: number;
  /** fields and files together */
  parts: number;
  /** Takes a text; what it throws is answered. */
  takeField(name: string, value: string, isCutOff: boolean): void;
  /** Takes a file to its end, one after the other; what it throws is answered. */
  takeFile(name: string, stream: Readable, fileName: string): Promise<void>;
}

/** Of the headers of a part. */
const headerLimits = { headerPairs: 100, headerSize: 16 * 1024 };

/** Whether a request says that it is a form. */
export function isForm(request: Request): boolean {
  return /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
}

/**
 * Reads a multipart form, part by part. After a refusal the rest is thrown away unread, so that the answer reaches the
 * client, and nothing is taken any more once this has thrown.
 * @throws DomainError UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST when the form is malformed or breaks off; what the takers throw
 */
export async function readForm(request: Request, rules: FormRules): Promise<void> {
  const parser = parserFor(request, rules);
  // A client that went away before this emits no further event: the form would be waited for without end.
  if (request.destroyed) throw malformed('it ended before its end');
  const streams: Readable[] = [];
  const taking: Promise<void>[] = [];
  const finished = new Promise<void>((resolve, reject) => {
    parser.once('finish', resolve);
    // Heard to the end: what is broken in two places errs twice.
    parser.on('error', (error) => reject(malformed((error as Error).message)));
    parser.once('partsLimit', () => reject(malformed('too many parts')));
    request.once('close', () => {
      if (!request.complete) reject(malformed('it ended before its end'));
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
      // The parser itself reports a truncated form; without a listener a part's error would end the process.
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
      `The form can't be read: ${(error as Error).message}`,
    );
  }
}

function malformed(reason: string): DomainError {
  return invalidRequest([{ where: 'body', message: `the multipart form is malformed: ${reason}` }]);
}
